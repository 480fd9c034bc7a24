//! What a user of the depositary and of the auditor notices: receipts, duplicates, reopening, forks, resuming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use tempfile::TempDir;
use truce_audit::{DirSource, LedgerSource, Options, Verdict, audit};
use truce_log::group::Group;
use truce_log::{Clock, Depositary, Filter, Ledger, SubmitError, SystemClock, export};
use truce_register::KeyTable;
use truce_statement::body::agreement::{KeyGrant, KeyRevocation, RevocationReason};
use truce_statement::unit::{Offset, Stamp};
use truce_statement::{
    Code, Entry, Kind, Reference, Relation, RootHash, SecretKey, Seen, Statement, StatementId,
};
use truce_store::{Changes, IndexRead, IndexStore, MemoryStore, RocksReader, RocksStore, ScanRange, Space};
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
    KeyGrant {
        key: key.public().clone(),
        drill: None,
        kinds: None,
        label: None,
        proof: None,
        valid_until: None,
    }
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
    let kept = ledger.forks().unwrap();
    assert_eq!(kept.len(), 1);
    // It contradicts the first statement of the feed, which is entry 6.
    assert_eq!((kept[0].statement.bytes(), kept[0].recorded), (fork.bytes(), Some(6)));
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
    let depositary = Depositary::open(&path, &world.log, ticking()).unwrap();
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
            key(100),
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

/// A statement at place `seq` of the feed of `pen`, where another one stands.
fn fork_at(pen: &Pen, seq: u64, n: u32) -> Statement {
    let mut other =
        Pen::new(SecretKey::from_seed(&pen.key.seed()).unwrap(), pen.party.clone(), pen.subject.clone());
    other.seq = seq;
    other.prev = if seq == 0 { StatementId::ZERO } else { StatementId::from_bytes([7; 32]) };
    let signed = other.sign(observation(n, &"x".repeat(3_900)), Vec::new()).unwrap();
    Statement::parse(signed.bytes()).unwrap()
}

fn refused_as_forks(depositary: &Depositary, forks: &[Statement]) {
    let pending: Vec<_> =
        forks.iter().map(|fork| depositary.enqueue_blocking(fork.bytes().to_vec()).unwrap()).collect();
    for pending in pending {
        assert_eq!(pending.receipt_blocking().unwrap_err().code(), "feed-fork");
    }
}

/// Rows and bytes kept as evidence. A refusal is answered before its evidence is written, a receipt after.
fn rows_of_forks(depositary: &Depositary, world: &mut World) -> (usize, usize) {
    let next = world.members[3].work.sign(observation(1, "x"), Vec::new()).unwrap();
    depositary.submit_blocking(next.bytes().to_vec()).unwrap();
    let store = depositary.store();
    let (mut rows, mut bytes) = (0, 0);
    store
        .scan(Space::Forks, &ScanRange::all(), &mut |_, value| {
            rows += 1;
            bytes += value.len();
            ControlFlow::Continue(())
        })
        .unwrap();
    (rows, bytes)
}

#[test]
fn a_revoked_key_leaves_no_evidence_however_often_it_forks() {
    let (_folder, mut world, depositary) = founded();
    for n in 1..=3 {
        depositary.submit_blocking(observe(&mut world, n)).unwrap();
    }
    let key = world.members[0].work.key.public().id();
    let revocation =
        KeyRevocation { key, drill: None, note: None, reason: RevocationReason::Lost, suspect_since: None };
    let revocation = world.members[0].root.sign(revocation, Vec::new()).unwrap();
    depositary.submit_blocking(revocation.bytes().to_vec()).unwrap();
    let before = depositary.register();
    let pen = &world.members[0].work;
    let forks: Vec<_> = (0..1_200).map(|n| fork_at(pen, u64::from(n % 3), n)).collect();
    refused_as_forks(&depositary, &forks);
    assert_eq!(depositary.register(), before);
    assert_eq!(rows_of_forks(&depositary, &mut world), (0, 0));
}

