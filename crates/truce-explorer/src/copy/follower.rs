//! The follower: one thread that looks at the source, verifies what is new, writes it to the copy, and says how it
//! stands.

use super::State;
use super::examine::{self, Examined, Judged, Round};
use super::folder::{CopyFolder, Opened};
use super::history::{self, Seen};
use super::read_only::{ReadOnly, StoredTiles};
use super::served::{Record, Served, policy_of};
use super::signed_tree::{SignedTree, TreeFault};
use super::tree_memory::TreeMemory;
use crate::error::ExplorerError;
use crate::finding::Finding;
use crate::index::IndexWriter;
use crate::model::{Level, Place, Progress, Status, Why};
use crate::source::{Source, SourceError};
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use truce_log::group::{Group, Written};
use truce_log::{Ledger, LogError, key_schedule};
use truce_register::{KeyTable, Misfit, Outline, Register};
use truce_statement::{AgreementId, Body, Entry, EntryHash, Statement};
use truce_store::{IndexRead as _, LogRead as _, LogStore as _, RocksStore, Space, StoredCheckpoint};
use truce_tlog::{
    BundleCoord, Checkpoint, EdgeTiles, EntryBundle, Hash, Note, SignedCheckpoint, TileHashes, VKey,
    consistency_proof, tree_root,
};

/// After a finding the source is looked at again, but not at every turn.
const AFTER_A_FINDING: Duration = Duration::from_secs(5);
/// With a copy that can be served, before the source is looked at.
const BEFORE_THE_FIRST_LOOK: Duration = Duration::from_millis(150);
/// Between two states published while the copy is being made.
const PROGRESS: Duration = Duration::from_millis(500);
/// Lag, in entries, below which no progress is shown.
const A_MOMENTS_ENTRIES: u64 = 4096;

/// Why a look at the source ended early.
enum Stop {
    /// The log, or what the source shows of it, does not hold.
    Finding(Box<Finding>),
    /// The source could not be read.
    Source(SourceError),
    /// The copy failed.
    Copy(ExplorerError),
    /// The explorer is being closed.
    Closing,
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Finding(Box::new(finding))
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl<E: Into<ExplorerError>> From<E> for Stop
where
    E: NotOfTheSource,
{
    fn from(error: E) -> Self {
        Self::Copy(error.into())
    }
}

/// Errors that are the copy's own.
trait NotOfTheSource {}
impl NotOfTheSource for ExplorerError {}
impl NotOfTheSource for truce_store::StoreError {}
impl NotOfTheSource for truce_store::AppendError {}
impl NotOfTheSource for truce_store::CheckpointError {}
impl NotOfTheSource for LogError {}

pub(super) struct Follower {
    source: Arc<dyn Source>,
    folder: CopyFolder,
    store: Arc<RocksStore>,
    read: ReadOnly,
    agreement: Option<AgreementId>,
    /// Over everything in the copy, which may be ahead of what is served while it catches up.
    register: Register,
    edge: EdgeTiles,
    charter: Option<Arc<Statement>>,
    served: Option<Arc<Served>>,
    /// Parts of the tree that proofs need again and again.
    memory: Arc<TreeMemory>,
    /// The note looked at last, and what came of it.
    looked: Option<Vec<u8>>,
    status: Status,
    /// Findings that are proven for good.
    proven: Vec<Finding>,
    state: watch::Sender<Arc<State>>,
}

impl Follower {
    pub(super) fn new(
        opened: Opened,
        folder: CopyFolder,
        source: Box<dyn Source>,
        agreement: Option<AgreementId>,
        place: Place,
        state: watch::Sender<Arc<State>>,
    ) -> Result<Self, ExplorerError> {
        let store = Arc::new(opened.store);
        let read = ReadOnly::new(Arc::clone(&store) as Arc<_>);
        let ledger = Ledger::over(read.clone())?;
        let size = ledger.size();
        let register = ledger.register().clone();
        let edge = restore_edge(&store, size)?;
        let checkpoint = ledger.checkpoint().cloned();
        let proven = history::disagreements(store.as_ref())?;
        let status =
            Status { why: Some(Why::Starting), source: place, rebuilt: opened.rebuilt, ..Status::default() };
        let mut follower = Self {
            source: Arc::from(source),
            folder,
            store,
            read,
            agreement,
            register,
            edge,
            charter: None,
            served: None,
            memory: Arc::default(),
            looked: None,
            status,
            proven,
            state,
        };
        if size > 0 {
            follower.take_up_charter()?;
        }
        if let Some(checkpoint) = checkpoint {
            // Cosignatures are not in what the ledger opened; read the note again with the witnesses' keys.
            let again = follower.open_note(checkpoint.note()).unwrap_or(checkpoint);
            let at = history::history(follower.store.as_ref(), None, 1)?.first().map_or(0, |seen| seen.at);
            follower.show(again, at)?;
        }
        Ok(follower)
    }

