//! What a user of the depositary and of the auditor notices: receipts, duplicates, reopening, forks, resuming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::sync::Arc;
use tempfile::TempDir;
use truce_audit::{DirSource, LedgerSource, Options, Verdict, audit};
use truce_log::group::Group;
use truce_log::{Depositary, Filter, Ledger, SubmitError, SystemClock, export};
use truce_register::KeyTable;
use truce_statement::body::agreement::KeyGrant;
use truce_statement::{Code, Entry, Kind, Reference, Relation, RootHash, SecretKey, Seen, Statement};
use truce_store::{IndexRead, MemoryStore, Space};
use truce_tests::world::{Pen, World, key, observation, ticking};
use truce_tlog::{ProofFile, VKey, leaf_hash};

fn founded() -> (TempDir, World, Depositary) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::default();
    let (depositary, receipts) = world.found(&folder.path().join("ledger"), ticking()).unwrap();
    assert_eq!(receipts.len(), 6);
    (folder, world, depositary)
}

fn grant_of(key: &SecretKey) -> KeyGrant {
    KeyGrant { key: key.public().clone(), drill: None, kinds: None, label: None, valid_until: None }
}

fn observe(world: &mut World, n: u32) -> Vec<u8> {
    world.members[0].work.sign(observation(n, "as seen"), Vec::new()).unwrap().bytes().to_vec()
}

#[test]
fn a_statement_submitted_again_gets_the_receipt_it_got_then() {
    let (_folder, mut world, depositary) = founded();
    let bytes = observe(&mut world, 1);
    let first = depositary.submit_blocking(bytes.clone()).unwrap();
    depositary.submit_blocking(observe(&mut world, 2)).unwrap();
    let again = depositary.submit_blocking(bytes).unwrap();
    assert!(!first.duplicate && again.duplicate);
    assert_eq!((again.position, again.entry, again.received), (first.position, first.entry, first.received));
    let charter = depositary.submit_blocking(world.charter.bytes().to_vec()).unwrap();
    assert_eq!((charter.position, charter.duplicate), (0, true));
    assert_eq!(depositary.register().size(), 8);
}

#[test]
fn the_same_statement_handed_in_twice_at_once_is_recorded_once() {
    let (_folder, mut world, depositary) = founded();
    let bytes = observe(&mut world, 1);
    let pending: Vec<_> = (0..8).map(|_| depositary.enqueue_blocking(bytes.clone()).unwrap()).collect();
    let receipts: Vec<_> = pending.into_iter().map(|p| p.receipt_blocking().unwrap()).collect();
    assert!(receipts.iter().all(|r| r.position == 6));
    assert_eq!(receipts.iter().filter(|r| !r.duplicate).count(), 1);
}

#[test]
fn a_refused_statement_changes_nothing_and_a_fork_is_kept_as_evidence() {
    let (folder, mut world, depositary) = founded();
    depositary.submit_blocking(observe(&mut world, 1)).unwrap();
    let before = depositary.register();
    world.members[0].work.seq = 0;
    world.members[0].work.prev = truce_statement::StatementId::ZERO;
    let fork = world.members[0].work.sign(observation(9, "another story"), Vec::new()).unwrap();
    let refused = depositary.submit_blocking(fork.bytes().to_vec()).unwrap_err();
    assert!(matches!(&refused, SubmitError::Refused(r) if r.code == Code::FeedFork), "{refused}");
    assert_eq!(depositary.register(), before);
    depositary.close();
    let ledger = Ledger::open(&folder.path().join("ledger")).unwrap();
    let kept = ledger.store().get(Space::Forks, fork.id().as_bytes()).unwrap();
    assert_eq!(kept.as_deref(), Some(fork.bytes()));
}

#[test]
fn a_ledger_goes_on_where_it_was_closed() {
    let (folder, mut world, depositary) = founded();
    let path = folder.path().join("ledger");
    for n in 1..=300 {
        depositary.submit_blocking(observe(&mut world, n)).unwrap();
    }
    let register = depositary.register();
    depositary.close();
    let depositary = Depositary::open(&path, &world.log, Arc::new(SystemClock)).unwrap();
    assert_eq!(depositary.register(), register);
    let receipt = depositary.submit_blocking(observe(&mut world, 301)).unwrap();
    assert_eq!(receipt.position, 306);
    depositary.close();
    let report = audit(&LedgerSource::open(&path).unwrap(), &Options::default(), |_| {}).unwrap();
    assert_eq!((report.verdict, report.replayed), (Verdict::Verified, 307), "{report}");
}

#[test]
fn a_second_process_is_told_that_the_ledger_is_open() {
    let (folder, world, depositary) = founded();
    let path = folder.path().join("ledger");
    let error = Depositary::open(&path, &world.log, Arc::new(SystemClock)).err().expect("it is locked");
    assert_eq!(error.code(), "store-locked");
    assert!(Ledger::open(&path).is_ok(), "reading is allowed");
    depositary.close();
}

