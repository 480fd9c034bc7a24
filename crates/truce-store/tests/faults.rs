//! What happens when writes fail, files are damaged, or two processes meet.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::os::unix::fs::symlink;

use truce_store::{
    AppendError, Batch, BatchId, Changes, CheckpointError, Committed, DirReader, DirTiles, Fault, IndexStore,
    LogRead, LogStore, MemoryStore, Resolution, Space, StoreError, StoredCheckpoint, TileRead, TileStore,
};

#[test]
fn an_unknown_append_is_settled_after_reopening() {
    for (fault, there) in [(Fault::UnknownLost, false), (Fault::UnknownWritten, true)] {
        let store = MemoryStore::new();
        store.append(0, &batch(1)).unwrap();
        store.fail_next(fault);
        assert!(
            matches!(store.append(1, &batch(2)), Err(AppendError::Unknown { batch: BatchId(id), .. }) if id == [2; 32])
        );
        for refused in [
            store.append(1, &batch(2)).unwrap_err().code(),
            store.apply(1, &Changes::new()).unwrap_err().code(),
            store.clear().unwrap_err().code(),
            store.put_immutable("policy", b"x").unwrap_err().code(),
            store.put_checkpoint(1, b"log\n1\nroot\n").unwrap_err().code(),
            store.set_checkpoint(None, &StoredCheckpoint { size: 1, note: vec![] }).unwrap_err().code(),
        ] {
            assert_eq!(refused, "store-stopped");
        }
        assert_eq!(store.resolve(&BatchId([2; 32])).unwrap_err().code(), "store-stopped");
        let store = store.reopen();
        let settled = store.resolve(&BatchId([2; 32])).unwrap();
        let committed = Resolution::Committed(Committed { first: 1, size: 2 });
        assert_eq!(settled, if there { committed } else { Resolution::NotCommitted });
        assert_eq!(store.head().unwrap().size, 1 + u64::from(there));
    }
}

#[test]
fn an_unknown_checkpoint_is_settled_after_reopening() {
    let signed = StoredCheckpoint { size: 1, note: b"note".to_vec() };
    for (fault, there) in [(Fault::UnknownLost, false), (Fault::UnknownWritten, true)] {
        let store = MemoryStore::new();
        store.append(0, &batch(1)).unwrap();
        store.fail_next(fault);
        assert!(matches!(store.set_checkpoint(None, &signed), Err(CheckpointError::Unknown { .. })));
        assert_eq!(store.reopen().checkpoint().unwrap().is_some(), there);
    }
}

#[test]
fn a_full_store_goes_on_when_there_is_room() {
    let store = MemoryStore::new();
    store.fail_next(Fault::Full);
    assert!(store.append(0, &batch(1)).unwrap_err().is_full());
    store.append(0, &batch(1)).unwrap();
}

#[test]
fn every_error_says_what_to_do() {
    let error = StoreError::Locked { place: "there".to_owned() };
    assert_eq!(error.to_string(), "the store at there is open elsewhere for writing");
    assert_eq!(error.code(), "store-locked");
    assert!(error.remedy().ends_with('.'));
    let error = AppendError::Unknown { batch: BatchId([10; 32]), source: error };
    assert!(error.to_string().contains("0a0a0a") && error.remedy().contains("resolve"));
}

#[test]
fn a_directory_is_published_into_by_one() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("log");
    assert_eq!(DirTiles::open(&root).unwrap_err().code(), "store-missing");
    let tiles = DirTiles::create(&root).unwrap();
    assert_eq!(DirTiles::open(&root).unwrap_err().code(), "store-locked");
    assert_eq!(DirTiles::create(&root).unwrap_err().code(), "store-exists");
    let reader = DirReader::open(&root).unwrap();
    tiles.put_immutable("tile/0/000", b"x").unwrap();
    assert_eq!(reader.tile("tile/0/000").unwrap().unwrap(), b"x");
    drop(tiles);
    DirTiles::open(&root).unwrap();
}