    /// Follows until the explorer is closed.
    pub(super) fn run(mut self, stopped: &Receiver<()>) {
        // What the copy holds is shown first: the first readers need the processor more than the first look does.
        if self.served.is_some()
            && !matches!(stopped.recv_timeout(BEFORE_THE_FIRST_LOOK), Err(RecvTimeoutError::Timeout))
        {
            return;
        }
        loop {
            let outcome = self.look(stopped);
            let mut pause = self.source.pause();
            match outcome {
                Ok(()) => {}
                Err(Stop::Closing) => break,
                Err(Stop::Finding(finding)) => {
                    pause = pause.max(AFTER_A_FINDING);
                    self.found(*finding);
                }
                Err(Stop::Source(error)) => {
                    self.trouble(Why::SourceUnreachable, error.code(), &error.to_string());
                }
                Err(Stop::Copy(error)) => {
                    tracing::error!(code = error.code(), %error, "the copy failed");
                    if error.is_damage() {
                        self.folder.doubt(&error);
                    }
                    self.trouble(Why::CopyFailed, error.code(), &error.to_string());
                    if self.after_failure().is_err() {
                        // What is served stays; only a new start can go on.
                        self.publish();
                        let _ = stopped.recv();
                        break;
                    }
                }
            }
            self.publish();
            self.source.rest();
            if !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                break;
            }
        }
        if let Err(error) = self.store.settle() {
            tracing::error!(%error, "the copy could not be settled; the next start will take longer");
        }
    }

    /// One look: is there a newer checkpoint, and does everything under it hold?
    fn look(&mut self, stopped: &Receiver<()>) -> Result<(), Stop> {
        let bytes = self.source.checkpoint()?;
        self.status.checked_at = now();
        self.status.trouble = None;
        let Some(bytes) = bytes else {
            // Of a log that had one, it is a reason to wonder, but no proof of anything.
            self.looked = None;
            self.settle(Level::Amber, Some(Why::NoCheckpoint));
            return Ok(());
        };
        if self.looked.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let bad = |e: &dyn std::fmt::Display| {
            Finding::new("bad-checkpoint", format!("the checkpoint is malformed: {e}"))
        };
        let note = Note::parse(&bytes).map_err(|e| bad(&e))?;
        let claimed = Checkpoint::parse(note.text()).map_err(|e| bad(&e))?;
        if claimed.size() < 2 {
            return Err(bad(&"a log of this format signs from its second entry on").into());
        }
        if self.charter.is_none() {
            self.charter = Some(self.fetch_charter(claimed.size())?);
        }
        let checkpoint = self.open_note(&note).map_err(|e| {
            let sentence = format!("the checkpoint is not signed by the log that the charter names: {e}");
            Finding::new("bad-checkpoint", sentence)
        })?;
        self.status.source_size = Some(checkpoint.size());
        self.reach(&checkpoint, stopped)?;
        self.looked = Some(bytes);
        Ok(())
    }

    /// Verifies everything under `checkpoint` and shows it.
    fn reach(&mut self, checkpoint: &SignedCheckpoint, stopped: &Receiver<()>) -> Result<(), Stop> {
        let (mine, theirs) = (self.register.size(), checkpoint.size());
        if theirs <= mine {
            let root = self.own_root(theirs)?;
            if root != *checkpoint.root() {
                return Err(self.forked(checkpoint, None).into());
            }
            match &self.served {
                Some(served) if theirs < served.size() => {
                    self.settle(Level::Amber, Some(Why::StaleSource));
                    return Ok(());
                }
                Some(served) if served.checkpoint().note() == checkpoint.note() => {
                    self.confirm();
                    return Ok(());
                }
                _ => {}
            }
        } else {
            self.catch_up(checkpoint, stopped)?;
        }
        let at = now();
        let before = self.store.checkpoint()?.map(|stored| stored.size);
        if before != Some(theirs) {
            let stored = StoredCheckpoint { size: theirs, note: checkpoint.note().to_string().into_bytes() };
            self.store.set_checkpoint(before, &stored)?;
        }
        history::note(self.store.as_ref(), &Seen::of(checkpoint, at))?;
        self.show(checkpoint.clone(), at)?;
        Ok(())
    }