#[test]
fn a_statement_may_carry_a_checkpoint_it_saw_and_no_other() {
    let (_folder, mut world, depositary) = founded();
    for n in 1..=300 {
        depositary.submit_blocking(observe(&mut world, n)).unwrap();
    }
    let checkpoint = depositary.checkpoint().unwrap();
    world.members[0].work.seen =
        Some(Seen(checkpoint.size(), RootHash::from_bytes(checkpoint.root().to_bytes())));
    depositary.submit_blocking(observe(&mut world, 301)).unwrap();
    world.members[3].work.seen = Some(Seen(250, RootHash::from_bytes([1; 32])));
    let blind = world.members[3].work.sign(observation(1, "x"), Vec::new()).unwrap();
    let refused = depositary.submit_blocking(blind.bytes().to_vec()).unwrap_err();
    assert_eq!(refused.code(), "unknown-checkpoint");
}

/// A size that the statements waiting in the same group will only just reach must not stop the depositary.
#[test]
fn a_checkpoint_from_the_future_is_refused_and_nothing_else_happens() {
    let (_folder, mut world, depositary) = founded();
    let mut pending = Vec::new();
    for n in 1..=400 {
        world.members[0].work.seen = None;
        pending.push(depositary.enqueue_blocking(observe(&mut world, n)).unwrap());
        if n.is_multiple_of(7) {
            let pen = &mut world.members[4].work;
            let (seq, prev) = (pen.seq, pen.prev);
            pen.seen = Some(Seen(u64::from(n) + 5, RootHash::from_bytes([1; 32])));
            let early = pen.sign(observation(n, "x"), Vec::new()).unwrap();
            (pen.seq, pen.prev) = (seq, prev);
            let refused = depositary.enqueue_blocking(early.bytes().to_vec()).unwrap();
            assert_eq!(refused.receipt_blocking().unwrap_err().code(), "unknown-checkpoint");
        }
    }
    for pending in pending {
        pending.receipt_blocking().unwrap();
    }
}

#[test]
fn lists_follow_the_indexes_and_proofs_verify_anywhere() {
    let (folder, mut world, depositary) = founded();
    let first = depositary.submit_blocking(observe(&mut world, 1)).unwrap();
    for n in 2..=280 {
        depositary.submit_blocking(observe(&mut world, n)).unwrap();
    }
    let about = vec![Reference(Relation::Disputes, first.statement)];
    let other = world.members[3].work.sign(observation(1, "not so"), about).unwrap();
    let other = depositary.submit_blocking(other.bytes().to_vec()).unwrap();
    depositary.close();
    let ledger = Ledger::open(&folder.path().join("ledger")).unwrap();
    let list = |filter: Filter| ledger.list(&filter).unwrap();
    assert_eq!(list(Filter::default()).len(), 287);
    assert_eq!(list(Filter { kind: Some(Kind::Accession), ..Filter::default() }), [1, 2, 3, 4, 5]);
    let mission = list(Filter {
        party: Some("mission".parse().unwrap()),
        kind: Some(Kind::Observation),
        ..Filter::default()
    });
    assert_eq!(mission, (6..286).collect::<Vec<_>>());
    assert_eq!(list(Filter { refers_to: Some(first.statement), ..Filter::default() }), [other.position]);
    assert!(list(Filter { time: Some(0..1), ..Filter::default() }).is_empty());
    let vkey: VKey = ledger.register().log_vkey().unwrap().parse().unwrap();
    let mut policy = truce_tlog::PolicyBuilder::default();
    policy.log(vkey, None).unwrap().quorum(None).unwrap();
    let policy = policy.build().unwrap();
    for position in [0, 1, 6, 255, 256, 286] {
        let proof = ledger.prove(position).unwrap();
        let statement = Entry::parse(&proof.entry).unwrap().statement.to_vec();
        assert!(Statement::parse(statement.as_slice()).is_ok());
        let file = ProofFile::parse(proof.to_file().unwrap().as_bytes()).unwrap();
        let rebuilt = Entry::from_extra(file.extra().unwrap(), &statement).unwrap().encode();
        assert_eq!(rebuilt, proof.entry);
        assert_eq!(file.verify(&policy, &leaf_hash(&rebuilt)).unwrap().index(), position);
    }
}