#[test]
fn a_symbolic_link_leads_nowhere() {
    let place = tempfile::tempdir().unwrap();
    let (root, outside) = (place.path().join("log"), place.path().join("outside"));
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), b"secret").unwrap();
    let tiles = DirTiles::create(&root).unwrap();
    symlink(&outside, root.join("tile")).unwrap();
    symlink(outside.join("secret"), root.join("policy")).unwrap();
    symlink(outside.join("secret"), root.join("checkpoint")).unwrap();
    for path in ["tile/secret", "policy"] {
        assert_eq!(tiles.tile(path).unwrap_err().code(), "store-bad-path");
        assert_eq!(tiles.put_immutable(path, b"x").unwrap_err().code(), "store-bad-path");
    }
    assert_eq!(tiles.put_immutable("tile/new", b"x").unwrap_err().code(), "store-bad-path");
    assert_eq!(tiles.put_checkpoint(1, b"log\n1\nroot\n").unwrap_err().code(), "store-bad-path");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
}

#[test]
fn what_a_crash_leaves_half_written_is_never_published() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("log");
    drop(DirTiles::create(&root).unwrap());
    fs::write(root.join(".tmp/7"), b"half").unwrap();
    let tiles = DirTiles::open(&root).unwrap();
    assert_eq!(fs::read_dir(root.join(".tmp")).unwrap().count(), 0);
    for n in 0..20 {
        tiles.put_immutable(&format!("tile/{n}"), b"whole").unwrap();
    }
    assert_eq!(fs::read_dir(root.join(".tmp")).unwrap().count(), 0);
}

#[test]
fn a_damaged_published_checkpoint_is_found_at_opening() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("log");
    drop(DirTiles::create(&root).unwrap());
    fs::write(root.join("checkpoint"), b"log\nmany\nroot\n").unwrap();
    assert_eq!(DirTiles::open(&root).unwrap_err().code(), "store-corrupt");
}

fn batch(id: u8) -> Batch {
    let mut derived = Changes::new();
    derived.put(Space::Facts, &[id], &[id; 60]);
    Batch { id: BatchId([id; 32]), entries: vec![vec![id; 1000]], derived }
}

#[cfg(feature = "rocksdb")]
mod rocks {
    use std::ops::ControlFlow;
    use std::path::{Path, PathBuf};

    use truce_store::{IndexRead, RocksOptions, RocksReader, RocksStore};

    use super::*;

