//! What is done, to whom and when: drawn from the seed before anything begins.

use std::time::Duration;
use truce_tests::network::Random;

/// What can be done to a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum What {
    /// SIGKILL; started again after a while.
    Kill,
    /// SIGSTOP, and SIGCONT after a while.
    Pause,
    /// Its disk has no room for a while.
    Fill,
}

impl What {
    pub(super) const ALL: [Self; 3] = [Self::Kill, Self::Pause, Self::Fill];
}

/// One thing that is done.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    /// Since the beginning.
    pub(super) at: Duration,
    /// Number of the process.
    pub(super) target: usize,
    pub(super) what: What,
    /// How long it lasts.
    pub(super) lasts: Duration,
}

/// Everything that is done in one storm, in order of time.
pub(super) struct Plan {
    pub(super) deeds: Vec<Deed>,
}

/// Deeds for each second, in tenths.
const DENSITY: u64 = 8;

impl Plan {
    /// A storm over `targets`, each with whether it has a disk of its own that can be full. Everything is done to each of
    /// them once, in an order that is drawn; what comes after that is drawn freely.
    pub(super) fn new(random: &mut Random, targets: &[bool], length: Duration) -> Self {
        let possible: Vec<(usize, What)> = (0..targets.len())
            .flat_map(|target| What::ALL.map(|what| (target, what)))
            .filter(|(target, what)| *what != What::Fill || targets[*target])
            .collect();
        let mut chosen = possible.clone();
        for i in (1..chosen.len()).rev() {
            let other = usize::try_from(random.below(i as u64 + 1)).expect("small");
            chosen.swap(i, other);
        }
        let many = usize::try_from(length.as_secs() * DENSITY / 10).expect("a storm has an end");
        while chosen.len() < many {
            let at = usize::try_from(random.below(possible.len() as u64)).expect("small");
            chosen.push(possible[at]);
        }
        // The last tenth is left free, so that what was begun comes to its end.
        let length = u64::try_from(length.as_millis()).expect("a storm has an end") * 9 / 10;
        let count = chosen.len() as u64;
        let deeds = (0..).zip(chosen).map(|(n, (target, what))| {
            let at = length * n / count + random.below(length / count + 1);
            let lasts = match what {
                What::Kill => random.between(100, 2_500),
                What::Pause => random.between(300, 5_000),
                What::Fill => random.between(1_000, 6_000),
            };
            Deed { at: Duration::from_millis(at), target, what, lasts: Duration::from_millis(lasts) }
        });
        let mut deeds: Vec<Deed> = deeds.collect();
        deeds.sort_by_key(|deed| deed.at);
        Self { deeds }
    }
}
