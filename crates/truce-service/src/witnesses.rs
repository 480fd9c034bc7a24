//! Witnesses (c2sp.org/tlog-witness): all asked at the same time, each with its deadline, none waited for once the quorum
//! is there.
//!
//! A round asks every witness that is free about one checkpoint, so that their cosignatures meet under the same tree. It
//! ends with the quorum or the deadline. Who is slow misses rounds and delays nobody.

use crate::finality::Standing;
use crate::metrics::Metrics;
use crate::quorum::Quorum;
use crate::snapshot::Snapshot;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use truce_statement::id::sha256;
use truce_tlog::{NoteSignature, SignedCheckpoint, VKey};

/// The largest answer of a witness that is read.
const ANSWER_MAX: u64 = 64 * 1024;
/// After a round without quorum, the next one; doubled up to a minute while it stays so and nothing is new.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is offered to witnesses, and what they have said.
#[derive(Clone)]
pub(crate) struct Board(Arc<Inner>);

struct Inner {
    offered: watch::Sender<Option<Arc<Snapshot>>>,
    /// The last two trees that were asked about, with every cosignature there is: a late one still counts.
    cosigned: Mutex<Vec<Arc<Snapshot>>>,
}

/// One witness of the policy that has an address.
#[derive(Clone)]
pub(crate) struct Witness {
    pub(crate) name: String,
    pub(crate) vkey: VKey,
    url: String,
    agent: ureq::Agent,
}

/// Why a witness has not cosigned.
#[derive(Debug)]
enum Failure {
    /// It knows another size.
    Conflict(u64),
    Other(String),
}

struct Answer {
    place: usize,
    about: u64,
    /// What it had cosigned before this, as far as it says.
    knows: Option<u64>,
    result: Result<Vec<NoteSignature>, Failure>,
}

impl Witness {
    /// The witnesses of the policy that have an address.
    pub(crate) fn all(quorum: &Quorum, within: Duration) -> Vec<Self> {
        let of = |witness: &truce_tlog::policy::PolicyWitness| {
            let url = std::str::from_utf8(witness.url()?).ok()?.trim_end_matches('/').to_owned();
            let agent = ureq::Agent::config_builder()
                .timeout_global(Some(within))
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .build()
                .new_agent();
            Some(Self { name: witness.name().to_string(), vkey: witness.vkey().clone(), url, agent })
        };
        quorum.policy.witnesses().iter().filter_map(of).collect()
    }

    /// The newest checkpoint of the log that it says it has cosigned, verified with the log's key. `None` where it does
    /// not say.
    pub(crate) fn cosigned(&self, log: &VKey) -> Option<SignedCheckpoint> {
        let origin = hex::encode(sha256(log.name().as_bytes()));
        let url = format!("{}/{origin}/checkpoint", self.url);
        let mut answer = self.agent.get(url).call().ok().filter(|answer| answer.status() == 200)?;
        let note = answer.body_mut().with_config().limit(ANSWER_MAX).read_to_vec().ok()?;
        SignedCheckpoint::parse(&note, log, &[]).ok()
    }

    /// Asks once (`add-checkpoint`).
    fn ask(&self, old: u64, proof: &[truce_tlog::Hash], note: &[u8]) -> Result<Vec<NoteSignature>, Failure> {
        let mut body = format!("old {old}\n").into_bytes();
        for hash in proof {
            body.extend_from_slice(hash.to_base64().as_bytes());
            body.push(b'\n');
        }
        body.push(b'\n');
        body.extend_from_slice(note);
        let other = |e: &dyn std::fmt::Display| Failure::Other(e.to_string());
        let url = format!("{}/add-checkpoint", self.url);
        let mut answer = self.agent.post(url).send(&body).map_err(|e| other(&e))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(ANSWER_MAX).read_to_string();
        let text = text.map_err(|e| other(&e))?;
        match status {
            200 => text
                .lines()
                .map(|line| NoteSignature::parse(line).map_err(|e| other(&e)))
                .collect::<Result<_, _>>(),
            409 => match text.trim_end().parse() {
                Ok(size) => Err(Failure::Conflict(size)),
                Err(_) => Err(Failure::Other("409 without a size".into())),
            },
            status => Err(Failure::Other(format!("status {status}"))),
        }
    }
}

