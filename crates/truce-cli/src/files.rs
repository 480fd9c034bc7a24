//! Files: read with a limit, written whole or not at all, never overwritten unless that is the point.

use crate::exit::{Exit, Failure};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use truce_statement::{AgreementId, Body, Statement, StatementId};

/// Largest file that is read whole: far above any draft, statement, key or proof.
const MAX_FILE: u64 = 4 << 20;

/// Reads a file whole; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let source: Box<dyn io::Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(|e| Failure::file(path, &e))?)
    };
    source.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| Failure::file(path, &e))?;
    if bytes.len() as u64 > MAX_FILE {
        let message = format!("{}: larger than {MAX_FILE} bytes", path.display());
        return Err(Failure::new(Exit::Refused, "too-large", message));
    }
    Ok(bytes)
}

/// Reads a text file whole; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?)
        .map_err(|_| Failure::content(path, "not-text", "this file is not UTF-8 text"))
}

/// Reads a statement.
pub(crate) fn read_statement(path: &Path) -> Result<Statement, Failure> {
    Statement::parse(read(path)?).map_err(|refusal| Failure::from(refusal).in_file(path))
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
    create_with(path, bytes, false)
}

/// Writes a new file that only its owner may read.
pub(crate) fn create_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create_with(path, bytes, true)
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
    written.first().map_or(Ok(()), |path| sync_parent(path).map_err(|e| Failure::file(path, &e)))
}

fn create_with(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let write = || -> io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync_parent(path)
    };
    write().map_err(|e| Failure::file(path, &e))
}

/// Puts `bytes` in the place of whatever stands at `path`, in one step.
pub(crate) fn replace(path: &Path, bytes: &[u8], sync: bool) -> Result<(), Failure> {
    let next = beside(path, ".next");
    let write = || -> io::Result<()> {
        let mut file = File::create(&next)?;
        file.write_all(bytes)?;
        if sync {
            file.sync_all()?;
        }
        fs::rename(&next, path)?;
        if sync { sync_parent(path) } else { Ok(()) }
    };
    write().map_err(|e| Failure::file(path, &e))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

/// `path` with `suffix` after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// `name.cose` as `name.<extension>`; any other name gets the extension after it.
pub(crate) fn companion(statement: &Path, extension: &str) -> PathBuf {
    if statement.extension().is_some_and(|e| e == "cose") {
        statement.with_extension(extension)
    } else {
        beside(statement, &format!(".{extension}"))
    }
}

/// A statement id: 64 hex digits, or a file that holds the statement.
pub(crate) fn statement_id(text: &str) -> Result<StatementId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let path = Path::new(text);
    if path.is_file() {
        return Ok(read_statement(path)?.id());
    }
    Err(Failure::usage(
        "bad-id",
        format!("`{text}` is neither a statement id (64 lower-case hex digits) nor a statement's file"),
    )
    .next("`truce list` and `truce show` print ids"))
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
        ));
    }
    Err(Failure::usage(
        "bad-id",
        format!("`{text}` is neither an agreement id (64 lower-case hex digits) nor a charter's file"),
    )
    .next("`truce status` prints the agreement id"))
}
