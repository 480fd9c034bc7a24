//! The monitor over real HTTP: honest logs that grow, and dishonest ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod world;

use std::fs;
use std::sync::atomic::Ordering;
use truce_fraud::FraudProof;
use truce_monitor::{Notice, Promise};
use truce_source::Place;
use truce_statement::{Entry, EntryHash};
use world::{Log, Server, Watched, write};

/// What every proof that a monitor writes must do: decide, for this log, as this kind.
fn proven(watched: &Watched, kind: &str) {
    let proofs = watched.proofs();
    assert!(!proofs.is_empty(), "no proof was written");
    for bytes in proofs {
        let proof = FraudProof::parse(&bytes).unwrap();
        let decided = proof.decide().unwrap();
        assert_eq!(
            (decided.kind, decided.log),
            (kind, truce_tlog::NoteSigner::vkey(&world::signer()).to_string())
        );
    }
}

#[test]
fn an_honest_log_and_a_mirror_that_lags_are_no_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let (published, copy) = (folder.path().join("log"), folder.path().join("copy"));
    let mut log = Log::of(5);
    log.publish(&published);
    let server = Server::over(&published);
    let (mut mirror, _) =
        truce_mirror::Mirror::open(server.place(), &copy, truce_mirror::MirrorOptions::default()).unwrap();
    mirror.round(|_| ()).unwrap();
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        options.mirrors = vec![Place::Directory(copy.clone())];
    });
    for round in 0..40 {
        log.grow(13, "").publish(&published);
        if round % 5 == 0 {
            mirror.round(|_| ()).unwrap();
        }
        if round % 7 == 0 {
            watched.restart();
        }
        assert_eq!(watched.look(), [], "round {round}");
    }
    let mut replayed = watched.replayed();
    replayed.sort_unstable();
    assert_eq!(replayed, [473, 525]);
}

#[test]
fn a_fork_for_one_reader_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let common = Log::of(300);
    common.clone().grow(3, "for the one").publish(&one);
    common.clone().grow(7, "for the other").publish(&other);
    let (first, second) = (Server::over(&one), Server::over(&other));
    let mut watched = Watched::new(folder.path(), vec![first.place(), second.place()]);
    assert_eq!(watched.looks(2), ["fork"]);
    proven(&watched, "fork");
    // It is said once.
    assert_eq!(watched.looks(3), [""; 0]);
    watched.restart();
    assert_eq!(watched.looks(3), [""; 0]);
}

#[test]
fn a_history_that_was_rewritten_is_proven_from_one_place() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let common = Log::of(250);
    let mut log = common.clone();
    log.grow(10, "as it was").publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    assert_eq!(watched.looks(2), [""; 0]);
    watched.restart();
    common.clone().grow(20, "as it is told now").overwrite(&published);
    assert_eq!(watched.looks(1), ["fork"]);
    proven(&watched, "fork");
}

#[test]
fn a_rollback_is_an_alarm_when_it_lasts_and_proven_once_the_log_signs_another_history() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(20);
    let before = log.clone();
    log.grow(10, "").publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    assert_eq!(watched.looks(2), [""; 0]);
    before.overwrite(&published);
    // A cache may be late for a moment.
    assert_eq!(watched.looks(3), [""; 0]);
    assert_eq!(watched.looks(10), ["shrunk"]);
    before.clone().grow(2, "another").overwrite(&published);
    assert_eq!(watched.looks(1), ["fork"]);
    proven(&watched, "fork");
}

#[test]
fn a_place_that_stands_still_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let mut log = Log::of(4);
    log.publish(&one);
    log.publish(&other);
    let (first, second) = (Server::over(&one), Server::over(&other));
    let mut watched = Watched::new(folder.path(), vec![first.place(), second.place()]);
    assert_eq!(watched.looks(3), [""; 0]);
    log.grow(1, "").publish(&one);
    assert_eq!(watched.looks(100), [""; 0]);
    assert_eq!(watched.looks(60), ["stale"]);
    log.publish(&other);
    assert!(matches!(watched.look().as_slice(), [Notice::Cleared(_)]));
}

