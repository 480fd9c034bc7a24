//! The contracts, as tests that run over every engine. An engine passes when `contract!` passes for it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::ops::ControlFlow;
use std::sync::Barrier;
use std::thread;

#[cfg(feature = "rocksdb")]
use truce_store::RocksStore;
use truce_store::{
    AppendError, Batch, BatchId, Changes, CheckpointError, Committed, DirTiles, Head, LogRead, MemoryStore,
    Resolution, ScanRange, Space, Store, StoreError, StoredCheckpoint, TileStore,
};

/// One place where an engine keeps a store.
trait Place {
    /// Creates an empty store.
    fn create() -> (Self, Box<dyn Store>)
    where
        Self: Sized;

    /// Ends `store`, in order or as if the process had died, and opens what it left.
    fn reopen(&self, store: Box<dyn Store>, orderly: bool) -> Box<dyn Store>;
}

struct Memory(MemoryStore);

impl Place for Memory {
    fn create() -> (Self, Box<dyn Store>) {
        let store = MemoryStore::new();
        (Self(store.reopen()), Box::new(store))
    }

    fn reopen(&self, store: Box<dyn Store>, _orderly: bool) -> Box<dyn Store> {
        drop(store);
        Box::new(self.0.reopen())
    }
}

#[cfg(feature = "rocksdb")]
struct Rocks(tempfile::TempDir);

#[cfg(feature = "rocksdb")]
impl Place for Rocks {
    fn create() -> (Self, Box<dyn Store>) {
        let place = Self(tempfile::tempdir().unwrap());
        let store = RocksStore::create(place.0.path().join("store")).unwrap();
        (place, Box::new(store))
    }

    fn reopen(&self, store: Box<dyn Store>, orderly: bool) -> Box<dyn Store> {
        drop(store);
        let store = RocksStore::open(self.0.path().join("store")).unwrap();
        if !orderly {
            return Box::new(store);
        }
        // What was dropped has been replayed; now the same once more from tables.
        store.close().unwrap();
        Box::new(RocksStore::open(self.0.path().join("store")).unwrap())
    }
}

macro_rules! contract {
    ($($engine:ident: $place:ty;)*) => {
        $(mod $engine {
            use super::*;
            contract!(@ $place:
                an_empty_log, what_is_appended_is_read, entries_of_every_size, a_stale_append_conflicts,
                of_two_writers_one_wins, a_refused_batch_leaves_nothing, the_derived_go_with_the_batch,
                a_lagging_index_stops_appends, batches_are_resolved, beyond_the_end_is_a_hole, reading_stops_when_told,
                everything_survives, checkpoints_go_forward, scans_go_both_ways, pages_follow_each_other,
                the_index_is_rebuilt, positions_go_forward, tiles_never_change, tiles_never_change_with_a_batch,
                the_published_checkpoint_goes_forward, published_paths_stay_inside,
            );
        })*
    };
    (@ $place:ty: $($test:ident,)*) => {
        $(#[test]
        fn $test() {
            super::$test::<$place>();
        })*
    };
}

contract! {
    memory: Memory;
}
#[cfg(feature = "rocksdb")]
contract! {
    rocks: Rocks;
}

// The log.

fn an_empty_log<P: Place>() {
    let (place, store) = P::create();
    let store = place.reopen(store, false);
    assert_eq!(store.head().unwrap(), Head { size: 0, batch: None });
    assert_eq!(store.applied().unwrap(), 0);
    assert_eq!(store.entry(0).unwrap(), None);
    assert_eq!(store.checkpoint().unwrap(), None);
    assert_eq!(store.published().unwrap(), None);
    assert_eq!(store.resolve(&BatchId([1; 32])).unwrap(), Resolution::NotCommitted);
    assert!(read(&*store, 0, 0).unwrap().is_empty());
}

