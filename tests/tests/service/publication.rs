//! What the world sees: over HTTP, and in a directory, at every moment.

use crate::client::Scene;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use truce_tests::service::Service;
use truce_tlog::tile::{self, TilePath};
use truce_tlog::{Note, SignedCheckpoint};

fn verify(published: &Path) -> (bool, String) {
    let me = std::env::current_exe().unwrap();
    let truce = me.parent().unwrap().parent().unwrap().join("truce");
    let done = Command::new(truce).arg("verify").arg(published).output().unwrap();
    (
        done.status.success(),
        format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)),
    )
}

/// Waits until the log that is published has this many entries.
fn wait_for(size: u64, published: &Path) {
    let start = Instant::now();
    loop {
        let note = std::fs::read(published.join("checkpoint")).ok();
        let found = note.and_then(|note| {
            let note = Note::parse(&note).ok()?;
            note.text().lines().nth(1)?.parse::<u64>().ok()
        });
        if found >= Some(size) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{found:?} of {size} entries are published");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn at_every_moment_the_directory_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let place = published.to_str().unwrap();
    let mut scene = Scene::new(&["--publish", place, "--pace", "20"]);
    let statements: Vec<Vec<u8>> = (0..900).map(|_| scene.statement()).collect();
    wait_for(6, &published);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut times = 0;
            while !over.load(Ordering::SeqCst) {
                let (verified, said) = verify(&published);
                assert!(verified, "{said}");
                times += 1;
            }
            times
        });
        for chunk in statements.chunks(30) {
            let answer = scene.post_to("/entries", "application/cbor-seq", &chunk.concat(), &[]);
            assert_eq!(answer.status, 200);
            std::thread::sleep(Duration::from_millis(10));
        }
        wait_for(906, &published);
        over.store(true, Ordering::SeqCst);
        assert!(reader.join().unwrap() > 1);
    });
    let (verified, said) = verify(&published);
    assert!(verified && said.contains("906"), "{said}");
}

