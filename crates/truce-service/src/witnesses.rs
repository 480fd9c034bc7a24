//! Witnesses (c2sp.org/tlog-witness): all asked at the same time, each with its deadline, none waited for once the quorum
//! is there.
//!
//! A round asks every witness that is free about one checkpoint, so that their cosignatures meet under the same tree. It
//! ends with the quorum, with the last answer or with the deadline. Who is slow misses rounds and delays nobody. Where the
//! parties name witnesses and ask for no quorum, the witnesses are asked all the same, and nobody waits for them.

use crate::finality::{Final, Standing};
use crate::metrics::Metrics;
use crate::quorum::Quorum;
use crate::snapshot::Snapshot;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use truce_tlog::{Cosigned, KeySchedule, SignedCheckpoint, VKey};
use truce_witness::{AskError, Transport, WitnessClient};

/// After a round without quorum, the next one; doubled up to ten seconds while it stays so and nothing is new.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The tree offered to witnesses, and the cosignatures that have come.
#[derive(Clone)]
pub(crate) struct Board(Arc<Inner>);

struct Inner {
    offered: watch::Sender<Option<Arc<Snapshot>>>,
    /// The last two trees that were asked about, with every cosignature there is: a late one still counts.
    cosigned: Mutex<Vec<Arc<Snapshot>>>,
}

/// Answer of a witness.
struct Answer {
    place: usize,
    /// Size of the tree it was asked about.
    about: u64,
    /// The size that it had cosigned before, where it has said so.
    knows: Option<u64>,
    result: Result<Cosigned, AskError>,
}

/// The witnesses of the policy that have an address.
pub(crate) fn all(quorum: &Quorum, within: Duration) -> Result<Vec<WitnessClient>, String> {
    let transport = Transport::new().map_err(|e| e.to_string())?;
    let mut all = Vec::new();
    for witness in quorum.witnesses() {
        if let Some(url) = witness.url() {
            let url = String::from_utf8_lossy(url);
            let (name, vkey) = (witness.name().to_string(), witness.vkey().clone());
            let client = WitnessClient::new(&name, vkey, &url, within, transport.clone());
            all.push(client.map_err(|e| e.to_string())?);
        }
    }
    Ok(all)
}

/// The newest checkpoint of the log that a witness shows, verified with the log's keys. `None` where it shows none.
pub(crate) async fn shown(witness: &WitnessClient, log: &KeySchedule) -> Option<SignedCheckpoint> {
    let note = witness.latest(log.origin()).await.ok().flatten()?;
    log.open(&note, &[]).ok()
}