fn what_is_appended_is_read<P: Place>() {
    let (_place, store) = P::create();
    let one = batch(1, &[b"charter"]);
    assert_eq!(store.append(0, &one).unwrap(), Committed { first: 0, size: 1 });
    let two = batch(2, &[b"a", b"", b"ccc"]);
    assert_eq!(store.append(1, &two).unwrap(), Committed { first: 1, size: 4 });
    assert_eq!(store.head().unwrap(), Head { size: 4, batch: Some(two.id) });
    assert_eq!(store.applied().unwrap(), 4);
    assert_eq!(store.entry(0).unwrap().unwrap(), b"charter");
    assert_eq!(store.entry(2).unwrap().unwrap(), b"");
    assert_eq!(store.entry(3).unwrap().unwrap(), b"ccc");
    assert_eq!(store.entry(4).unwrap(), None);
    assert_eq!(store.entry(u64::MAX).unwrap(), None);
    assert_eq!(read(&*store, 0, 4).unwrap(), [&b"charter"[..], b"a", b"", b"ccc"]);
    assert_eq!(read(&*store, 2, 3).unwrap(), [b""]);
}

fn entries_of_every_size<P: Place>() {
    let (place, mut store) = P::create();
    let mut all: Vec<Vec<u8>> = Vec::new();
    for round in 0..12_u8 {
        let entries: Vec<Vec<u8>> =
            (0..=usize::from(round) * 37).map(|n| vec![round; (n * n * 131 + n) % 9000]).collect();
        let mut batch = batch(round, &[]);
        batch.entries = entries;
        batch.entries.push(vec![round; 65_535]);
        store.append(all.len() as u64, &batch).unwrap();
        all.extend(batch.entries);
    }
    for orderly in [false, true] {
        store = place.reopen(store, orderly);
        assert!(read(&*store, 0, all.len() as u64).unwrap() == all);
        for position in (0..all.len()).step_by(7) {
            assert!(store.entry(position as u64).unwrap().as_ref() == Some(&all[position]));
            assert!(read(&*store, position as u64, position as u64 + 1).unwrap() == all[position..=position]);
        }
    }
}

fn a_stale_append_conflicts<P: Place>() {
    let (_place, store) = P::create();
    store.append(0, &batch(1, &[b"a", b"b"])).unwrap();
    for expected in [0, 1, 3] {
        let refused = store.append(expected, &batch(2, &[b"x"])).unwrap_err();
        assert!(matches!(refused, AppendError::Conflict { expected: e, size: 2 } if e == expected));
        assert_eq!(refused.code(), "store-conflict");
    }
    assert_eq!(store.resolve(&BatchId([2; 32])).unwrap(), Resolution::NotCommitted);
    store.append(2, &batch(2, &[b"x"])).unwrap();
}

fn of_two_writers_one_wins<P: Place>() {
    const ROUNDS: u64 = 30;
    let (_place, store) = P::create();
    let start = Barrier::new(2);
    let writer = |name: u8| {
        let mut won = Vec::new();
        for round in 0..ROUNDS {
            start.wait();
            let mut batch = batch(0, &[&[name]]);
            batch.id = BatchId([[name; 16], [u8::try_from(round).unwrap(); 16]].concat().try_into().unwrap());
            match store.append(round, &batch) {
                Ok(committed) => won.push(committed.first),
                Err(AppendError::Conflict { size, .. }) => assert_eq!(size, round + 1),
                Err(other) => panic!("{other}"),
            }
        }
        won
    };
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| writer(b'1'));
        (writer(b'2'), one.join().unwrap())
    });
    let mut won = [one, two].concat();
    won.sort_unstable();
    assert_eq!(won, (0..ROUNDS).collect::<Vec<_>>());
    assert_eq!(store.head().unwrap().size, ROUNDS);
}

