//! Following: every source, stopping and going on, making the copy anew.

use crate::log::{Log, explore, options, wait, wait_for};
use crate::server::Server;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use truce_copy::source::Location;
use truce_copy::{CopyError, Explorer, Level, Why};
use truce_log::Ledger;
use truce_statement::id::sha256;

#[test]
fn a_ledger_is_followed_while_its_depositary_writes() {
    let mut log = Log::new();
    log.live();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    let served = wait_for(&explorer, log.size());
    assert_eq!(served.register().encode(), log.depositary.register().encode());
    assert_eq!(served.checkpoint().to_string(), log.depositary.checkpoint().unwrap().to_string());
    for count in [1, 3, 600] {
        log.observe(count);
        let start = Instant::now();
        let served = wait_for(&explorer, log.size());
        assert!(start.elapsed() < Duration::from_secs(2), "{count} entries took {:?}", start.elapsed());
        let last = served.record(log.size() - 1).unwrap();
        assert_eq!(last.hash, log.depositary.register().head());
    }
}

#[test]
fn a_copy_reads_like_the_ledger_itself() {
    let mut log = Log::new();
    log.live();
    log.observe(300);
    log.publish();
    let explorer = explore(Location::Published(log.published()), &log.copy());
    let served = wait_for(&explorer, log.size());
    let ledger = Ledger::open(&log.ledger()).unwrap();
    for position in [0, 1, 17, 255, 256, log.size() - 1] {
        let theirs = ledger.prove(position).unwrap();
        assert_eq!(served.entry(position).unwrap(), theirs.entry);
        assert_eq!(served.proof(position, &theirs.entry).unwrap(), theirs.to_file().unwrap());
    }
    for size in [0, 1, 2, 255, 256, 257, log.size()] {
        let root = served.root_at(size).unwrap();
        if size > 0 {
            assert_eq!(root.as_bytes(), ledger.root_at(size).unwrap().as_bytes());
        }
        let proof = served.consistency(size, log.size()).unwrap();
        truce_tlog::verify_consistency(size, &root, log.size(), served.checkpoint().root(), &proof).unwrap();
    }
    assert!(served.entry(log.size()).is_err());
    drop((served, explorer));
    let copy = Ledger::open(&log.copy()).unwrap();
    assert_eq!(copy.register().encode(), ledger.register().encode());
}

