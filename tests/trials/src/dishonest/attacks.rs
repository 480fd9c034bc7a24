//! What a depositary can do that has the log's key, in the network of one cast each.

use super::cast::{Cast, MIRRORS, WITNESSES};
use super::forged::Forged;
use super::front;
use std::path::{Path, PathBuf};
use std::time::Duration;
use truce_receipt::Receipt;
use truce_statement::{Entry, EntryHash};
use truce_tests::network::server::{Reply, get};
use truce_tests::world::{ORIGIN, World, observation};
use truce_tlog::Ed25519NoteSigner;

pub(super) struct Attack {
    pub(super) name: &'static str,
    /// The alarm that must come.
    pub(super) code: &'static str,
    /// Alarms that may come with it; any other is a false one.
    pub(super) beside: &'static [&'static str],
    /// The fraud proof that must be on file.
    pub(super) proof: Option<&'static str>,
    /// Every fraud proof must say that the key had ended, and who held it is not shown; else none may.
    pub(super) doubt: bool,
    pub(super) run: fn(&mut Cast),
}

/// A reader is shown what no quorum has cosigned; mirrors that refuse it stay behind.
const UNSIGNED: &[&str] = &["not-final", "replay-failed", "stale", "shrunk"];
/// Mirrors that refuse it stay behind.
const REFUSED: &[&str] = &["replay-failed", "stale"];

macro_rules! attack {
    ($name:literal, $code:literal, $beside:expr, $proof:expr, $run:expr) => {
        Attack { name: $name, code: $code, beside: $beside, proof: $proof, doubt: false, run: $run }
    };
    ($name:literal, $code:literal, $beside:expr, $proof:expr, in doubt, $run:expr) => {
        Attack { name: $name, code: $code, beside: $beside, proof: $proof, doubt: true, run: $run }
    };
}

pub(super) const ALL: &[Attack] = &[
    attack!("fork for one reader: same size, other root", "fork", UNSIGNED, Some("fork"), same_size),
    attack!("fork for one reader: other sizes, inconsistent", "fork", UNSIGNED, Some("fork"), other_size),
    attack!("fork after witnessing: the end is rewritten for all", "fork", UNSIGNED, Some("fork"), rewritten),
    attack!("fork shown to two of the five witnesses alone", "fork", &[], Some("fork"), two_witnesses),
    attack!("fork that a quorum of colluding witnesses cosigned", "fork", &[], Some("fork"), colluding),
    attack!("witnesses asked to cosign a fork, one reader shown it", "fork", UNSIGNED, Some("fork"), asked),
    attack!("another agreement's log served under the key", "fork", UNSIGNED, Some("fork"), other_agreement),
    attack!("dropped after the receipt, nothing in its place", "missing-entry", &[], None, dropped),
    attack!("dropped after the receipt, the log goes on", "fork", &[], Some("fork"), dropped_and_gone_on),
    attack!("dropped after 202, without a receipt", "missing-entry", &[], None, promised),
    attack!("entry replaced by another after the receipt", "fork", UNSIGNED, Some("fork"), replaced),
    attack!("receipt that leads nowhere, the entry dropped", "missing-entry", &[], None, false_receipt),
    attack!("COSE receipt of a fork, with its checkpoint", "fork", &[], Some("fork"), cose_with_checkpoint),
    attack!("COSE receipt of a fork, without checkpoint", "other-tree", &[], None, cose_without_checkpoint),
    attack!(
        "one position promised to two, neither recorded",
        "two-entries",
        &["missing-entry"],
        Some("two-entries"),
        promised_to_two
    ),
    attack!(
        "received dated back before the entry before it",
        "back-dated",
        REFUSED,
        Some("back-dated"),
        back_dated
    ),
    attack!("received of a witnessed entry changed later", "fork", UNSIGNED, Some("fork"), dated_anew),
    attack!("rollback after a restore: a smaller tree", "shrunk", &["stale"], None, rolled_back),
    attack!("rollback after a restore, regrown differently", "fork", UNSIGNED, Some("fork"), regrown),
    attack!("tiles withheld from all", "withheld", &["stale"], None, no_tiles),
    attack!("entries withheld from all", "withheld", &["stale"], None, no_entries),
    attack!("entries withheld from one reader", "stale", &[], None, no_entries_for_one),
    attack!("a tile with one byte altered", "replay-failed", &["stale"], None, altered_tile),
    attack!("a bundle with one byte altered", "replay-failed", &["stale"], None, altered_bundle),
    attack!("all readers shown an old state", "stale", &[], None, old_state),
    attack!("checkpoint signed with another key", "bad-checkpoint", &[], None, other_key),
    attack!("cosignatures stripped", "not-final", &[], None, stripped),
    attack!("report left out of the middle of a feed", "replay-failed", &["stale"], None, left_out),
    attack!("report by a key that nobody granted", "replay-failed", &["stale"], None, stranger),
    attack!("report by a party whose role may not report", "replay-failed", &["stale"], None, wrong_role),
    attack!("report that its key did not sign", "bad-signature", REFUSED, Some("bad-signature"), unsigned),
    attack!(
        "entry without the hash of the one before",
        "broken-chain",
        REFUSED,
        Some("broken-chain"),
        broken_chain
    ),
    attack!(
        "ended key: asks witnesses for a tree of its own",
        "bad-checkpoint",
        UNSIGNED,
        None,
        ended_key_asks
    ),
    attack!("ended key: forks where it had signed", "fork", UNSIGNED, Some("fork"), in doubt, ended_key_forks),
    attack!("key in force, stolen: forks", "fork", UNSIGNED, Some("fork"), stolen_key_forks),
    attack!("key in force, stolen: misleads a witness", "fork", &[], Some("fork"), stolen_key_misleads),
    attack!("old fork, disowned by a change of key", "fork", UNSIGNED, Some("fork"), disowned),
];

