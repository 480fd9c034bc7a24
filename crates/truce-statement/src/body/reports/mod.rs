//! Reports of observers: periodic reports, restrictions of movement, weapons, early warning. Single
//! observations and harm done have modules of their own.

mod harm;
mod observation;

pub use harm::{
    AgeGroup, Coding, Deaths, Effect, External, GROUPS_MAX, Harm, Named, ObjectClass, ObjectHarmed, Parties,
    PeopleHarmed, Sex, Standing,
};
pub use observation::{Description, Flight, Means, Observation, What};

use crate::body::{Body, Facets, Fault, KindBody};
use crate::id::FileHash;
use crate::kind::Kind;
use crate::shape::{Count, Discrepancy, EvidenceList, Period, Place, When};
use crate::unit::{Calibre, Date, Known, Minutes, Name, NonEmpty, Stamp, Tally, Text, True, Word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Regions one report can give totals for.
pub const REGIONS_MAX: usize = 64;
/// Serial numbers one statement on weapons can carry.
pub const SERIALS_MAX: usize = 256;

/// Header of a periodic report: what it covers, and its totals per region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Moment at which the counting stopped, on the mission's clock, such as 2021-02-07T19:30:00+02:00. Its
    /// date there is not after `issued`.
    pub cutoff: Stamp,
    /// Day on which the report was issued.
    pub issued: Date,
    /// Number of the report, such as 30/2021.
    pub number: Name,
    /// Period that the totals cover; it does not run past the cut-off.
    pub period: Period,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Totals, each region once.
    pub regions: NonEmpty<RegionTotal, REGIONS_MAX>,
    /// Means of observation in the period, and their limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Mark a cut-off that the published report does not state and that was taken from the mission's practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff_assumed: Option<True>,
    /// The cut-off as the published report prints it, only where that cannot be right; `cutoff` then has the one meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff_printed: Option<Stamp>,
}

/// Totals of one region in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionTotal {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Name of the region.
    pub region: Name,
    /// Violations the report gives for the period before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Tally>,
    /// Violations assessed as live-fire training; they are among the violations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_fire: Option<Tally>,
    /// Explosions; they are among the violations. Leave out where the report gives no figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explosions: Option<Tally>,
    /// Ceasefire violations. 0 when none were recorded; "not-known" when nobody could watch.
    pub violations: Known<Tally>,
    /// Period that `previous` is compared with; stands exactly where `previous` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_basis: Option<PreviousBasis>,
}

/// Period that the figure for the period before refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PreviousBasis {
    /// The reporting period before, however long it was.
    PreviousReportingPeriod,
    /// The 24 hours before.
    #[serde(rename = "previous-24-hours")]
    #[schemars(rename = "previous-24-hours")]
    Previous24Hours,
}

/// Means of observation in the period, and their limits. A field that is left out is not stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Posts and patrol bases that were manned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<Tally>,
    /// Cameras in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cameras: Option<Tally>,
    /// Patrols that went out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patrols: Option<Tally>,
    /// Cameras that were out of order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cameras_out: Option<Tally>,
    /// Flights of unmanned aircraft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uav_flights: Option<Tally>,
    /// Restrictions of movement that were met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrictions: Option<Tally>,
}

/// A restriction of the observers' freedom of movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// Those who restricted, as the mission words it: armed formations, border guards ...; never a person's
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    /// Moment at which the patrol left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Stamp>,
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Time of the event, only where the moment of arrival is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Place of the event.
    pub place: Place,
    /// Members of the patrol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Known<Tally>>,
    /// Reason the patrol was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Number of the periodic or spot report it was printed in, such as 30/2021.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Name>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The reporter's own status word: observed, recorded, assessed, followed-up, corroborated, confirmed ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Word>,
    /// Moment at which the patrol arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Stamp>,
    /// Moment at which the patrol was told that it may, or may not, go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Stamp>,
    /// Outcome for the patrol; "not-known" where the source does not say.
    pub outcome: Known<Outcome>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Vehicles of the patrol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicles: Option<Known<Tally>>,
    /// Destination of the patrol, such as "to government-controlled".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travelling: Option<Name>,
    /// Prior announcement of the passage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_before: Option<Known<YesNo>>,
    /// Delay in minutes as the published report prints it, even where its own times give another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_printed_min: Option<Minutes>,
}

/// Outcomes of a restriction of movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Refused passage.
    Denied,
    /// Let through after waiting.
    Delayed,
    /// Let through on a condition.
    Conditional,
    /// A restriction that stood before was lifted.
    Resumed,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl crate::unit::SameShape for Outcome {}
impl crate::unit::SameShape for YesNo {}

