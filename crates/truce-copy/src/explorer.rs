//! An explorer at work: one thread that follows, and a state that anybody may read.

use super::folder::CopyFolder;
use super::follower::Follower;
use super::served::Served;
use crate::error::CopyError;
use crate::source::Location;
use crate::{Place, Status};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::watch;
use truce_source::Source;
use truce_statement::AgreementId;

/// Options: the log to follow, and the folder of the copy.
#[derive(Clone, Debug)]
pub struct Options {
    /// The log.
    pub from: Location,
    /// Folder of the copy; made if it is missing. One explorer at a time.
    pub copy: PathBuf,
    /// The agreement that the log must hold; any, where absent.
    pub agreement: Option<AgreementId>,
    /// Bytes of the copy kept in memory for reading.
    pub cache_bytes: usize,
}

impl Options {
    /// Follows `from` and keeps the copy in `copy`, whatever agreement the log holds.
    #[must_use]
    pub fn new(from: Location, copy: impl Into<PathBuf>) -> Self {
        Self { from, copy: copy.into(), agreement: None, cache_bytes: 96 << 20 }
    }
}

/// State of knowledge at one moment. It never changes; the explorer publishes the next one.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The log as far as it verified; `None` until something has.
    pub served: Option<Arc<Served>>,
    /// The status line.
    pub status: Status,
}

/// A follower at work. Dropping it stops the thread and closes the copy.
#[derive(Debug)]
pub struct Explorer {
    state: watch::Receiver<Arc<State>>,
    stop: Option<crossbeam_channel::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Explorer {
    /// Opens the copy, making it anew where it is missing or doubtful, and starts to follow. What the copy holds is
    /// served at once, whether or not the source can be reached.
    ///
    /// # Errors
    /// When the folder holds something else, is open elsewhere, or cannot be written.
    pub fn start(options: &Options) -> Result<Self, CopyError> {
        Self::start_with(options, options.from.open())
    }

    /// As [`Self::start`], reading from `source`.
    pub fn start_with(options: &Options, source: Box<dyn Source>) -> Result<Self, CopyError> {
        let folder = CopyFolder::new(&options.copy);
        let opened = folder.open(options.agreement, options.cache_bytes)?;
        let kind = match options.from {
            Location::Ledger(_) => "ledger",
            Location::Published(_) => "directory",
            Location::Url(_) => "http",
        };
        let place = Place { kind: kind.to_owned(), name: options.from.to_string() };
        let (publish, state) = watch::channel(Arc::new(State::default()));
        let mut follower = Follower::new(opened, folder, source, options.agreement, place, publish)?;
        follower.publish();
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = std::thread::Builder::new()
            .name("follower".into())
            .spawn(move || follower.run(&stopped))
            .map_err(|source| CopyError::File { path: "follower thread".into(), source })?;
        Ok(Self { state, stop: Some(stop), thread: Some(thread) })
    }

    /// The state at this moment. Costs no look at the store.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.borrow())
    }

    /// A receiver of every state to come, for whoever waits for new records.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<State>> {
        self.state.clone()
    }

    /// Stops following and closes the copy.
    pub fn stop(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the follower panicked");
        }
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        self.finish();
    }
}