#[test]
fn an_audit_that_is_stopped_goes_on_and_comes_to_the_same_end() {
    let (folder, mut world, depositary) = founded();
    let (ledger, published, notes) =
        (folder.path().join("ledger"), folder.path().join("published"), folder.path().join("notes"));
    let mut refs = Vec::new();
    for n in 1..=600 {
        let body = observation(n, &"what was seen ".repeat(40));
        let receipt = {
            let signed = world.members[0].work.sign(body, std::mem::take(&mut refs)).unwrap();
            depositary.submit_blocking(signed.bytes().to_vec()).unwrap()
        };
        // Every statement disputes the one before: facts are looked up all along.
        refs.push(Reference(Relation::Disputes, receipt.statement));
        if n == 200 || n == 500 {
            let now = Ledger::open(&ledger).unwrap();
            export(&now, &published, |_| {}).unwrap();
            let options = Options { resume: Some(notes.clone()), ..Options::default() };
            let report = audit(&DirSource::new(&published), &options, |_| {}).unwrap();
            assert_eq!((report.verdict, report.replayed), (Verdict::Verified, u64::from(n) + 6), "{report}");
        }
    }
    depositary.close();
    export(&Ledger::open(&ledger).unwrap(), &published, |_| {}).unwrap();
    let options = Options { resume: Some(notes), ..Options::default() };
    let resumed = audit(&DirSource::new(&published), &options, |_| {}).unwrap();
    let fresh = audit(&DirSource::new(&published), &Options::default(), |_| {}).unwrap();
    assert_eq!(resumed, fresh);
    assert_eq!(fresh.verdict, Verdict::Verified, "{fresh}");
}

#[test]
fn an_audit_takes_the_same_verdict_with_any_number_of_threads() {
    let (folder, mut world, depositary) = founded();
    for n in 1..=700 {
        depositary.enqueue_blocking(observe(&mut world, n)).unwrap();
    }
    depositary.submit_blocking(observe(&mut world, 701)).unwrap();
    depositary.close();
    let source = LedgerSource::open(&folder.path().join("ledger")).unwrap();
    let with = |threads| audit(&source, &Options { threads, ..Options::default() }, |_| {}).unwrap();
    let one = with(1);
    assert_eq!(one.verdict, Verdict::Verified, "{one}");
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
}

#[test]
fn a_store_that_loses_a_write_stops_the_depositary_and_loses_no_receipt() {
    for fault in
        [truce_store::Fault::UnknownLost, truce_store::Fault::UnknownWritten, truce_store::Fault::Full]
    {
        let store = MemoryStore::new();
        let mut world = World::default();
        let folder = tempfile::tempdir().unwrap();
        let (real, _) = world.found(folder.path(), ticking()).unwrap();
        let all: Vec<Vec<u8>> = (0..6)
            .map(|i| Entry::parse(&real.store().entry(i).unwrap().unwrap()).unwrap().statement.to_vec())
            .collect();
        real.close();
        let open =
            |store: MemoryStore| Depositary::over(Arc::new(store), &world.charter, &world.log, ticking());
        let depositary = open(store.reopen()).unwrap();
        for statement in &all {
            depositary.submit_blocking(statement.clone()).unwrap();
        }
        depositary.close();
        let faulty = store.reopen();
        faulty.fail_next(fault);
        let depositary = open(faulty).unwrap();
        let mut pen = truce_tests::world::Pen::new(
            truce_tests::world::key(100),
            "mission".parse().unwrap(),
            truce_statement::Subject::Agreement(world.agreement()),
        );
        let bytes = pen.sign(observation(1, "x"), Vec::new()).unwrap().bytes().to_vec();
        assert!(matches!(depositary.submit_blocking(bytes.clone()), Err(SubmitError::Stopped(_))));
        assert!(matches!(depositary.submit_blocking(bytes.clone()), Err(SubmitError::Stopped(_))));
        depositary.close();
        let depositary = open(store.reopen()).unwrap();
        assert_eq!(depositary.submit_blocking(bytes).unwrap().position, 6);
    }
}

#[test]
fn a_key_grant_costs_the_same_however_many_keys_there_are() {
    let (_folder, mut world, depositary) = founded();
    let table = KeyTable::of(&depositary.register());
    let mut costs = Vec::new();
    for n in 0..400u16 {
        let grant = world.members[0].root.sign(grant_of(&key(3000 + n)), Vec::new()).unwrap();
        let before = depositary.committed().unwrap();
        let mut group = Group::behind(&before.register, &before.edge);
        group.admit(&grant, before.register.received(), depositary.store()).unwrap();
        let written = group.finish();
        // The key that signs, and the key that is granted; one of them is new to those who verify signatures.
        assert_eq!(written.keys.len(), 2);
        assert_eq!(table.add(&written.register, written.keys), 1);
        costs.push(written.batch.derived.byte_len());
        depositary.submit_blocking(grant.bytes().to_vec()).unwrap();
    }
    // A tile later, its right edge has one hash more, and numbers may be a byte longer.
    for (n, pair) in costs.iter().zip(&costs[256..]).enumerate() {
        assert!(
            pair.1.saturating_sub(*pair.0) <= 64,
            "grant {n}: {} bytes, grant {}: {}",
            pair.0,
            n + 256,
            pair.1
        );
    }
    let mut late =
        Pen::new(key(3399), world.members[0].root.party.clone(), world.members[0].root.subject.clone());
    let statement = late.sign(observation(1, "under the last key granted"), Vec::new()).unwrap();
    depositary.submit_blocking(statement.bytes().to_vec()).unwrap();
    assert!(table.known().get(&key(3399).public().id()).is_some());
}
