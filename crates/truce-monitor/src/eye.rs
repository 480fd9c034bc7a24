//! One place, looked at again and again: its checkpoint, and everything under it.

use crate::board::Board;
use crate::compare::{CompareError, Relation, compare};
use crate::watch::{Look, Matter};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use truce_audit::{
    AuditError, Finding, History, Named, Options, ReadError, Source, SourceError, Verdict, audit,
    keys_by_amendments, named_by_charter,
};
use truce_fraud::{FraudProof, ProvenEntry};
use truce_source::Tiles;
use truce_statement::{AgreementId, Entry, Statement, StatementId};
use truce_tlog::{
    BundleCoord, Checkpoint, EntryBundle, GenerateError, Hash, HashSource, KeySchedule, Note,
    SignedCheckpoint, TileCoord, TileHashError, TileHashes, leaf_hash, tree_root,
};

/// The role of a place that is watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// The place serves the whole log.
    Log,
    /// The place serves the newest checkpoint that it cosigned.
    Witness,
}

/// Milliseconds by which the clocks of a depositary and of a monitor may differ.
const CLOCKS_DIFFER: i64 = 60_000;

/// Most checkpoints that an eye remembers having compared.
const MAX_COMPARED: usize = 4096;

pub(crate) struct Eye {
    place: String,
    role: Role,
    source: Box<dyn Source + Send>,
    folder: PathBuf,
    agreement: Option<AgreementId>,
    threads: usize,
    /// Everything under it was replayed, and saved.
    held: Option<SignedCheckpoint>,
    compared: BTreeSet<(u64, [u8; 32])>,
    /// Size of a tree that was replayed, and when its last entry was received, milliseconds UTC.
    newest: Option<(u64, i64)>,
    /// The replay behind `held` was lost, and must be made again.
    again: bool,
    /// Root of the checkpoint for which the replay was last begun anew.
    begun_for: Option<Hash>,
}

/// The findings of one look, before they are told.
#[derive(Default)]
struct Seen {
    look: Look,
    proofs: Vec<(Vec<String>, FraudProof)>,
}

impl Seen {
    fn matter(&mut self, matter: Matter, sentence: impl Into<String>) {
        self.look.matters.entry(matter).or_insert(sentence.into());
    }

    fn of_finding(&mut self, finding: &Finding) {
        let matter = match finding.code.as_str() {
            "missing-entries" | "missing-tile" => Matter::Withheld,
            "wrong-agreement" => Matter::OtherLog,
            "bad-checkpoint"
            | "no-checkpoint"
            | "log-signature-missing"
            | "log-key-ended"
            | "log-key-not-yet" => Matter::BadCheckpoint,
            _ => Matter::ReplayFailed,
        };
        let mut sentence = format!("{}: {}", finding.code, finding.sentence);
        for entry in &finding.entries {
            let _ = write!(sentence, " [entry {entry}]");
        }
        self.matter(matter, sentence);
    }

    fn of_source(&mut self, error: &SourceError) {
        match error {
            SourceError::Absent { .. } => self.matter(Matter::Withheld, error.to_string()),
            SourceError::TooLarge { .. } => self.matter(Matter::ReplayFailed, error.to_string()),
            _ => self.matter(Matter::Unreachable, error.to_string()),
        }
    }
}

impl Eye {
    pub(crate) fn new(
        place: String,
        role: Role,
        source: Box<dyn Source + Send>,
        folder: PathBuf,
        agreement: Option<AgreementId>,
        threads: usize,
    ) -> Self {
        Self {
            place,
            role,
            source,
            folder,
            agreement,
            threads,
            held: None,
            compared: BTreeSet::new(),
            newest: None,
            again: false,
            begun_for: None,
        }
    }

    /// Looks once, and tells the board. `now` is in milliseconds UTC.
    pub(crate) fn look(&mut self, board: &Mutex<Board>, now: i64, promised: &[StatementId]) {
        let mut seen = Seen::default();
        seen.look.follows = self.role == Role::Log;
        if let Err(error) = self.see(board, &mut seen, now, promised) {
            seen.matter(Matter::Hindered, error.to_string());
        }
        let mut board = lock(board);
        for (places, proof) in &seen.proofs {
            let places: Vec<&str> = places.iter().map(String::as_str).collect();
            board.prove(&places, proof, now);
        }
        board.look(&self.place, seen.look, now);
    }

