//! Telling people: a command, a webhook. Neither ever holds up the watching.
//!
//! # Invariant
//! What is proven waits behind nothing but what is proven. Whoever can cause many cheap alarms crowds out cheap ones only,
//! and how many is said with the next alarm that the hook takes.

use crate::Alarm;
use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use truce_fraud::FraudKind;

/// Alarms of each of the two ranks that wait for one hook; more are dropped, and counted.
const QUEUE: usize = 64;
/// Longest run of the command.
const COMMAND: Duration = Duration::from_secs(30);
/// Longest request to the webhook.
const REQUEST: Duration = Duration::from_secs(10);
/// Number of times that a webhook is tried.
const TRIES: u32 = 3;
/// Pause before the second try; doubled for the next.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Code of the alarm that says how many were dropped.
const DROPPED: &str = "alarms-dropped";

/// The places where alarms go besides standard output.
pub struct Hooks {
    queues: Vec<Arc<AlarmQueue>>,
}

/// Some alarms did not reach a hook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Undelivered(pub usize);

impl Hooks {
    /// Starts what is asked for. The command is run by `sh -c` for each alarm, with its JSON on standard input and
    /// `TRUCE_ALARM_CODE`, `TRUCE_ALARM_SENTENCE`, `TRUCE_ALARM_PLACE` and `TRUCE_ALARM_PROOF` in its environment. The
    /// webhook gets the same JSON by POST.
    #[must_use]
    pub fn start(command: Option<String>, webhook: Option<String>) -> Self {
        let mut queues = Vec::new();
        let mut start = |deliver: Box<dyn Fn(&Alarm) -> bool + Send>| {
            let queue = Arc::<AlarmQueue>::default();
            queues.push(Arc::clone(&queue));
            std::thread::spawn(move || {
                while let Some(alarm) = queue.take() {
                    let delivered = deliver(&alarm);
                    queue.done(delivered);
                }
            });
        };
        if let Some(command) = command {
            start(Box::new(move |alarm| run(&command, alarm)));
        }
        if let Some(url) = webhook {
            let agent = ureq::Agent::config_builder()
                .timeout_global(Some(REQUEST))
                .user_agent(concat!("truce-monitor/", env!("CARGO_PKG_VERSION")))
                // An alarm goes to the address that was configured, and to no other that its server names.
                .max_redirects(0)
                .build()
                .new_agent();
            start(Box::new(move |alarm| post(&agent, &url, alarm)));
        }
        Self { queues }
    }

    /// Hands an alarm to every hook, and returns at once: the number of hooks that had no room for it.
    #[must_use = "dropped alarms are to be said at once"]
    pub fn raise(&self, alarm: &Alarm) -> usize {
        self.queues.iter().map(|queue| usize::from(!queue.put(alarm))).sum()
    }

    /// Waits until everything was told, or `patience` is over.
    ///
    /// # Errors
    /// [`Undelivered`], when some alarms did not arrive.
    pub fn finish(self, patience: Duration) -> Result<(), Undelivered> {
        let started = Instant::now();
        while self.queues.iter().any(|queue| queue.lock().open() > 0) && started.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        let missed = self.queues.iter().map(|queue| {
            let waiting = queue.lock();
            waiting.open() + waiting.failed
        });
        match missed.sum() {
            0 => Ok(()),
            missed => Err(Undelivered(missed)),
        }
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        for queue in &self.queues {
            queue.lock().closed = true;
            queue.more.notify_one();
        }
    }
}

/// The alarms that wait for one hook.
#[derive(Default)]
struct AlarmQueue {
    waiting: Mutex<Waiting>,
    /// Told when something waits, and when nothing will any more.
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Alarms with a fraud proof, in the order in which they came.
    proven: VecDeque<Alarm>,
    /// All other alarms, in the order in which they came.
    others: VecDeque<Alarm>,
    /// One is being delivered.
    busy: bool,
    /// Alarms dropped, and not yet said to the hook.
    dropped: usize,
    /// Alarms that did not arrive.
    failed: usize,
    closed: bool,
}

impl Waiting {
    /// Alarms whose delivery has not ended.
    fn open(&self) -> usize {
        self.proven.len() + self.others.len() + usize::from(self.busy) + usize::from(self.dropped > 0)
    }
}

impl AlarmQueue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an alarm at the end of its rank; false where there was no room.
    fn put(&self, alarm: &Alarm) -> bool {
        let mut waiting = self.lock();
        let proven = FraudKind::ALL.iter().any(|kind| kind.as_str() == alarm.code);
        let rank = if proven { &mut waiting.proven } else { &mut waiting.others };
        if rank.len() >= QUEUE {
            waiting.dropped += 1;
            waiting.failed += 1;
            return false;
        }
        rank.push_back(alarm.clone());
        self.more.notify_one();
        true
    }

    /// The next alarm, as soon as there is one: what is proven, then how many were dropped, then the rest.
    fn take(&self) -> Option<Alarm> {
        let mut waiting = self.lock();
        loop {
            let next = match waiting.proven.pop_front() {
                None if waiting.dropped > 0 => Some(dropped(std::mem::take(&mut waiting.dropped))),
                None => waiting.others.pop_front(),
                proven => proven,
            };
            if next.is_some() {
                waiting.busy = true;
                return next;
            }
            if waiting.closed {
                return None;
            }
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, delivered: bool) {
        let mut waiting = self.lock();
        waiting.busy = false;
        waiting.failed += usize::from(!delivered);
    }
}

/// The alarm that says to a hook what it was not told.
fn dropped(count: usize) -> Alarm {
    Alarm {
        code: DROPPED.to_owned(),
        sentence: format!("{count} alarm(s) came faster than they could be handed on, and were left out here"),
        next: "read the monitor's own output, which has all of them; what is proven is never left out for the rest".to_owned(),
        place: "the monitor".to_owned(),
        since: truce_clock::now_ms(),
        proof: None,
    }
}

fn run(command: &str, alarm: &Alarm) -> bool {
    let child = Command::new("sh")
        .args(["-c", command])
        .env("TRUCE_ALARM_CODE", &alarm.code)
        .env("TRUCE_ALARM_SENTENCE", &alarm.sentence)
        .env("TRUCE_ALARM_PLACE", &alarm.place)
        .env("TRUCE_ALARM_PROOF", alarm.proof.as_deref().unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        // Whether the command reads it is its own affair; a pipe holds more than an alarm.
        let _ = stdin.write_all(&serde_json::to_vec(alarm).unwrap_or_default());
    }
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if started.elapsed() < COMMAND => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

fn post(agent: &ureq::Agent, url: &str, alarm: &Alarm) -> bool {
    let body = serde_json::to_vec(alarm).unwrap_or_default();
    let mut wait = FIRST_WAIT;
    for attempt in 1..=TRIES {
        let answer = agent.post(url).header("Content-Type", "application/json").send(&body[..]);
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return true;
        }
        if attempt < TRIES {
            std::thread::sleep(wait);
            wait *= 2;
        }
    }
    false
}