impl Board {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { offered: watch::Sender::new(None), cosigned: Mutex::default() }))
    }

    /// Offers a tree to be cosigned.
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

    /// Adds what a witness has said; gives the tree with it, if that is still held.
    fn add(&self, size: u64, cosigned: &Cosigned, vkey: &VKey) -> Result<Option<Arc<Snapshot>>, String> {
        let mut held = self.lock();
        let Some(place) = held.iter_mut().find(|held| held.size() == size) else { return Ok(None) };
        let mut checkpoint = place.checkpoint().clone();
        checkpoint.add_cosignature(cosigned.line().clone(), vkey).map_err(|e| e.to_string())?;
        *place = Arc::new(place.cosigned(checkpoint));
        Ok(Some(Arc::clone(place)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Snapshot>>> {
        self.0.cosigned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs rounds until `stop`, with the witnesses in force.
pub(crate) async fn run(
    board: Board,
    standing: Arc<Standing>,
    within: Duration,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let mut quorums = standing.quorums();
    loop {
        let quorum = Arc::clone(&quorums.borrow_and_update());
        let witnesses = all(&quorum, within).unwrap_or_else(|what| {
            tracing::error!(what, "a witness cannot be asked; nothing becomes final");
            Vec::new()
        });
        if quorum.is_out_of_reach() {
            tracing::warn!("too few witnesses of the policy have an address; nothing becomes final");
        }
        let (answers, mut came) = mpsc::channel(witnesses.len().max(1));
        let mut rounds = Rounds {
            seats: witnesses.into_iter().map(Seat::new).collect(),
            board: board.clone(),
            quorum,
            standing: Arc::clone(&standing),
            metrics: Arc::clone(&metrics),
            answers,
        };
        tokio::select! {
            () = rounds.go_on(within, &mut came) => return,
            changed = quorums.changed() => if changed.is_err() { return },
            _ = stop.changed() => return,
        }
    }
}

/// A witness, and what is known of it.
struct Seat {
    witness: WitnessClient,
    /// It has answered what it was asked last.
    free: bool,
    /// It cosigned when it was asked last.
    good: bool,
    /// The size that it says it has cosigned.
    known: u64,
    /// The largest size that it has cosigned here. It never says less, unless it has lost its state.
    cosigned: u64,
}

impl Seat {
    const fn new(witness: WitnessClient) -> Self {
        Self { witness, free: true, good: true, known: 0, cosigned: 0 }
    }
}

struct Rounds {
    board: Board,
    seats: Vec<Seat>,
    quorum: Arc<Quorum>,
    standing: Arc<Standing>,
    metrics: Arc<Metrics>,
    answers: mpsc::Sender<Answer>,
}

impl Rounds {
    /// One round after the other, until nothing is offered any more.
    async fn go_on(&mut self, within: Duration, came: &mut mpsc::Receiver<Answer>) {
        let mut offered = self.board.0.offered.subscribe();
        let mut pause = AFTER_FAILURE;
        // Of nobody nothing is asked.
        let anybody = !self.seats.is_empty();
        loop {
            let newest = offered.borrow_and_update().clone();
            let size = newest.as_ref().map_or(0, |newest| newest.size());
            let done = match newest {
                Some(snapshot) if anybody && !self.is_done(&snapshot) => {
                    let done = self.round(&snapshot, within, came).await;
                    pause = if done { AFTER_FAILURE } else { (2 * pause).min(LONGEST_PAUSE) };
                    done
                }
                _ => true,
            };
            let mut again = pin!(tokio::time::sleep(pause));
            loop {
                tokio::select! {
                    changed = offered.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        pause = AFTER_FAILURE;
                        break;
                    }
                    Some(answer) = came.recv() => {
                        let was_busy = answer.about < size;
                        self.hear(answer);
                        // Free again: it takes up the newest.
                        if was_busy {
                            break;
                        }
                    }
                    () = &mut again, if !done => break,
                }
            }
        }
    }

    fn is_final(&self, snapshot: &Snapshot) -> bool {
        self.standing.last().is_some_and(|last| last.size() >= snapshot.size())
    }

    /// True where nobody is to be asked about it any more: the quorum is reached, or there is none and all have cosigned.
    fn is_done(&self, snapshot: &Snapshot) -> bool {
        self.is_final(snapshot)
            || self.quorum.asks_for_none() && self.seats.iter().all(|seat| self.has_cosigned(seat, snapshot))
    }

    fn has_cosigned(&self, seat: &Seat, snapshot: &Snapshot) -> bool {
        let best = self.board.best(snapshot.size());
        best.is_some_and(|best| {
            best.checkpoint().cosignatures().iter().any(|line| &line.cosigner == seat.witness.vkey())
        })
    }

    /// Asks everybody who is free and has not cosigned it; true when nobody need be asked again.
    async fn round(
        &mut self,
        snapshot: &Arc<Snapshot>,
        within: Duration,
        came: &mut mpsc::Receiver<Answer>,
    ) -> bool {
        self.board.begin(snapshot);
        let deadline = Instant::now() + within;
        let open = |seat: &Seat| seat.free && !self.has_cosigned(seat, snapshot);
        let open: Vec<bool> = self.seats.iter().map(open).collect();
        for place in open.iter().enumerate().filter_map(|(place, open)| open.then_some(place)) {
            self.send(place, snapshot);
        }
        // Without a quorum there is nothing to wait for: answers are heard as they come.
        while !self.quorum.asks_for_none()
            && !self.is_done(snapshot)
            && self.seats.iter().any(|seat| !seat.free)
        {
            match tokio::time::timeout_at(deadline, came.recv()).await {
                Ok(Some(answer)) => self.hear(answer),
                _ => return false,
            }
        }
        self.is_done(snapshot)
    }

    fn send(&mut self, place: usize, snapshot: &Arc<Snapshot>) {
        let Some(seat) = self.seats.get_mut(place) else { return };
        seat.free = false;
        let (witness, known, cosigned) = (seat.witness.clone(), seat.known, seat.cosigned);
        // Weak: an answer that is waited for does not keep the ledger open.
        let (snapshot, standing) = (Arc::clone(snapshot), Arc::downgrade(&self.standing));
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let about = snapshot.size();
            let prove = |old: u64| {
                if old == 0 || old >= about {
                    return Ok(Vec::new());
                }
                let standing = standing.upgrade().ok_or_else(|| "the ledger is closed".to_owned())?;
                let store = standing.depositary().store();
                snapshot.consistency(old, &standing.full, store).map_err(|e| e.to_string())
            };
            let mut before = None;
            let mut result = match prove(known) {
                Ok(proof) => witness.add_checkpoint(known, &proof, snapshot.checkpoint()).await,
                Err(what) => Err(AskError::NoProof { what }),
            };
            if let Err(AskError::Conflict { size }) = result {
                before = Some(size);
                result = match prove(size) {
                    // It has lost its state, and could cosign another tree: its word counts for nothing until it is back
                    // where it was.
                    _ if size < cosigned => Err(AskError::RolledBack { before: cosigned, now: size }),
                    Ok(proof) => witness.add_checkpoint(size, &proof, snapshot.checkpoint()).await,
                    Err(what) => Err(AskError::NoProof { what }),
                };
            }
            let _ = answers.send(Answer { place, about, knows: before, result }).await;
        });
    }

    fn hear(&mut self, answer: Answer) {
        let Answer { place, about, knows, result } = answer;
        let Some(seat) = self.seats.get_mut(place) else { return };
        seat.free = true;
        if let Some(size) = knows {
            seat.known = size.max(seat.cosigned);
        }
        let witness = &seat.witness;
        let added = match result {
            Ok(cosigned) => self.board.add(about, &cosigned, witness.vkey()),
            Err(error) if error.is_alarm() => {
                // Its word alone stops nothing: it could stop any log. With a checkpoint to show, the next start does.
                tracing::error!(witness = witness.name(), code = error.code(), %error, "a witness contradicts");
                Err(error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        self.metrics.witness(witness.name(), added.is_ok());
        let was_good = std::mem::replace(&mut seat.good, added.is_ok());
        match added {
            Ok(cosigned) => {
                (seat.known, seat.cosigned) = (seat.known.max(about), seat.cosigned.max(about));
                let Some(cosigned) = cosigned else { return };
                if let Some(last) = Final::of(&cosigned, &self.quorum) {
                    self.standing.finish(&last);
                    self.metrics.last.set(i64::try_from(last.size()).unwrap_or(i64::MAX));
                }
            }
            // Said once, not with every checkpoint.
            Err(what) if was_good => {
                tracing::warn!(witness = witness.name(), what, "a witness has not cosigned");
            }
            Err(what) => tracing::debug!(witness = witness.name(), what, "a witness has not cosigned"),
        }
    }
}