    /// Brings the copy to the size of `checkpoint`, round by round. One thread fetches and examines ahead.
    fn catch_up(&mut self, checkpoint: &SignedCheckpoint, stopped: &Receiver<()>) -> Result<(), Stop> {
        let source = Arc::clone(&self.source);
        let source = source.as_ref();
        let tree = SignedTree::new(source, checkpoint);
        let (from, size) = (self.register.size(), checkpoint.size());
        if from > 0 && !tree.begins_with(from, &self.edge.root()).map_err(|e| tiles(e, from))? {
            return Err(self.forked(checkpoint, Some(&tree)).into());
        }
        let keys = KeyTable::of(&self.register);
        let told = Instant::now().checked_sub(PROGRESS);
        let mut told = told.unwrap_or_else(Instant::now);
        let (rounds, examined) = bounded::<Result<Round, SourceError>>(1);
        std::thread::scope(|scope| {
            let keys = &keys;
            scope.spawn(move || {
                for bundles in examine::rounds(from, size) {
                    let round = examine::examine(source, bundles, from, size, keys);
                    let last = !matches!(&round, Ok(round) if round.broken.is_none());
                    if rounds.send(round).is_err() || last {
                        break;
                    }
                }
            });
            // Owned here, so that the thread ends when this closure does, however it does.
            let examined = examined;
            for round in &examined {
                self.take(round?, &tree, keys)?;
                if !matches!(stopped.try_recv(), Err(crossbeam_channel::TryRecvError::Empty)) {
                    return Err(Stop::Closing);
                }
                if size - from > A_MOMENTS_ENTRIES && told.elapsed() >= PROGRESS {
                    told = Instant::now();
                    self.status.progress = Some(Progress { done: self.register.size(), total: size });
                    self.settle(Level::Amber, Some(Why::Copying));
                    self.publish();
                }
            }
            Ok(())
        })?;
        if self.register.size() == size {
            Ok(())
        } else {
            let sentence = format!("only {} of {size} entries could be read", self.register.size());
            Err(Finding::new("missing-entries", sentence).at(self.register.size()).into())
        }
    }

    /// Judges one round in order, proves its tree to be part of the signed one, and only then writes it.
    fn take(&mut self, round: Round, tree: &SignedTree<'_>, keys: &KeyTable) -> Result<(), Stop> {
        let Round { first, entries, broken } = round;
        if entries.is_empty() {
            return broken.map_or(Ok(()), |finding| Err(finding.into()));
        }
        let hashes: Vec<Hash> = entries.iter().map(|entry| entry.hash).collect();
        let mut group = Group::behind(&self.register, &self.edge);
        let mut index = IndexWriter::default();
        let mut new_keys = false;
        for (position, entry) in (first..).zip(entries) {
            match self.judge(&mut group, &mut index, position, entry) {
                Ok(agreement) => new_keys |= agreement,
                Err(Stop::Finding(finding)) => {
                    return Err(Stop::Finding(Box::new(self.localised(*finding, first, &hashes, tree))));
                }
                Err(stop) => return Err(stop),
            }
        }
        let Written { mut batch, register, edge, keys: changed, .. } = group.finish();
        let (size, root) = (edge.size(), edge.root());
        if !tree.begins_with(size, &root).map_err(|e| tiles(e, first))? {
            let sentence = "the entries are not those that the checkpoint was signed for";
            let finding = Finding::new("root-differs", sentence).at(first);
            return Err(Stop::Finding(Box::new(self.localised(finding, first, &hashes, tree))));
        }
        batch.derived.extend(&index.finish(self.store.as_ref())?);
        self.store.append(first, &batch)?;
        self.register = register;
        self.edge = edge;
        if new_keys {
            keys.add(&self.register, changed);
        }
        broken.map_or(Ok(()), |finding| Err(finding.into()))
    }

