//! Backups of a ledger that is open: only the process that owns the store can copy it as it stands at one moment, so it
//! is asked to, over a socket in the ledger's folder that nobody but the owner of the files can open.
//!
//! One line goes in, the absolute path of the copy to make; one line comes back, `{}` or the error.

use serde_json::{Value, json};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use truce_log::Depositary;

/// Longest path, bytes.
const MAX_PATH: u64 = 4096;
/// Whoever connects has so long to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens at `place`. What a process that was killed left there is removed: whoever asks owns the store.
pub(crate) fn listen(place: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(place) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let listener = UnixListener::bind(place)?;
    fs::set_permissions(place, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Makes the copies that are asked for, one at a time, until the service stops.
pub(crate) async fn run(
    listener: UnixListener,
    depositary: Arc<Depositary>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        match stream {
            Ok((stream, _)) => {
                if let Err(error) = serve(stream, &depositary).await {
                    tracing::warn!(%error, "a backup was asked for, and nobody waited for it");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the socket for backups");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn serve(mut stream: UnixStream, depositary: &Arc<Depositary>) -> io::Result<()> {
    let mut line = Vec::new();
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader.take(MAX_PATH));
    tokio::time::timeout(PATIENCE, reader.read_until(b'\n', &mut line)).await??;
    let answer = match path(&line) {
        Some(place) => copy(place, depositary).await,
        None => {
            error("bad-path", "no absolute path of at most 4,095 bytes", "name the backup by a shorter path")
        }
    };
    writer.write_all(format!("{answer}\n").as_bytes()).await
}

async fn copy(place: PathBuf, depositary: &Arc<Depositary>) -> Value {
    let depositary = Arc::clone(depositary);
    match tokio::task::spawn_blocking(move || depositary.store().copy_to(&place)).await {
        Ok(Ok(())) => json!({}),
        Ok(Err(e)) => error(e.code(), &e.to_string(), e.remedy()),
        Err(e) => error("internal", &e.to_string(), "see what the depositary logged"),
    }
}

fn path(line: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = Path::new(std::ffi::OsStr::from_bytes(line.strip_suffix(b"\n")?));
    path.is_absolute().then(|| path.to_owned())
}

fn error(code: &str, message: &str, remedy: &str) -> Value {
    json!({ "error": { "code": code, "message": message, "remedy": remedy } })
}
