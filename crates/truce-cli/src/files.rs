//! Files: read with a limit, written whole or not at all, never overwritten unless that is the point.

use crate::exit::{Exit, Failure};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use truce_file::{ReadError, beside};
use truce_statement::{AgreementId, Body, Statement};
use truce_tlog::Policy;
use zeroize::Zeroizing;

/// Largest file that is read whole: far above any draft, statement, key or proof.
const MAX_FILE: u64 = 4 << 20;
/// Largest file of a private key or a passphrase, in bytes.
const MAX_SECRET: usize = 64 << 10;

/// Reads a file whole; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if is_standard_input(path) {
        return truce_file::read_stream(io::stdin().lock(), MAX_FILE).map_err(|e| unreadable(path, e));
    }
    read_if_there(path)?.ok_or_else(|| Failure::file(path, &io::ErrorKind::NotFound.into()))
}

/// Reads a file whole; `None` if there is none.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    truce_file::read(path, MAX_FILE).map_err(|e| unreadable(path, e))
}

/// Opens a regular file.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    truce_file::open(path).map_err(|e| unreadable(path, e))
}

/// Reads a file that holds a secret, and leaves no copy of it in memory; `-` is standard input.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let read = if is_standard_input(path) {
        truce_file::read_secret(io::stdin().lock(), MAX_SECRET)
    } else {
        truce_file::read_secret(open(path)?, MAX_SECRET)
    };
    read.map_err(|e| unreadable(path, e))
}

/// Says so when others than its owner may read the file of a private key.
pub(crate) fn warn_if_shared(path: &Path) {
    let shared = truce_file::open(path).ok().and_then(|file| truce_file::shared_mode(&file));
    if let Some(mode) = shared.filter(|_| !is_standard_input(path)) {
        crate::output::warn(&format!(
            "{path} can be read by others (mode {mode:o}); next: chmod 600 {path}",
            path = path.display()
        ));
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn unreadable(path: &Path, error: ReadError) -> Failure {
    Failure::file(path, &error.into())
}

/// UTF-8 text out of the bytes of a file.
pub(crate) fn text<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).map_err(|_| {
        Failure::content(path, "not-text", "this file is not UTF-8 text")
            .next("save it as UTF-8, or check that it is the file that was meant")
    })
}

/// Reads a text file whole; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read(path)?;
    text(path, &bytes).map(str::to_owned)
}

/// Reads a statement.
pub(crate) fn read_statement(path: &Path) -> Result<Statement, Failure> {
    Statement::parse(read(path)?).map_err(|refusal| Failure::from(refusal).in_file(path))
}

/// Reads a policy of witnesses.
pub(crate) fn read_policy(path: &Path) -> Result<Policy, Failure> {
    Policy::parse(&read(path)?)
        .map_err(|e| Failure::content(path, "bad-policy", e).next("see c2sp.org/tlog-policy"))
}

/// Refuses to go on when `path` exists: asked before anything is signed.
pub(crate) fn must_be_new(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Failure::file(path, &e)),
        Ok(_) => Err(Failure::new(Exit::Io, "exists", format!("{} exists already", path.display()))
            .next("move the file away, or name another one")),
    }
}

/// Writes a new file and waits until it is on disk.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    created(path, truce_file::create(path, bytes))
}

/// Writes a new file that only its owner may read.
pub(crate) fn create_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    created(path, truce_file::create_secret(path, bytes))
}

fn created(path: &Path, written: io::Result<()>) -> Result<(), Failure> {
    written.and_then(|()| truce_file::sync_parent(path)).map_err(|e| Failure::file(path, &e))
}

/// Writes new files, then waits until all of them are on disk: quicker than one after another.
pub(crate) fn create_all<'a>(files: impl Iterator<Item = (&'a Path, &'a [u8])>) -> Result<(), Failure> {
    let mut written = Vec::new();
    for (path, bytes) in files {
        let write = || -> io::Result<()> {
            OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
        };
        write().map_err(|e| Failure::file(path, &e))?;
        written.push(path);
    }
    for path in &written {
        File::open(path).and_then(|file| file.sync_all()).map_err(|e| Failure::file(path, &e))?;
    }
    written.first().map_or(Ok(()), |path| truce_file::sync_parent(path).map_err(|e| Failure::file(path, &e)))
}

/// Puts `bytes` in the place of whatever stands at `path`, in one step.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    truce_file::replace(path, bytes).map_err(|e| Failure::file(path, &e))
}

/// `name.cose` as `name.<extension>`; any other name gets the extension after it.
pub(crate) fn companion(statement: &Path, extension: &str) -> PathBuf {
    if statement.extension().is_some_and(|e| e == "cose") {
        statement.with_extension(extension)
    } else {
        beside(statement, &format!(".{extension}"))
    }
}

/// An agreement id: 64 hex digits, or the file of the charter.
pub(crate) fn agreement_id(text: &str) -> Result<AgreementId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let path = Path::new(text);
    if path.is_file() {
        let statement = read_statement(path)?;
        if matches!(statement.body(), Body::Charter(_)) {
            return Ok(statement.agreement());
        }
        return Err(Failure::content(
            path,
            "not-a-charter",
            format!("this is a {}, not a charter", statement.kind()),
        )
        .next("give the charter's file: `truce show SOURCE 0 --raw > charter.cose` writes it"));
    }
    Err(Failure::usage(
        "bad-id",
        format!("`{text}` is neither an agreement id (64 lower-case hex digits) nor a charter's file"),
    )
    .next("`truce status` prints the agreement id"))
}