    /// # Errors
    /// When the monitor's own folder fails.
    fn see(
        &mut self,
        board: &Mutex<Board>,
        seen: &mut Seen,
        now: i64,
        promised: &[StatementId],
    ) -> io::Result<()> {
        let bytes = match self.served() {
            Ok(Some(bytes)) => bytes,
            // A witness that has cosigned nothing yet has nothing to show.
            Ok(None) if self.role == Role::Witness => return Ok(()),
            Ok(None) => {
                seen.matter(Matter::Unreachable, "there is no checkpoint");
                return Ok(());
            }
            Err(error) => {
                seen.of_source(&error);
                return Ok(());
            }
        };
        let Some((named, checkpoint)) = self.open(board, &bytes, seen)? else { return Ok(()) };
        self.take_up(board, &named)?;
        seen.look.served = Some(checkpoint.size());
        lock(board).signed(&self.place, &checkpoint);
        self.compare_sizes(board, &checkpoint, seen);
        if self.role == Role::Log {
            if let Some(held) = self.held.as_ref().filter(|held| held.size() > checkpoint.size()) {
                let (was, is) = (held.size(), checkpoint.size());
                seen.matter(Matter::Shrunk, format!("it served {was} entries, and now serves {is}"));
            } else if self.again
                || self.held.as_ref().map(SignedCheckpoint::checkpoint) != Some(checkpoint.checkpoint())
            {
                self.follow(board, &named, &checkpoint, seen)?;
            }
            self.compare_history(board, &named, seen, promised)?;
            self.compare_clock(&named, seen, now);
        }
        Ok(())
    }

    /// The checkpoint as it is served. One that is malformed is asked for once more: a store may cut a file for the moment in
    /// which it replaces it.
    fn served(&self) -> Result<Option<Vec<u8>>, SourceError> {
        let malformed =
            |bytes: &Vec<u8>| !Note::parse(bytes).is_ok_and(|note| Checkpoint::parse(note.text()).is_ok());
        match self.source.checkpoint()? {
            Some(bytes) if malformed(&bytes) => self.source.checkpoint(),
            other => Ok(other),
        }
    }

    /// The time of the newest entry that was replayed here, against our own clock.
    fn compare_clock(&mut self, named: &Named, seen: &mut Seen, now: i64) {
        let Some(size) = self.held.as_ref().map(SignedCheckpoint::size) else { return };
        if self.newest.is_none_or(|(of, _)| of != size) {
            // What cannot be read is found by others: it is looked for again with the next look.
            self.newest = self.received(named, size).map(|received| (size, received));
        }
        let Some((_, received)) = self.newest else { return };
        let ahead = received.saturating_sub(now);
        if ahead > CLOCKS_DIFFER {
            let sentence =
                format!("its entry {} is dated {} s after the clock of this monitor", size - 1, ahead / 1000);
            seen.matter(Matter::DatedAhead, sentence);
        }
    }

    /// The time at which the last of `size` entries was received, milliseconds UTC; `None` where the place serves another entry than was replayed.
    fn received(&self, named: &Named, size: u64) -> Option<i64> {
        let position = size.checked_sub(1)?;
        let entry = self.entry(position, size)?;
        let history = History::open(&self.folder.join("audit"), &named.log).ok()??;
        let leaf = history.tree().node(0, position).ok()?;
        (leaf == leaf_hash(&entry)).then(|| Entry::parse(&entry).ok().map(|entry| entry.received))?
    }

