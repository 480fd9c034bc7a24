//! Whoever can write to the depositary's disk, but has none of its keys.

use super::Table;
use super::scene::{Scene, copy_all};
use crate::world::{observation, ticking};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use truce_audit::{LedgerSource, Options, audit};
use truce_log::{Clock, Depositary, Ledger, LogError};
use truce_statement::SecretKey;
use truce_store::{Changes, IndexRead, IndexStore, RocksStore, Space};

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
    let mut pen = crate::world::Pen::new(crate::world::key(104), scene.world.members[4].work.party.clone(), truce_statement::Subject::Agreement(scene.world.agreement()));
    (pen.seq, pen.prev) = (scene.world.members[4].work.seq, scene.world.members[4].work.prev);
    let signed = pen.sign(observation(9, "one more"), Vec::new()).expect("sound");
    depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
    depositary.close();

    fs::remove_dir_all(now.join("db")).expect("removed");
    copy_all(&old.join("db"), &now.join("db"));
    table.note(WHO, "an older copy of the store restored", "store-behind-signature", open(&now, scene));
    let read = Ledger::open(&now).err().map(|e: LogError| e.code().to_owned());
    table.note(WHO, "an older copy of the store restored, opened for reading", "store-behind-signature", read);

    let copy = folder.path().join("copy");
    copy_all(&scene.ledger(), &copy);
    fs::remove_file(copy.join("checkpoint")).expect("removed");
    table.harmless(WHO, "the copy of the checkpoint removed", open(&copy, scene), "the store's own record stands");
    let copy = folder.path().join("copy2");
    copy_all(&scene.ledger(), &copy);
    fs::write(copy.join("checkpoint"), "nonsense").expect("written");
    table.note(WHO, "the copy of the checkpoint overwritten", "store-altered", open(&copy, scene));

    table.note(WHO, "the ledger opened with another log's key", "wrong-log-key", {
        open_with(&scene.ledger(), &SecretKey::from_seed(&[8; 32]).expect("sound"), late())
    });
    table.note(WHO, "the ledger opened with a clock a year slow", "clock-behind", {
        let clock = ticking();
        let slow: Arc<dyn Clock> = Arc::new(move || clock.now_ms() - 365 * 86_400_000);
        open_with(&scene.ledger(), &scene.world.log, slow)
    });
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
    state("the register's last entry hash changed", b"register", &|mut v| {
        // [1, size, head ...]: the head is the byte string behind the size.
        v[8] ^= 1;
        v
    }, "store-altered");
    state("the root of the tree changed", b"root", &|mut v| {
        v[0] ^= 1;
        v
    }, "store-altered");

    // A key slipped into the register: nothing shows it when the ledger is opened, but what it signs is judged again.
    let folder = tempfile::tempdir_in(scene.folder.path()).expect("a temporary folder");
    copy_all(&scene.ledger(), folder.path());
    let store = RocksStore::open(folder.path().join("db")).expect("the store opens");
    let register = store.get(Space::State, b"register").expect("readable").expect("there");
    let mine = crate::world::key(666);
    let theirs = scene.world.members[0].work.key.public().as_bytes().to_vec();
    let place = register.windows(32).position(|w| w == theirs).expect("the mission's key");
    let mut spoiled = register.clone();
    spoiled[place..place + 32].copy_from_slice(mine.public().as_bytes());
    let mut changes = Changes::new();
    changes.put(Space::State, b"register", &spoiled);
    store.apply(store.applied().expect("readable"), &changes).expect("written");
    store.close().expect("closed");
    table.note(WHO, "a key in the register replaced by the attacker's", "unknown-key", forge(scene, folder.path(), &mine));

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
    table.note(WHO, "a byte changed in each file of the store", "store-corrupt", corrupt.map(|_| "store-corrupt".into()));
}

fn verify(folder: &Path) -> Option<String> {
    let source = match LedgerSource::open(folder) {
        Ok(source) => source,
        Err(_) => return Some("unreadable".into()),
    };
    match audit(&source, &Options { threads: 1, ..Options::default() }, |_| {}) {
        Ok(report) => report.findings.first().map(|f| f.code.clone()),
        Err(_) => Some("unreadable".into()),
    }
}

/// Signs with the attacker's key through the spoiled depositary, if it lets that pass, and audits what came of it.
fn forge(scene: &Scene, folder: &Path, mine: &SecretKey) -> Option<String> {
    let depositary = match Depositary::open(folder, &scene.world.log, late()) {
        Ok(depositary) => depositary,
        Err(error) => return Some(error.code().to_owned()),
    };
    let work = &scene.world.members[0].work;
    let mine = SecretKey::from_seed(&mine.seed()).expect("sound");
    let mut pen = crate::world::Pen::new(mine, work.party.clone(), truce_statement::Subject::Agreement(scene.world.agreement()));
    (pen.seq, pen.prev) = (work.seq, work.prev);
    let forged = pen.sign(observation(1, "forged"), Vec::new()).expect("sound");
    let admitted = depositary.submit_blocking(forged.bytes().to_vec());
    depositary.close();
    assert!(admitted.is_ok(), "the spoiled register lets it pass: {admitted:?}");
    verify(folder)
}

