//! The queue between those who submit and the sequencer, and how long a group waits to fill.
//!
//! A sync, a signature and a wake-up cost the same for one statement as for a hundred. So the sequencer lets a group fill
//! while others are being checked at this moment; where nobody else is submitting, nobody waits.

use crate::sequencer::Submission;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Duration;
use tokio::sync::mpsc;

/// Statements that may wait for the sequencer before a submitter has to wait with them.
const CAPACITY: usize = 4096;

/// A group of so many gains little from more.
const ENOUGH: usize = 96;

/// How long a group waits for more, at most.
const PATIENCE: Duration = Duration::from_micros(700);

/// Groups of so many tell that there is a load to share.
const BUSY: usize = 16;

/// Where statements go in.
#[derive(Clone)]
pub(crate) struct Entrance {
    queue: mpsc::Sender<Submission>,
    state: Arc<State>,
}

/// Where the sequencer takes them out.
pub(crate) struct Exit {
    queue: mpsc::Receiver<Submission>,
    state: Arc<State>,
    /// Size of the group before.
    last: usize,
}

#[derive(Default)]
struct State {
    /// Statements being checked by those who submit them.
    checking: AtomicUsize,
    /// Statements in the queue.
    waiting: AtomicUsize,
    /// How many more the sequencer waits for; 0 when it does not wait.
    wanted: AtomicUsize,
    /// The sequencer's thread, once it runs.
    sequencer: OnceLock<Thread>,
}

/// A queue, from both sides.
pub(crate) fn queue() -> (Entrance, Exit) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    let state = Arc::new(State::default());
    (Entrance { queue: sender, state: Arc::clone(&state) }, Exit { queue: receiver, state, last: 0 })
}

/// A statement is being checked, until this is dropped.
pub(crate) struct Checking<'a>(&'a State);

impl Entrance {
    /// To be held while a statement is checked and handed in.
    pub(crate) fn checking(&self) -> Checking<'_> {
        self.state.checking.fetch_add(1, SeqCst);
        Checking(&self.state)
    }

    /// Hands one in; waits while the queue is full. The statement is lost when the sequencer has stopped.
    pub(crate) async fn send(&self, submission: Submission) -> Result<(), ()> {
        let place = self.queue.reserve().await.map_err(|_| ())?;
        self.state.waiting.fetch_add(1, SeqCst);
        place.send(submission);
        Ok(())
    }

    /// As [`Self::send`], outside an async runtime.
    pub(crate) fn send_blocking(&self, submission: Submission) -> Result<(), ()> {
        self.state.waiting.fetch_add(1, SeqCst);
        self.queue.blocking_send(submission).map_err(|_| {
            self.state.waiting.fetch_sub(1, SeqCst);
        })
    }
}

impl Drop for Checking<'_> {
    fn drop(&mut self) {
        self.0.checking.fetch_sub(1, SeqCst);
        let wanted = self.0.wanted.load(SeqCst);
        let full = self.0.waiting.load(SeqCst) >= wanted;
        if wanted > 0
            && full
            && self.0.wanted.swap(0, SeqCst) > 0
            && let Some(sequencer) = self.0.sequencer.get()
        {
            sequencer.unpark();
        }
    }
}

impl Exit {
    /// Takes the next group, at most `most` statements, into `group`; false when nothing will come any more.
    pub(crate) fn take(&mut self, group: &mut Vec<Submission>, most: usize) -> bool {
        if self.queue.blocking_recv_many(group, most) == 0 {
            return false;
        }
        self.state.sequencer.get_or_init(std::thread::current);
        self.state.waiting.fetch_sub(group.len(), SeqCst);
        let busy = group.len().max(self.last) >= BUSY && self.state.checking.load(SeqCst) > 0;
        if busy && group.len() < ENOUGH {
            let wanted = ENOUGH - group.len();
            self.state.wanted.store(wanted, SeqCst);
            if self.state.waiting.load(SeqCst) < wanted {
                std::thread::park_timeout(PATIENCE);
            }
            self.state.wanted.store(0, SeqCst);
            let before = group.len();
            while group.len() < most
                && let Ok(submission) = self.queue.try_recv()
            {
                group.push(submission);
            }
            self.state.waiting.fetch_sub(group.len() - before, SeqCst);
        }
        self.last = group.len();
        true
    }

    /// Takes nothing more, and gives what is waiting to `each`.
    pub(crate) fn close(&mut self, mut each: impl FnMut(Submission)) {
        self.queue.close();
        while let Some(submission) = self.queue.blocking_recv() {
            each(submission);
        }
    }
}