/// Two reports, recorded; the log, and the same log with the two in the other order.
fn branch(cast: &mut Cast) -> (Forged, Forged) {
    let size = cast.size();
    let (first, second) = (cast.record(0), cast.record(3));
    let honest = cast.honest();
    let mut other = honest.begin(size);
    let at = usize::try_from(size).expect("small");
    other.take(second.bytes(), honest.entry(at).received);
    other.take(first.bytes(), honest.entry(at + 1).received);
    (honest, other)
}

fn same_size(cast: &mut Cast) {
    cast.mirrored[1].shows(cast.snapshot());
    let (_, other) = branch(cast);
    cast.mirrored[1].shows(cast.shown(&other));
}

fn other_size(cast: &mut Cast) {
    cast.mirrored[1].shows(cast.snapshot());
    let (_, other) = branch(cast);
    cast.mirrored[1].shows(cast.shown(&other.begin(other.size() - 1)));
}

fn rewritten(cast: &mut Cast) {
    let (_, other) = branch(cast);
    cast.settle();
    for n in 0..WITNESSES {
        assert_eq!(cast.ask_witness(n, &other), None, "a witness cosigned a fork");
    }
    cast.show_all(&cast.shown(&other));
}

fn two_witnesses(cast: &mut Cast) {
    cast.shut_gates([0, 1]);
    let (_, other) = branch(cast);
    for n in [0, 1] {
        assert!(cast.ask_witness(n, &other).is_some(), "a witness cosigns what it cannot tell from the log");
    }
}

fn colluding(cast: &mut Cast) {
    cast.mirrored[1].shows(cast.snapshot());
    let (_, other) = branch(cast);
    cast.mirrored[1].shows(cast.colluding(&other));
}

fn asked(cast: &mut Cast) {
    cast.mirrored[1].shows(cast.snapshot());
    let (honest, mut other) = branch(cast);
    cast.settle_without_one();
    let (more, _) = cast.sign(4);
    other.take(more.bytes(), honest.received());
    for n in 0..WITNESSES {
        assert_eq!(cast.ask_witness(n, &other), None, "a witness cosigned a fork");
    }
    cast.mirrored[1].shows(cast.shown(&other));
}

fn other_agreement(cast: &mut Cast) {
    let mut world = World::new(ORIGIN);
    let received = cast.honest().entry(0).received;
    let mut other = Forged::of(&[]);
    other.take(world.charter.bytes(), received);
    for accession in world.accessions(&[]) {
        other.take(accession.bytes(), received);
    }
    cast.show_all(&cast.shown(&other));
}