    #[test]
    fn a_store_is_where_it_was_created() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("store");
        assert_eq!(RocksStore::open(&path).unwrap_err().code(), "store-missing");
        assert_eq!(RocksReader::open(&path).unwrap_err().code(), "store-missing");
        assert!(!path.exists());
        drop(RocksStore::create(&path).unwrap());
        assert_eq!(RocksStore::create(&path).unwrap_err().code(), "store-exists");
        let other = place.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("letter.txt"), b"x").unwrap();
        assert_eq!(RocksStore::create(&other).unwrap_err().code(), "store-exists");
        assert_eq!(RocksStore::open(&other).unwrap_err().code(), "store-missing");
    }

    #[test]
    fn a_store_made_before_the_space_of_views_is_opened_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let store = RocksStore::create(place.path()).unwrap();
        store.append(0, &batch(1)).unwrap();
        store.close().unwrap();
        let options = rocksdb::Options::default();
        let families = || rocksdb::DB::list_cf(&options, place.path()).unwrap();
        let mut db = rocksdb::DB::open_cf(&options, place.path(), families()).unwrap();
        db.drop_cf("views").unwrap();
        drop(db);
        let store = RocksStore::open(place.path()).unwrap();
        store.append(1, &batch(2)).unwrap();
        assert_eq!(RocksReader::open(place.path()).unwrap().head().unwrap().size, 2);
        let mut views = Changes::new();
        views.put(Space::Views, b"row", b"1");
        assert_eq!(store.apply(2, &views).unwrap_err().code(), "store-corrupt");
        store.clear().unwrap();
        store.close().unwrap();
        assert!(!families().iter().any(|name| name == "views"));
    }

    #[test]
    fn one_handle_writes() {
        let place = tempfile::tempdir().unwrap();
        let store = RocksStore::create(place.path()).unwrap();
        let refused = RocksStore::open(place.path()).unwrap_err();
        assert_eq!(refused.code(), "store-locked");
        assert!(refused.to_string().contains(&place.path().display().to_string()));
        drop(store);
        RocksStore::open(place.path()).unwrap();
    }

    #[test]
    fn a_reader_sees_what_was_committed() {
        let place = tempfile::tempdir().unwrap();
        let store = RocksStore::create(place.path()).unwrap();
        store.append(0, &batch(1)).unwrap();
        let mut reader = RocksReader::open(place.path()).unwrap();
        assert_eq!(reader.head().unwrap().size, 1);
        store.append(1, &batch(2)).unwrap();
        store.flush().unwrap();
        store.append(2, &batch(3)).unwrap();
        assert_eq!(reader.head().unwrap().size, 1);
        reader.refresh().unwrap();
        assert_eq!(reader.head().unwrap().size, 3);
        assert_eq!(reader.entry(2).unwrap().unwrap(), vec![3; 1000]);
        assert_eq!(reader.get(Space::Facts, &[2]).unwrap().unwrap(), vec![2; 60]);
        // The writer is not disturbed, nor what it leaves.
        store.append(3, &batch(4)).unwrap();
        store.close().unwrap();
        reader.refresh().unwrap();
        assert_eq!((reader.head().unwrap().size, reader.applied().unwrap()), (4, 4));
    }

    #[test]
    fn without_room_nothing_is_written() {
        let place = tempfile::tempdir().unwrap();
        drop(RocksStore::create(place.path()).unwrap());
        let mut options = RocksOptions::default();
        options.min_free_bytes = u64::MAX;
        let store = RocksStore::open_with(place.path(), options).unwrap();
        let refused = store.append(0, &batch(1)).unwrap_err();
        assert!(refused.is_full() && matches!(refused, AppendError::Failed(_)));
        assert_eq!(store.apply(0, &Changes::new()).unwrap_err().code(), "store-full");
        drop(store);
        let store = RocksStore::open(place.path()).unwrap();
        assert_eq!(store.resolve(&BatchId([1; 32])).unwrap(), Resolution::NotCommitted);
        store.append(0, &batch(1)).unwrap();
    }

    #[test]
    fn an_orderly_close_leaves_nothing_to_replay() {
        let (_place, path) = filled(true);
        let store = RocksStore::open(&path).unwrap();
        let usage = store.usage().unwrap();
        assert_eq!(usage.wal, 0);
        assert!(usage.tables > 0 && usage.total() >= usage.tables);
        assert_eq!(store.head().unwrap().size, ENTRIES);
    }

    /// Whatever single place of a table is hit: what comes back is right, or it is an error.
    #[test]
    fn a_damaged_table_never_gives_garbage() {
        let (place, path) = filled(true);
        let tables = files(&path, "sst");
        assert!(!tables.is_empty());
        let mut found = 0;
        for table in &tables {
            let len = fs::metadata(table).unwrap().len();
            for part in 0..4 {
                let copy = copied(&path, &place.path().join("copy"));
                let at = usize::try_from(len * (2 * part + 1) / 8).unwrap();
                damage(&copy.join(table.file_name().unwrap()), |bytes| bytes[at] ^= 0x10);
                found += u64::from(right_or_corrupt(&copy));
            }
            let copy = copied(&path, &place.path().join("copy"));
            damage(&copy.join(table.file_name().unwrap()), |bytes| bytes.truncate(bytes.len() / 2));
            assert!(right_or_corrupt(&copy));
            let copy = copied(&path, &place.path().join("copy"));
            fs::remove_file(copy.join(table.file_name().unwrap())).unwrap();
            assert!(right_or_corrupt(&copy));
        }
        assert!(found >= 4);
    }

    #[test]
    fn damage_within_the_log_is_found_and_a_cut_tail_is_not_garbage() {
        let (place, path) = filled(false);
        let log = files(&path, "log").pop().unwrap();
        let name = log.file_name().unwrap();
        let len = usize::try_from(fs::metadata(&log).unwrap().len()).unwrap();
        for at in [len / 7, len / 2, len * 3 / 4] {
            let copy = copied(&path, &place.path().join("copy"));
            damage(&copy.join(name), |bytes| bytes[at] ^= 1);
            assert!(right_or_corrupt(&copy), "at {at} of {len}");
        }
        // What a crash in the middle of a write leaves: a shorter log, whole up to its end.
        for keep in [len - 1, len / 2, len / 3] {
            let copy = copied(&path, &place.path().join("copy"));
            damage(&copy.join(name), |bytes| bytes.truncate(keep));
            let store = RocksStore::open(&copy).unwrap();
            let size = store.head().unwrap().size;
            assert!(size < ENTRIES || store.checkpoint().unwrap().is_none());
            assert!(matches!(check(&store), Ok(read) if read == size));
            store.append(size, &batch(255)).unwrap();
        }
    }

    #[test]
    fn a_lost_manifest_or_pointer_is_no_empty_store() {
        let (place, path) = filled(true);
        for lost in ["CURRENT", "MANIFEST"] {
            let copy = copied(&path, &place.path().join("copy"));
            for file in fs::read_dir(&copy).unwrap().map(|file| file.unwrap().path()) {
                if file.file_name().unwrap().to_string_lossy().starts_with(lost) {
                    fs::remove_file(file).unwrap();
                }
            }
            assert_eq!(RocksStore::open(&copy).unwrap_err().code(), "store-corrupt", "{lost}");
            assert_eq!(RocksStore::create(&copy).unwrap_err().code(), "store-exists", "{lost}");
        }
    }

    const ENTRIES: u64 = 40;

    fn filled(orderly: bool) -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("store");
        let store = RocksStore::create(&path).unwrap();
        for position in 0..ENTRIES {
            let id = u8::try_from(position).unwrap();
            store.append(position, &batch(id)).unwrap();
        }
        store.set_checkpoint(None, &StoredCheckpoint { size: ENTRIES, note: b"signed".to_vec() }).unwrap();
        if orderly {
            store.close().unwrap();
        }
        (place, path)
    }

    /// True if the damage was found, false if everything is still right; anything else fails.
    fn right_or_corrupt(path: &Path) -> bool {
        let checked = RocksStore::open(path).and_then(|store| check(&store));
        match checked {
            Ok(read) => {
                assert_eq!(read, ENTRIES);
                false
            }
            Err(StoreError::Corrupt { .. }) => true,
            Err(other) => panic!("{}: {other}", other.code()),
        }
    }

    /// Reads everything and compares it; gives the number of entries.
    fn check(store: &RocksStore) -> Result<u64, StoreError> {
        let size = store.head()?.size;
        store.read(0..size, &mut |position, entry| {
            assert_eq!(entry, vec![u8::try_from(position).unwrap(); 1000]);
            ControlFlow::Continue(())
        })?;
        for position in 0..size {
            let id = u8::try_from(position).unwrap();
            assert_eq!(store.get(Space::Facts, &[id])?, Some(vec![id; 60]));
            let settled = store.resolve(&BatchId([id; 32]))?;
            assert_eq!(settled, Resolution::Committed(Committed { first: position, size: position + 1 }));
        }
        if let Some(signed) = store.checkpoint()? {
            assert_eq!(signed.note, b"signed");
        }
        Ok(size)
    }

    fn files(path: &Path, extension: &str) -> Vec<PathBuf> {
        let all = fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
        all.filter(|file| file.extension().is_some_and(|found| found == extension)).collect()
    }

    fn copied(from: &Path, to: &Path) -> PathBuf {
        let _ = fs::remove_dir_all(to);
        fs::create_dir(to).unwrap();
        for file in fs::read_dir(from).unwrap().map(|file| file.unwrap().path()) {
            fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
        }
        to.to_owned()
    }

    fn damage(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(file).unwrap();
        change(&mut bytes);
        fs::write(file, bytes).unwrap();
    }
}
