//! Whoever can write to the depositary's disk, but has none of its keys.

use super::Table;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use truce_audit::{LedgerSource, Options, audit};
use truce_log::{Clock, Depositary, Ledger, LogError};
use truce_statement::SecretKey;
use truce_store::{Changes, IndexRead, IndexStore, RocksStore, Space};
use truce_tests::scene::{Scene, copy_all};
use truce_tests::world::{observation, ticking};

const WHO: &str = "disk";

pub(super) fn try_all(scene: &Scene, table: &mut Table) {
    restored(scene, table);
    altered(scene, table);
}

fn open(folder: &Path, scene: &Scene) -> Option<String> {
    open_with(folder, &scene.world.log, late())
}

fn open_with(folder: &Path, key: &SecretKey, clock: Arc<dyn Clock>) -> Option<String> {
    match Depositary::open(folder, key, clock) {
        Ok(depositary) => {
            depositary.close();
            None
        }
        Err(error) => Some(error.code().to_owned()),
    }
}

/// A clock that stands a year after the ledger was made.
fn late() -> Arc<dyn Clock> {
    let year = 365 * 86_400_000;
    let clock = ticking();
    Arc::new(move || clock.now_ms() + year)
}

fn restored(scene: &Scene, table: &mut Table) {
    let folder = tempfile::tempdir_in(scene.folder.path()).expect("a temporary folder");
    let (now, old) = (folder.path().join("now"), folder.path().join("old"));
    copy_all(&scene.ledger(), &now);
    copy_all(&scene.ledger(), &old);
    let depositary = Depositary::open(&now, &scene.world.log, late()).expect("the ledger opens");
    let mut pen = truce_tests::world::Pen::new(
        truce_tests::world::key(104),
        scene.world.members[4].work.party.clone(),
        truce_statement::Subject::Agreement(scene.world.agreement()),
    );
    (pen.seq, pen.prev) = (scene.world.members[4].work.seq, scene.world.members[4].work.prev);
    let signed = pen.sign(observation(9, "one more"), Vec::new()).expect("sound");
    depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
    depositary.close();

    fs::remove_dir_all(now.join("db")).expect("removed");
    copy_all(&old.join("db"), &now.join("db"));
    table.note(WHO, "an older copy of the store restored", "store-behind-signature", open(&now, scene));
    let read = Ledger::open(&now).err().map(|e: LogError| e.code().to_owned());
    table.note(
        WHO,
        "an older copy of the store restored, opened for reading",
        "store-behind-signature",
        read,
    );

    let copy = folder.path().join("copy");
    copy_all(&scene.ledger(), &copy);
    fs::remove_file(copy.join("checkpoint")).expect("removed");
    table.harmless(
        WHO,
        "the copy of the checkpoint removed",
        open(&copy, scene),
        "the store's own record stands",
    );
    let copy = folder.path().join("copy2");
    copy_all(&scene.ledger(), &copy);
    fs::write(copy.join("checkpoint"), "nonsense").expect("written");
    table.note(WHO, "the copy of the checkpoint overwritten", "store-altered", open(&copy, scene));

    table.note(WHO, "the ledger opened with another log's key", "wrong-log-key", {
        open_with(&scene.ledger(), &SecretKey::from_seed(&[8; 32]).expect("sound"), late())
    });
    let clock = ticking();
    let slow: Arc<dyn Clock> = Arc::new(move || clock.now_ms() - 365 * 86_400_000);
    table.harmless(
        WHO,
        "the ledger opened with a clock a year slow",
        open_with(&scene.ledger(), &scene.world.log, slow),
        "entries take the time of the last one",
    );
}