/// The log with one more report of a member that the depositary never records, and where the report is.
fn only_said(cast: &mut Cast, member: usize) -> (Forged, PathBuf) {
    let (signed, file) = cast.sign(member);
    let mut said = cast.honest();
    said.take(signed.bytes(), said.received());
    (said, file)
}

fn dropped(cast: &mut Cast) {
    let (said, file) = only_said(cast, 0);
    cast.desk.shows(front::acknowledges(cast.receipt(&said)));
    cast.hand_in_briefly(0, std::slice::from_ref(&file));
    cast.desk.is_honest();
    cast.expected = vec![file.with_extension("tlog-proof")];
    cast.watch();
}

fn dropped_and_gone_on(cast: &mut Cast) {
    dropped(cast);
    cast.record(3);
    cast.record(4);
}

fn promised(cast: &mut Cast) {
    let (signed, file) = cast.sign(0);
    let mut reply = Reply::new(202, "text/plain", "");
    reply.headers.push(format!("location: /entries/{}", signed.id()));
    reply.headers.push("retry-after: 1".to_owned());
    cast.desk.shows(front::acknowledges(reply));
    cast.hand_in_briefly(0, std::slice::from_ref(&file));
    cast.expected = vec![file];
    cast.watch();
}

fn replaced(cast: &mut Cast) {
    let size = cast.size();
    let (_, file) = cast.sign(0);
    assert_eq!(cast.hand_in(0, std::slice::from_ref(&file), "final"), Some(0), "the report is recorded");
    let honest = cast.honest();
    let (in_its_place, _) = cast.sign(3);
    let mut other = honest.begin(size);
    other.take(in_its_place.bytes(), honest.received());
    let answer = cast.colluding(&other);
    cast.show_all(&answer);
    cast.expected = vec![file.with_extension("tlog-proof")];
    // One reader who has the receipt, remembers nothing, and knows nobody.
    cast.watch_alone();
}

fn false_receipt(cast: &mut Cast) {
    let (mut said, file) = only_said(cast, 0);
    let (other, _) = cast.sign(3);
    said.push(Entry { statement: other.bytes(), ..said.entry(said.entries.len() - 1) }.encode());
    cast.desk.shows(front::acknowledges(cast.receipt(&said)));
    cast.hand_in_briefly(0, std::slice::from_ref(&file));
    cast.expected = vec![file];
    cast.watch();
}

/// A COSE receipt of the last report of a history, as SCRAPI hands it out, on file beside the report.
fn receipted(cast: &Cast, said: &Forged, file: &Path, with_checkpoint: bool) -> PathBuf {
    let checkpoint = cast.sign_log(said);
    let (position, path) = (said.size() - 1, said.prove_last(&checkpoint).path().to_vec());
    let entry = said.entry(said.entries.len() - 1);
    let agreement = cast.world().agreement();
    let mut receipt =
        Receipt::issue(cast.key(), agreement, &checkpoint, position, path, &entry).expect("a receipt");
    if with_checkpoint {
        receipt = receipt.with_checkpoint(&checkpoint).expect("a receipt");
    }
    let receipted = file.with_extension("receipt");
    std::fs::write(&receipted, receipt.to_bytes()).expect("a receipt");
    receipted
}

/// A receipt of a report that is in a fork of the log.
fn cose(cast: &mut Cast, with_checkpoint: bool) {
    let (said, file) = only_said(cast, 0);
    let receipted = receipted(cast, &said, &file, with_checkpoint);
    cast.record(3);
    cast.record(4);
    cast.expected = vec![receipted];
    cast.watch();
}

/// Two submitters are given receipts for one position, each in a history that nobody is shown.
fn promised_to_two(cast: &mut Cast) {
    let (said, first) = only_said(cast, 0);
    cast.desk.shows(front::acknowledges(cast.receipt(&said)));
    cast.hand_in_briefly(0, std::slice::from_ref(&first));
    cast.desk.is_honest();
    let (said, second) = only_said(cast, 3);
    let second = receipted(cast, &said, &second, true);
    cast.expected = vec![first.with_extension("tlog-proof"), second];
    cast.watch();
}

fn cose_with_checkpoint(cast: &mut Cast) {
    cose(cast, true);
}

fn cose_without_checkpoint(cast: &mut Cast) {
    cose(cast, false);
}

