//! Asking every witness of a policy at once, and telling what a quorum has cosigned from what it has not.
//!
//! # Ownership
//! Each witness has a task of its own, which asks one thing at a time and remembers what the witness cosigned last. All
//! of them write what they get into the rounds that are kept; whoever asks reads there, and waits for nobody once the
//! quorum is met. A late answer finds its round among the last few, and is there for the next publication.

use crate::client::{AskError, Transport, WitnessClient};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use truce_tlog::policy::PolicyWitness;
use truce_tlog::{Cosigned, Hash, Note, Policy, PolicyError, PolicyName, SignedCheckpoint, VKey};

/// Rounds that late answers are still collected for.
const ROUNDS_KEPT: usize = 16;
/// How often one witness is asked again within a round because it named another size.
const TRIES: usize = 3;

/// Makes consistency proofs: the log, which has the tiles.
pub trait Prover: Send + Sync + 'static {
    /// The proof from the tree of `from` leaves to that of `to`, where 0 < `from` < `to`. May block.
    fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, NoProof>;
}

impl<F: Fn(u64, u64) -> Result<Vec<Hash>, NoProof> + Send + Sync + 'static> Prover for F {
    fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, NoProof> {
        self(from, to)
    }
}

/// Why there is no proof, for people.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub struct NoProof(pub String);

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// For one answer of one witness.
    pub answer: Duration,
    /// For a round, where no quorum is met.
    pub round: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { answer: Duration::from_secs(10), round: Duration::from_secs(5) }
    }
}

/// A checkpoint that satisfies a policy with a quorum: its log has signed, and the quorum has cosigned. By a policy of
/// `quorum none` nothing is final.
///
/// Only [`Final::verify`] makes one, from the bytes that are published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Final {
    checkpoint: SignedCheckpoint,
}

impl Final {
    /// Verifies every line of the note that is of the log or of a witness of the policy, and counts the quorum.
    pub fn verify(policy: &Policy, log: &VKey, note: &Note) -> Result<Self, PolicyError> {
        let checkpoint = policy.check_for(note, log)?;
        if policy.quorum().is_none() {
            let found = checkpoint.cosignatures().len();
            return Err(PolicyError::NoQuorum { quorum: "none".into(), found });
        }
        Ok(Self { checkpoint })
    }

    /// The checkpoint with its cosignatures.
    #[must_use]
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

/// A checkpoint that does not satisfy its policy, or not yet.
#[derive(Clone, Debug)]
pub struct Accepted {
    checkpoint: SignedCheckpoint,
    open: Vec<Open>,
}

impl Accepted {
    /// The checkpoint with the cosignatures that have come.
    #[must_use]
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The witnesses that have not cosigned it.
    #[must_use]
    pub fn open(&self) -> &[Open] {
        &self.open
    }
}

/// A witness that has not cosigned.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its name in the policy.
    pub name: PolicyName,
    /// Why; `None` where it has not answered yet, or has no URL to be asked at.
    pub why: Option<AskError>,
}

/// How a checkpoint stands with its policy.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Below the quorum, or there is none. Never to be shown as final.
    Accepted(Accepted),
    /// The quorum is met.
    Final(Final),
}

impl Standing {
    /// The checkpoint with the cosignatures that have come: what is published either way.
    #[must_use]
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        match self {
            Self::Accepted(accepted) => accepted.checkpoint(),
            Self::Final(done) => done.checkpoint(),
        }
    }

    /// The checkpoint as final, if it is.
    #[must_use]
    pub const fn as_final(&self) -> Option<&Final> {
        match self {
            Self::Accepted(_) => None,
            Self::Final(done) => Some(done),
        }
    }
}

/// The witnesses of a policy, each with a task that asks it. The tasks end with this value.
pub struct Quorum {
    shared: Arc<Shared>,
    asked: watch::Sender<Option<Arc<SignedCheckpoint>>>,
    tasks: Vec<JoinHandle<()>>,
    timing: Timing,
}

struct Shared {
    policy: Policy,
    /// Witnesses that can be asked.
    seats: usize,
    rounds: Mutex<VecDeque<Round>>,
    /// Counts answers.
    progress: watch::Sender<u64>,
}

/// One checkpoint, and what has become of it.
struct Round {
    checkpoint: Arc<SignedCheckpoint>,
    /// By place of the witness in the policy.
    outcomes: BTreeMap<usize, Result<Cosigned, AskError>>,
}