/// Weapons seen, or missing, against withdrawal lines and storage rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weapons {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Time at which they were seen or found missing.
    pub when: When,
    /// Number of weapons.
    pub count: Known<Count>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Means by which the mission knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
    /// Place of the weapons; one whose name is not known still says who controls it.
    pub place: Place,
    /// Number of the periodic or spot report it was printed in, such as 30/2021.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Name>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The reporter's own status word: observed, recorded, assessed, followed-up, corroborated, confirmed ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Word>,
    /// Type as reported, such as "tank (T-64)", or "not-known".
    pub weapon: Known<Name>,
    /// Serial numbers as salted SHA-256 hashes, so that a weapon can be recognised without its number being published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serials: Option<NonEmpty<FileHash, SERIALS_MAX>>,
    /// Rule under which they are counted.
    pub category: WeaponsCategory,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Calibre in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibre_mm: Option<Calibre>,
}

/// The mission's own categories of weapons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeaponsCategory {
    /// Forward of the line behind which they must be withdrawn.
    InViolationOfWithdrawalLines,
    /// Behind the line, but outside a storage site.
    BeyondLinesOutsideStorage,
    /// At a site that does not let the mission verify them as withdrawn.
    NotVerifiedAsWithdrawn,
    /// Missing from a heavy weapons holding area.
    MissingFromHoldingArea,
    /// Missing from a permanent storage site.
    MissingFromPermanentStorage,
    /// Inside the security zone.
    InsideSecurityZone,
}

/// Early warning: something that may become serious, with what is known and what is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Time at which it was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Facts that are known.
    pub known: Text,
    /// Place that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// One line.
    pub title: Name,
    /// Subject of the signal.
    pub topic: SignalTopic,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Period in which it may happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<Period>,
    /// Urgency: how soon somebody has to look at it.
    pub urgency: Urgency,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Facts that are not known, and would help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_known: Option<Text>,
}

/// Subjects of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignalTopic {
    /// Forces, weapons, movements.
    Military,
    /// Water, industry, mines, fire.
    Environmental,
    /// Disease, supply of medicine.
    Health,
    /// Networks and systems.
    Cyber,
    /// Anything else.
    Other,
}

/// Urgency: how soon somebody has to look at something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// In the ordinary course.
    Routine,
    /// Within a day.
    Urgent,
    /// Now.
    Immediate,
}

/// Lists published figures of a body that do not agree with its own other figures. Empty for most statements.
#[must_use]
pub fn discrepancies(body: &Body) -> Vec<Discrepancy> {
    match body {
        Body::Report(report) => report.discrepancies(),
        Body::Restriction(restriction) => restriction.discrepancies(),
        Body::Harm(harm) => harm.discrepancies(),
        _ => Vec::new(),
    }
}

impl Report {
    /// `cutoff-after-issue`: the cut-off as printed is later than the day of issue. `cutoff-differs`: it differs from
    /// the one meant in another way.
    #[must_use]
    pub fn discrepancies(&self) -> Vec<Discrepancy> {
        let Some(printed) = self.cutoff_printed else { return Vec::new() };
        let late = printed.local_date() > self.issued;
        vec![Discrepancy {
            code: if late { "cutoff-after-issue" } else { "cutoff-differs" },
            path: "cutoff_printed".to_owned(),
            printed: printed.to_string(),
            derived: self.cutoff.to_string(),
        }]
    }
}

impl KindBody for Report {
    const KIND: Kind = Kind::Report;

    fn check(&self) -> Result<(), Fault> {
        self.period.check("period")?;
        if self.cutoff.local_date() > self.issued {
            let allowed = format!("a cut-off not after the day of issue, which is {}", self.issued);
            return Err(Fault::new("cutoff", self.cutoff, allowed));
        }
        if self.period.to.ms() > self.cutoff.ms() {
            let allowed = format!("an end not after the cut-off, which is {}", self.cutoff);
            return Err(Fault::new("period.to", self.period.to, allowed));
        }
        if self.cutoff_printed == Some(self.cutoff) {
            return Err(Fault::new(
                "cutoff_printed",
                self.cutoff,
                "only a cut-off that differs from `cutoff`",
            ));
        }
        let mut seen = BTreeSet::new();
        for (i, total) in self.regions.iter().enumerate() {
            let path = format!("regions[{i}]");
            if !seen.insert(total.region.as_str()) {
                return Err(Fault::new(format!("{path}.region"), &total.region, "each region once"));
            }
            total.check(&path)?;
        }
        match &self.coverage {
            Some(Coverage { cameras: Some(cameras), cameras_out: Some(out), .. }) if out > cameras => Err(
                Fault::new("coverage.cameras_out", out, format!("at most the cameras there are, {cameras}")),
            ),
            _ => Ok(()),
        }
    }