#[test]
fn withheld_tiles_and_entries_are_an_alarm() {
    for hidden in ["tile/0/", "tile/entries/"] {
        let folder = tempfile::tempdir().unwrap();
        let published = folder.path().join("log");
        let mut log = Log::of(4);
        log.publish(&published);
        let server = Server::over(&published);
        let mut watched = Watched::new(folder.path(), vec![server.place()]);
        assert_eq!(watched.looks(1), [""; 0]);
        log.grow(300, "").publish(&published);
        server.hide(hidden);
        assert_eq!(watched.looks(3), [""; 0], "{hidden}");
        assert_eq!(watched.looks(10), ["withheld"], "{hidden}");
        server.faults.hidden.lock().unwrap().clear();
        watched.look();
        assert_eq!(watched.replayed(), [304], "{hidden}");
        assert!(watched.monitor.as_ref().unwrap().standing().quiet);
    }
}

#[test]
fn an_entry_that_was_dated_back_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(260);
    log.publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    assert_eq!(watched.looks(1), [""; 0]);
    log.now -= 60_000;
    let late = log.next("late");
    log.take(&late);
    log.now += 70_000;
    log.grow(3, "").publish(&published);
    assert_eq!(watched.looks(1), ["back-dated"]);
    proven(&watched, "back-dated");
    assert_eq!(watched.looks(10), ["replay-failed"]);
}

#[test]
fn a_broken_chain_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(7);
    let next = log.next("torn");
    log.push_entry(
        Entry { prev: EntryHash::from_bytes([7; 32]), received: log.now, statement: next.bytes() }.encode(),
    );
    log.publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    assert_eq!(watched.looks(1), ["broken-chain"]);
    proven(&watched, "broken-chain");
}

#[test]
fn a_statement_that_nobody_signed_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(7);
    let mut forged = log.next("forged").bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    log.push(&forged);
    log.publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    assert_eq!(watched.looks(1), ["bad-signature"]);
    proven(&watched, "bad-signature");
}

#[test]
fn a_promised_entry_that_was_dropped_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(5);
    log.publish(&published);
    let server = Server::over(&published);
    let (kept, dropped) = (log.next("kept"), log.next("dropped"));
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        options.promises =
            vec![Promise::Statement(kept.statement().id()), Promise::Statement(dropped.statement().id())];
    });
    log.take(&kept);
    log.publish(&published);
    assert_eq!(watched.looks(100), [""; 0]);
    let alarms: Vec<_> = (0..30).flat_map(|_| watched.look()).collect();
    let [Notice::Alarm(alarm)] = alarms.as_slice() else { panic!("{alarms:?}") };
    assert_eq!(alarm.code, "missing-entry");
    assert!(alarm.sentence.contains(&dropped.statement().id().to_string()));
}

#[test]
fn a_receipt_of_another_history_is_proof() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let log = Log::of(5);
    let mut acknowledged = log.clone();
    acknowledged.grow(1, "acknowledged");
    let mut told = log.clone();
    told.grow(4, "told").publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        options.promises = vec![Promise::Receipt {
            name: "seen.tlog-proof".to_owned(),
            proof: Box::new(acknowledged.prove(5)),
            leaf: Some(acknowledged.leaf(5)),
        }];
    });
    assert_eq!(watched.looks(2), ["fork"]);
    proven(&watched, "fork");
}

#[test]
fn a_cose_receipt_of_another_history_is_proof_where_it_carries_a_checkpoint_and_an_alarm_where_not() {
    for (carries, code) in [(true, "fork"), (false, "other-tree")] {
        let folder = tempfile::tempdir().unwrap();
        let published = folder.path().join("log");
        let log = Log::of(5);
        let statement = log.next("acknowledged");
        let mut acknowledged = log.clone();
        acknowledged.take(&statement);
        log.clone().grow(4, "told").publish(&published);
        let server = Server::over(&published);
        let mut receipt = acknowledged.receipt(5);
        if carries {
            receipt = receipt.with_checkpoint(&acknowledged.checkpoint()).unwrap();
        }
        let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
            options.promises = vec![Promise::Cose {
                name: "seen.receipt".to_owned(),
                receipt: Box::new(receipt),
                statement: Box::new(statement.statement().clone()),
            }];
        });
        assert_eq!(watched.looks(12), [code]);
        assert_eq!(watched.proofs().len(), usize::from(carries));
    }
}