    /// The fold over one entry. Tells whether it may have changed who may sign.
    fn judge(
        &self,
        group: &mut Group,
        index: &mut IndexWriter,
        position: u64,
        examined: Examined,
    ) -> Result<bool, Stop> {
        let Examined { hash, prev, received, statement } = examined;
        let refused = |refusal: &truce_statement::Refusal| {
            let sentence = format!("this entry should have been refused: {refusal}");
            Finding::new(refusal.code.as_str(), sentence).at(position)
        };
        if let Judged::Malformed(what) = &statement {
            return Err(Finding::new("malformed-entry", what).at(position).into());
        }
        if let Err(misfit) = group.register().follows::<LogError>(&Entry { prev, received, statement: &[] }) {
            return Err(of_misfit(misfit, position));
        }
        let (signed, prepared) = match statement {
            Judged::Signed(both) => *both,
            Judged::Unverified(both) => {
                let (statement, prepared) = *both;
                let key = group.register().key_of(&statement).map_err(|e| refused(&e))?.clone();
                (statement.verify_named(&key).map_err(|e| refused(&e))?, prepared)
            }
            Judged::Refused(refusal) => return Err(refused(&refusal).into()),
            Judged::Malformed(_) => return Ok(false),
        };
        let placed = group
            .admit(&signed, received, self.store.as_ref())
            .map_err(|misfit| of_misfit(misfit, position))?;
        if placed.entry != EntryHash::from_bytes(hash.to_bytes()) {
            return Err(Finding::new(
                "malformed-entry",
                "the entry has another form than the one of the format",
            )
            .at(position)
            .against(placed.entry, hash)
            .into());
        }
        let agreement = signed.kind().is_agreement();
        index.add(group, self.store.as_ref(), &signed, position, received, prepared)?;
        Ok(agreement)
    }

    /// Whose fault a finding is: the signed tiles say which entry is not the one that the log signed for. Where they
    /// have all of them, the log itself signed what should have been refused.
    fn localised(&self, finding: Finding, first: u64, hashes: &[Hash], tree: &SignedTree<'_>) -> Finding {
        let Ok(Some(signed)) = tree.leaves(&self.edge, first..first + hashes.len() as u64) else {
            return finding;
        };
        let differs = (first..).zip(signed.iter().zip(hashes)).find(|(_, (signed, found))| signed != found);
        match differs {
            Some((position, (signed, found))) => {
                let sentence =
                    "this entry is not the one that the checkpoint was signed for: the source has altered it";
                Finding::new("root-differs", sentence).at(position).against(signed, found)
            }
            None if finding.code == "root-differs" => {
                let sentence = "the source's tiles and its entries do not lead to the signed root";
                Finding { code: "tile-differs".to_owned(), sentence: sentence.to_owned(), ..finding }
            }
            None => finding,
        }
    }

    /// The finding that the log does not contain what it signed before. `tree` is given where `theirs` is larger than
    /// the copy.
    fn forked(&mut self, theirs: &SignedCheckpoint, tree: Option<&SignedTree<'_>>) -> Finding {
        let code = "inconsistent-checkpoints";
        let mine = self.served.as_ref().map(|served| served.checkpoint().clone());
        // What was copied under a checkpoint that never came to be served is known to be signed, but its note is gone.
        let Some(mine) = mine.filter(|mine| tree.is_some() || theirs.size() <= mine.size()) else {
            let sentence = "the checkpoint does not contain entries that verified under an earlier one";
            let here = self.own_root(theirs.size().min(self.register.size()));
            let here = here.map(|root| root.to_string()).unwrap_or_default();
            return Finding::new(code, sentence).against(here, theirs.root());
        };
        let size = theirs.size().min(mine.size());
        // The root of the other tree at that size, and the proof that it is one, where it is not the note's own.
        let other = match tree {
            Some(tree) => tree.root_at(size).ok().flatten().and_then(|root| Some((root, tree.proof(size)?))),
            None => self.own_proof(size, mine.size()).map(|proof| (*theirs.root(), proof)),
        };
        let here = self.own_root(size).unwrap_or(*mine.root());
        let Some((there, proof)) = other.filter(|(there, _)| *there != here) else {
            let sentence =
                "the source's tiles do not lead from the tree verified before to the newest checkpoint";
            return Finding::new("tile-differs", sentence).at(self.register.size());
        };
        let sentence =
            format!("the log signed two histories of its first {size} entries: it was forked, or rewritten");
        let mut finding = Finding::new(code, sentence).against(here, there);
        finding.notes = vec![mine.note().to_string(), theirs.note().to_string()];
        finding.proof = proof.iter().map(|hash| hex::encode(hash.as_bytes())).collect();
        finding.position = self.first_difference(size, tree);
        if let Err(error) = history::keep_disagreement(self.store.as_ref(), &finding) {
            tracing::error!(%error, "a disagreement could not be kept");
        }
        finding
    }

