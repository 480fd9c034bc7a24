//! Files beside the log: the policy, the succession, and evidence that statements refer to by its hash.

use crate::MirrorError;
use crate::copy::replace;
use crate::mirror::PROGRAM;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use truce_audit::{DirSource, ReadError, SourceError, charter_of, each_statement};
use truce_source::Place;
use truce_statement::id::sha256;
use truce_succession::{MAX_SUCCESSION_BYTES, Succession};
use truce_tlog::Policy;

/// Largest evidence file that is copied, in bytes.
const MAX_EVIDENCE: u64 = 256 << 20;
/// Largest policy (docs/spec/publication.md, section 8).
const MAX_POLICY: u64 = 1_000_000;

/// Copies the policy, the succession, and the evidence that is published: what a directory lists, what the entries in `new` name.
/// Returns how many files of evidence were taken.
pub(crate) fn copy(from: &Place, to: &Path, new: Range<u64>) -> Result<u64, MirrorError> {
    if let Some(bytes) = from.file("policy", MAX_POLICY, PROGRAM)? {
        Policy::parse(&bytes).map_err(MirrorError::BadPolicy)?;
        put(to, "policy", &bytes)?;
    }
    // It changes with entries only.
    if !new.is_empty()
        && let Some(bytes) = from.file("succession", MAX_SUCCESSION_BYTES as u64, PROGRAM)?
    {
        let charter = match charter_of(&DirSource::new(to), 1, None) {
            Err(ReadError::Source(error)) => return Err(error.into()),
            read => read.ok(),
        };
        let succession = Succession::parse(&bytes);
        let held = charter.map(|charter| succession.and_then(|succession| succession.verify(&charter)));
        held.transpose().map_err(MirrorError::BadSuccession)?;
        put(to, "succession", &bytes)?;
    }
    let names = match from {
        Place::Directory(directory) => listed(&directory.join("evidence"))?,
        Place::Url(_) => named(to, new)?,
    };
    let mut copied = 0;
    for name in names {
        let path = format!("evidence/{name}");
        if to.join(&path).is_file() {
            continue;
        }
        let Some(bytes) = from.file(&path, MAX_EVIDENCE, PROGRAM)? else { continue };
        if hex::encode(sha256(&bytes)) != name {
            return Err(MirrorError::EvidenceDiffers { name: name.escape_debug().to_string() });
        }
        put(to, &path, &bytes)?;
        copied += 1;
    }
    Ok(copied)
}

fn put(to: &Path, path: &str, bytes: &[u8]) -> Result<(), MirrorError> {
    let target = to.join(path);
    if truce_file::read(&target, MAX_EVIDENCE)
        .is_ok_and(|before| before.is_some_and(|before| before == bytes))
    {
        return Ok(());
    }
    replace(target, bytes)
}

fn listed(folder: &Path) -> Result<BTreeSet<String>, MirrorError> {
    let failed = |source| MirrorError::Source(SourceError::File { path: folder.to_owned(), source });
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut names = BTreeSet::new();
    for file in files {
        names.insert(file.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// Hashes of the files that entries of the copy refer to.
fn named(copy: &Path, new: Range<u64>) -> Result<BTreeSet<String>, MirrorError> {
    let source = DirSource::new(copy);
    let mut names = BTreeSet::new();
    let read = each_statement(&source, new, |_, statement| {
        if let Ok(body) = statement.body().to_json() {
            collect(&body, &mut names);
        }
    });
    match read {
        Err(ReadError::Source(error)) => Err(error.into()),
        // The copy was verified before: what cannot be read names nothing.
        Err(ReadError::Finding(_)) | Ok(()) => Ok(names),
    }
}

/// Every `sha256` of a file with a size, wherever the body has evidence.
fn collect(value: &serde_json::Value, names: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(name) = fields.get("sha256").and_then(serde_json::Value::as_str)
                && fields.contains_key("bytes")
                && name.len() == 64
                && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            {
                names.insert(name.to_owned());
            }
            fields.values().for_each(|value| collect(value, names));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}