#[test]
fn a_cose_receipt_that_is_kept_is_no_alarm_and_one_beyond_what_is_served_is_missed() {
    for (beyond, alarms) in [(false, &[][..]), (true, &["missing-entry".to_owned()])] {
        let folder = tempfile::tempdir().unwrap();
        let published = folder.path().join("log");
        let log = Log::of(5);
        let statement = log.next("acknowledged");
        let mut grown = log.clone();
        grown.take(&statement);
        if beyond { &log } else { &grown }.publish(&published);
        let server = Server::over(&published);
        let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
            options.promises = vec![Promise::Cose {
                name: "seen.receipt".to_owned(),
                receipt: Box::new(grown.receipt(5)),
                statement: Box::new(statement.statement().clone()),
            }];
        });
        assert_eq!(watched.looks(130), alarms);
    }
}

/// Two histories behind what is published, and the receipts that their submitters were given for entry 5.
fn two_receipts(log: &Log) -> [(Log, truce_statement::Signed); 2] {
    ["one", "other"].map(|title| {
        let statement = log.next(title);
        let mut acknowledged = log.clone();
        acknowledged.take(&statement);
        (acknowledged, statement)
    })
}

fn on_file(name: &str, log: &Log, leaf: bool) -> Promise {
    let leaf = leaf.then(|| log.leaf(5));
    Promise::Receipt { name: name.to_owned(), proof: Box::new(log.prove(5)), leaf }
}

#[test]
fn two_receipts_for_one_position_are_proof_without_any_access_to_what_was_signed() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let log = Log::of(5);
    log.publish(&published);
    let server = Server::over(&published);
    let [(one, _), (mut other, statement)] = two_receipts(&log);
    other.grow(3, "");
    let cose = other.receipt(5).with_checkpoint(&other.checkpoint()).unwrap();
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        let (receipt, statement) = (Box::new(cose), Box::new(statement.statement().clone()));
        options.promises = vec![
            on_file("one.tlog-proof", &one, true),
            Promise::Cose { name: "other.receipt".to_owned(), receipt, statement },
        ];
    });
    assert_eq!(watched.looks(3), ["two-entries"]);
    proven(&watched, "two-entries");
    watched.restart();
    assert_eq!(watched.looks(3), [""; 0], "it is said once");
}

#[test]
fn two_receipts_of_two_trees_of_one_size_are_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let log = Log::of(5);
    log.publish(&published);
    let server = Server::over(&published);
    let [(one, _), (other, _)] = two_receipts(&log);
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        // Whose statement is not at hand, the position is not shown to have two entries.
        options.promises =
            vec![on_file("one.tlog-proof", &one, true), on_file("other.tlog-proof", &other, false)];
    });
    assert_eq!(watched.looks(3), ["fork"]);
    proven(&watched, "fork");
}

#[test]
fn receipts_of_one_history_are_no_contradiction() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let log = Log::of(5);
    let [(mut one, statement), _] = two_receipts(&log);
    let early = one.clone();
    one.grow(3, "").publish(&published);
    let server = Server::over(&published);
    let cose = one.receipt(5).with_checkpoint(&one.checkpoint()).unwrap();
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        let (receipt, statement) = (Box::new(cose), Box::new(statement.statement().clone()));
        options.promises = vec![
            on_file("early.tlog-proof", &early, true),
            on_file("again.tlog-proof", &one, true),
            Promise::Cose { name: "other.receipt".to_owned(), receipt, statement },
        ];
    });
    assert_eq!(watched.looks(20), [""; 0]);
}

