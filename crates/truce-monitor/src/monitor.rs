//! The watching itself: one thread for each place, and one that tells.

use crate::board::Board;
use crate::eye::{Eye, Role, lock};
use crate::promise::{Given, NotGiven, Promise};
use crate::state::State;
use crate::watch::{Alarm, AlarmLimits, Matter, Notice, PlaceLook};
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use truce_clock::now_ms;
use truce_source::Place;
use truce_statement::id::sha256;
use truce_statement::{AgreementId, StatementId};
use truce_tlog::{Policy, VKey};

/// Between two glances at whether to stop.
const TICK: Duration = Duration::from_millis(50);

/// The places to watch, and what is asked of them.
#[derive(Clone, Debug)]
pub struct MonitorOptions {
    /// Places where the log is published.
    pub logs: Vec<Place>,
    /// Copies of it.
    pub mirrors: Vec<Place>,
    /// URLs below which witnesses serve what they cosigned, each by the SHA-256 of the origin
    /// (`c2sp.org/tlog-witness`, monitoring).
    pub witnesses: Vec<String>,
    /// The agreement that the log must hold; that of the place that is read first, where absent.
    pub agreement: Option<AgreementId>,
    /// Witnesses and the quorum.
    pub policy: Option<Policy>,
    /// Entries that must be in the log.
    pub promises: Vec<Promise>,
    /// Folder of what is remembered.
    pub state: PathBuf,
    /// Between two looks at a place.
    pub every: Duration,
    /// Times after which what lasts becomes an alarm.
    pub limits: AlarmLimits,
    /// Threads of a replay; one per core, where zero.
    pub threads: usize,
}

/// The monitor cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// Its folder cannot be used.
    #[error("{folder}: {source}")]
    State {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// There is no place to read the log from.
    #[error("no log to watch was named")]
    NoLog,
    /// A proof on file that promises nothing: it does not lead to a checkpoint of this log.
    #[error("{name} is no promise of this log: {why}")]
    NoPromise {
        /// Name of the promise.
        name: String,
        /// The flaw of the proof.
        why: String,
    },
}

impl MonitorError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::State { .. } => "monitor-state",
            Self::NoLog => "no-log",
            Self::NoPromise { .. } => "no-promise",
        }
    }

    /// The next step for a person.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::State { .. } => "name a folder of this monitor's own with --state",
            Self::NoLog => "name the log with --log",
            Self::NoPromise { .. } => {
                "check that the proof is of this log, and the statement is the one it is for"
            }
        }
    }
}

/// The state of a watch at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MonitorStanding {
    /// The newest key of the log, once known.
    pub log: Option<VKey>,
    /// Entries replayed, for each place.
    pub places: Vec<(String, u64)>,
    /// Alarms that are not over; what is proven is never over, and is counted in `proven`.
    pub alarms: Vec<Alarm>,
    /// Frauds proven.
    pub proven: usize,
    /// True when nothing is the matter, alarm or not.
    pub quiet: bool,
}

/// A monitor of one log.
pub struct Monitor {
    options: MonitorOptions,
    board: Mutex<Board>,
    eyes: Vec<Eye>,
    /// Witnesses are looked at once the origin is known.
    witnesses: Vec<String>,
    promised: Vec<StatementId>,
}

impl Monitor {
    /// Opens the folder and every place. Nothing is read yet.
    pub fn open(options: MonitorOptions) -> Result<Self, MonitorError> {
        if options.logs.is_empty() && options.mirrors.is_empty() {
            return Err(MonitorError::NoLog);
        }
        let failed = |source| MonitorError::State { folder: options.state.clone(), source };
        let state = State::open(&options.state).map_err(failed)?;
        let board = Board::new(state, options.policy.clone(), options.limits).map_err(failed)?;
        let mut eyes = Vec::new();
        for place in options.logs.iter().chain(&options.mirrors) {
            let name = place.to_string();
            let folder = board.state().place(&name).map_err(failed)?;
            let source = place.open(PROGRAM);
            eyes.push(Eye::new(name, Role::Log, source, folder, options.agreement, options.threads));
        }
        let statements = options.promises.iter().filter_map(|promise| match promise {
            Promise::Statement(id) => Some(*id),
            Promise::Receipt { .. } | Promise::Cose { .. } => None,
        });
        let promised = statements.collect();
        let witnesses = options.witnesses.clone();
        Ok(Self { options, board: Mutex::new(board), eyes, witnesses, promised })
    }

    /// Looks at every place once, side by side, and says what is to be said. `now` is in milliseconds UTC.
    ///
    /// # Errors
    /// When a proof that was given as a promise is none.
    pub fn round(&mut self, now: i64) -> Result<Vec<Notice>, MonitorError> {
        let (board, promised) = (&self.board, &self.promised);
        std::thread::scope(|scope| {
            for eye in &mut self.eyes {
                scope.spawn(move || eye.look(board, now, promised));
            }
        });
        self.meet_witnesses();
        self.ask_promises(now)?;
        Ok(std::mem::take(&mut lock(&self.board).notices))
    }