#[test]
fn an_expired_key_leaves_no_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::default();
    let (depositary, _) = world.found(&folder.path().join("ledger"), ticking()).unwrap();
    let until = Stamp::new(depositary.register().received() + 60_000, Offset::UTC).unwrap();
    let key = key(900);
    let grant = KeyGrant {
        key: key.public().clone(),
        drill: None,
        kinds: None,
        label: None,
        proof: None,
        valid_until: Some(until),
    };
    let grant = world.members[0].root.sign(grant, Vec::new()).unwrap();
    depositary.submit_blocking(grant.bytes().to_vec()).unwrap();
    let mut pen = Pen::new(key, "mission".parse().unwrap(), world.members[0].work.subject.clone());
    for n in 1..=2 {
        let signed = pen.sign(observation(n, "x"), Vec::new()).unwrap();
        depositary.submit_blocking(signed.bytes().to_vec()).unwrap();
    }
    refused_as_forks(&depositary, &[fork_at(&pen, 0, 2)]);
    let kept = rows_of_forks(&depositary, &mut world);
    assert_eq!(kept.0, 1 + 1, "while it is valid, its fork is kept");
    for n in 1..=100 {
        // Each look at the clock takes it a second on.
        depositary.submit_blocking(observe(&mut world, n)).unwrap();
    }
    refused_as_forks(&depositary, &(3..20).map(|n| fork_at(&pen, u64::from(n % 2), n)).collect::<Vec<_>>());
    assert_eq!(rows_of_forks(&depositary, &mut world), kept);
}

#[test]
fn evidence_is_bounded_for_each_key_and_for_each_party_and_another_party_finds_room() {
    let (folder, mut world, depositary) = founded();
    let path = folder.path().join("ledger");
    let keys: Vec<_> = (0..210).map(|n| key(1_000 + n)).collect();
    let subject = world.members[0].work.subject.clone();
    let mut pens = Vec::new();
    for key in keys {
        let grant = KeyGrant {
            key: key.public().clone(),
            drill: None,
            kinds: None,
            label: None,
            proof: None,
            valid_until: None,
        };
        let grant = world.members[0].root.sign(grant, Vec::new()).unwrap();
        depositary.enqueue_blocking(grant.bytes().to_vec()).unwrap();
        let mut pen = Pen::new(key, "mission".parse().unwrap(), subject.clone());
        for n in 1..=6 {
            let signed = pen.sign(observation(n, "x"), Vec::new()).unwrap();
            depositary.enqueue_blocking(signed.bytes().to_vec()).unwrap();
        }
        pens.push(pen);
    }
    depositary.submit_blocking(observe(&mut world, 1)).unwrap();
    let forks: Vec<_> = (0..8).map(|n| fork_at(&pens[0], n % 6, 100)).collect();
    refused_as_forks(&depositary, &forks);
    assert_eq!(rows_of_forks(&depositary, &mut world).0, 4 + 1, "four of one key, and the row of the bounds");
    for pen in &pens {
        refused_as_forks(&depositary, &(0..6).map(|n| fork_at(pen, n, 200)).collect::<Vec<_>>());
    }
    let (_, bytes) = rows_of_forks(&depositary, &mut world);
    assert!((3 << 20..=(16 << 20) / 5).contains(&bytes), "a fifth of 16 MiB, not {bytes}");
    depositary.close();

    // The bounds hold over restarts, and what one party signs takes no room from another.
    let depositary = Depositary::open(&path, &world.log, ticking()).unwrap();
    refused_as_forks(&depositary, &pens.iter().map(|pen| fork_at(pen, 5, 300)).collect::<Vec<_>>());
    assert_eq!(rows_of_forks(&depositary, &mut world).1, bytes);
    let first = world.members[4].work.sign(observation(1, "x"), Vec::new()).unwrap();
    depositary.submit_blocking(first.bytes().to_vec()).unwrap();
    let fork = fork_at(&world.members[4].work, 0, 9);
    refused_as_forks(&depositary, std::slice::from_ref(&fork));
    depositary.close();
    let kept = Ledger::open(&path).unwrap().forks().unwrap();
    let of_civil = kept.iter().find(|kept| kept.statement.id() == fork.id()).expect("kept");
    let recorded = Ledger::open(&path).unwrap().entry(of_civil.recorded.unwrap()).unwrap().unwrap();
    assert_eq!(Entry::parse(&recorded).unwrap().statement, first.bytes());
}