#[test]
fn a_receipt_signed_with_a_key_that_nobody_has_brought_in_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let log = Log::of(6);
    log.publish(&published);
    let server = Server::over(&published);
    let next = truce_tlog::Ed25519NoteSigner::from_seed(world::ORIGIN, &[8; 32]).unwrap();
    let body = log.checkpoint().checkpoint().clone();
    let signed = truce_tlog::SignedCheckpoint::sign(body, &next).unwrap();
    let path = log.prove(5).path().to_vec();
    let proof = truce_tlog::ProofFile::new(None, 5, path, signed.note().clone()).unwrap();
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        let name = "next.tlog-proof".to_owned();
        options.promises = vec![Promise::Receipt { name, proof: Box::new(proof), leaf: None }];
    });
    assert_eq!(watched.looks(130), ["missing-entry"]);
}

#[test]
fn a_receipt_beyond_what_is_served_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(5);
    log.publish(&published);
    log.grow(1, "acknowledged");
    let server = Server::over(&published);
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        options.promises =
            vec![Promise::Receipt { name: "r".to_owned(), proof: Box::new(log.prove(5)), leaf: None }];
    });
    assert_eq!(watched.looks(130), ["missing-entry"]);
}

#[test]
fn a_witness_that_saw_another_tree_proves_the_fork() {
    let folder = tempfile::tempdir().unwrap();
    let (published, shown) = (folder.path().join("log"), folder.path().join("witness"));
    let log = Log::of(9);
    log.clone().grow(3, "public").publish(&published);
    let origin = hex::encode(truce_statement::id::sha256(world::ORIGIN.as_bytes()));
    let mut hidden = log.clone();
    hidden.grow(2, "for the witness");
    write(&shown.join(&origin).join("checkpoint"), hidden.checkpoint().note().to_string().as_bytes());
    let (server, witness) = (Server::over(&published), Server::over(&shown));
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        options.witnesses = vec![witness.url.clone()];
    });
    assert_eq!(watched.looks(3), ["fork"]);
    proven(&watched, "fork");
}

#[test]
fn a_network_that_flaps_is_no_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let mut log = Log::of(5);
    log.publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    for (cut, down) in [(0, false), (2, false), (0, true), (0, true), (2, false), (0, false)] {
        log.grow(40, "").publish(&published);
        server.faults.cut.store(cut, Ordering::Relaxed);
        server.faults.down.store(down, Ordering::Relaxed);
        let alarms = watched.looks(1);
        assert_eq!(alarms, [""; 0]);
    }
    server.faults.cut.store(0, Ordering::Relaxed);
    server.faults.down.store(false, Ordering::Relaxed);
    watched.look();
    assert_eq!(watched.replayed(), [245]);
    assert!(watched.monitor.as_ref().unwrap().standing().quiet);
}

#[test]
fn another_agreement_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    Log::of(5).publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::with(folder.path(), vec![server.place()], |options| {
        options.agreement = Some(truce_statement::AgreementId::from_bytes([5; 32]));
    });
    assert_eq!(watched.looks(10), ["other-log"]);
}

#[test]
fn watching_goes_on_in_threads_until_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let common = Log::of(5);
    let mut log = common.clone();
    log.publish(&one);
    log.publish(&other);
    let (first, second) = (Server::over(&one), Server::over(&other));
    let mut watched = Watched::new(folder.path(), vec![first.place(), second.place()]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let mut monitor = watched.monitor.take().unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            monitor
                .run(&stop, |notice| {
                    if let Notice::Alarm(alarm) = &notice {
                        told.lock().unwrap().push(alarm.code.clone());
                        stop.store(true, Ordering::Relaxed);
                    }
                })
                .unwrap();
        });
        log.grow(3, "honest").publish(&one);
        common.clone().grow(2, "forked").publish(&other);
    });
    assert_eq!(told.into_inner().unwrap(), ["fork"]);
}

#[test]
fn hooks_get_every_alarm_and_hold_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::over(folder.path());
    let file = folder.path().join("told");
    let command = format!("(printf '%s ' \"$TRUCE_ALARM_CODE\"; cat) >> '{}'", file.display());
    let hooks = truce_monitor::Hooks::start(Some(command), Some(server.url.clone()));
    let alarm = truce_monitor::Alarm {
        code: "fork".to_owned(),
        sentence: "s".to_owned(),
        next: "n".to_owned(),
        place: "p".to_owned(),
        since: 1,
        proof: None,
    };
    assert_eq!(hooks.raise(&alarm), 0);
    hooks.finish(std::time::Duration::from_secs(20)).unwrap();
    let json = serde_json::to_string(&alarm).unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), format!("fork {json}"));
    assert_eq!(*server.faults.posted.lock().unwrap(), [json]);

    let failing = truce_monitor::Hooks::start(Some("exit 3".to_owned()), None);
    assert_eq!(failing.raise(&alarm), 0);
    assert_eq!(failing.finish(std::time::Duration::from_secs(20)), Err(truce_monitor::Undelivered(1)));
}