impl Quorum {
    /// Starts a task for each witness of `policy` that has a URL. Needs a tokio runtime.
    ///
    /// # Errors
    /// When a URL is none, and when the quorum cannot be reached by the witnesses that have one.
    pub fn start(
        policy: Policy,
        transport: &Transport,
        prover: &Arc<dyn Prover>,
        timing: Timing,
    ) -> Result<Self, QuorumError> {
        if !policy.is_satisfied_by(|witness| witness.url().is_some()) {
            let quorum = policy.quorum().map(ToString::to_string).unwrap_or_default();
            return Err(QuorumError::OutOfReach { quorum });
        }
        let mut clients = Vec::new();
        for (place, witness) in policy.witnesses().iter().enumerate() {
            if let Some(url) = witness.url() {
                clients.push((place, client(witness, url, timing.answer, transport)?));
            }
        }
        let (asked, current) = watch::channel(None);
        let rounds = Mutex::default();
        let shared =
            Arc::new(Shared { policy, seats: clients.len(), rounds, progress: watch::Sender::new(0) });
        let tasks = clients
            .into_iter()
            .map(|(place, client)| {
                let seat = Seat { client, prover: Arc::clone(prover), cosigned: None };
                tokio::spawn(seat.sit(place, current.clone(), Arc::clone(&shared)))
            })
            .collect();
        Ok(Self { shared, asked, tasks, timing })
    }

    /// Has `checkpoint` cosigned. Returns as soon as the quorum is met, every witness has answered, or the time for a
    /// round is over; at once where the policy asks for no quorum, so that nobody waits for what changes nothing: late
    /// answers are in [`Quorum::standing`]. One that is still busy with an earlier checkpoint takes up this one when it is
    /// done.
    ///
    /// To be called for one checkpoint at a time: witnesses that are asked for different ones never make a quorum.
    pub async fn ask(&self, checkpoint: &SignedCheckpoint) -> Standing {
        let mut progress = self.shared.progress.subscribe();
        let checkpoint = Arc::new(checkpoint.clone());
        self.shared.begin(&checkpoint);
        self.asked.send_replace(Some(Arc::clone(&checkpoint)));
        let end = tokio::time::Instant::now() + self.timing.round;
        loop {
            progress.mark_unchanged();
            let (standing, complete) = self.shared.standing(&checkpoint);
            if complete || matches!(standing, Standing::Final(_)) || self.shared.policy.quorum().is_none() {
                return standing;
            }
            if !matches!(tokio::time::timeout_at(end, progress.changed()).await, Ok(Ok(()))) {
                return self.shared.standing(&checkpoint).0;
            }
        }
    }

    /// How a checkpoint that was asked for stands now, late answers included; [`Standing::Accepted`] without any
    /// cosignature where it is none of the last few.
    #[must_use]
    pub fn standing(&self, checkpoint: &SignedCheckpoint) -> Standing {
        self.shared.standing(checkpoint).0
    }

    /// Changes with every answer of a witness: whoever waits for late ones looks at [`Quorum::standing`] then.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.shared.progress.subscribe()
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }
}

impl Drop for Quorum {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl fmt::Debug for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quorum").field("seats", &self.shared.seats).finish_non_exhaustive()
    }
}

fn client(
    witness: &PolicyWitness,
    url: &[u8],
    deadline: Duration,
    transport: &Transport,
) -> Result<WitnessClient, QuorumError> {
    let name = witness.name().to_string();
    let url = String::from_utf8_lossy(url);
    WitnessClient::new(&name, witness.vkey().clone(), &url, deadline, transport.clone())
        .map_err(|error| QuorumError::Witness { name: witness.name().clone(), error })
}

impl Shared {
    fn rounds(&self) -> MutexGuard<'_, VecDeque<Round>> {
        // Each change is one insertion: a panic leaves nothing half done.
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a round. A checkpoint that is asked for again keeps its cosignatures, and is asked of everybody again.
    fn begin(&self, checkpoint: &Arc<SignedCheckpoint>) {
        let mut rounds = self.rounds();
        let known = rounds.iter().position(|round| round.is_of(checkpoint));
        let mut round = known
            .and_then(|place| rounds.remove(place))
            .unwrap_or_else(|| Round { checkpoint: Arc::clone(checkpoint), outcomes: BTreeMap::new() });
        round.outcomes.retain(|_, outcome| outcome.is_ok());
        rounds.push_back(round);
        while rounds.len() > ROUNDS_KEPT {
            rounds.pop_front();
        }
    }

    fn record(&self, place: usize, checkpoint: &SignedCheckpoint, outcome: Result<Cosigned, AskError>) {
        if let Some(round) = self.rounds().iter_mut().find(|round| round.is_of(checkpoint)) {
            let cosigned = matches!(round.outcomes.get(&place), Some(Ok(_)));
            // A failure takes nothing back.
            if outcome.is_ok() || !cosigned {
                round.outcomes.insert(place, outcome);
            }
        }
        self.progress.send_modify(|count| *count += 1);
    }

