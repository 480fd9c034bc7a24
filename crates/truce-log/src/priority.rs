//! Who runs first when there are fewer cores than threads.

/// Puts the calling thread behind the sequencer. For threads that do nothing but check what is handed in, such as a
/// server's workers: everybody waits for the sequencer, and it sleeps on the disk several times for each group. A thread
/// that has just used its time well would otherwise keep it waiting for the core after each sleep; measured on two
/// cores, that costs a tenth of the throughput (`docs/benchmarks.md`).
///
/// Does nothing where priorities are not per thread (other systems than Linux), or may not be changed.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    if let Ok(now) = rustix::process::getpriority_process(None) {
        let behind = now.saturating_add(BEHIND);
        if let Err(error) = rustix::process::setpriority_process(None, behind) {
            tracing::debug!(%error, "the priority of a thread stays as it is");
        }
    }
}

/// Steps of nice(2) between the sequencer and those who hand in.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;