    /// Watches until `stop` is set, and hands what is to be said to `tell`, in order.
    ///
    /// # Errors
    /// When a proof that was given as a promise is none.
    pub fn run(&mut self, stop: &AtomicBool, mut tell: impl FnMut(Notice)) -> Result<(), MonitorError> {
        while !stop.load(Ordering::Relaxed) && lock(&self.board).named.is_none() {
            // Until it is known which log this is there is nothing to look at side by side.
            self.round(now_ms())?.into_iter().for_each(&mut tell);
            pause(self.options.every, stop);
        }
        self.meet_witnesses();
        let mut eyes = std::mem::take(&mut self.eyes);
        let (board, promised, every) = (&self.board, &self.promised, self.options.every);
        let done = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            for eye in &mut eyes {
                let (stop, done) = (stop, &done);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) && !done.load(Ordering::Relaxed) {
                        eye.look(board, now_ms(), promised);
                        pause_unless(every, &[stop, done]);
                    }
                });
            }
            let mut asked: Option<Instant> = None;
            let outcome = loop {
                let said = std::mem::take(&mut lock(board).notices);
                said.into_iter().for_each(&mut tell);
                if stop.load(Ordering::Relaxed) {
                    break Ok(());
                }
                if asked.is_none_or(|asked| asked.elapsed() >= every) {
                    if let Err(error) = self.ask_promises(now_ms()) {
                        break Err(error);
                    }
                    asked = Some(Instant::now());
                }
                std::thread::sleep(TICK);
            };
            done.store(true, Ordering::Relaxed);
            outcome
        });
        let said = std::mem::take(&mut lock(&self.board).notices);
        said.into_iter().for_each(&mut tell);
        self.eyes = eyes;
        outcome
    }

    /// The state of the watch.
    pub fn standing(&self) -> MonitorStanding {
        let board = lock(&self.board);
        MonitorStanding {
            log: board.named.as_ref().and_then(|named| board.keys(named).newest().cloned()),
            places: board.sizes(),
            alarms: board.alarms(),
            proven: board.proven(),
            quiet: board.is_quiet(),
        }
    }

    /// Opens the places of the witnesses, once the origin is known.
    fn meet_witnesses(&mut self) {
        let board = lock(&self.board);
        let Some(named) = &board.named else { return };
        let origin = hex::encode(sha256(named.log.name().as_bytes()));
        for prefix in std::mem::take(&mut self.witnesses) {
            let place = Place::of(&format!("{}/{origin}", prefix.trim_end_matches('/')));
            let folder = self.options.state.clone();
            let source = place.open(PROGRAM);
            self.eyes.push(Eye::new(prefix, Role::Witness, source, folder, None, 1));
        }
    }

    /// Looks for what was promised, and for promises that contradict each other.
    fn ask_promises(&self, now: i64) -> Result<(), MonitorError> {
        let mut board = lock(&self.board);
        let Some(named) = board.named.clone() else { return Ok(()) };
        let (replayed, keys) = (board.replayed(), board.keys(&named));
        let mut all: Vec<Given> = Vec::new();
        for promise in &self.options.promises {
            let name = promise.name();
            let given = match promise {
                Promise::Statement(id) => {
                    let missing = !board.is_kept(&id.to_string());
                    miss(&mut board, &name, missing, replayed, now);
                    continue;
                }
                Promise::Receipt { proof, leaf, .. } => Given::of_proof(&name, proof, *leaf, &keys),
                Promise::Cose { receipt, statement, .. } => {
                    Given::of_receipt(&name, receipt, statement, board.policy.as_ref(), &keys)
                }
            };
            match given {
                Ok(given) => {
                    match &given.checkpoint {
                        Some(checkpoint) => board.signed(&name, checkpoint),
                        None => board.claim(&name, given.size, given.root),
                    }
                    miss(&mut board, &name, replayed < given.size, replayed, now);
                    all.push(given);
                }
                // The amendment that brings the key in may stand in what was not read yet.
                Err(NotGiven::UnknownKey) => miss(&mut board, &name, true, replayed, now),
                Err(NotGiven::None(why)) => return Err(MonitorError::NoPromise { name, why }),
            }
        }
        for (n, later) in all.iter().enumerate() {
            let found = all.iter().take(n).find_map(|earlier| Some((earlier, earlier.contradicts(later)?)));
            if let Some((earlier, proof)) = found {
                board.prove(&[&earlier.name, &later.name], &proof, now);
            }
        }
        Ok(())
    }
}

/// Takes in whether a promised entry is missing. Where no place can be read, nothing is known of what is missing.
fn miss(board: &mut Board, name: &str, missing: bool, replayed: u64, now: i64) {
    if missing && replayed == 0 {
        return;
    }
    let mut look = PlaceLook::default();
    if missing {
        let sentence = format!("{name} is not among the {replayed} entries that could be replayed");
        look.matters.insert(Matter::MissingEntry, sentence);
    }
    board.look(name, look, now);
}

/// The name of the monitor towards servers.
const PROGRAM: &str = concat!("truce-monitor/", env!("CARGO_PKG_VERSION"));

fn pause(time: Duration, stop: &AtomicBool) {
    pause_unless(time, &[stop]);
}

fn pause_unless(time: Duration, stops: &[&AtomicBool]) {
    let started = Instant::now();
    while started.elapsed() < time && !stops.iter().any(|stop| stop.load(Ordering::Relaxed)) {
        std::thread::sleep(TICK.min(time.saturating_sub(started.elapsed())));
    }
}