    /// How a checkpoint stands, and whether every witness has answered.
    fn standing(&self, checkpoint: &SignedCheckpoint) -> (Standing, bool) {
        let (outcomes, mut signed) = {
            let rounds = self.rounds();
            match rounds.iter().find(|round| round.is_of(checkpoint)) {
                Some(round) => (round.outcomes.clone(), round.checkpoint.as_ref().clone()),
                None => (BTreeMap::new(), checkpoint.clone()),
            }
        };
        let complete = outcomes.len() == self.seats;
        let mut open = Vec::new();
        for (place, witness) in self.policy.witnesses().iter().enumerate() {
            let why = match outcomes.get(&place) {
                Some(Ok(cosigned)) => match signed.add_cosignature(cosigned.line().clone(), witness.vkey()) {
                    Ok(()) => continue,
                    Err(error) => Some(AskError::Refused { status: 200, said: error.to_string() }),
                },
                Some(Err(error)) => Some(error.clone()),
                None => None,
            };
            open.push(Open { name: witness.name().clone(), why });
        }
        // Decided anew from what would be published, never from what was counted on the way.
        let standing = match Final::verify(&self.policy, signed.log(), signed.note()) {
            Ok(done) => Standing::Final(done),
            Err(_) => Standing::Accepted(Accepted { checkpoint: signed, open }),
        };
        (standing, complete)
    }
}

impl Round {
    fn is_of(&self, checkpoint: &SignedCheckpoint) -> bool {
        self.checkpoint.checkpoint() == checkpoint.checkpoint()
    }
}

/// One witness and what is known of it.
struct Seat {
    client: WitnessClient,
    prover: Arc<dyn Prover>,
    /// Largest size that it is known to have cosigned.
    cosigned: Option<u64>,
}

impl Seat {
    /// Asks for the newest checkpoint, whenever there is another.
    async fn sit(
        mut self,
        place: usize,
        mut asked: watch::Receiver<Option<Arc<SignedCheckpoint>>>,
        shared: Arc<Shared>,
    ) {
        while asked.changed().await.is_ok() {
            let Some(checkpoint) = asked.borrow_and_update().clone() else { continue };
            let outcome = self.ask(&checkpoint).await;
            match &outcome {
                Ok(_) => tracing::debug!(witness = self.client.name(), size = checkpoint.size(), "cosigned"),
                Err(error) if error.is_alarm() => {
                    tracing::error!(witness = self.client.name(), code = error.code(), "{error}");
                }
                Err(error) => tracing::info!(witness = self.client.name(), code = error.code(), "{error}"),
            }
            shared.record(place, &checkpoint, outcome);
        }
    }

    async fn ask(&mut self, checkpoint: &SignedCheckpoint) -> Result<Cosigned, AskError> {
        let size = checkpoint.size();
        let mut old = self.cosigned.unwrap_or(0);
        for _ in 0..TRIES {
            if old > size {
                return Err(AskError::Ahead { size: old, asked: size });
            }
            let proof = self.prove(old, size).await?;
            match self.client.add_checkpoint(old, &proof, checkpoint).await {
                Ok(cosigned) => {
                    self.cosigned = Some(size);
                    return Ok(cosigned);
                }
                Err(AskError::Conflict { size: now }) => match self.cosigned {
                    Some(before) if now < before => return Err(AskError::RolledBack { before, now }),
                    _ => old = now,
                },
                Err(error) => return Err(error),
            }
        }
        Err(AskError::Conflict { size: old })
    }

    async fn prove(&self, from: u64, to: u64) -> Result<Vec<Hash>, AskError> {
        if from == 0 || from == to {
            return Ok(Vec::new());
        }
        let prover = Arc::clone(&self.prover);
        match tokio::task::spawn_blocking(move || prover.consistency(from, to)).await {
            Ok(proof) => proof.map_err(|error| AskError::NoProof { what: error.to_string() }),
            Err(error) => Err(AskError::NoProof { what: error.to_string() }),
        }
    }
}

/// Why the witnesses of a policy cannot be asked.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// A witness's URL is none.
    #[error("the witness {name}: {error}")]
    Witness {
        /// Its name in the policy.
        name: PolicyName,
        /// What is wrong.
        error: AskError,
    },
    /// The quorum needs witnesses that have no URL.
    #[error("the quorum {quorum} cannot be reached: too few of its witnesses have a URL")]
    OutOfReach {
        /// Name of the quorum.
        quorum: String,
    },
}

impl QuorumError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Witness { error, .. } => error.code(),
            Self::OutOfReach { .. } => "witness-quorum-out-of-reach",
        }
    }

    /// What to do next.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        "give the witnesses of the policy their URLs"
    }
}
