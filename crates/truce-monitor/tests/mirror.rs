//! The mirror over real HTTP.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use truce_mirror::{Mirror, MirrorError, MirrorOptions};
use truce_source::Place;
use truce_statement::id::sha256;
use world::{Log, Server, write};

/// Every published file below a directory, by the hash of its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let hash = hex::encode(sha256(&fs::read(&path).unwrap()));
                files.insert(path.strip_prefix(root).unwrap().to_owned(), hash);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn mirror(place: Place, to: &Path) -> Result<(usize, Vec<String>), MirrorError> {
    let (mut mirror, repaired) = Mirror::open(place, to, MirrorOptions::default())?;
    Ok((mirror.round(|_| ())?.files, repaired.files))
}

#[test]
fn a_copy_grows_takes_only_what_is_new_and_drops_partial_files() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let mut log = Log::of(300);
    log.publish(&published);
    let server = Server::over(&published);
    mirror(server.place(), &copy).unwrap();
    assert_eq!(files(&copy), files(&published));

    log.grow(300, "").publish(&published);
    server.asked();
    mirror(server.place(), &copy).unwrap();
    let asked = server.asked();
    assert!(
        !asked.iter().any(|path| ["tile/0/000", "tile/entries/000"].contains(&path.as_str())),
        "{asked:?}"
    );
    // What a fresh copy would have, and the one partial tile that was served before and has no full one yet.
    let fresh = folder.path().join("fresh");
    mirror(server.place(), &fresh).unwrap();
    let mut grown = files(&copy);
    assert!(grown.remove(Path::new("tile/1/000.p/1")).is_some());
    assert_eq!(grown, files(&fresh));

    server.asked();
    assert_eq!(mirror(server.place(), &copy).unwrap().0, 0);
    let asked = server.asked();
    assert!(asked.iter().all(|path| path == "checkpoint" || path == "policy"), "{asked:?}");
}

#[test]
fn full_files_stand_in_for_partial_ones_that_have_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let mut log = Log::of(200);
    log.publish(&published);
    let old = fs::read(published.join("checkpoint")).unwrap();
    log.grow(100, "").publish(&published);
    // The checkpoint was read before, the tiles are read after.
    write(&published.join("checkpoint"), &old);
    for gone in ["tile/0/000.p", "tile/entries/000.p"] {
        fs::remove_dir_all(published.join(gone)).unwrap();
    }
    let server = Server::over(&published);
    mirror(server.place(), &copy).unwrap();
    assert_eq!(fs::read(copy.join("checkpoint")).unwrap(), old);
    assert_eq!(fs::read(copy.join("tile/0/000.p/200")).unwrap().len(), 200 * 32);
    assert!(!copy.join("tile/0/000").exists());
}

#[test]
fn a_stopped_mirror_goes_on_and_nothing_half_done_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let log = Log::of(1000);
    log.publish(&published);
    let server = Server::over(&published);
    // The connection is lost for good in the middle.
    server.hide("tile/entries/002");
    let refused = mirror(server.place(), &copy);
    assert!(matches!(refused, Err(MirrorError::DoesNotHold(_))), "{refused:?}");
    assert!(!copy.join("checkpoint").exists() && !copy.join("tile").exists());
    server.faults.hidden.lock().unwrap().clear();
    server.faults.down.store(true, Ordering::Relaxed);
    assert!(mirror(server.place(), &copy).unwrap_err().may_pass());
    server.faults.down.store(false, Ordering::Relaxed);
    mirror(server.place(), &copy).unwrap();
    assert_eq!(files(&copy), files(&published));
}

