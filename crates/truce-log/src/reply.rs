//! Answers on their way back to those who submitted.

use crate::error::SubmitError;
use crate::receipt::Receipt;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

/// Answer to a submitter.
pub(crate) type Answer = Result<Receipt, SubmitError>;

/// Answers, each with where it comes out.
type Addressed = Vec<(oneshot::Sender<Answer>, Answer)>;

/// Way back for the answer to one submission.
pub(crate) struct Reply {
    sender: oneshot::Sender<Answer>,
    /// Runtime in which the submitter waits, when it is one whose tasks go on by themselves.
    runtime: Option<Handle>,
}

impl Reply {
    /// A reply, and where its answer comes out.
    pub(crate) fn channel() -> (Self, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        let runtime = Handle::try_current().ok();
        let runtime = runtime.filter(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
        (Self { sender, runtime }, receiver)
    }

    /// Answers. Whoever has stopped waiting is not told.
    pub(crate) fn send(self, answer: Answer) {
        let _ = self.sender.send(answer);
    }
}

/// Answers a whole group. Waking one task after the other from outside their runtime costs a lock and often a system
/// call each; so one task of the runtime wakes the rest from within.
pub(crate) fn deliver(answers: impl Iterator<Item = (Reply, Answer)>) {
    let mut inside: Vec<(Handle, Addressed)> = Vec::new();
    for (Reply { sender, runtime }, answer) in answers {
        let Some(runtime) = runtime else {
            let _ = sender.send(answer);
            continue;
        };
        match inside.iter_mut().find(|(other, _)| other.id() == runtime.id()) {
            Some((_, waiting)) => waiting.push((sender, answer)),
            None => inside.push((runtime, vec![(sender, answer)])),
        }
    }
    for (runtime, waiting) in inside {
        runtime.spawn(async move {
            for (sender, answer) in waiting {
                let _ = sender.send(answer);
            }
        });
    }
}
