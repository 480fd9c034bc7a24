//! Telling people: a command, a webhook. Neither ever holds up the watching.

use crate::Alarm;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Alarms that wait for one hook; more are dropped, and counted.
const QUEUE: usize = 64;
/// One run of the command ends after this.
const COMMAND: Duration = Duration::from_secs(30);
/// One request ends after this.
const REQUEST: Duration = Duration::from_secs(10);
/// How often a webhook is tried.
const TRIES: u32 = 3;
/// Before the second try; doubled for the next.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Where alarms go besides standard output.
pub struct Hooks {
    queues: Vec<SyncSender<Alarm>>,
    waiting: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
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
        let (waiting, failed) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let mut queues = Vec::new();
        let mut start = |deliver: Box<dyn Fn(&Alarm) -> bool + Send>| {
            let (queue, alarms): (_, Receiver<Alarm>) = sync_channel(QUEUE);
            let (waiting, failed) = (Arc::clone(&waiting), Arc::clone(&failed));
            std::thread::spawn(move || {
                for alarm in alarms {
                    if !deliver(&alarm) {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                    waiting.fetch_sub(1, Ordering::AcqRel);
                }
            });
            queues.push(queue);
        };
        if let Some(command) = command {
            start(Box::new(move |alarm| run(&command, alarm)));
        }
        if let Some(url) = webhook {
            let agent = ureq::Agent::config_builder()
                .timeout_global(Some(REQUEST))
                .user_agent(concat!("truce-monitor/", env!("CARGO_PKG_VERSION")))
                .build()
                .new_agent();
            start(Box::new(move |alarm| post(&agent, &url, alarm)));
        }
        Self { queues, waiting, failed }
    }

    /// Hands an alarm to every hook, and returns at once.
    pub fn raise(&self, alarm: &Alarm) {
        for queue in &self.queues {
            self.waiting.fetch_add(1, Ordering::AcqRel);
            if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(alarm.clone())
            {
                self.waiting.fetch_sub(1, Ordering::AcqRel);
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until everything was told, or `patience` is over.
    ///
    /// # Errors
    /// [`Undelivered`], when some alarms did not arrive.
    pub fn finish(self, patience: Duration) -> Result<(), Undelivered> {
        let started = Instant::now();
        while self.waiting.load(Ordering::Acquire) > 0 && started.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        match self.waiting.load(Ordering::Acquire) + self.failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            missed => Err(Undelivered(missed)),
        }
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
        if agent.post(url).header("Content-Type", "application/json").send(&body[..]).is_ok() {
            return true;
        }
        if attempt < TRIES {
            std::thread::sleep(wait);
            wait *= 2;
        }
    }
    false
}