fn a_refused_batch_leaves_nothing<P: Place>() {
    let (place, store) = P::create();
    store.append(0, &batch(1, &[b"a"])).unwrap();
    let code = |refused: AppendError| refused.code();
    assert_eq!(code(store.append(1, &batch(2, &[])).unwrap_err()), "store-misuse");
    assert_eq!(code(store.append(1, &batch(1, &[b"again"])).unwrap_err()), "store-misuse");
    let mut astray = batch(3, &[b"b"]);
    astray.derived.put(Space::Facts, b"fact", b"1");
    astray.derived.put(Space::Tiles, b"../tile", b"value");
    assert!(store.append(1, &astray).is_err());
    let store = place.reopen(store, false);
    assert_eq!(store.head().unwrap().size, 1);
    assert_eq!(store.get(Space::Facts, b"fact").unwrap(), None);
    assert_eq!(store.resolve(&astray.id).unwrap(), Resolution::NotCommitted);
}

fn the_derived_go_with_the_batch<P: Place>() {
    let (place, store) = P::create();
    let mut one = batch(1, &[b"a"]);
    one.derived.put(Space::Facts, b"k", b"old");
    one.derived.put(Space::Facts, b"k", b"new");
    one.derived.put(Space::Facts, b"gone", b"x");
    one.derived.delete(Space::Facts, b"gone");
    one.derived.delete(Space::Facts, b"back");
    one.derived.put(Space::Facts, b"back", b"y");
    one.derived.mark(b"z");
    one.derived.mark(b"a");
    one.derived.put(Space::State, b"k", b"state");
    store.append(0, &one).unwrap();
    let mut two = batch(2, &[b"b"]);
    two.derived.put(Space::State, b"k", b"later");
    two.derived.delete(Space::By, b"a");
    store.append(1, &two).unwrap();
    let mut store = store;
    for orderly in [false, true] {
        store = place.reopen(store, orderly);
        let get = |space, key: &[u8]| store.get(space, key).unwrap();
        assert_eq!(get(Space::Facts, b"k").unwrap(), b"new");
        assert_eq!(get(Space::Facts, b"gone"), None);
        assert_eq!(get(Space::Facts, b"back").unwrap(), b"y");
        assert_eq!(get(Space::By, b"z").unwrap(), b"");
        assert_eq!(get(Space::By, b"a"), None);
        assert_eq!(get(Space::By, b"k"), None);
        assert_eq!(get(Space::State, b"k").unwrap(), b"later");
    }
}

fn a_lagging_index_stops_appends<P: Place>() {
    let (_place, store) = P::create();
    store.append(0, &batch(1, &[b"a", b"b"])).unwrap();
    store.clear().unwrap();
    let refused = store.append(2, &batch(2, &[b"c"])).unwrap_err();
    assert!(matches!(refused, AppendError::Failed(StoreError::IndexBehind { applied: 0, size: 2 })));
    store.apply(2, &Changes::new()).unwrap();
    store.append(2, &batch(2, &[b"c"])).unwrap();
}

fn batches_are_resolved<P: Place>() {
    let (place, mut store) = P::create();
    store.append(0, &batch(1, &[b"a"])).unwrap();
    store.append(1, &batch(2, &[b"b", b"c"])).unwrap();
    store.append(3, &batch(3, &[b"d"])).unwrap();
    for orderly in [false, true] {
        store = place.reopen(store, orderly);
        let resolve = |id: u8| store.resolve(&BatchId([id; 32])).unwrap();
        assert_eq!(resolve(1), Resolution::Committed(Committed { first: 0, size: 1 }));
        assert_eq!(resolve(2), Resolution::Committed(Committed { first: 1, size: 3 }));
        assert_eq!(resolve(3), Resolution::Committed(Committed { first: 3, size: 4 }));
        assert_eq!(resolve(4), Resolution::NotCommitted);
    }
}

