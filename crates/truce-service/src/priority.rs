//! Priority of threads when every processor is busy.

/// Steps of niceness of a thread that checks statements: at this step the scheduler lets a sequencer that wakes go
/// first, and leaves those who check a tenth of what another program's thread gets.
#[cfg(target_os = "linux")]
const STEP: i32 = 10;

/// Lets the sequencer go before this thread, for as long as the thread lives. For the threads of a runtime whose tasks
/// submit: everybody waits for the sequencer, and it sleeps and wakes with every group. Elsewhere than on Linux, where
/// priorities belong to processes, it does nothing.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(STEP) {
        tracing::debug!(%error, "the priority of a thread could not be lowered");
    }
}
