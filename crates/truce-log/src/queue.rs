//! The queue between those who submit and the sequencer, and how long a group waits to fill.
//!
//! A sync, a signature and a wake-up cost the same for one statement as for a hundred. So where many submit, the
//! sequencer lets a group fill while somebody comes. How many to wait for, it learns: one more each time, fewer where
//! nobody came any more. Where few submit, nobody waits.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst, fence};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Statements that may wait for the sequencer before a submitter has to wait with them.
const CAPACITY: usize = 4096;

/// A group of so many gains little from more; it is taken as it is.
const ENOUGH: usize = 112;

/// Groups smaller than this do not wait to fill.
const RUSH: usize = 32;

/// If nothing arrives for this long, waiting stops.
const QUIET: Duration = Duration::from_millis(2);

/// Side of the queue at which statements go in.
pub(crate) struct Entrance<T> {
    queue: mpsc::Sender<T>,
    state: Arc<State>,
}

/// Side of the queue at which the sequencer takes them out.
pub(crate) struct Exit<T> {
    queue: mpsc::Receiver<T>,
    state: Arc<State>,
    /// Size that a group is let fill to.
    enough: usize,
}

#[derive(Default)]
struct State {
    /// Number of statements that the sequencer waits for; 0 when it does not wait.
    wanted: AtomicUsize,
    /// The sequencer's thread, once it runs.
    sequencer: OnceLock<Thread>,
}

/// A queue, from both sides.
pub(crate) fn queue<T>() -> (Entrance<T>, Exit<T>) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    let state = Arc::new(State::default());
    (Entrance { queue: sender, state: Arc::clone(&state) }, Exit { queue: receiver, state, enough: 1 })
}

impl<T> Entrance<T> {
    /// Hands one in; waits while the queue is full. The statement is lost when the sequencer has stopped.
    pub(crate) async fn send(&self, one: T) -> Result<(), ()> {
        self.queue.send(one).await.map_err(|_| ())?;
        self.came_in();
        Ok(())
    }

    /// As [`Self::send`], outside an async runtime.
    pub(crate) fn send_blocking(&self, one: T) -> Result<(), ()> {
        self.queue.blocking_send(one).map_err(|_| ())?;
        self.came_in();
        Ok(())
    }

    /// Wakes the sequencer when the one that came in is the last that it waits for.
    fn came_in(&self) {
        fence(SeqCst);
        let wanted = self.state.wanted.load(Relaxed);
        if wanted > 0
            && self.queue.max_capacity() - self.queue.capacity() >= wanted
            && self.state.wanted.swap(0, Relaxed) > 0
            && let Some(sequencer) = self.state.sequencer.get()
        {
            sequencer.unpark();
        }
    }
}

impl<T> Exit<T> {
    /// Takes the next group, at most `most` statements, into `group`; false when nothing will come any more.
    pub(crate) fn take(&mut self, group: &mut Vec<T>, most: usize) -> bool {
        if self.queue.blocking_recv_many(group, ENOUGH.min(most)) == 0 {
            return false;
        }
        // Take half of what is queued, so that those submitters can sign again while the rest is written.
        let half = usize::midpoint(group.len(), self.queue.len());
        while group.len() < half.min(most)
            && let Ok(one) = self.queue.try_recv()
        {
            group.push(one);
        }
        if self.enough >= RUSH && group.len() < self.enough {
            self.fill(group, most);
        }
        self.enough = if group.len() < self.enough {
            group.len() - group.len() / 4
        } else {
            (self.enough + 1 + (group.len() - self.enough) / 2).min(ENOUGH)
        };
        true
    }

    /// Lets the group fill for as long as somebody comes.
    fn fill(&mut self, group: &mut Vec<T>, most: usize) {
        self.state.sequencer.get_or_init(std::thread::current);
        let wanted = self.enough - group.len();
        let (mut came, mut since) = (self.queue.len(), Instant::now());
        while came < wanted && since.elapsed() < QUIET {
            self.state.wanted.store(wanted, Relaxed);
            fence(SeqCst);
            // Who came in before this line was counted, or sees what is wanted and wakes. A wake-up may be an old one.
            if self.queue.len() < wanted {
                std::thread::park_timeout(QUIET);
            }
            let before = std::mem::replace(&mut came, self.queue.len());
            if came > before {
                since = Instant::now();
            }
        }
        self.state.wanted.store(0, Relaxed);
        while group.len() < most
            && let Ok(one) = self.queue.try_recv()
        {
            group.push(one);
        }
    }

    /// Takes nothing more, and gives what is waiting to `each`.
    pub(crate) fn close(&mut self, mut each: impl FnMut(T)) {
        self.queue.close();
        while let Some(one) = self.queue.blocking_recv() {
            each(one);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn of_a_crowd_half_is_taken_and_everybody_in_the_order_of_coming() {
        let (entrance, mut exit) = queue();
        for n in 0..400 {
            entrance.send_blocking(n).expect("the exit is there");
        }
        drop(entrance);
        let (mut taken, mut sizes, mut group) = (Vec::new(), Vec::new(), Vec::new());
        while exit.take(&mut group, 1024) {
            sizes.push(group.len());
            taken.append(&mut group);
        }
        assert_eq!(sizes, [200, ENOUGH, 88]);
        assert_eq!(taken, (0..400).collect::<Vec<_>>());
    }

    #[test]
    fn who_comes_alone_never_makes_the_sequencer_wait() {
        let (entrance, mut exit) = queue();
        let mut group = Vec::new();
        for n in 0..1000 {
            entrance.send_blocking(n).expect("the exit is there");
            assert!(exit.take(&mut group, 1024) && exit.enough < RUSH);
            assert_eq!(std::mem::take(&mut group), [n]);
        }
    }

    #[test]
    fn those_who_come_while_a_group_fills_are_all_taken() {
        let (entrance, mut exit) = queue();
        exit.enough = 64;
        for n in 0..10 {
            entrance.send_blocking(n).expect("the exit is there");
        }
        let others = std::thread::spawn(move || {
            // On a busy machine the group may be gone before this thread sees that more are wanted.
            let started = Instant::now();
            while entrance.state.wanted.load(Relaxed) == 0 && started.elapsed() < Duration::from_secs(1) {
                std::thread::yield_now();
            }
            for n in 10..64 {
                entrance.send_blocking(n).expect("the exit is there");
            }
        });
        let (mut taken, mut group) = (Vec::new(), Vec::new());
        while exit.take(&mut group, 1024) {
            taken.append(&mut group);
        }
        others.join().expect("no panic");
        assert_eq!(taken, (0..64).collect::<Vec<_>>());
    }
}