fn beyond_the_end_is_a_hole<P: Place>() {
    let (_place, store) = P::create();
    store.append(0, &batch(1, &[b"a", b"b"])).unwrap();
    for (from, to, hole) in [(0, 3, 2), (2, 3, 2), (7, 9, 7)] {
        let mut seen = 0;
        let read = store.read(from..to, &mut |position, _| {
            assert_eq!(position, from + seen);
            seen += 1;
            ControlFlow::Continue(())
        });
        assert!(matches!(read, Err(StoreError::Hole { position, size: 2 }) if position == hole));
        assert_eq!(seen, hole - from);
    }
}

fn reading_stops_when_told<P: Place>() {
    let (_place, store) = P::create();
    store.append(0, &batch(1, &[b"a", b"b", b"c"])).unwrap();
    let mut seen = Vec::new();
    let read = store.read(0..99, &mut |position, _| {
        seen.push(position);
        if position == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    read.unwrap();
    assert_eq!(seen, [0, 1]);
}

fn everything_survives<P: Place>() {
    let (place, mut store) = P::create();
    let mut one = batch(1, &[b"a", b"b"]);
    one.derived.put(Space::Tiles, b"tile/0/000.p/2", b"hashes");
    one.derived.put(Space::Forks, b"fork", b"refused");
    store.append(0, &one).unwrap();
    let signed = StoredCheckpoint { size: 2, note: note(2, "root") };
    store.set_checkpoint(None, &signed).unwrap();
    store.put_checkpoint(2, &signed.note).unwrap();
    for orderly in [false, true, false] {
        store = place.reopen(store, orderly);
        assert_eq!(store.head().unwrap(), Head { size: 2, batch: Some(one.id) });
        assert_eq!(store.applied().unwrap(), 2);
        assert_eq!(read(&*store, 0, 2).unwrap(), [b"a", b"b"]);
        assert_eq!(store.checkpoint().unwrap().as_ref(), Some(&signed));
        assert_eq!(store.published().unwrap().as_ref(), Some(&signed));
        assert_eq!(store.tile("tile/0/000.p/2").unwrap().unwrap(), b"hashes");
        assert_eq!(store.get(Space::Forks, b"fork").unwrap().unwrap(), b"refused");
    }
    store.append(2, &batch(2, &[b"c"])).unwrap();
}

fn checkpoints_go_forward<P: Place>() {
    let (_place, store) = P::create();
    let signed = |size: u64, text: &str| StoredCheckpoint { size, note: text.as_bytes().to_vec() };
    let beyond = store.set_checkpoint(None, &signed(1, "1")).unwrap_err();
    assert!(matches!(beyond, CheckpointError::Beyond { offered: 1, size: 0 }));
    store.append(0, &batch(1, &[b"a", b"b", b"c"])).unwrap();
    let conflict = store.set_checkpoint(Some(0), &signed(1, "1")).unwrap_err();
    assert!(matches!(conflict, CheckpointError::Conflict { expected: Some(0), found: None }));
    store.set_checkpoint(None, &signed(2, "2")).unwrap();
    // A retry of what succeeded is no conflict.
    store.set_checkpoint(None, &signed(2, "2")).unwrap();
    for expected in [None, Some(1), Some(3)] {
        let conflict = store.set_checkpoint(expected, &signed(3, "3")).unwrap_err();
        assert!(matches!(conflict, CheckpointError::Conflict { found: Some(2), .. }));
    }
    for (size, text) in [(2, "other"), (1, "1"), (0, "0")] {
        assert_eq!(store.set_checkpoint(Some(2), &signed(size, text)).unwrap_err().code(), "store-backward");
    }
    assert_eq!(store.set_checkpoint(Some(2), &signed(4, "4")).unwrap_err().code(), "store-checkpoint-beyond");
    store.set_checkpoint(Some(2), &signed(3, "3")).unwrap();
    assert_eq!(store.checkpoint().unwrap(), Some(signed(3, "3")));
}

// The index.

fn scans_go_both_ways<P: Place>() {
    let (place, store) = P::create();
    let mut changes = Changes::new();
    let keys: [&[u8]; 8] = [b"a", b"b", b"b\0", b"b1", b"b\xff", b"b\xff\xff", b"c", b"\xff\xff"];
    for key in keys.iter().rev() {
        changes.put(Space::Facts, key, key);
    }
    changes.mark(b"b2");
    changes.put(Space::State, b"b3", b"");
    store.apply(0, &changes).unwrap();
    let mut store = store;
    for orderly in [false, true] {
        let scan = |range: ScanRange| {
            let mut found = Vec::new();
            let each = &mut |key: &[u8], value: &[u8]| {
                assert_eq!(key, value);
                found.push(key.to_vec());
                ControlFlow::Continue(())
            };
            store.scan(Space::Facts, &range, each).unwrap();
            found
        };
        let backward = |keys: &[&'static [u8]]| keys.iter().rev().map(|key| key.to_vec()).collect::<Vec<_>>();
        assert_eq!(scan(ScanRange::all()), keys);
        assert_eq!(scan(ScanRange::all().backward()), backward(&keys));
        assert_eq!(scan(ScanRange::prefix(b"b")), keys[1..6]);
        assert_eq!(scan(ScanRange::prefix(b"b").backward()), backward(&keys[1..6]));
        assert_eq!(scan(ScanRange::prefix(b"\xff")), keys[7..]);
        assert_eq!(scan(ScanRange::prefix(b"\xff").backward()), backward(&keys[7..]));
        assert_eq!(scan(ScanRange::between(b"b", b"c")), keys[1..6]);
        assert_eq!(scan(ScanRange::between(b"b1", b"b\xff").backward()), keys[3..4]);
        assert_eq!(scan(ScanRange::from(b"b\xff\xff")), keys[5..]);
        assert_eq!(scan(ScanRange::prefix(b"b").limit(2)), keys[1..3]);
        assert_eq!(scan(ScanRange::prefix(b"b").backward().limit(2)), backward(&keys[4..6]));
        for nothing in [ScanRange::between(b"c", b"b"), ScanRange::all().limit(0), ScanRange::prefix(b"zz")] {
            assert!(scan(nothing.clone()).is_empty());
            assert!(scan(nothing.backward()).is_empty());
        }
        let mut seen = 0;
        let each = &mut |_: &[u8], _: &[u8]| {
            seen += 1;
            if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        store.scan(Space::Facts, &ScanRange::all(), each).unwrap();
        assert_eq!(seen, 3);
        store = place.reopen(store, orderly);
    }
}

fn pages_follow_each_other<P: Place>() {
    let (_place, store) = P::create();
    let mut position = 0;
    for round in 0..10_u8 {
        let mut batch = batch(round, &[b"entry"]);
        for n in 0..50_u8 {
            batch.derived.mark(&[b'k', n.wrapping_mul(37), round]);
        }
        position = store.append(position, &batch).unwrap().size;
    }
    for backward in [false, true] {
        let mut all: Vec<Vec<u8>> = Vec::new();
        loop {
            let mut range = ScanRange::prefix(b"k").limit(17);
            if backward {
                range = range.backward();
            }
            if let Some(last) = all.last() {
                range = range.after(last);
            }
            let before = all.len();
            let each = &mut |key: &[u8], _: &[u8]| {
                all.push(key.to_vec());
                ControlFlow::Continue(())
            };
            store.scan(Space::By, &range, each).unwrap();
            if all.len() == before {
                break;
            }
        }
        assert_eq!(all.len(), 500);
        assert!(all.is_sorted_by(|one, other| if backward { one > other } else { one < other }));
    }
}

fn the_index_is_rebuilt<P: Place>() {
    let (place, store) = P::create();
    let mut one = batch(1, &[b"a", b"b", b"c"]);
    for key in [&b""[..], b"a", b"\xff\xff\xff"] {
        one.derived.put(Space::Facts, key, b"1");
        one.derived.mark(key);
        one.derived.put(Space::State, key, b"1");
        one.derived.put(Space::Views, key, b"1");
        one.derived.put(Space::Forks, key, b"1");
    }
    one.derived.put(Space::Tiles, b"tile/0/000.p/3", b"hashes");
    store.append(0, &one).unwrap();
    store.clear().unwrap();
    let store = place.reopen(store, true);
    assert_eq!((store.applied().unwrap(), store.head().unwrap().size), (0, 3));
    for space in Space::ALL {
        let mut left = 0;
        let each = &mut |_: &[u8], _: &[u8]| {
            left += 1;
            ControlFlow::Continue(())
        };
        store.scan(space, &ScanRange::all(), each).unwrap();
        let expected = match space {
            Space::Tiles => 1,
            Space::Forks => 3,
            _ => 0,
        };
        assert_eq!(left, expected, "{}", space.name());
    }
    let mut changes = Changes::new();
    changes.put(Space::Facts, b"a", b"2");
    store.apply(2, &changes).unwrap();
    assert_eq!(store.applied().unwrap(), 2);
    store.apply(3, &Changes::new()).unwrap();
    assert_eq!(store.get(Space::Facts, b"a").unwrap().unwrap(), b"2");
}

fn positions_go_forward<P: Place>() {
    let (_place, store) = P::create();
    store.append(0, &batch(1, &[b"a", b"b"])).unwrap();
    let mut changes = Changes::new();
    changes.put(Space::Forks, b"fork", b"refused");
    assert_eq!(store.apply(1, &changes).unwrap_err().code(), "store-backward");
    assert_eq!(store.apply(3, &changes).unwrap_err().code(), "store-misuse");
    assert_eq!(store.get(Space::Forks, b"fork").unwrap(), None);
    store.apply(2, &changes).unwrap();
    assert_eq!(store.get(Space::Forks, b"fork").unwrap().unwrap(), b"refused");
}

// What is published.

fn tiles_never_change<P: Place>() {
    let (_place, store) = P::create();
    check_tiles(&*store);
    // A tile may go, when the full one has come.
    let mut changes = Changes::new();
    changes.delete(Space::Tiles, b"tile/0/000.p/3");
    store.apply(0, &changes).unwrap();
    assert_eq!(store.tile("tile/0/000.p/3").unwrap(), None);
}

fn check_tiles(store: &(impl TileStore + ?Sized)) {
    let tile: &[u8] = &[7; 8192];
    assert_eq!(store.tile("tile/0/000").unwrap(), None);
    store.put_immutable("tile/0/000.p/3", b"abc").unwrap();
    store
        .put_all(&[("tile/0/000", tile), ("tile/entries/x001/067", b""), ("tile/0/000.p/3", b"abc")])
        .unwrap();
    store.put_immutable("tile/0/000", tile).unwrap();
    for other in [&b"other"[..], b"", &[7; 8191]] {
        assert_eq!(store.put_immutable("tile/0/000", other).unwrap_err().code(), "store-changed");
    }
    assert_eq!(store.tile("tile/0/000").unwrap().unwrap(), tile);
    assert_eq!(store.tile("tile/0/000.p/3").unwrap().unwrap(), b"abc");
    assert_eq!(store.tile("tile/entries/x001/067").unwrap().unwrap(), b"");
    assert_eq!(store.tile("tile/0/001").unwrap(), None);
    assert_eq!(store.tile("tile/0").unwrap(), None);
    assert_eq!(store.tile("tile/0/000/000").unwrap(), None);
    // Writing goes on after a refusal.
    store.put_immutable("tile/1/000.p/1", b"x").unwrap();
}

fn tiles_never_change_with_a_batch<P: Place>() {
    let (_place, store) = P::create();
    let tile = |id: u8, path: &str, bytes: &[u8]| {
        let mut batch = batch(id, &[b"entry"]);
        batch.derived.put(Space::Tiles, path.as_bytes(), bytes);
        batch
    };
    store.append(0, &tile(1, "tile/0/000.p/1", b"a")).unwrap();
    store.append(1, &tile(2, "tile/0/000.p/1", b"a")).unwrap();
    let code = |refused: AppendError| refused.code();
    assert_eq!(code(store.append(2, &tile(3, "tile/0/000.p/1", b"b")).unwrap_err()), "store-changed");
    assert_eq!(code(store.append(2, &tile(3, "../tile", b"b")).unwrap_err()), "store-bad-path");
    let mut twice = tile(3, "tile/0/000.p/2", b"a");
    twice.derived.put(Space::Tiles, b"tile/0/000.p/2", b"b");
    assert_eq!(code(store.append(2, &twice).unwrap_err()), "store-changed");
    assert_eq!(store.head().unwrap().size, 2);
    assert_eq!(store.tile("tile/0/000.p/1").unwrap().unwrap(), b"a");
}

fn the_published_checkpoint_goes_forward<P: Place>() {
    let (_place, store) = P::create();
    check_published(&*store);
}

fn check_published(store: &(impl TileStore + ?Sized)) {
    assert_eq!(store.tile("checkpoint").unwrap(), None);
    assert_eq!(store.put_checkpoint(2, b"no checkpoint").unwrap_err().code(), "store-misuse");
    assert_eq!(store.put_checkpoint(3, &note(2, "root")).unwrap_err().code(), "store-misuse");
    store.put_checkpoint(2, &note(2, "root")).unwrap();
    let cosigned = [note(2, "root"), b"one more signature\n".to_vec()].concat();
    store.put_checkpoint(2, &cosigned).unwrap();
    assert_eq!(store.put_checkpoint(2, &note(2, "tree")).unwrap_err().code(), "store-changed");
    assert_eq!(store.put_checkpoint(1, &note(1, "root")).unwrap_err().code(), "store-backward");
    assert_eq!(store.tile("checkpoint").unwrap().unwrap(), cosigned);
    store.put_checkpoint(3, &note(3, "tree")).unwrap();
    assert_eq!(store.published().unwrap(), Some(StoredCheckpoint { size: 3, note: note(3, "tree") }));
    assert_eq!(store.put_immutable("checkpoint", b"x").unwrap_err().code(), "store-bad-path");
}

fn published_paths_stay_inside<P: Place>() {
    let (_place, store) = P::create();
    check_paths(&*store);
}

fn check_paths(store: &(impl TileStore + ?Sized)) {
    for path in [
        "",
        "/etc/passwd",
        "../x",
        "tile/../../x",
        "tile/./0",
        "tile//0",
        "tile/0/",
        ".tmp/0",
        "a\\b",
        "a\0b",
    ] {
        assert_eq!(store.put_immutable(path, b"x").unwrap_err().code(), "store-bad-path", "{path}");
        assert_eq!(store.tile(path).unwrap_err().code(), "store-bad-path", "{path}");
        // Nothing of a list with a bad path is written.
        store.put_all(&[("fine", b"x"), (path, b"x")]).unwrap_err();
        assert_eq!(store.tile("fine").unwrap(), None);
    }
}

#[test]
fn a_directory_keeps_the_contract_of_tiles() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("published/log");
    check_tiles(&DirTiles::create(&root).unwrap());
    check_published(&DirTiles::open(&root).unwrap());
    check_paths(&DirTiles::open(&root).unwrap());
}

fn batch(id: u8, entries: &[&[u8]]) -> Batch {
    let entries = entries.iter().map(|entry| entry.to_vec()).collect();
    Batch { id: BatchId([id; 32]), entries, derived: Changes::new() }
}

fn note(size: u64, root: &str) -> Vec<u8> {
    format!("log.example/truce\n{size}\n{root}\n\n\u{2014} log.example/truce c2ln\n").into_bytes()
}

fn read(store: &(impl LogRead + ?Sized), from: u64, to: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut entries = Vec::new();
    store.read(from..to, &mut |position, entry| {
        assert_eq!(position, from + entries.len() as u64);
        entries.push(entry.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(entries)
}
