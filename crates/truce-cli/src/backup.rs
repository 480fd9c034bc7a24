//! `truce backup` and `truce restore`: a ledger's folder written beside the one at work, and put back.

use crate::args::{BackupArgs, RestoreArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table};
use serde_json::{Value, json};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use truce_log::{BackedUp, Folder, complete_backup};
use truce_store::{LogStore as _, RocksReader, RocksStore, StoreError};

/// A copy over file systems takes its time; then something is wrong.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Most of an answer that is read, bytes.
const MAX_ANSWER: u64 = 1 << 16;

/// `truce backup`.
pub(crate) fn backup(args: &BackupArgs, output: Output) -> Result<(), Failure> {
    let paths = Folder::new(&args.ledger);
    if !Folder::is_ledger(&args.ledger) {
        return Err(Failure::new(Exit::Io, "no-log", format!("{} is not a ledger", args.ledger.display()))
            .next("check the path: it is a folder with db/"));
    }
    let place = std::path::absolute(&args.to).map_err(|e| Failure::file(&args.to, &e))?;
    let partial = partial(&place)?;
    let held = take(&partial)?;
    let done = write(args, &paths, &partial, &place);
    if done.is_err() {
        // Half a backup is none; why it failed is what is worth telling.
        let _ = fs::remove_dir_all(&partial);
    }
    drop(held);
    let done = done?;
    output.result(
        || table("backup", &args.to, &done),
        || value("backup", &args.to, &done, json!({ "with_key": args.with_key })),
    )
}

fn write(args: &BackupArgs, paths: &Folder, partial: &Path, place: &Path) -> Result<BackedUp, Failure> {
    let into = Folder::new(partial).store();
    match RocksStore::open(paths.store()) {
        Ok(store) => store.copy_to(&into)?,
        Err(StoreError::Locked { .. }) => ask(&paths.control(), &into)?,
        Err(StoreError::ReadOnly { .. }) => copy_at_rest(&paths.store(), &into)?,
        Err(error) => return Err(error.into()),
    }
    if args.with_key {
        let (from, to) = (paths.key(), Folder::new(partial).key());
        fs::copy(&from, &to).map_err(|e| Failure::file(&from, &e))?;
    }
    Ok(complete_backup(partial, place)?)
}

/// Asks the depositary that has the ledger open.
fn ask(control: &Path, into: &Path) -> Result<(), Failure> {
    let failed = |e: io::Error| {
        let what = format!(
            "the ledger is open in another process, which makes no backups at {}: {e}",
            control.display()
        );
        Failure::new(Exit::Io, "backup-unreachable", what)
            .next("wait until that command ends, or run this as the user that runs `truce serve`")
    };
    let mut stream = UnixStream::connect(control).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.write_all(&[into.as_os_str().as_bytes(), b"\n"].concat()).map_err(failed)?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_ANSWER)).read_line(&mut line).map_err(failed)?;
    let answer: Value = serde_json::from_str(&line).map_err(|e| failed(e.into()))?;
    let Some(error) = answer.get("error") else { return Ok(()) };
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(Failure::new(Exit::Io, &text("code"), text("message")).next(text("remedy")))
}

/// Where a backup grows; it gets its name when it is whole.
fn partial(place: &Path) -> Result<PathBuf, Failure> {
    if place.exists() {
        return Err(Failure::new(Exit::Io, "exists", format!("there is something at {}", place.display()))
            .next("name a new folder; a backup replaces none"));
    }
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    Ok(place.with_file_name(name))
}

/// Makes the folder in which a backup grows, and locks it for as long as the handle lives. What a backup that was killed
/// left there is swept; what is no backup is left alone.
fn take(partial: &Path) -> Result<File, Failure> {
    let failed = |e: io::Error| Failure::file(partial, &e);
    match fs::create_dir(partial) {
        Ok(()) => return lock(partial),
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(failed(e)),
        Err(_) => {}
    }
    let held = lock(partial)?;
    for found in fs::read_dir(partial).map_err(failed)? {
        let name = found.map_err(failed)?.file_name();
        if !name.to_str().is_some_and(|name| PARTS.contains(&name)) {
            let what = format!(
                "{} is in the way of the backup, and holds {}, which no backup does",
                partial.display(),
                name.display()
            );
            return Err(Failure::new(Exit::Io, "exists", what)
                .next("move it away, or name another folder for the backup"));
        }
    }
    drop(held);
    fs::remove_dir_all(partial).and_then(|()| fs::create_dir(partial)).map_err(failed)?;
    lock(partial)
}

/// Names in the folder of a backup.
const PARTS: [&str; 5] = ["db", "checkpoint", "checkpoint.next", "charter.cose", "log.pem"];

fn lock(partial: &Path) -> Result<File, Failure> {
    let failed = |e: io::Error| Failure::file(partial, &e);
    let handle = File::open(partial).map_err(failed)?;
    match handle.try_lock() {
        Ok(()) => Ok(handle),
        Err(TryLockError::WouldBlock) => {
            let what = format!("another backup is being written to {}", partial.display());
            Err(Failure::new(Exit::Io, "exists", what).next("wait for its end, or name another folder"))
        }
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

/// Copies the store of a ledger on a disk that nobody can write to, and that therefore nobody has open for writing.
fn copy_at_rest(from: &Path, into: &Path) -> Result<(), Failure> {
    drop(RocksReader::open(from)?);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |e: io::Error| Failure::file(&path, &e)
    };
    fs::create_dir(into).map_err(failed(into))?;
    for found in fs::read_dir(from).map_err(failed(from))? {
        let found = found.map_err(failed(from))?;
        if found.file_type().map_err(failed(&found.path()))?.is_file() {
            fs::copy(found.path(), into.join(found.file_name())).map_err(failed(&found.path()))?;
        }
    }
    Ok(())
}

/// `truce restore`.
pub(crate) fn restore(args: &RestoreArgs, output: Output) -> Result<(), Failure> {
    let done = truce_log::restore(&args.backup, &args.ledger)?;
    let key = Folder::new(&args.ledger).key();
    let text = || {
        let mut text = table("restored", &args.ledger, &done);
        if !key.exists() {
            text.push_str("The log's key is not there: put it back too, or name it with --log-key.\n");
        }
        text.push_str(
            "It signs nothing yet. Next: truce recover, with the newest published log or mirror.\n",
        );
        text
    };
    output.result(text, || {
        value("restored", &args.ledger, &done, json!({ "key": key.exists(), "signs": false }))
    })
}

fn table(name: &str, place: &Path, done: &BackedUp) -> String {
    let mut table = Table::default();
    table.row(name, place.display()).row("entries", done.size).row("signed", done.signed);
    table.row("root", done.root);
    table.render()
}

fn value(name: &str, place: &Path, done: &BackedUp, more: Value) -> Value {
    let mut value =
        json!({ name: place, "entries": done.size, "signed": done.signed, "root": done.root.to_string() });
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}