    /// The checkpoint, if the log signed it.
    fn open(
        &self,
        board: &Mutex<Board>,
        bytes: &[u8],
        seen: &mut Seen,
    ) -> io::Result<Option<(Named, SignedCheckpoint)>> {
        let claimed = Note::parse(bytes).map_err(|e| e.to_string()).and_then(|note| {
            let checkpoint = Checkpoint::parse(note.text()).map_err(|e| e.to_string())?;
            Ok((note, checkpoint))
        });
        let (note, claimed) = match claimed {
            Ok(claimed) => claimed,
            Err(why) => {
                seen.matter(Matter::BadCheckpoint, format!("its checkpoint is malformed: {why}"));
                return Ok(None);
            }
        };
        let known = lock(board).named.clone();
        let named = match known {
            Some(named) => named,
            // Only the log itself has the charter.
            None if self.role == Role::Witness => return Ok(None),
            None => match named_by_charter(self.source.as_ref(), claimed.size(), self.agreement) {
                Ok(named) => named,
                Err(ReadError::Finding(finding)) => {
                    seen.of_finding(&finding);
                    return Ok(None);
                }
                Err(ReadError::Source(error)) => {
                    seen.of_source(&error);
                    return Ok(None);
                }
            },
        };
        let (cosigners, mut keys) = {
            let board = lock(board);
            (board.cosigners(), board.keys(&named))
        };
        let mut opened = keys.open(&note, &cosigners);
        if opened.is_err() && self.role == Role::Log {
            // Another key may have followed: the amendments of the log tell.
            match keys_by_amendments(self.source.as_ref(), claimed.size(), Some(named.agreement)) {
                Ok(later) if later.follows(&keys) => {
                    keys = later;
                    opened = keys.open(&note, &cosigners);
                }
                Ok(_) | Err(ReadError::Finding(_)) => {}
                Err(ReadError::Source(error)) => {
                    seen.of_source(&error);
                    return Ok(None);
                }
            }
        }
        let checkpoint = match opened {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                // A witness may know the next key before a place of the log has shown here who brought it in.
                let unknown = self.role == Role::Witness && names_another_key(&note, &keys);
                let matter = if unknown { Matter::Unreachable } else { Matter::BadCheckpoint };
                let code = error.code();
                seen.matter(matter, format!("{code}: its checkpoint is not signed by the log: {error}"));
                return Ok(None);
            }
        };
        let mut board = lock(board);
        board.name(&named)?;
        board.learn(&named, keys.clone());
        if let Some(policy) = board.policy.as_ref().filter(|_| self.role == Role::Log)
            && let Err(error) = policy.check_by(&note, &keys)
        {
            seen.matter(Matter::NotFinal, error.to_string());
        }
        Ok(Some((named, checkpoint)))
    }

    /// Reads what was held when the monitor ran last.
    fn take_up(&mut self, board: &Mutex<Board>, named: &Named) -> io::Result<()> {
        if self.held.is_some() || self.role == Role::Witness {
            return Ok(());
        }
        let Some(bytes) = truce_file::read(&self.folder.join("checkpoint"), truce_source::MAX_CHECKPOINT)?
        else {
            return Ok(());
        };
        let keys = lock(board).keys(named);
        if let Ok(Ok(held)) = Note::parse(&bytes).map(|note| keys.open(&note, &[])) {
            lock(board).confirm(&self.place, &held);
            self.held = Some(held);
        }
        Ok(())
    }

    /// Two roots of one size need no tree.
    fn compare_sizes(&self, board: &Mutex<Board>, checkpoint: &SignedCheckpoint, seen: &mut Seen) {
        let others = lock(board).checkpoints();
        let tiles = TileHashes::new(Tiles(self.source.as_ref()), checkpoint.size());
        for (place, other) in others.into_iter().filter(|(_, other)| other.size() == checkpoint.size()) {
            match compare(&other, checkpoint, &tiles) {
                Ok(Relation::Consistent) => {}
                Ok(Relation::Forked(proof)) => seen.proofs.push((vec![self.place.clone(), place], *proof)),
                Err(error) => unreadable(error, seen),
            }
        }
    }

    /// A checkpoint that was not seen here before: whether it grew out of the last one, and everything under it.
    fn follow(
        &mut self,
        board: &Mutex<Board>,
        named: &Named,
        checkpoint: &SignedCheckpoint,
        seen: &mut Seen,
    ) -> io::Result<()> {
        let tiles = TileHashes::new(Tiles(self.source.as_ref()), checkpoint.size());
        if let Some(held) = &self.held {
            match compare(held, checkpoint, &tiles) {
                Ok(Relation::Consistent) => {}
                Ok(Relation::Forked(proof)) => {
                    seen.proofs.push((vec![self.place.clone()], *proof));
                    seen.matter(
                        Matter::ReplayFailed,
                        "it serves another history than before: the log was forked",
                    );
                    return Ok(());
                }
                Err(error) => {
                    unreadable(error, seen);
                    return Ok(());
                }
            }
        }
        let pinned =
            Pinned { source: self.source.as_ref(), checkpoint: checkpoint.note().to_string().into_bytes() };
        let options = Options {
            agreement: Some(named.agreement),
            seen: None,
            resume: Some(self.folder.join("audit")),
            threads: self.threads,
        };
        let report = match audit(&pinned, &options, |_| ()) {
            Err(AuditError::NotResumable { .. }) => {
                self.start_again()?;
                audit(&pinned, &options, |_| ())
            }
            other => other,
        };
        match report {
            Ok(report) if report.verdict == Verdict::Verified => {
                truce_file::replace(&self.folder.join("checkpoint"), &pinned.checkpoint)?;
                self.held = Some(checkpoint.clone());
                self.again = false;
                let mut board = lock(board);
                board.confirm(&self.place, checkpoint);
                // While one key takes the place of another both sign: who has read that knows when the old one ends.
                if several_keys(checkpoint)
                    && let Ok(Some(history)) = History::open(&self.folder.join("audit"), &named.log)
                    && let Ok(keys) = history.keys()
                {
                    board.learn(named, keys);
                }
            }
            Ok(report) => {
                for finding in &report.findings {
                    seen.of_finding(finding);
                    let proof = self.prove(named, checkpoint, &tiles, finding);
                    seen.proofs.extend(proof.map(|proof| (vec![self.place.clone()], proof)));
                }
                // The entries may be another history's, though the log signed for them.
                for (place, other) in lock(board).checkpoints() {
                    if other.size() < checkpoint.size()
                        && let Ok(Relation::Forked(proof)) = compare(&other, checkpoint, &tiles)
                    {
                        seen.proofs.push((vec![self.place.clone(), place], *proof));
                    }
                }
                // What was replayed on the way may be of another history. Once is enough for one checkpoint.
                if self.begun_for.as_ref() != Some(checkpoint.root()) {
                    self.begun_for = Some(*checkpoint.root());
                    self.start_again()?;
                }
            }
            Err(AuditError::Source(error)) => seen.of_source(&error),
            Err(error) => return Err(io::Error::other(error.to_string())),
        }
        Ok(())
    }

    /// Everything that the log signed, against the history that was replayed here; and what was promised.
    fn compare_history(
        &mut self,
        board: &Mutex<Board>,
        named: &Named,
        seen: &mut Seen,
        promised: &[StatementId],
    ) -> io::Result<()> {
        let Some(held) = self.held.clone() else { return Ok(()) };
        let others: Vec<_> = lock(board)
            .checkpoints()
            .into_iter()
            .filter(|(_, other)| other.size() <= held.size())
            .filter(|(_, other)| !self.compared.contains(&(other.size(), other.root().to_bytes())))
            .collect();
        let missing: Vec<_> = {
            let board = lock(board);
            promised.iter().filter(|id| !board.is_kept(&id.to_string())).copied().collect()
        };
        let mut claims = lock(board).claims();
        claims.retain(|(_, size, _)| *size <= held.size());
        if others.is_empty() && missing.is_empty() && claims.is_empty() {
            return Ok(());
        }
        let history = match History::open(&self.folder.join("audit"), &named.log) {
            Ok(Some(history)) if leads_to(&history, &held) => history,
            // Lost, or changed by somebody.
            _ => {
                self.again = true;
                return self.start_again();
            }
        };
        let tree = history.tree();
        for (place, other) in others {
            match compare(&other, &held, &tree) {
                Ok(Relation::Consistent) => {
                    if self.compared.len() >= MAX_COMPARED {
                        self.compared.clear();
                    }
                    self.compared.insert((other.size(), other.root().to_bytes()));
                }
                Ok(Relation::Forked(proof)) => {
                    seen.proofs.push((vec![self.place.clone(), place], *proof));
                }
                Err(error @ CompareError::OtherKey { .. }) => {
                    seen.matter(Matter::ReplayFailed, format!("{place}: {}", error.to_string_for_disk()));
                }
                Err(error) => return Err(io::Error::other(error.to_string_for_disk())),
            }
        }
        for (name, size, root) in claims {
            let here = tree_root(&tree, size).map_err(|e| io::Error::other(format!("{e:?}")))?;
            if here != root {
                let sentence = format!("{name} was signed for another tree of {size} entries than is served");
                seen.matter(Matter::OtherTree, sentence);
            }
        }
        for id in missing {
            let found = history.position(&id).map_err(io::Error::other)?;
            if found.is_some_and(|position| position < held.size()) {
                lock(board).keep(&id.to_string());
            }
        }
        Ok(())
    }

    /// The fraud proof of a finding, where there can be one.
    fn prove<S: HashSource>(
        &self,
        named: &Named,
        checkpoint: &SignedCheckpoint,
        tree: &S,
        finding: &Finding,
    ) -> Option<FraudProof> {
        let position = *finding.entries.first()?;
        let place = |position: u64| {
            ProvenEntry::prove(tree, self.entry(position, checkpoint.size())?, position, checkpoint.size())
        };
        let proof = match finding.code.as_str() {
            "received-went-back" => {
                FraudProof::back_dated(checkpoint, place(position.checked_sub(1)?)?, place(position)?)?
            }
            "broken-chain" => {
                FraudProof::broken_chain(checkpoint, place(position.checked_sub(1)?)?, place(position)?)?
            }
            "bad-signature" => {
                let entry = place(position)?;
                let statement = Statement::parse(Entry::parse(&entry.entry).ok()?.statement).ok()?;
                let history = History::open(&self.folder.join("audit"), &named.log).ok()??;
                let key = *history.key(&statement.header().kid)?.as_bytes();
                FraudProof::bad_signature(checkpoint, key, entry)?
            }
            _ => return None,
        };
        proof.decide().is_ok().then_some(proof)
    }

    fn entry(&self, position: u64, size: u64) -> Option<Vec<u8>> {
        let (coord, at) = BundleCoord::of_entry(position, size).ok()?;
        let mut bytes = Vec::new();
        if !self.source.bundle(coord, &mut bytes).ok()? {
            return None;
        }
        let bundle = EntryBundle::parse_prefix(&bytes, coord).ok()?;
        bundle.entries().get(usize::from(at)).map(|entry| entry.to_vec())
    }

    fn start_again(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join("audit")) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// Says that a note has a line under the log's name that is of no key known.