#[test]
fn a_published_log_is_followed_over_http_through_failures() {
    let mut log = Log::new();
    log.observe(700);
    log.publish();
    let server = Server::start(&log.published());
    server.failures.store(2, Ordering::Relaxed);
    let explorer = explore(Location::find(&format!("{}/", server.url)).unwrap(), &log.copy());
    wait_for(&explorer, log.size());
    let before = server.requests.load(Ordering::Relaxed);
    wait(&explorer, "a look at the checkpoint", |_| server.unchanged.load(Ordering::Relaxed) > 0);
    assert!(server.requests.load(Ordering::Relaxed) - before < 4, "a look costs one request");
    log.observe(3);
    log.publish();
    let start = Instant::now();
    wait_for(&explorer, log.size());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_source_that_cannot_be_reached_leaves_what_verified() {
    let mut log = Log::new();
    log.observe(20);
    log.publish();
    let from = Location::Published(log.published());
    wait_for(&explore(from.clone(), &log.copy()), log.size());
    std::fs::rename(log.published(), log.folder.path().join("away")).unwrap();
    let unreachable = Location::Url("http://127.0.0.1:9".into());
    let explorer = explore(unreachable, &log.copy());
    assert_eq!(explorer.state().status.size, log.size());
    let state = wait(&explorer, "trouble", |state| state.status.trouble.is_some());
    assert_eq!((state.status.level, state.status.why), (Level::Amber, Some(Why::SourceUnreachable)));
    assert_eq!(state.served.as_ref().unwrap().record(3).unwrap().position, 3);
}

#[test]
fn a_copy_that_was_stopped_goes_on_where_it_was() {
    let mut log = Log::new();
    log.observe(5_000);
    let from = Location::Ledger(log.ledger());
    let explorer = explore(from.clone(), &log.copy());
    // Stopped in the middle, at whatever entry that is.
    std::thread::sleep(Duration::from_millis(60));
    drop(explorer);
    let before = Ledger::open(&log.copy()).map_or(0, |copy| copy.size());
    let explorer = explore(from, &log.copy());
    let served = wait_for(&explorer, log.size());
    assert_eq!(explorer.state().status.rebuilt, None);
    assert_eq!(served.register().encode(), log.depositary.register().encode());
    println!("stopped at {before} of {}", log.size());
}

#[test]
fn a_copy_that_is_damaged_or_of_another_format_is_made_anew() {
    let mut log = Log::new();
    log.live();
    log.publish();
    let from = Location::Published(log.published());
    let size = log.size();
    type Harm = fn(&std::path::Path);
    let harm: [(&str, Harm); 4] = [
        ("no CURRENT", |copy| std::fs::remove_file(copy.join("db/CURRENT")).unwrap()),
        ("another format", |copy| std::fs::write(copy.join("truce-copy"), "truce-copy 0\n").unwrap()),
        ("marked", |copy| std::fs::write(copy.join("doubtful"), "a block has the wrong sum").unwrap()),
        ("an altered table", |copy| {
            for file in std::fs::read_dir(copy.join("db")).unwrap().map(Result::unwrap) {
                if file.path().extension().is_some_and(|extension| extension == "sst") {
                    let mut bytes = std::fs::read(file.path()).unwrap();
                    let middle = bytes.len() / 3;
                    bytes[middle..middle + 64].fill(0x5a);
                    std::fs::write(file.path(), bytes).unwrap();
                }
            }
        }),
    ];
    for (what, harm) in harm {
        let explorer = explore(from.clone(), &log.copy());
        let served = wait_for(&explorer, size);
        drop(served);
        explorer.stop();
        harm(&log.copy());
        let explorer = explore(from.clone(), &log.copy());
        wait_for(&explorer, size);
        assert!(explorer.state().status.rebuilt.is_some(), "{what}");
        explorer.stop();
    }
    let again = explore(from, &log.copy());
    wait_for(&again, size);
    assert_eq!(again.state().status.rebuilt, None);
}

#[test]
fn a_folder_that_is_no_copy_is_left_alone() {
    let mut log = Log::new();
    log.observe(1);
    let precious = log.folder.path().join("precious");
    std::fs::create_dir(&precious).unwrap();
    std::fs::write(precious.join("thesis"), "years of work").unwrap();
    let refused = Explorer::start(&options(Location::Ledger(log.ledger()), &precious)).unwrap_err();
    assert!(matches!(refused, CopyError::NotACopy { .. }), "{refused}");
    let ledger = Explorer::start(&options(Location::Ledger(log.ledger()), &log.ledger())).unwrap_err();
    assert_eq!(ledger.code(), "not-a-copy");
    assert!(precious.join("thesis").exists());
}

#[test]
fn a_copy_of_another_agreement_is_made_anew_only_when_the_agreement_is_named() {
    let mut log = Log::new();
    log.observe(3);
    wait_for(&explore(Location::Ledger(log.ledger()), &log.copy()), log.size());
    let folder = tempfile::tempdir().unwrap();
    let mut other = truce_tests::world::World::new("other.example/agreement-2");
    let (depositary, _) = other.found(&folder.path().join("ledger"), truce_tests::world::ticking()).unwrap();
    let from = Location::Ledger(folder.path().join("ledger"));
    let explorer = explore(from.clone(), &log.copy());
    let state = wait(&explorer, "red", |state| state.status.level == Level::Red);
    assert_eq!(state.status.findings[0].code, "bad-checkpoint");
    assert_eq!(state.served.as_ref().unwrap().size(), log.size());
    drop((state, explorer));
    let mut options = options(from, &log.copy());
    options.agreement = Some(other.agreement());
    let explorer = Explorer::start(&options).unwrap();
    let served = wait_for(&explorer, depositary.register().size());
    assert_eq!(served.agreement(), other.agreement());
}

#[test]
fn the_wrong_agreement_is_a_finding() {
    let mut log = Log::new();
    log.observe(3);
    let mut options = options(Location::Ledger(log.ledger()), &log.copy());
    options.agreement = Some(truce_statement::AgreementId::from_bytes(sha256(b"another")));
    let explorer = Explorer::start(&options).unwrap();
    let state = wait(&explorer, "red", |state| state.status.level == Level::Red);
    assert_eq!(state.status.findings[0].code, "wrong-agreement");
    assert!(state.served.is_none());
}