#[test]
fn forks_that_an_earlier_build_kept_without_a_bound_are_read_and_swept_when_the_ledger_opens() {
    let (folder, mut world, depositary) = founded();
    let path = folder.path().join("ledger");
    depositary.submit_blocking(observe(&mut world, 1)).unwrap();
    depositary.close();
    let forks: Vec<_> = (0..900).map(|n| fork_at(&world.members[0].work, u64::from(n % 2), n)).collect();
    let store = RocksStore::open(path.join("db")).unwrap();
    for forks in forks.chunks(100) {
        let mut changes = Changes::new();
        for fork in forks {
            changes.put(Space::Forks, fork.id().as_bytes(), fork.bytes());
        }
        store.apply(store.applied().unwrap(), &changes).unwrap();
    }
    store.close().unwrap();
    let size = |path: &std::path::Path| RocksReader::open(path.join("db")).unwrap().usage().unwrap().total();
    let before = size(&path);
    let read = Ledger::open(&path).unwrap().forks().unwrap();
    assert_eq!(read.len(), 2, "one for each place");

    let depositary = Depositary::open(&path, &world.log, ticking()).unwrap();
    assert_eq!(rows_of_forks(&depositary, &mut world).0, 2 + 1);
    depositary.submit_blocking(observe(&mut world, 2)).unwrap();
    depositary.close();
    assert!(size(&path) < before / 2, "{before} bytes became {}", size(&path));
    let ids = |forks: Vec<truce_log::Fork>| forks.iter().map(|fork| fork.statement.id()).collect::<Vec<_>>();
    assert_eq!(ids(Ledger::open(&path).unwrap().forks().unwrap()), ids(read));
}

/// A clock with a steady one beside it; both are set by the test.
#[derive(Default)]
struct Simulated {
    now: AtomicI64,
    steady: AtomicI64,
}

impl Simulated {
    fn at(now: i64) -> Arc<Self> {
        Arc::new(Self { now: now.into(), steady: 0.into() })
    }

    /// Time passes for both.
    fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Relaxed);
        self.steady.fetch_add(ms, Relaxed);
    }

    /// The time of day alone is set ahead or back.
    fn jump(&self, ms: i64) {
        self.now.fetch_add(ms, Relaxed);
    }
}

impl Clock for Simulated {
    fn now_ms(&self) -> i64 {
        self.now.load(Relaxed)
    }

    fn steady_ms(&self) -> Option<i64> {
        Some(self.steady.load(Relaxed))
    }
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// When the simulated clock starts: an hour after the epoch of the test agreement.
const START: i64 = 1_609_459_200_000 + HOUR;

#[test]
fn a_clock_that_jumps_ahead_records_nothing_until_it_is_right_or_an_operator_says_so() {
    for jump in [HOUR, DAY, 3652 * DAY] {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::default();
        let clock = Simulated::at(START);
        let (depositary, _) = world.found(&folder.path().join("ledger"), Arc::clone(&clock) as _).unwrap();
        clock.pass(HOUR);
        clock.jump(jump);
        let bytes = observe(&mut world, 1);
        let error = depositary.submit_blocking(bytes.clone()).unwrap_err();
        assert_eq!(error.code(), "clock-jumped");
        assert!(error.remedy().contains("truce accept-clock"), "{}", error.remedy());
        assert!(error.to_string().contains("Z, "), "{error}");
        assert!(depositary.clock_jump().is_some() && depositary.stopped().is_none());
        assert_eq!(depositary.register().size(), 6);
        // Put right, the same bytes are recorded, at the right time.
        clock.jump(-jump);
        let receipt = depositary.submit_blocking(bytes).unwrap();
        assert_eq!((receipt.received, depositary.clock_jump()), (START + HOUR, None));
        // Or it was the clock that was right.
        clock.jump(jump);
        let bytes = observe(&mut world, 2);
        assert_eq!(depositary.submit_blocking(bytes.clone()).unwrap_err().code(), "clock-jumped");
        depositary.accept_clock();
        assert_eq!(depositary.submit_blocking(bytes).unwrap().received, START + HOUR + jump);
    }
}

#[test]
fn after_a_jump_that_got_in_entries_take_the_last_time_until_the_world_has_caught_up_at_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut world = World::default();
    let clock = Simulated::at(START);
    let (depositary, _) = world.found(&path, Arc::clone(&clock) as _).unwrap();
    depositary.close();
    // A day ahead, at a start: nothing tells it from a day that has passed.
    clock.jump(DAY);
    let depositary = Depositary::open(&path, &world.log, Arc::clone(&clock) as _).unwrap();
    assert_eq!(depositary.submit_blocking(observe(&mut world, 1)).unwrap().received, START + DAY);
    clock.jump(-DAY);
    assert_eq!(depositary.submit_blocking(observe(&mut world, 2)).unwrap().received, START + DAY);
    assert_eq!(depositary.clock_behind(), Some(DAY));
    depositary.close();
    let depositary = Depositary::open(&path, &world.log, Arc::clone(&clock) as _).unwrap();
    assert_eq!(depositary.submit_blocking(observe(&mut world, 3)).unwrap().received, START + DAY);
    assert_eq!(depositary.clock_behind(), Some(DAY));
    clock.pass(DAY + HOUR);
    let receipt = depositary.submit_blocking(observe(&mut world, 4)).unwrap();
    assert_eq!((receipt.received, depositary.clock_behind()), (START + DAY + HOUR, None));
    depositary.close();
    let report = audit(&LedgerSource::open(&path).unwrap(), &Options::default(), |_| {}).unwrap();
    assert_eq!((report.verdict, report.replayed), (Verdict::Verified, 10), "{report}");
}