fn names_another_key(note: &Note, keys: &KeySchedule) -> bool {
    let unknown = |line: &truce_tlog::NoteSignature| !keys.keys().any(|key| line.claims(key));
    note.signatures().iter().any(|line| line.name() == keys.origin() && unknown(line))
}

/// Says that more than one line stands under the log's name.
fn several_keys(checkpoint: &SignedCheckpoint) -> bool {
    let of_log = |line: &&truce_tlog::NoteSignature| line.name() == checkpoint.origin();
    checkpoint.note().signatures().iter().filter(of_log).count() > 1
}

/// Says that a replay contains the tree of a checkpoint.
fn leads_to(history: &History, held: &SignedCheckpoint) -> bool {
    history.size() >= held.size()
        && tree_root(&history.tree(), held.size()).is_ok_and(|root| root == *held.root())
}

/// A source whose checkpoint does not move while it is read.
struct Pinned<'a> {
    source: &'a dyn Source,
    checkpoint: Vec<u8>,
}

impl Source for Pinned<'_> {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(Some(self.checkpoint.clone()))
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        self.source.bundle(coord, bytes)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        self.source.tile(coord)
    }

    fn has_tiles(&self) -> bool {
        true
    }
}

type Unread = CompareError<GenerateError<TileHashError<SourceError>>>;

fn unreadable(error: Unread, seen: &mut Seen) {
    match error {
        CompareError::Unreadable(GenerateError::Source(TileHashError::Read(error))) => seen.of_source(&error),
        other => seen.matter(Matter::ReplayFailed, other.to_string_for_disk()),
    }
}

impl<E: std::fmt::Debug> CompareError<E> {
    fn to_string_for_disk(&self) -> String {
        match self {
            Self::OtherKey { sizes: [older, newer] } => {
                format!("the log has signed two histories, of {older} and {newer} entries, with one key each")
            }
            Self::OtherLog => "the checkpoints are of different logs".to_owned(),
            Self::Unreadable(error) => format!("hashes cannot be read: {error:?}"),
            Self::OtherTree => "the tiles are not those of the signed tree".to_owned(),
        }
    }
}

pub(crate) fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
