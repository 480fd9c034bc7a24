//! The storm: a depositary, five witnesses, three submitters, two mirrors and a monitor, all of them processes of the
//! program `truce`, are killed, paused, given full disks, and linked by links that drop, delay, duplicate and truncate.
//! Then it is quiet, and everything must come right by itself: no acknowledged statement lost or moved, the mirrors
//! equal to the log byte for byte, everything final by the quorum, and not one alarm of the monitor.
//!
//! What is done, to whom and when, follows from the seed. What the processes make of it does not: they run for real.

mod inquest;
mod plan;
mod scene;
mod submitter;

use plan::{Deed, Plan};
use scene::Scene;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use truce_tests::network::Random;
use truce_tests::network::link::{GUST, LULL};

/// The longest that the network may take to recover: a mirror that failed often looks once a minute.
const QUIET: Duration = Duration::from_secs(180);

/// Runs one storm. `--seconds N`, 120 where absent; `--seed N` to repeat one.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        Some(args.get(at + 1)?.parse::<u64>().unwrap_or_else(|_| panic!("{name} takes a number")))
    };
    let seconds = value("--seconds").unwrap_or(120).clamp(10, 24 * 60 * 60);
    let seed = value("--seed").unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}, {seconds} s of storm");
    let mut random = Random(seed);
    let mut scene = Scene::new(&mut random);
    scene.wait_until_it_runs(Duration::from_secs(60));
    let plan = Plan::new(&mut random, scene.targets(), Duration::from_secs(seconds));
    rage(&mut scene, plan, &mut random, Duration::from_secs(seconds));
    println!("quiet after {} deeds; waiting for everything to recover by itself", scene.deeds());
    let start = Instant::now();
    let faults = scene.recover(QUIET);
    println!("recovered in {:.1} s", start.elapsed().as_secs_f64());
    inquest::hold(scene, faults)
}

/// Does what the plan says, and starts again what was killed, as a service manager does. The links have gusts and lulls.
fn rage(scene: &mut Scene, plan: Plan, random: &mut Random, length: Duration) {
    let start = Instant::now();
    let mut deeds = plan.deeds.into_iter().peekable();
    let (mut told, mut turn, mut gust) = (0, Duration::ZERO, false);
    while start.elapsed() < length {
        if start.elapsed() >= turn {
            gust = !gust;
            turn += Duration::from_millis(random.between(3_000, 9_000));
            scene.weather(if gust { GUST } else { LULL });
        }
        while let Some(deed) = deeds.next_if(|deed: &Deed| deed.at <= start.elapsed()) {
            scene.does(&deed);
        }
        scene.tend();
        let minute = start.elapsed().as_secs() / 30;
        if minute > told {
            told = minute;
            println!("{:>5} s: {}", start.elapsed().as_secs(), scene.in_short());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    scene.weather(0);
}