#[test]
fn a_start_with_a_clock_years_ahead_waits_for_an_operator_and_a_quarter_of_rest_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut world = World::default();
    let clock = Simulated::at(START);
    let (depositary, _) = world.found(&path, Arc::clone(&clock) as _).unwrap();
    depositary.close();
    clock.pass(92 * DAY);
    let depositary = Depositary::open(&path, &world.log, Arc::clone(&clock) as _).unwrap();
    depositary.submit_blocking(observe(&mut world, 1)).unwrap();
    depositary.close();
    clock.jump(3652 * DAY);
    let depositary = Depositary::open(&path, &world.log, Arc::clone(&clock) as _).unwrap();
    let bytes = observe(&mut world, 2);
    assert_eq!(depositary.submit_blocking(bytes.clone()).unwrap_err().code(), "clock-jumped");
    // What was recorded before is answered all the same.
    assert!(depositary.submit_blocking(world.charter.bytes().to_vec()).unwrap().duplicate);
    clock.jump(-3652 * DAY);
    assert_eq!(depositary.submit_blocking(bytes).unwrap().received, START + 92 * DAY);
}

/// What [`derived`] reads: the register, rows by key, positions by index.
type Derived = (Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>, Vec<Vec<u64>>);

/// Everything in the store that follows from the entries, but for how rows of the indexes were cut by groups.
fn derived(ledger: &Ledger) -> Derived {
    let mut rows = Vec::new();
    for space in [Space::Facts, Space::State, Space::Tiles] {
        ledger
            .store()
            .scan(space, &ScanRange::all(), &mut |key, value| {
                rows.push((key.to_vec(), value.to_vec()));
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    let lists = ["mission", "north", "south"].map(|party| {
        ledger.list(&Filter { party: Some(party.parse().unwrap()), ..Filter::default() }).unwrap()
    });
    (ledger.register().encode(), rows, lists.to_vec())
}

#[test]
fn a_ledger_whose_derived_rows_are_damaged_or_of_an_earlier_build_answers_as_before_once_it_is_rebuilt() {
    let (folder, mut world, depositary) = founded();
    let path = folder.path().join("ledger");
    let pending: Vec<_> =
        (1..=2_600).map(|n| depositary.enqueue_blocking(observe(&mut world, n)).unwrap()).collect();
    for pending in pending {
        pending.receipt_blocking().unwrap();
    }
    depositary.close();
    let before = derived(&Ledger::open(&path).unwrap());
    let spoil = |spoil: &dyn Fn(&RocksStore, &mut Changes)| {
        let store = RocksStore::open(path.join("db")).unwrap();
        let mut changes = Changes::new();
        spoil(&store, &mut changes);
        store.apply(store.applied().unwrap(), &changes).unwrap();
        store.close().unwrap();
    };
    // Facts gone, a tile altered, the register cut.
    spoil(&|store, changes| {
        store
            .scan(Space::Facts, &ScanRange::all().limit(500), &mut |key, _| {
                changes.delete(Space::Facts, key);
                ControlFlow::Continue(())
            })
            .unwrap();
        changes.delete(Space::Tiles, b"tile/0/000");
        changes.put(Space::Tiles, b"tile/0/000", &[7; 8192]);
        changes.put(Space::State, b"register", &store.get(Space::State, b"register").unwrap().unwrap()[..40]);
    });
    let error = Ledger::open(&path).err().expect("it is damaged");
    assert_eq!(error.code(), "store-altered");
    assert!(error.remedy().contains("--rebuild"), "{}", error.remedy());
    let rebuilt = truce_log::rebuild(&path, |_, _| {}).unwrap();
    assert_eq!((rebuilt.size, rebuilt.before), (2_606, 0));
    assert_eq!(derived(&Ledger::open(&path).unwrap()), before);

    // Killed in the middle, it opens for no reader, and goes on where it was.
    let killed = std::panic::catch_unwind(|| {
        truce_log::rebuild(&path, |done, _| assert!(done < 2_000, "killed here"))
    });
    assert!(killed.is_err());
    let error = Ledger::open(&path).err().expect("it is half rebuilt");
    assert_eq!(error.code(), "store-index-behind");
    assert!(error.remedy().contains("--rebuild"), "{}", error.remedy());
    let rebuilt = truce_log::rebuild(&path, |_, _| {}).unwrap();
    assert!(rebuilt.before >= 1_024 && rebuilt.size == 2_606, "{rebuilt:?}");
    assert_eq!(derived(&Ledger::open(&path).unwrap()), before);

    // A register of another version is made anew when the depositary opens.
    spoil(&|store, changes| {
        let mut register = store.get(Space::State, b"register").unwrap().unwrap();
        register[1] = 1;
        changes.put(Space::State, b"register", &register);
    });
    assert_eq!(Ledger::open(&path).err().expect("of another build").code(), "register-version");
    let depositary = Depositary::open(&path, &world.log, ticking()).unwrap();
    assert_eq!(depositary.submit_blocking(observe(&mut world, 2_601)).unwrap().position, 2_606);
    depositary.close();
    let report = audit(&LedgerSource::open(&path).unwrap(), &Options::default(), |_| {}).unwrap();
    assert_eq!((report.verdict, report.replayed), (Verdict::Verified, 2_607), "{report}");
}

#[test]
fn a_ledger_whose_register_an_earlier_build_kept_in_one_piece_is_read_and_goes_on() {
    let (folder, mut world, depositary) = founded();
    let path = folder.path().join("ledger");
    depositary.submit_blocking(observe(&mut world, 1)).unwrap();
    depositary.close();
    let before = derived(&Ledger::open(&path).unwrap());
    let store = RocksStore::open(path.join("db")).unwrap();
    let (mut changes, mut keys, mut number) = (Changes::new(), Vec::new(), 0);
    store
        .scan(Space::State, &ScanRange::all(), &mut |name, bytes| {
            if name.starts_with(b"register") {
                changes.delete(Space::State, name);
            } else if name.starts_with(b"key/") {
                number += 1;
                keys.extend_from_slice(bytes);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    // All of the register but its keys, in whose place is an empty list: this is what stood in one row.
    assert!((1..24).contains(&number), "the head of a list of {number} is one byte");
    let list = [[0x80 + number].as_slice(), &keys].concat();
    let at = before.0.windows(list.len()).position(|part| part == list).unwrap();
    let whole = [&before.0[..at], &[0x80], &before.0[at + list.len()..]].concat();
    changes.put(Space::State, b"register", &whole);
    store.apply(store.applied().unwrap(), &changes).unwrap();
    store.close().unwrap();

    // Readers take it as it is; the depositary gives it the rows of this build.
    assert_eq!(Ledger::open(&path).unwrap().register().encode(), before.0);
    Depositary::open(&path, &world.log, ticking()).unwrap().close();
    assert_eq!(derived(&Ledger::open(&path).unwrap()), before);
    let depositary = Depositary::open(&path, &world.log, ticking()).unwrap();
    assert_eq!(depositary.submit_blocking(observe(&mut world, 2)).unwrap().position, 7);
    depositary.close();
    assert_eq!(Ledger::open(&path).unwrap().size(), 8);
}

#[test]
fn an_entry_that_the_rules_do_not_allow_is_not_rebuilt_into_anything() {
    let (folder, world, depositary) = founded();
    let path = folder.path().join("ledger");
    depositary.close();
    let store = RocksStore::open(path.join("db")).unwrap();
    // Not a statement, though it stands where one should.
    let id = truce_store::BatchId([9; 32]);
    let batch = truce_store::Batch { id, entries: vec![b"nonsense".to_vec()], derived: Changes::new() };
    truce_store::LogStore::append(&store, 6, &batch).unwrap();
    store.close().unwrap();
    assert_eq!(truce_log::rebuild(&path, |_, _| {}).unwrap_err().code(), "malformed-entry");
    assert!(Depositary::open(&path, &world.log, ticking()).is_err());
}
