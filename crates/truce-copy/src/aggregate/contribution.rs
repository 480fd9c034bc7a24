//! The contribution of one statement to the counters.

use super::{DAY_MS, Region, Tally, day_of};
use crate::places::places;
use truce_statement::body::reports::{Report, What};
use truce_statement::shape::{Count, Period};
use truce_statement::unit::Known;
use truce_statement::{Body, Statement};

/// Days that one report can be found to cover; a longer one says nothing about single days.
const MAX_COVERED: i64 = 400;

/// The contribution of one statement to the counters of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The day it counts on, since 1970-01-01.
    pub day: i32,
    /// The region.
    pub region: Region,
    /// The figures, without coverage.
    pub tally: Tally,
    /// Days that it covers.
    pub covers: Vec<i32>,
}

/// Contributions of `statement`, one for each region; none for an exercise of the system, and for what has no time.
#[must_use]
pub fn contributions(statement: &Statement) -> Vec<Contribution> {
    let facets = statement.body().facets();
    let Some(time) = facets.time.filter(|_| !facets.drill) else { return Vec::new() };
    if let Body::Report(report) = statement.body() {
        return of_report(report);
    }
    let mut tally = Tally { records: 1, ..Tally::default() };
    count(statement.body(), &mut tally);
    let mut regions: Vec<Region> = facets.zones.iter().map(|zone| Region::Zone((*zone).to_owned())).collect();
    if regions.is_empty() {
        let admin = places(statement.body()).find_map(|place| place.admin.as_ref()?.first().cloned());
        regions.push(admin.map_or(Region::None, |name| Region::Named(name.to_string())));
    }
    regions.dedup();
    let day = day_of(time);
    regions.into_iter().map(|region| Contribution { day, region, tally, covers: Vec::new() }).collect()
}

fn of_report(report: &Report) -> Vec<Contribution> {
    let covers = covered(&report.period);
    let day = report.period.to.local_date().days();
    let of_region = |total: &truce_statement::body::reports::RegionTotal| {
        let mut tally = Tally { records: 1, ..Tally::default() };
        match total.violations {
            Known::NotKnown => tally.not_known = 1,
            Known::Is(violations) => {
                let violations = i64::from(violations.get());
                tally.figures = 1;
                tally.violations = violations;
                if let Some(explosions) = total.explosions {
                    (tally.explosions, tally.explosions_stated) = (i64::from(explosions.get()), 1);
                }
                if let Some(live_fire) = total.live_fire {
                    (tally.live_fire, tally.live_fire_stated) = (i64::from(live_fire.get()), 1);
                    tally.live_fire_of = violations;
                }
            }
        }
        let region = Region::Named(total.region.as_str().to_owned());
        Contribution { day, region, tally, covers: covers.clone() }
    };
    report.regions.iter().map(of_region).collect()
}

/// The days on the period's own clock of which at least half lies in it, and the one on which it ends.
fn covered(period: &Period) -> Vec<i32> {
    let (first, last) = (period.from.local_date().days(), period.to.local_date().days());
    if i64::from(last) - i64::from(first) > MAX_COVERED {
        return vec![last];
    }
    let local =
        |stamp: truce_statement::unit::Stamp| stamp.ms() + i64::from(stamp.offset().minutes()) * 60_000;
    let (from, to) = (local(period.from), local(period.to));
    let half = |day: &i32| {
        let begins = i64::from(*day) * DAY_MS;
        to.min(begins + DAY_MS) - from.max(begins) >= DAY_MS / 2
    };
    (first..=last).filter(|day| *day == last || half(day)).collect()
}

/// Figures of kinds that are no periodic reports.
fn count(body: &Body, tally: &mut Tally) {
    let mut figure = |count: &Known<Count>| match count {
        Known::NotKnown => {
            tally.not_known += 1;
            0
        }
        Known::Is(count) => {
            tally.figures += 1;
            tally.approximate += i64::from(count.about.is_some());
            i64::from(count.n.get())
        }
    };
    match body {
        Body::Observation(b) => {
            let n = figure(&b.count);
            let known = b.count.value().is_some();
            if matches!(
                b.what,
                What::Explosion
                    | What::Projectile
                    | What::TracerRound
                    | What::Burst
                    | What::Shot
                    | What::BurstAndShot
                    | What::MuzzleFlash
                    | What::IlluminationFlare
                    | What::Flare
                    | What::Gunfire
                    | What::Violation
            ) {
                tally.violations = n;
                if b.what == What::Explosion && known {
                    (tally.explosions, tally.explosions_stated) = (n, 1);
                } else if let Some(explosions) = b.explosions {
                    (tally.explosions, tally.explosions_stated) = (i64::from(explosions.get()), 1);
                }
                if b.assessed_as.as_ref().is_some_and(|word| word.as_str() == "live-fire-training") && known {
                    (tally.live_fire, tally.live_fire_stated, tally.live_fire_of) = (n, 1, n);
                }
            } else {
                tally.counted = n;
            }
        }
        Body::Weapons(b) => {
            let n = figure(&b.count);
            tally.counted = n;
        }
        Body::Harm(b) => {
            let people: i64 =
                b.people.iter().flat_map(|people| people.iter()).map(|p| figure(&p.count)).sum();
            // Where a data set gives deaths, its groups of people are not given beside them.
            tally.counted = b.deaths.as_ref().map_or(people, |deaths| i64::from(deaths.best.get()));
        }
        _ => {}
    }
}
