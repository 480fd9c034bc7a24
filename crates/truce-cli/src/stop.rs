//! The request to stop, for commands that serve.

use crate::exit::{Exit, Failure};
use tokio::signal::unix::{SignalKind, signal};

/// Done when the process is asked to stop (SIGTERM, SIGINT). It is listened for from this call on, which must be made
/// within a runtime.
pub(crate) fn asked() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let failed = |e| Failure::new(Exit::Io, "io", format!("signals: {e}")).next("run the command again");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The failure of a socket that was listened on.
pub(crate) fn broken(error: std::io::Error) -> Failure {
    Failure::new(Exit::Io, "listen", error)
        .next("run the command again; if it fails again, name another address")
}