#[test]
fn http_serves_what_the_directory_has_with_its_headers() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let mut scene = Scene::new(&["--publish", published.to_str().unwrap()]);
    let statements: Vec<Vec<u8>> = (0..600).map(|_| scene.statement()).collect();
    for chunk in statements.chunks(200) {
        scene.post_to("/entries", "application/cbor-seq", &chunk.concat(), &[]);
    }
    wait_for(606, &published);
    let identity = [("accept-encoding", "identity")];
    let checkpoint = scene.get("/checkpoint", &identity);
    assert_eq!(checkpoint.body, std::fs::read(published.join("checkpoint")).unwrap());
    assert_eq!(checkpoint.header("cache-control"), "public, max-age=1");
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(SignedCheckpoint::parse(&checkpoint.body, &scene.log(), &[]).unwrap().size(), 606);
    let tiles = tile::tiles(606).map(TilePath::from);
    let bundles = tile::new_bundles(0, 606).map(TilePath::from);
    for path in tiles.chain(bundles) {
        let answer = scene.get(&format!("/{path}"), &identity);
        assert_eq!(answer.body, std::fs::read(published.join(path.to_string())).unwrap(), "{path}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        let again = scene.get(&format!("/{path}"), &[("if-none-match", answer.header("etag"))]);
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
    let full = std::fs::read(published.join("tile/entries/000")).unwrap();
    let gzip = scene.get("/tile/entries/000", &[("accept-encoding", "gzip")]);
    // The client undoes gzip by itself.
    assert_eq!(gzip.body, full);
    let zstd = scene.get("/tile/entries/000", &[("accept-encoding", "zstd")]);
    assert_eq!(zstd.header("content-encoding"), "zstd");
    assert!(zstd.body.len() < full.len() / 2 && zstd.body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    for beyond in ["/tile/0/003", "/tile/0/002.p/255", "/tile/entries/009", "/tile/x", "/tile/1/000"] {
        assert_eq!(scene.get(beyond, &[]).problem().0, 404, "{beyond}");
    }
    // A partial tile of an earlier checkpoint is a beginning of the full one.
    assert_eq!(scene.get("/tile/0/000.p/7", &[]).body, full_tile(&published)[..7 * 32]);
}

fn full_tile(published: &Path) -> Vec<u8> {
    std::fs::read(published.join("tile/0/000")).unwrap()
}

#[test]
fn outgrown_partial_files_go_when_their_time_is_over_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let place = published.to_str().unwrap();
    let mut scene = Scene::new(&["--publish", place, "--grace", "3600"]);
    wait_for(6, &published);
    let statements: Vec<Vec<u8>> = (0..255).map(|_| scene.statement()).collect();
    scene.post_to("/entries", "application/cbor-seq", &statements.concat(), &[]);
    wait_for(261, &published);
    assert!(published.join("tile/0/000.p/6").is_file() && published.join("tile/0/000").is_file());
    // The next run finds what the first has left.
    let ledger = scene.folder.path().join("ledger");
    scene.service.ask_to_stop();
    scene.service.wait();
    scene.service = Service::start(&ledger, &["--publish", place, "--grace", "0"]);
    let start = Instant::now();
    while published.join("tile/0/000.p/6").exists() || published.join("tile/entries/000.p/6").exists() {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(published.join("tile/0/001.p/5").is_file(), "what the checkpoint implies stays");
    let (verified, said) = verify(&published);
    assert!(verified, "{said}");
}

/// Has `n` more statements recorded.
fn record(scene: &mut Scene, n: usize) {
    let statements: Vec<Vec<u8>> = (0..n).map(|_| scene.statement()).collect();
    for chunk in statements.chunks(200) {
        let answer = scene.post_to("/entries", "application/cbor-seq", &chunk.concat(), &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// Whether these files are gone before long.
fn gone(files: &[PathBuf]) -> bool {
    let start = Instant::now();
    while files.iter().any(|file| file.exists()) {
        if start.elapsed() > Duration::from_secs(60) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn partial_files_of_a_checkpoint_that_was_never_shown_go_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let place = published.to_str().unwrap();
    let mut scene = Scene::new(&["--publish", place]);
    wait_for(6, &published);
    let strays = ["tile/0/001.p/44", "tile/entries/001.p/44"].map(|path| published.join(path));
    let ledger = scene.folder.path().join("ledger");
    scene.service.ask_to_stop();
    scene.service.wait();
    // As if a run had been killed between the files of 300 entries and their checkpoint; the next one has 606 to show.
    scene.service = Service::start(&ledger, &["--key-rate", "100000"]);
    record(&mut scene, 600);
    scene.service.ask_to_stop();
    scene.service.wait();
    for stray in &strays {
        std::fs::create_dir_all(stray.parent().unwrap()).unwrap();
        std::fs::write(stray, b"of no use").unwrap();
    }
    scene.service = Service::start(&ledger, &["--publish", place, "--grace", "0", "--key-rate", "100000"]);
    wait_for(606, &published);
    assert!(gone(&strays));
    assert!(verify(&published).0);
    // A round that fails at its checkpoint leaves the same.
    let (checkpoint, aside) = (published.join("checkpoint"), published.join("aside"));
    std::fs::rename(&checkpoint, &aside).unwrap();
    std::fs::create_dir_all(checkpoint.join("in the way")).unwrap();
    record(&mut scene, 200);
    let stray = published.join("tile/entries/003.p/38");
    let start = Instant::now();
    while !stray.exists() {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    record(&mut scene, 400);
    std::fs::remove_dir_all(&checkpoint).unwrap();
    std::fs::rename(&aside, &checkpoint).unwrap();
    wait_for(1206, &published);
    assert!(gone(&[stray]));
    assert!(verify(&published).0);
}

#[test]
fn a_file_torn_by_a_loss_of_power_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let place = published.to_str().unwrap();
    let mut scene = Scene::new(&["--publish", place]);
    let statements: Vec<Vec<u8>> = (0..255).map(|_| scene.statement()).collect();
    scene.post_to("/entries", "application/cbor-seq", &statements.concat(), &[]);
    wait_for(261, &published);
    let ledger = scene.folder.path().join("ledger");
    scene.service.ask_to_stop();
    scene.service.wait();
    assert_eq!(std::fs::read_to_string(ledger.join("published")).unwrap(), "261\n");
    // As if the machine had stopped before the last files were at rest.
    std::fs::write(ledger.join("published"), "6\n").unwrap();
    std::fs::write(published.join("tile/entries/000"), b"").unwrap();
    std::fs::remove_file(published.join("tile/0/001.p/5")).unwrap();
    assert!(!verify(&published).0);
    scene.service = Service::start(&ledger, &["--publish", place]);
    let start = Instant::now();
    while !verify(&published).0 {
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn a_store_behind_what_is_published_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let place = published.to_str().unwrap().to_owned();
    let mut scene = Scene::new(&["--publish", &place]);
    let ledger = scene.folder.path().join("ledger");
    scene.service.ask_to_stop();
    scene.service.wait();
    let backup = scene.folder.path().join("backup");
    assert!(Command::new("cp").arg("-r").args([&ledger, &backup]).status().unwrap().success());
    scene.service = Service::start(&ledger, &["--publish", &place]);
    let statement = scene.statement();
    scene.post(&statement, &[]);
    wait_for(7, &published);
    scene.service.ask_to_stop();
    scene.service.wait();
    let failed = Service::try_start(&backup, &["--publish", &place]).err().unwrap();
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.said.contains("store-behind-published"), "{failed:?}");
    // Another log's directory, and one that holds something else.
    let other = Scene::of(truce_tests::world::World::new("truce.example/another"), &[]);
    let other_ledger = other.folder.path().join("ledger");
    assert!(other.service.stop().success());
    assert_eq!(Service::try_start(&other_ledger, &["--publish", &place]).err().unwrap().code, Some(4));
    let stranger = backup.to_str().unwrap();
    std::fs::remove_file(backup.join("checkpoint")).unwrap();
    assert_eq!(Service::try_start(&ledger, &["--publish", stranger]).err().unwrap().code, Some(4));
}