    /// The proof that the first `from` entries of the copy are a prefix of its first `to`.
    fn own_proof(&self, from: u64, to: u64) -> Option<Vec<Hash>> {
        let hashes = TileHashes::new(self.edge.over(StoredTiles(self.store.as_ref())), self.edge.size());
        consistency_proof(&hashes, from, to).ok()
    }

    /// The first entry in which another tree differs from this one, among the first `size`.
    fn first_difference(&self, size: u64, tree: Option<&SignedTree<'_>>) -> Option<u64> {
        let tree = tree?;
        let (mut same, mut other) = (0, size);
        while same + 1 < other {
            let middle = same + (other - same) / 2;
            let there = tree.root_at(middle).ok()??;
            if self.own_root(middle).ok()? == there { same = middle } else { other = middle }
        }
        Some(other - 1)
    }

    fn own_root(&self, size: u64) -> Result<Hash, ExplorerError> {
        let hashes = TileHashes::new(self.edge.over(StoredTiles(self.store.as_ref())), self.edge.size());
        tree_root(&hashes, size).map_err(|e| ExplorerError::damaged(e.to_string()))
    }

    /// The charter of a log that is not known yet, from its entry 0.
    fn fetch_charter(&self, size: u64) -> Result<Arc<Statement>, Stop> {
        let (coord, _) = BundleCoord::of_entry(0, size)
            .map_err(|e| Finding::new("missing-entries", e.to_string()).at(0))?;
        let bytes = self.source.bundle(coord)?.ok_or_else(|| {
            let sentence = format!("{coord} is missing: the log does not hold what its checkpoint covers");
            Finding::new("missing-entries", sentence).at(0)
        })?;
        let bundle = EntryBundle::parse_prefix(&bytes, coord)
            .map_err(|e| Finding::new("malformed-bundle", format!("{coord}: {e}")).at(0))?;
        let first = bundle.entries().first().copied().unwrap_or_default();
        let record = Record::parse(0, first.to_vec())
            .map_err(|e| Finding::new("malformed-entry", e.to_string()).at(0))?;
        let statement = record.statement;
        if !matches!(statement.body(), Body::Charter(_)) {
            let sentence = format!("entry 0 is a {}, not a charter", statement.kind());
            return Err(Finding::new("unknown-agreement", sentence).at(0).into());
        }
        if let Some(expected) = self.agreement.filter(|id| *id != statement.agreement()) {
            let sentence = "this is the log of another agreement than the one you named";
            let finding = Finding::new("wrong-agreement", sentence).at(0);
            return Err(finding.against(expected, statement.agreement()).into());
        }
        Ok(Arc::new(statement))
    }

    /// Reads the charter back from the copy.
    fn take_up_charter(&mut self) -> Result<(), ExplorerError> {
        let bytes = self.store.entry(0)?.ok_or_else(|| ExplorerError::damaged("entry 0 is missing"))?;
        self.charter = Some(Arc::new(Record::parse(0, bytes)?.statement));
        Ok(())
    }