fn altered(scene: &Scene, table: &mut Table) {
    let mut state = |name: &str, key: &[u8], spoil: &dyn Fn(Vec<u8>) -> Vec<u8>, expected: &str| {
        let folder = tempfile::tempdir_in(scene.folder.path()).expect("a temporary folder");
        copy_all(&scene.ledger(), folder.path());
        let store = RocksStore::open(folder.path().join("db")).expect("the store opens");
        let value = store.get(Space::State, key).expect("readable").expect("there");
        let mut changes = Changes::new();
        changes.put(Space::State, key, &spoil(value));
        store.apply(store.applied().expect("readable"), &changes).expect("written");
        store.close().expect("closed");
        table.note(WHO, name, expected, open(folder.path(), scene));
    };
    state("the register cut short", b"register", &|v| v[..v.len() / 2].to_vec(), "store-altered");
    state(
        "the register's last entry hash changed",
        b"register",
        &|mut v| {
            // [1, size, head ...]: the head is the byte string behind the size.
            v[8] ^= 1;
            v
        },
        "store-altered",
    );
    state(
        "the root of the tree changed",
        b"root",
        &|mut v| {
            v[0] ^= 1;
            v
        },
        "store-altered",
    );

    let theirs = scene.world.members[0].work.key.public();
    state(
        "a key in the register replaced by the attacker's",
        &key_row(theirs),
        &|mut v| {
            let place = v.windows(32).position(|w| w == theirs.as_bytes()).expect("the mission's key");
            v[place..place + 32].copy_from_slice(truce_tests::world::key(666).public().as_bytes());
            v
        },
        "store-altered",
    );
    forged_register(scene, table);

    // Files of the store, spoiled in the middle.
    let folder = tempfile::tempdir_in(scene.folder.path()).expect("a temporary folder");
    copy_all(&scene.ledger(), folder.path());
    let mut spoiled = 0;
    for file in fs::read_dir(folder.path().join("db")).expect("a folder") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|e| e == "sst") {
            let mut bytes = fs::read(&path).expect("readable");
            let middle = bytes.len() / 3;
            bytes[middle] ^= 0x55;
            fs::write(&path, bytes).expect("written");
            spoiled += 1;
        }
    }
    assert!(spoiled > 0, "a closed store is in its table files");
    let found = open(folder.path(), scene).or_else(|| verify(folder.path()));
    let corrupt = found.filter(|code| code.starts_with("store-") || code == "unreadable");
    table.note(
        WHO,
        "a byte changed in each file of the store",
        "store-corrupt",
        corrupt.map(|_| "store-corrupt".into()),
    );
}

fn verify(folder: &Path) -> Option<String> {
    let Ok(source) = LedgerSource::open(folder) else { return Some("unreadable".into()) };
    match audit(&source, &Options { threads: 1, ..Options::default() }, |_| {}) {
        Ok(report) => report.findings.first().map(|f| f.code.to_string()),
        Err(_) => Some("unreadable".into()),
    }
}

/// A register forged with care: a key of the attacker's granted and everything in its only form, so that nothing shows
/// when the ledger is opened. What the key signs is admitted here, and judged again by every auditor.
fn forged_register(scene: &Scene, table: &mut Table) {
    let folder = tempfile::tempdir_in(scene.folder.path()).expect("a temporary folder");
    copy_all(&scene.ledger(), folder.path());
    let store = RocksStore::open(folder.path().join("db")).expect("the store opens");
    let granted = key_row(scene.world.members[0].work.key.public());
    let row = store.get(Space::State, &granted).expect("readable").expect("there");
    let mine = truce_tests::world::key(666);
    let mut changes = Changes::new();
    changes.put(Space::State, &key_row(mine.public()), &row_of(&mine, row));
    store.apply(store.applied().expect("readable"), &changes).expect("written");
    store.close().expect("closed");

    let depositary = Depositary::open(folder.path(), &scene.world.log, late()).expect("nothing shows");
    let work = &scene.world.members[0].work;
    let subject = truce_statement::Subject::Agreement(scene.world.agreement());
    let forged = truce_tests::world::Pen::new(mine, work.party.clone(), subject)
        .sign(observation(1, "forged"), Vec::new());
    let admitted = depositary.submit_blocking(forged.expect("sound").bytes().to_vec());
    depositary.close();
    assert!(admitted.is_ok(), "the forged register lets it pass: {admitted:?}");
    table.note(
        WHO,
        "a key slipped into the register, and a report signed with it",
        "unknown-key",
        verify(folder.path()),
    );
}

/// Where the store keeps what the register says of a key.
fn key_row(key: &truce_statement::PublicKey) -> Vec<u8> {
    [b"key/", key.id().as_bytes().as_slice()].concat()
}

/// The row of another key made one of `mine`, which has signed nothing.
fn row_of(mine: &SecretKey, mut row: Vec<u8>) -> Vec<u8> {
    // `[public key, ...]`: the head of 9 items and of 32 bytes, then the key; its feed is at the end of the row.
    row[3..35].copy_from_slice(mine.public().as_bytes());
    row.truncate(row.len() - 34 - seq_length(&row));
    row.push(0);
    row.extend([0x58, 0x20]);
    row.extend([0; 32]);
    row
}

/// Bytes of the number before the last statement, which stands in the last 34.
fn seq_length(row: &[u8]) -> usize {
    (1..=9)
        .find(|n| {
            let at = row.len() - 34 - n;
            let mut reader = truce_statement::cbor::Reader::new(&row[at..row.len() - 34]);
            reader.unsigned().is_ok() && reader.end().is_ok()
        })
        .expect("a number")
}
