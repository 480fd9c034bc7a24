//! Source of `received`, and the belief in the clock ([`truce_clock::Guard`]).
//!
//! ```text
//! clock --> look --> guard: believed? --> received = the later of now and the last entry's
//!                       \-> a jump: nothing is recorded; LEDGER/clock, the word of the operator, ends it
//! ```

use crate::error::LogError;
use crate::folder::Folder;
use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use truce_clock::{Clock, Guard, Jump, Look, Span, Utc};

/// Lag of the clock behind the last entry that is worth a word, milliseconds.
const WORTH_A_WORD: i64 = 60_000;

/// Time for which the word of an operator holds before it is used, milliseconds.
const WORD_HOLDS: i64 = 3_600_000;

/// The clock of an open ledger, with what is believed of it.
pub(crate) struct LedgerClock {
    clock: Arc<dyn Clock>,
    /// Folder in which an operator says that the clock is right.
    folder: Option<Folder>,
    judged: Mutex<Judged>,
}

#[derive(Debug, Default)]
struct Judged {
    guard: Guard,
    /// Set when the jump, or the lag, was logged.
    told: bool,
    /// The newest time of issue among statements that came since the jump, milliseconds UTC: what their signers' clocks
    /// said.
    heard: Option<i64>,
}

/// A jump of the clock, and what the signers of statements say the time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockJump {
    /// The jump.
    pub jump: Jump,
    /// The newest time of issue, milliseconds UTC, among sound statements that were sent since.
    pub heard: Option<i64>,
}

impl std::fmt::Display for ClockJump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.jump)?;
        match self.heard {
            Some(heard) => write!(f, "; the newest statement sent since was signed at {}", Utc(heard)),
            None => Ok(()),
        }
    }
}

impl LedgerClock {
    pub(crate) fn new(clock: Arc<dyn Clock>, folder: Option<Folder>) -> Self {
        Self { clock, folder, judged: Mutex::default() }
    }

    /// The time of day, where it is believed; `last` is when the last entry was received, `None` before the first.
    pub(crate) fn read(&self, last: Option<i64>) -> Result<i64, ClockJump> {
        let now = self.clock.now_ms();
        let Some(steady) = self.clock.steady_ms() else { return Ok(now) };
        let look = Look { now, steady };
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let jump = match judged.guard.read(look, last) {
            Ok(now) => {
                judged.note_believed(now, last);
                return Ok(now);
            }
            Err(jump) => jump,
        };
        if self.folder.as_ref().is_some_and(|folder| is_accepted(folder, now)) {
            tracing::warn!(%jump, "the operator says that the clock is right");
            judged.guard.accept(look);
            judged.told = false;
            judged.heard = None;
            return Ok(now);
        }
        if !judged.told {
            judged.told = true;
            tracing::error!(%jump, "clock-jumped: nothing is recorded until the clock is right, or `truce accept-clock` says that it is");
        }
        Err(ClockJump { jump, heard: judged.heard })
    }

    /// Takes notice of a sound statement that cannot be dated, issued at `iat` (seconds UTC).
    pub(crate) fn hear(&self, iat: u64) {
        let issued = i64::try_from(iat).ok().and_then(|s| s.checked_mul(1000));
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        judged.heard = judged.heard.max(issued);
    }

    /// Lag of the clock behind the last entry, milliseconds; `None` where that is less than a minute.
    pub(crate) fn behind(&self, last: i64) -> Option<i64> {
        let behind = last.saturating_sub(self.clock.now_ms());
        (behind > WORTH_A_WORD && self.clock.steady_ms().is_some()).then_some(behind)
    }

    /// Believes the clock as it is, on the word of an operator.
    pub(crate) fn accept(&self) {
        if let Some(steady) = self.clock.steady_ms() {
            let look = Look { now: self.clock.now_ms(), steady };
            let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
            judged.guard.accept(look);
            judged.told = false;
        }
    }
}

impl Judged {
    fn note_believed(&mut self, now: i64, last: Option<i64>) {
        self.heard = None;
        let behind = last.map_or(0, |last| last.saturating_sub(now));
        if behind <= WORTH_A_WORD {
            self.told = false;
        } else if !self.told {
            self.told = true;
            tracing::warn!(
                "the last entry is dated {}, {} ahead of the clock ({}): entries take that time until the clock has caught up",
                Utc(now.saturating_add(behind)),
                Span(behind),
                Utc(now)
            );
        }
    }
}

/// Says that the clock of this machine is right, to the process that has the ledger in `folder` open, or to the next one
/// that opens it within an hour. Gives the time that was accepted, milliseconds UTC.
///
/// # Errors
/// When `LEDGER/clock` cannot be written.
pub fn accept_clock(folder: &std::path::Path) -> Result<i64, LogError> {
    let now = truce_clock::now_ms();
    let path = Folder::new(folder).accepted_clock();
    std::fs::write(&path, format!("{now}\n")).map_err(|source| LogError::File { path, source })?;
    Ok(now)
}

/// Tells whether an operator said within the last hour that the clock is right. The word is used up.
fn is_accepted(folder: &Folder, now: i64) -> bool {
    let path = folder.accepted_clock();
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| file.take(32).read_to_string(&mut text));
    let said = read.ok().and_then(|_| text.trim().parse::<i64>().ok());
    let accepted = said.is_some_and(|said| (0..=WORD_HOLDS).contains(&now.saturating_sub(said)));
    if accepted && let Err(error) = std::fs::remove_file(&path) {
        tracing::warn!(%error, path = %path.display(), "the operator's word could not be removed");
    }
    accepted
}