    /// Opens a note with the keys of the log at its size and the witnesses' keys in the policy for it.
    fn open_note(&self, note: &Note) -> Result<SignedCheckpoint, String> {
        let charter = self.charter.as_deref().ok_or("there is no charter")?;
        let size = Checkpoint::parse(note.text()).map_err(|e| e.to_string())?.size();
        let folded = self.register.size() > 0;
        let outline = if folded { Outline::after(&self.register) } else { of_charter(charter)? };
        let from = self.register.size().max(1);
        let known = outline.clone().up_to(from);
        let refused = match open_by(&known, note) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(refused) => refused,
        };
        // Another key may have followed in entries that are not in the copy yet. Nothing of them is taken before the log has
        // signed for it, so they are read for their amendments first: no source can forge the parties' assent.
        if size <= from || known.log_keys().is_empty() {
            return Err(refused);
        }
        let ahead = self.keys_ahead(outline, from, size).ok_or_else(|| refused.clone())?;
        if ahead.log_keys().len() == known.log_keys().len() {
            return Err(refused);
        }
        open_by(&ahead, note)
    }

    /// The keys of the log as the amendments among entries `from` to `size` of the source make them.
    fn keys_ahead(&self, mut outline: Outline, from: u64, size: u64) -> Option<Register> {
        let width = u64::from(truce_tlog::tile::TILE_WIDTH);
        for index in from / width..size.div_ceil(width) {
            let coord = BundleCoord::in_tree(index, size).ok()?;
            let bytes = self.source.bundle(coord).ok()??;
            let bundle = EntryBundle::parse_prefix(&bytes, coord).ok()?;
            for (position, bytes) in (index * width..).zip(bundle.entries()) {
                if position >= from
                    && let Ok(entry) = Entry::parse(bytes)
                    && let Ok(statement) = Statement::parse(entry.statement)
                {
                    outline.take(position, &statement);
                }
            }
        }
        Some(outline.up_to(size))
    }

    /// Serves what `checkpoint` covers.
    fn show(&mut self, checkpoint: SignedCheckpoint, at: i64) -> Result<(), ExplorerError> {
        if self.charter.is_none() {
            self.take_up_charter()?;
        }
        let Some(charter) = self.charter.clone() else { return Ok(()) };
        // While the copy is ahead of the checkpoint, the edge is restored for the smaller tree.
        let edge = if self.edge.size() == checkpoint.size() {
            self.edge.clone()
        } else {
            EdgeTiles::restore(checkpoint.size(), checkpoint.root(), &StoredTiles(self.store.as_ref()))
                .map_err(|e| ExplorerError::damaged(e.to_string()))?
        };
        let register = Arc::new(self.register.clone());
        let served =
            Served::new(self.read.clone(), register, edge, checkpoint, charter, at, Arc::clone(&self.memory));
        let (checkpoint, charter) = (served.checkpoint(), served.charter_statement());
        if let Body::Charter(body) = charter.body() {
            body.title.as_str().clone_into(&mut self.status.title);
            let vkey = self.register.log_vkey().unwrap_or(body.log.as_str());
            vkey.clone_into(&mut self.status.vkey);
        }
        self.status.agreement = charter.agreement().to_string();
        checkpoint.origin().clone_into(&mut self.status.origin);
        self.status.size = checkpoint.size();
        self.status.root = hex::encode(checkpoint.root().as_bytes());
        self.status.verified_at = at;
        self.status.quorum = served.quorum();
        self.served = Some(Arc::new(served));
        self.status.progress = None;
        if self.status.checked_at > 0 {
            self.confirm();
        } else {
            self.settle(Level::Amber, Some(Why::Starting));
        }
        Ok(())
    }

    /// What is served is what the source shows.
    fn confirm(&mut self) {
        self.status.progress = None;
        if self.status.quorum.as_ref().is_none_or(|quorum| quorum.reached) {
            self.settle(Level::Green, None);
        } else {
            self.settle(Level::Amber, Some(Why::QuorumMissing));
        }
    }

    /// Sets the colour; what is proven stays red.
    fn settle(&mut self, level: Level, why: Option<Why>) {
        self.status.findings.clone_from(&self.proven);
        if self.proven.is_empty() {
            (self.status.level, self.status.why) = (level, why);
        } else {
            (self.status.level, self.status.why) = (Level::Red, Some(Why::Finding));
        }
    }

    fn found(&mut self, finding: Finding) {
        let known = self.status.findings.iter().any(|other| other.same_as(&finding));
        if !known {
            tracing::error!(%finding, "the log does not hold");
        }
        if finding.is_proven() && !self.proven.iter().any(|other| other.same_as(&finding)) {
            self.proven.push(finding.clone());
        }
        let first = self.status.findings.iter().find(|other| other.same_as(&finding)).cloned();
        self.settle(Level::Red, Some(Why::Finding));
        if !self.status.findings.iter().any(|other| other.same_as(&finding)) {
            self.status.findings.push(first.unwrap_or(finding));
        }
        (self.status.level, self.status.why) = (Level::Red, Some(Why::Finding));
        self.status.progress = None;
        if self.served.is_none() && self.register.size() == 0 {
            // Nothing verified under the charter that was read: the next look reads it again.
            self.charter = None;
        }
    }

    fn trouble(&mut self, why: Why, code: &str, sentence: &str) {
        if self.status.trouble.is_none() {
            tracing::warn!(code, sentence, "the explorer waits");
        }
        if self.status.level != Level::Red {
            self.settle(Level::Amber, Some(why));
        }
        self.status.trouble = Some((code.to_owned(), sentence.to_owned()));
        self.status.progress = None;
        // What was looked at last must be looked at again.
        self.looked = None;
    }

    /// Whether the follower can go on after the copy failed: what it knows must be what the copy holds.
    fn after_failure(&mut self) -> Result<(), ExplorerError> {
        let ledger = Ledger::over(self.read.clone())?;
        if ledger.size() == self.register.size() && !self.has_stopped() {
            Ok(())
        } else {
            Err(ExplorerError::damaged("the copy is not where the follower left it"))
        }
    }

    /// A store that failed in a write takes no more.
    fn has_stopped(&self) -> bool {
        let nothing = truce_store::Changes::new();
        let applied = self.store.applied().unwrap_or_default();
        truce_store::IndexStore::apply(self.store.as_ref(), applied, &nothing)
            .is_err_and(|error| !matches!(error, truce_store::StoreError::Full { .. }))
    }

    pub(super) fn publish(&mut self) {
        let state = State { served: self.served.clone(), status: self.status.clone() };
        self.state.send_replace(Arc::new(state));
    }
}