#[test]
fn what_was_staged_is_not_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    Log::of(600).publish(&published);
    let server = Server::over(&published);
    let (mut first, _) = Mirror::open(server.place(), &copy, MirrorOptions::default()).unwrap();
    first.round(|_| ()).unwrap();
    drop(first);
    // As if it had been killed before the files were put in place.
    fs::create_dir_all(copy.join(".mirror/staged")).unwrap();
    for name in ["tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001"] {
        fs::rename(copy.join(name), copy.join(".mirror/staged").join(name.replace('/', "_"))).unwrap();
    }
    let partial = "tile/entries/002.p/88";
    fs::copy(copy.join(partial), copy.join(".mirror/staged").join(partial.replace('/', "_"))).unwrap();
    fs::remove_file(copy.join("checkpoint")).unwrap();
    server.asked();
    mirror(server.place(), &copy).unwrap();
    assert_eq!(files(&copy), files(&published));
    let asked = server.asked();
    assert!(!asked.iter().any(|path| path.contains("entries")), "{asked:?}");
    assert!(!copy.join(".mirror/staged").exists());
}

#[test]
fn a_damaged_copy_is_found_and_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    Log::of(600).publish(&published);
    let server = Server::over(&published);
    mirror(server.place(), &copy).unwrap();
    let whole = files(&copy);
    for path in
        ["tile/entries/001", "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"]
    {
        let mut bytes = fs::read(copy.join(path)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(copy.join(path), &bytes).unwrap();
        assert_eq!(mirror(server.place(), &copy).unwrap().1, [path], "{path}");
        assert_eq!(files(&copy), whole, "{path}");
        fs::remove_file(copy.join(path)).unwrap();
        assert_eq!(mirror(server.place(), &copy).unwrap().1, [path], "{path}");
        assert_eq!(files(&copy), whole, "{path}");
    }
}

#[test]
fn damage_that_agrees_with_itself_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let common = Log::of(40);
    common.clone().grow(20, "one").publish(&published);
    let server = Server::over(&published);
    mirror(server.place(), &copy).unwrap();
    // Entries and tiles of another history, under the checkpoint of this one.
    let checkpoint = fs::read(copy.join("checkpoint")).unwrap();
    common.clone().grow(20, "two").overwrite(&copy);
    write(&copy.join("checkpoint"), &checkpoint);
    let refused = mirror(server.place(), &copy).unwrap_err();
    assert_eq!(refused.code(), "copy-damaged");
}

#[test]
fn a_fork_and_a_rollback_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let common = Log::of(40);
    common.clone().grow(20, "one").publish(&published);
    let server = Server::over(&published);
    mirror(server.place(), &copy).unwrap();
    let whole = files(&copy);
    common.clone().grow(300, "two").overwrite(&published);
    assert!(matches!(mirror(server.place(), &copy), Err(MirrorError::DoesNotHold(_))));
    common.overwrite(&published);
    assert!(matches!(mirror(server.place(), &copy), Err(MirrorError::Behind { served: 40, held: 60, .. })));
    assert_eq!(files(&copy), whole);
    // The honest log goes on, and so does the copy.
    common.clone().grow(20, "one").grow(5, "more").overwrite(&published);
    mirror(server.place(), &copy).unwrap();
    assert_eq!(fs::read(copy.join("checkpoint")).unwrap(), fs::read(published.join("checkpoint")).unwrap());
}

#[test]
fn more_cosignatures_on_the_same_tree_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let log = Log::of(4);
    log.publish(&published);
    let server = Server::over(&published);
    mirror(server.place(), &copy).unwrap();
    let mut checkpoint = log.checkpoint();
    let witness = truce_tlog::Cosigner::from_seed("witness.example", &[4; 32]).unwrap();
    checkpoint.add_cosignature(witness.cosign(&checkpoint, 1).unwrap(), witness.vkey()).unwrap();
    write(&published.join("checkpoint"), checkpoint.note().to_string().as_bytes());
    assert_eq!(mirror(server.place(), &copy).unwrap().0, 1);
    assert_eq!(files(&copy), files(&published));
}

#[test]
fn policy_and_evidence_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    Log::of(4).publish(&published);
    write(&published.join("policy"), b"quorum none\n");
    let name = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    write(&published.join("evidence").join(name), b"");
    mirror(Place::of(published.to_str().unwrap()), &copy).unwrap();
    assert_eq!(files(&copy), files(&published));
    write(&published.join("evidence").join("00".repeat(32)), b"another");
    let refused = mirror(Place::of(published.to_str().unwrap()), &copy).unwrap_err();
    assert_eq!(refused.code(), "evidence-differs");
}