/// What a hook was told, and in which order, where `cheap` alarms and then a fork came while it was busy.
fn told_after(cheap: usize) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (go, file) = (folder.path().join("go"), folder.path().join("told"));
    let command = format!(
        "while [ ! -e '{}' ]; do sleep 0.05; done; echo \"$TRUCE_ALARM_CODE $TRUCE_ALARM_SENTENCE\" >> '{}'",
        go.display(),
        file.display()
    );
    let hooks = truce_monitor::Hooks::start(Some(command), None);
    let alarm = |code: &str| truce_monitor::Alarm {
        code: code.to_owned(),
        sentence: "s".to_owned(),
        next: "n".to_owned(),
        place: "p".to_owned(),
        since: 1,
        proof: None,
    };
    let dropped: usize = (0..cheap).map(|_| hooks.raise(&alarm("unreachable"))).sum();
    assert_eq!(hooks.raise(&alarm("fork")), 0, "there is room for what is proven");
    fs::write(go, "").unwrap();
    let missed = hooks.finish(std::time::Duration::from_secs(120));
    assert_eq!(missed.is_err(), dropped > 0);
    let told = fs::read_to_string(file).unwrap();
    (dropped, told.lines().map(str::to_owned).collect())
}

#[test]
fn what_is_proven_overtakes_cheap_alarms_and_what_was_dropped_is_said() {
    let (dropped, told) = told_after(5);
    assert_eq!((dropped, told.len()), (0, 6));
    assert!(told[..2].contains(&"fork s".to_owned()), "behind what was under way at most: {told:?}");
    let (dropped, told) = told_after(100);
    // One may have been under way, and did not wait.
    assert!((35..=36).contains(&dropped), "{dropped}");
    assert!(told[..2].contains(&"fork s".to_owned()), "{told:?}");
    let said = format!("alarms-dropped {dropped} alarm(s)");
    assert!(told[..3].iter().any(|line| line.starts_with(&said)), "{told:?}");
    assert_eq!(told.len(), 100 - dropped + 2);
}

#[test]
fn a_checkpoint_that_comes_cut_is_asked_for_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    Log::of(5).publish(&published);
    let server = Server::over(&published);
    let mut watched = Watched::new(folder.path(), vec![server.place()]);
    server.faults.short.store(1, Ordering::Relaxed);
    assert_eq!(watched.look(), [], "the second answer is whole");
    server.faults.short.store(1000, Ordering::Relaxed);
    let said = watched.look();
    let [Notice::Warning(alarm)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(alarm.code, "bad-checkpoint");
}

#[test]
fn entries_dated_after_the_monitors_own_clock_are_told_until_it_has_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("log");
    let log = Log::of(5);
    log.publish(&published);
    let mut watched = Watched::new(folder.path(), vec![Place::Directory(published)]);
    let newest = Entry::parse(&log.entries[4]).unwrap().received;
    watched.now = newest - 65_000;
    assert_eq!(watched.look(), [], "clocks differ a little");
    watched.now = newest - 3_605_000;
    let said = watched.look();
    let [Notice::Warning(alarm)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(alarm.code, "dated-ahead");
    assert!(alarm.sentence.contains("entry 4 is dated 3600 s after"), "{}", alarm.sentence);
    // A restart that reads nothing new forgets nothing of it.
    watched.restart();
    assert_eq!(watched.looks(20), ["dated-ahead"]);
    watched.now = newest;
    let said = watched.look();
    assert!(matches!(said.as_slice(), [Notice::Cleared(alarm)] if alarm.code == "dated-ahead"), "{said:?}");
}