/// A history that grew out of the log, cosigned by every witness, for they do not read it; shown to all.
fn publish(cast: &mut Cast, log: &Forged) {
    cast.shut_gates(0..WITNESSES);
    let answer = cast.witnessed(log);
    cast.show_all(&answer);
}

fn back_dated(cast: &mut Cast) {
    let (signed, _) = cast.sign(0);
    let mut log = cast.honest();
    log.take(signed.bytes(), log.received() - 60_000);
    publish(cast, &log);
}

fn dated_anew(cast: &mut Cast) {
    cast.record(0);
    cast.settle();
    let honest = cast.honest();
    let last = honest.entry(honest.entries.len() - 1);
    let mut other = honest.begin(honest.size() - 1);
    other.take(last.statement, last.received + 3_600_000);
    cast.show_all(&cast.shown(&other));
}

fn rolled_back(cast: &mut Cast) {
    let before = cast.snapshot();
    branch(cast);
    cast.settle();
    cast.show_all(&before);
}

fn regrown(cast: &mut Cast) {
    let before = cast.snapshot();
    let (honest, mut other) = branch(cast);
    cast.settle();
    cast.show_all(&before);
    std::thread::sleep(Duration::from_secs(1));
    let (more, _) = cast.sign(4);
    other.take(more.bytes(), honest.received());
    cast.show_all(&cast.shown(&other));
}

fn no_tiles(cast: &mut Cast) {
    cast.show_all(&front::hides("/tile/0/"));
    cast.record(0);
}

fn no_entries(cast: &mut Cast) {
    cast.show_all(&front::hides("/tile/entries/"));
    cast.record(0);
}

fn no_entries_for_one(cast: &mut Cast) {
    cast.mirrored[1].shows(front::hides("/tile/entries/"));
    cast.record(0);
}

fn flip_last(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

fn altered_tile(cast: &mut Cast) {
    cast.show_all(&front::changes(cast.depositary, "/tile/0/", |bytes| flip_last(bytes)));
    cast.record(0);
}

fn altered_bundle(cast: &mut Cast) {
    cast.show_all(&front::changes(cast.depositary, "/tile/entries/", |bytes| flip_last(bytes)));
    cast.record(0);
}

fn old_state(cast: &mut Cast) {
    cast.show_all(&cast.snapshot());
    cast.record(0);
}

fn other_key(cast: &mut Cast) {
    let log = cast.honest();
    let thief = Ed25519NoteSigner::from_seed(ORIGIN, &[77; 32]).expect("a fixed key");
    let note = log.sign(ORIGIN, &thief).note().to_string();
    cast.public.shows(front::log(log.files(&note)));
}

fn stripped(cast: &mut Cast) {
    cast.show_all(&front::changes(cast.depositary, "/checkpoint", |bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let kept = text.lines().filter(|line| !line.starts_with("\u{2014} witness."));
        *bytes = kept.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes();
    }));
    cast.record(0);
}

fn left_out(cast: &mut Cast) {
    cast.sign(0);
    let (second, _) = cast.sign(0);
    let mut log = cast.honest();
    log.take(second.bytes(), log.received());
    publish(cast, &log);
}

fn stranger(cast: &mut Cast) {
    let mut pen = cast.stranger(0, 4246);
    let signed = pen.sign(observation(7, "invented"), Vec::new()).expect("sound");
    let mut log = cast.honest();
    log.take(signed.bytes(), log.received());
    publish(cast, &log);
}

fn wrong_role(cast: &mut Cast) {
    let (signed, _) = cast.sign(1);
    let mut log = cast.honest();
    log.take(signed.bytes(), log.received());
    publish(cast, &log);
}

fn unsigned(cast: &mut Cast) {
    let (signed, _) = cast.sign(0);
    let mut bytes = signed.bytes().to_vec();
    flip_last(&mut bytes);
    let mut log = cast.honest();
    log.take(&bytes, log.received());
    publish(cast, &log);
}

fn broken_chain(cast: &mut Cast) {
    let (signed, _) = cast.sign(0);
    let mut log = cast.honest();
    let prev = EntryHash::from_bytes([7; 32]);
    log.push(Entry { prev, received: log.received(), statement: signed.bytes() }.encode());
    publish(cast, &log);
}