    fn facets(&self) -> Facets<'_> {
        Facets { time: Some(self.period.from.ms()), drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl RegionTotal {
    fn check(&self, path: &str) -> Result<(), Fault> {
        if let Known::Is(violations) = self.violations {
            for (name, part) in [("explosions", self.explosions), ("live_fire", self.live_fire)] {
                if let Some(part) = part.filter(|part| *part > violations) {
                    let allowed = format!("at most the violations of the region, {violations}");
                    return Err(Fault::new(format!("{path}.{name}"), part, allowed));
                }
            }
        }
        match (self.previous, self.previous_basis) {
            (Some(_), None) => Err(Fault::new(
                format!("{path}.previous_basis"),
                "nothing",
                "what `previous` refers to: previous-reporting-period or previous-24-hours",
            )),
            (None, Some(_)) => {
                Err(Fault::new(format!("{path}.previous"), "nothing", "a figure where previous_basis stands"))
            }
            _ => Ok(()),
        }
    }
}

impl Restriction {
    /// Minutes from arrival to leaving, where both are known.
    #[must_use]
    pub fn delay_derived(&self) -> Option<i64> {
        Some((self.left?.ms() - self.arrived?.ms()) / 60_000)
    }

    /// `delay-differs`: the delay as printed is not the one that follows from arrival and leaving.
    #[must_use]
    pub fn discrepancies(&self) -> Vec<Discrepancy> {
        match (self.delay_printed_min, self.delay_derived()) {
            (Some(printed), Some(derived)) if i64::from(printed.get()) != derived => vec![Discrepancy {
                code: "delay-differs",
                path: "delay_printed_min".to_owned(),
                printed: printed.to_string(),
                derived: derived.to_string(),
            }],
            _ => Vec::new(),
        }
    }
}

impl KindBody for Restriction {
    const KIND: Kind = Kind::Restriction;

    fn check(&self) -> Result<(), Fault> {
        self.place.check("place")?;
        match (&self.arrived, &self.when) {
            (None, None) => {
                return Err(Fault::new(
                    "arrived",
                    "nothing",
                    "a time of arrival, or `when` where it is not known",
                ));
            }
            (Some(arrived), Some(_)) => {
                return Err(Fault::new(
                    "when",
                    format!("a time beside the arrival at {arrived}"),
                    "one of arrived and when",
                ));
            }
            (None, Some(when)) => when.check("when")?,
            (Some(_), None) => {}
        }
        let times = [("arrived", self.arrived), ("decided", self.decided), ("left", self.left)];
        let mut before: Option<(&str, Stamp)> = None;
        for (name, at) in times.into_iter().filter_map(|(name, at)| Some((name, at?))) {
            if let Some((earlier, since)) = before.filter(|(_, since)| since.ms() > at.ms()) {
                return Err(Fault::new(name, at, format!("a time not before `{earlier}`, which is {since}")));
            }
            before = Some((name, at));
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        let when = self.when.as_ref().map(When::start_ms);
        Facets {
            time: self.arrived.map(Stamp::ms).or(when),
            zones: self.place.zone().into_iter().collect(),
            drill: self.drill.is_some(),
            ..Facets::default()
        }
    }
}

impl KindBody for Weapons {
    const KIND: Kind = Kind::Weapons;

    fn check(&self) -> Result<(), Fault> {
        self.place.check("place")?;
        self.when.check("when")?;
        if let (Some(serials), Known::Is(count)) = (&self.serials, self.count) {
            let n = usize::try_from(count.n.get()).unwrap_or(usize::MAX);
            if serials.len() > n && count.about.is_none() {
                let allowed = format!("at most one for each weapon counted, {n}");
                return Err(Fault::new("serials", format!("{} serials", serials.len()), allowed));
            }
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets {
            time: Some(self.when.start_ms()),
            zones: self.place.zone().into_iter().collect(),
            drill: self.drill.is_some(),
            ..Facets::default()
        }
    }
}

impl KindBody for Signal {
    const KIND: Kind = Kind::Signal;

    fn check(&self) -> Result<(), Fault> {
        self.place.as_ref().map_or(Ok(()), |place| place.check("place"))?;
        self.when.as_ref().map_or(Ok(()), |when| when.check("when"))?;
        self.horizon.as_ref().map_or(Ok(()), |horizon| horizon.check("horizon"))
    }

    fn facets(&self) -> Facets<'_> {
        let horizon = self.horizon.as_ref().map(|h| h.from.ms());
        Facets {
            time: self.when.as_ref().map(When::start_ms).or(horizon),
            zones: self.place.iter().filter_map(Place::zone).collect(),
            drill: self.drill.is_some(),
            ..Facets::default()
        }
    }
}