fn restore_edge(store: &RocksStore, size: u64) -> Result<EdgeTiles, ExplorerError> {
    if size == 0 {
        return Ok(EdgeTiles::new());
    }
    let root = store.get(Space::State, b"root")?;
    let root = root.as_deref().and_then(|bytes| Hash::try_from(bytes).ok());
    let root = root.ok_or_else(|| ExplorerError::damaged("the root of the tree is missing"))?;
    EdgeTiles::restore(size, &root, &StoredTiles(store)).map_err(|e| ExplorerError::damaged(e.to_string()))
}

fn of_misfit(misfit: Misfit<LogError>, position: u64) -> Stop {
    match misfit {
        Misfit::Recall(error) => Stop::Copy(error.into()),
        Misfit::Refused(refusal) => {
            let sentence = format!("this entry should have been refused: {refusal}");
            Finding::new(refusal.code.as_str(), sentence).at(position).into()
        }
        Misfit::BrokenChain { expected, found } => {
            let sentence = "the entry does not carry the hash of the entry before: something was changed, left out, put in or moved";
            Finding::new("broken-chain", sentence).at(position).against(expected, found).into()
        }
        Misfit::TimeWentBack { before, found } => {
            let sentence = "the entry was received before the entry before it";
            let finding = Finding::new("received-went-back", sentence).at(position);
            finding.against(format!("{before} ms or later"), format!("{found} ms")).into()
        }
        other => Finding::new("malformed-entry", other.to_string()).at(position).into(),
    }
}

fn tiles(fault: TreeFault, position: u64) -> Stop {
    match fault {
        TreeFault::Source(error) => Stop::Source(error),
        TreeFault::Tiles(what) => {
            let sentence = format!("the source's tiles cannot be used: {what}");
            Finding::new("missing-tile", sentence).at(position).into()
        }
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Opens a note by what a register says of the log: the keys whose turn it is, and the witnesses for the size.
fn open_by(register: &Register, note: &Note) -> Result<SignedCheckpoint, String> {
    let size = Checkpoint::parse(note.text()).map_err(|e| e.to_string())?.size();
    let policy = register.policy_at(size).and_then(|policy| policy_of(&policy.text));
    let cosigners: Vec<VKey> = policy
        .map(|policy| policy.witnesses().iter().map(|witness| witness.vkey().clone()).collect())
        .unwrap_or_default();
    let keys = key_schedule(register).map_err(|e| e.to_string())?;
    keys.open(note, &cosigners).map_err(|e| e.to_string())
}

fn of_charter(charter: &Statement) -> Result<Outline, String> {
    Outline::of(charter).map_err(|e| e.to_string())
}