/// A report that is recorded, its receipt expected; the log with it, and the same log with another report in its place.
fn receipt_and_fork(cast: &mut Cast) -> (Forged, Forged) {
    let size = cast.size();
    let (_, file) = cast.sign(0);
    assert_eq!(cast.hand_in(0, std::slice::from_ref(&file), "final"), Some(0), "the report is recorded");
    cast.expected = vec![file.with_extension("tlog-proof")];
    let honest = cast.honest();
    let (in_its_place, _) = cast.sign(3);
    let mut other = honest.begin(size);
    other.take(in_its_place.bytes(), honest.received());
    (honest, other)
}

/// The parties have replaced the key; whoever has the old one signs on.
fn ended_key_asks(cast: &mut Cast) {
    cast.replace_key();
    cast.record(0);
    cast.settle();
    let (more, _) = cast.sign(3);
    let mut log = cast.honest();
    log.take(more.bytes(), log.received());
    let checkpoint = log.sign(ORIGIN, cast.old_key());
    for n in 0..WITNESSES {
        assert_eq!(cast.ask_witness_about(n, &log, &checkpoint), None, "a witness cosigned for an ended key");
    }
    // The log is cosigned as before.
    cast.record(4);
    let answer = Cast::shown_by(&log, cast.old_key());
    cast.public.shows(answer);
}

fn ended_key_forks(cast: &mut Cast) {
    let (_, other) = receipt_and_fork(cast);
    cast.replace_key();
    cast.record(4);
    cast.settle();
    cast.watch();
    cast.settle();
    let answer = Cast::shown_by(&other, cast.old_key());
    cast.public.shows(answer);
}

fn stolen_key_forks(cast: &mut Cast) {
    cast.replace_key();
    cast.record(4);
    let (_, other) = receipt_and_fork(cast);
    cast.settle();
    cast.watch();
    cast.settle();
    let answer = Cast::shown_by(&other, cast.next_key());
    cast.public.shows(answer);
}

/// The thief is quicker than the parties: one witness has cosigned what the log never had, and is the log's no more.
fn stolen_key_misleads(cast: &mut Cast) {
    cast.settle();
    cast.shut_gates([0]);
    let (more, _) = cast.sign(3);
    let mut log = cast.honest();
    log.take(more.bytes(), log.received());
    assert!(cast.ask_witness(0, &log).is_some(), "a witness cosigns what it cannot tell from the log");
    // The quorum of the others goes on.
    cast.record(0);
    cast.settle();
}

/// A quorum colludes in a fork; then the key is replaced, so that whoever found the old one may have made it.
fn disowned(cast: &mut Cast) {
    let (_, other) = receipt_and_fork(cast);
    let answer = cast.colluding(&other);
    // A cosignature of the very second is not from before it.
    std::thread::sleep(Duration::from_secs(2));
    cast.replace_key();
    cast.record(4);
    cast.settle();
    cast.watch();
    cast.settle();
    cast.public.shows(answer);
}

/// Nothing of all that: a log that grows, with receipts of both forms expected, a mirror that pauses, a witness that is
/// killed and a depositary that is killed. For longer than anything may last without being an alarm.
pub(super) fn honest(cast: &mut Cast) {
    let (signed, file) = cast.sign(0);
    assert_eq!(cast.hand_in(0, std::slice::from_ref(&file), "final"), Some(0), "the report is recorded");
    let path = format!("/entries/{}", signed.id());
    let (_, _, receipt) = get(cast.depositary, &path, &["accept: application/cose"]).expect("it answers");
    let receipted = file.with_extension("receipt");
    std::fs::write(&receipted, receipt).expect("a receipt");
    cast.expected = vec![file.with_extension("tlog-proof"), receipted, file];
    cast.watch();
    cast.settle();
    for round in 0..14 {
        match round {
            2 => cast.mirrors[1].signal("STOP"),
            4 => cast.mirrors[1].signal("CONT"),
            5 => drop(cast.servers[2].kill(Duration::from_secs(2))),
            8 => drop(cast.servers[0].kill(Duration::ZERO)),
            _ => {}
        }
        cast.tend_servers();
        let (_, file) = cast.sign([0, 3, 4][round % 3]);
        assert_eq!(cast.hand_in([0, 3, 4][round % 3], &[file], "final"), Some(0), "reports are recorded");
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(cast.mirrors.len(), MIRRORS);
    cast.settle();
}