impl Board {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { offered: watch::Sender::new(None), cosigned: Mutex::default() }))
    }

    /// Offers a tree to be cosigned. The publisher has spread what is under it.
    pub(crate) fn offer(&self, snapshot: &Arc<Snapshot>) {
        self.0.offered.send_replace(Some(Arc::clone(snapshot)));
    }

    /// The tree of this size with the cosignatures that have come.
    pub(crate) fn best(&self, size: u64) -> Option<Arc<Snapshot>> {
        self.lock().iter().find(|snapshot| snapshot.size() == size).cloned()
    }

    fn begin(&self, snapshot: &Arc<Snapshot>) {
        let mut cosigned = self.lock();
        if cosigned.iter().all(|held| held.size() != snapshot.size()) {
            cosigned.push(Arc::clone(snapshot));
            if cosigned.len() > 2 {
                cosigned.remove(0);
            }
        }
    }

    /// Adds lines of a witness; gives the tree with them, if they verify and the tree is still held.
    fn add(&self, size: u64, lines: Vec<NoteSignature>, vkey: &VKey) -> Result<Option<Arc<Snapshot>>, String> {
        let mut held = self.lock();
        let Some(place) = held.iter_mut().find(|held| held.size() == size) else { return Ok(None) };
        let mut checkpoint = place.checkpoint().clone();
        let mut found = false;
        for line in lines.into_iter().filter(|line| line.claims(vkey)) {
            checkpoint.add_cosignature(line, vkey).map_err(|e| e.to_string())?;
            found = true;
        }
        if !found {
            return Err("the answer has no line of its key".into());
        }
        *place = Arc::new(place.cosigned(checkpoint));
        Ok(Some(Arc::clone(place)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Snapshot>>> {
        self.0.cosigned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs rounds until `stop`.
pub(crate) async fn run(
    board: Board,
    witnesses: Vec<Witness>,
    quorum: Quorum,
    standing: Arc<Standing>,
    within: Duration,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let (answers, mut came) = mpsc::channel(witnesses.len().max(1));
    let mut offered = board.0.offered.subscribe();
    let mut rounds = Rounds {
        free: vec![true; witnesses.len()],
        known: vec![0; witnesses.len()],
        board,
        witnesses,
        quorum,
        standing,
        metrics,
        answers,
    };
    let mut pause = AFTER_FAILURE;
    loop {
        let newest = offered.borrow_and_update().clone();
        let done = match newest {
            Some(snapshot) if !rounds.is_final(&snapshot) => {
                let done = rounds.round(&snapshot, within, &mut came).await;
                pause = if done { AFTER_FAILURE } else { (2 * pause).min(LONGEST_PAUSE) };
                done
            }
            _ => true,
        };
        let again = tokio::time::sleep(pause);
        tokio::select! {
            changed = offered.changed() => if changed.is_err() { return },
            Some(answer) = came.recv() => rounds.hear(answer),
            () = again, if !done => {}
            _ = stop.changed() => return,
        }
    }
}

struct Rounds {
    board: Board,
    witnesses: Vec<Witness>,
    /// Who has answered what it was asked last.
    free: Vec<bool>,
    /// The size that each has cosigned, as far as is known.
    known: Vec<u64>,
    quorum: Quorum,
    standing: Arc<Standing>,
    metrics: Arc<Metrics>,
    answers: mpsc::Sender<Answer>,
}

impl Rounds {
    fn is_final(&self, snapshot: &Snapshot) -> bool {
        self.standing.last().is_some_and(|last| last.size() >= snapshot.size())
    }

    /// Asks everybody who is free; true when the quorum is reached.
    async fn round(
        &mut self,
        snapshot: &Arc<Snapshot>,
        within: Duration,
        came: &mut mpsc::Receiver<Answer>,
    ) -> bool {
        self.board.begin(snapshot);
        let deadline = Instant::now() + within;
        for place in 0..self.witnesses.len() {
            if self.free.get(place) == Some(&true) {
                self.send(place, snapshot);
            }
        }
        while !self.is_final(snapshot) {
            match tokio::time::timeout_at(deadline, came.recv()).await {
                Ok(Some(answer)) => self.hear(answer),
                _ => return false,
            }
        }
        true
    }

    fn send(&mut self, place: usize, snapshot: &Arc<Snapshot>) {
        let Some(witness) = self.witnesses.get(place).cloned() else { return };
        let known = self.known.get(place).copied().unwrap_or(0);
        if let Some(free) = self.free.get_mut(place) {
            *free = false;
        }
        // Weak: an answer that is waited for does not keep the ledger open.
        let (snapshot, standing) = (Arc::clone(snapshot), Arc::downgrade(&self.standing));
        let answers = self.answers.clone();
        // The client blocks: one thread of the pool for each witness, at most.
        tokio::task::spawn_blocking(move || {
            let about = snapshot.size();
            let mut knows = None;
            let ask = |old: u64| {
                let proof = if old == 0 || old >= about {
                    Vec::new()
                } else {
                    let closed = || Failure::Other("the ledger is closed".into());
                    let standing = standing.upgrade().ok_or_else(closed)?;
                    snapshot
                        .consistency(old, &standing.full, standing.depositary().store())
                        .map_err(|e| Failure::Other(e.to_string()))?
                };
                witness.ask(old, &proof, snapshot.note())
            };
            let mut result = ask(known.min(about));
            if let Err(Failure::Conflict(size)) = result {
                knows = Some(size);
                if size <= about {
                    result = ask(size);
                }
            }
            let _ = answers.blocking_send(Answer { place, about, knows, result });
        });
    }

    fn hear(&mut self, answer: Answer) {
        let Answer { place, about, knows, result } = answer;
        if let Some(free) = self.free.get_mut(place) {
            *free = true;
        }
        let Some(witness) = self.witnesses.get(place) else { return };
        if let (Some(size), Some(known)) = (knows, self.known.get_mut(place)) {
            *known = size;
        }
        let added = match result {
            Ok(lines) => self.board.add(about, lines, &witness.vkey),
            Err(Failure::Conflict(size)) => {
                Err(format!("it has cosigned {size} entries of this log, and was asked about {about}"))
            }
            Err(Failure::Other(what)) => Err(what),
        };
        self.metrics.witness(&witness.name, added.is_ok());
        match added {
            Ok(cosigned) => {
                if let Some(known) = self.known.get_mut(place) {
                    *known = (*known).max(about);
                }
                let Some(cosigned) = cosigned else { return };
                let keys = cosigned.checkpoint().cosignatures().iter().map(|c| &c.cosigner);
                if self.quorum.policy.is_satisfied_by_keys(&keys.collect::<Vec<_>>()) {
                    self.standing.finish(&cosigned);
                    self.metrics.last.set(i64::try_from(cosigned.size()).unwrap_or(i64::MAX));
                }
            }
            Err(what) => tracing::warn!(witness = witness.name, what, "a witness has not cosigned"),
        }
    }
}
