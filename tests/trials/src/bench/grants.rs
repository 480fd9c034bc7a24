//! Key grants: what an audit costs where a party grants one key after another.
//!
//! Two logs that hold little else, one with twice the grants of the other, audited by `truce verify` in a process of its
//! own, in turns. With `--against PROGRAM`, another build of `truce` takes its turn each time.

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use truce_log::{Depositary, SystemClock};
use truce_statement::SecretKey;
use truce_statement::body::agreement::KeyGrant;
use truce_tests::service;
use truce_tests::world::World;

/// Grants of the larger log.
const GRANTS: u32 = 64_000;
/// Statements handed in before their receipts are awaited.
const WAITING: usize = 1024;
/// Each program audits each log so many times; the least time counts.
const TURNS: usize = 3;

/// One audit, seconds.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

/// Measures and puts `verify_grants_ratio`, and with `against` also `verify_grants_ratio_against`, into `out`: processor
/// time of the larger log over that of the smaller.
pub(super) fn measure(
    folder: &Path,
    scale: u32,
    against: Option<PathBuf>,
    quiet: bool,
    out: &mut Map<String, Value>,
) {
    let say = |line: String| super::tell(quiet, &line);
    let sizes = [GRANTS / 2 / scale, GRANTS / scale];
    let logs = sizes.map(|grants| {
        let (start, ledger) = (Instant::now(), folder.join(format!("ledger-{grants}")));
        grow(&ledger, grants);
        let published = folder.join(format!("published-{grants}"));
        super::replay::publish(&ledger, &published);
        say(format!("log of {grants} key grants, made in {:.1} s", start.elapsed().as_secs_f64()));
        published
    });
    let mut programs = vec![("verify_grants_ratio", service::program())];
    programs.extend(against.map(|program| ("verify_grants_ratio_against", program)));
    let mut best = vec![[Cost { wall: f64::INFINITY, cpu: f64::INFINITY }; 2]; programs.len()];
    for _ in 0..TURNS {
        for ((_, program), best) in programs.iter().zip(&mut best) {
            for (log, best) in logs.iter().zip(best) {
                let cost = verify(program, log);
                *best = Cost { wall: best.wall.min(cost.wall), cpu: best.cpu.min(cost.cpu) };
            }
        }
    }
    for ((key, program), [small, large]) in programs.iter().zip(best) {
        say(format!("audit by {}", program.display()));
        for (grants, cost) in sizes.iter().zip([small, large]) {
            say(format!(
                "  {grants:>6} grants             {:>10.2} s, {:.2} s of processor time",
                cost.wall, cost.cpu
            ));
        }
        let ratio = large.cpu / small.cpu;
        say(format!("  twice the grants cost     {ratio:>10.2} times (bar: at most 2.2)"));
        out.insert((*key).into(), super::round(ratio));
    }
}

/// A log in which the first party grants `grants` keys, one after another.
fn grow(folder: &Path, grants: u32) {
    let mut world = World::default();
    let (depositary, _) =
        Depositary::create(folder, world.charter.bytes(), &world.log, Arc::new(SystemClock))
            .expect("a new ledger");
    for accession in world.accessions(&[]) {
        depositary.submit_blocking(accession.bytes().to_vec()).expect("an accession is admitted");
    }
    let granted: Vec<u32> = (0..grants).collect();
    for some in granted.chunks(WAITING) {
        let pending: Vec<_> = some
            .iter()
            .map(|n| {
                let grant = KeyGrant {
                    key: secret(*n).public().clone(),
                    drill: None,
                    kinds: None,
                    label: None,
                    proof: None,
                    valid_until: None,
                };
                let grant = world.members[0].root.sign(grant, Vec::new()).expect("a sound grant");
                depositary.enqueue_blocking(grant.bytes().to_vec()).expect("sound statements are taken")
            })
            .collect();
        for pending in pending {
            pending.receipt_blocking().expect("a sound grant is admitted");
        }
    }
    depositary.close();
}

fn secret(n: u32) -> SecretKey {
    let mut seed = [0xa7; 32];
    seed[..4].copy_from_slice(&n.to_be_bytes());
    SecretKey::from_seed(&seed).expect("a seed makes a sound key")
}

fn verify(program: &Path, published: &Path) -> Cost {
    let (start, before) = (Instant::now(), super::cpu::children_seconds());
    let status = Command::new(program).arg("verify").arg(published).stdout(Stdio::null()).status();
    let cost = Cost { wall: start.elapsed().as_secs_f64(), cpu: super::cpu::children_seconds() - before };
    assert!(status.expect("the program runs").success(), "{} refused its own log", program.display());
    cost
}
