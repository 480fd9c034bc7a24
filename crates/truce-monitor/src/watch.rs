//! Open cases: what is the matter, since when, and when it becomes an alarm. Pure: looks and times in, notices out.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Times that something may last before it is an alarm. Milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AlarmLimits {
    /// A place that does not answer, or stays behind what the log has signed.
    pub max_age: u64,
    /// A place that answers, and serves what cannot be right.
    pub grace: u64,
    /// Looks in a row that must have seen it.
    pub looks: u32,
}

impl Default for AlarmLimits {
    fn default() -> Self {
        Self { max_age: 10 * 60 * 1000, grace: 30 * 1000, looks: 3 }
    }
}

/// A trouble at a place. Each may have an innocent cause, and is an alarm only when it lasts.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Matter {
    /// It does not answer, or what it holds cannot be fetched.
    Unreachable,
    /// It stays behind a tree that the log has signed.
    Stale,
    /// It serves a smaller tree than it did.
    Shrunk,
    /// It says that files under its own checkpoint do not exist.
    Withheld,
    /// It has no checkpoint that the log signed.
    BadCheckpoint,
    /// It is the log of another agreement.
    OtherLog,
    /// The entries that it serves cannot be replayed.
    ReplayFailed,
    /// Its checkpoint does not reach the quorum of the policy.
    NotFinal,
    /// An entry that was promised is not in the log.
    MissingEntry,
    /// The log signed another tree in a receipt that carries no checkpoint.
    OtherTree,
    /// Its entries are dated after the monitor's own clock.
    DatedAhead,
    /// The monitor itself cannot work: its disk, its folder.
    Hindered,
}

impl Matter {
    /// Stable code of the alarm.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Stale => "stale",
            Self::Shrunk => "shrunk",
            Self::Withheld => "withheld",
            Self::BadCheckpoint => "bad-checkpoint",
            Self::OtherLog => "other-log",
            Self::ReplayFailed => "replay-failed",
            Self::NotFinal => "not-final",
            Self::MissingEntry => "missing-entry",
            Self::OtherTree => "other-tree",
            Self::DatedAhead => "dated-ahead",
            Self::Hindered => "hindered",
        }
    }

    /// The next step for a person.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "check the address and the network; ask whoever runs the place; read the log from another copy"
            }
            Self::Stale => {
                "compare with another copy; ask whoever runs the place why it is behind what the log has signed"
            }
            Self::Shrunk => {
                "ask the depositary whether a backup was restored; keep the state of this monitor, it holds the larger checkpoint"
            }
            Self::Withheld => {
                "fetch the files from a mirror; ask the depositary to publish what it has signed for"
            }
            Self::BadCheckpoint => "check the address and the log's key; keep what is served as evidence",
            Self::OtherLog => "check the address and the agreement's id",
            Self::ReplayFailed => {
                "keep what is served as evidence (`truce mirror`), and replay it with `truce verify`"
            }
            Self::NotFinal => {
                "ask the witnesses and the depositary; take nothing as final until the quorum has cosigned"
            }
            Self::MissingEntry => {
                "keep the statement and the receipt; ask the depositary in writing; submit the statement again"
            }
            Self::OtherTree => {
                "keep the statement and the receipt, and show both to every party: the log signed what it does not serve"
            }
            Self::DatedAhead => {
                "check the clock of this machine; if it is right, ask the depositary about its own: dates of entries up to this one are not to be relied on"
            }
            Self::Hindered => "give the monitor's state folder room, and check who may write to it",
        }
    }

    const fn needs_sight(self) -> bool {
        !matches!(self, Self::Unreachable | Self::Hindered)
    }

    /// Says that the limit is [`AlarmLimits::max_age`], and not [`AlarmLimits::grace`].
    const fn is_patient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Stale | Self::NotFinal | Self::MissingEntry | Self::Hindered)
    }
}

/// The findings of one look at one place.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PlaceLook {
    /// Troubles, with a sentence for each.
    pub matters: BTreeMap<Matter, String>,
    /// Size of the checkpoint that it serves and that the log signed.
    pub served: Option<u64>,
    /// True for a place that is expected to keep up with the log; a witness need not.
    pub follows: bool,
}

/// Something that has been the matter for too long, or that was proven.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Stable code: that of a [`Matter`], or the kind of a fraud proof.
    pub code: String,
    /// One sentence for a person.
    pub sentence: String,
    /// The next step for a person.
    pub next: String,
    /// The place.
    pub place: String,
    /// Since when, milliseconds UTC.
    pub since: i64,
    /// The fraud proof's file, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proof: Option<String>,
}

/// An event of a watch.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "notice")]
pub enum Notice {
    /// Something must be looked into. Said once, and again only after it was over.
    Alarm(Alarm),
    /// Something is the matter that may pass.
    Warning(Alarm),
    /// An alarm or a warning is over.
    Cleared(Alarm),
}

/// One matter at one place.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
struct Case {
    place: String,
    matter: Matter,
    sentence: String,
    since: i64,
    looks: u32,
    alarmed: bool,
}

/// Every open case, and how large the log is known to be.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    cases: Vec<Case>,
    /// Sizes of trees that the log signed, with when each was first seen; growing in both.
    known: VecDeque<(u64, i64)>,
}

/// Sizes that are remembered within one [`AlarmLimits::max_age`].
const STEPS: u64 = 64;

impl Watch {
    /// Takes in that the log signed a tree of `size` entries, seen at `now` (milliseconds UTC).
    pub fn signed(&mut self, size: u64, now: i64, limits: &AlarmLimits) {
        let step = i64::try_from(limits.max_age / STEPS).unwrap_or(i64::MAX);
        if self.known.back().is_none_or(|(last, at)| size > *last && now.saturating_sub(*at) >= step) {
            self.known.push_back((size, now));
        }
        // Of those that every place should have, the largest says all.
        while self.known.get(1).is_some_and(|(_, at)| overdue(*at, now, limits)) {
            self.known.pop_front();
        }
    }

    /// Takes in a look at `place`, and says what is to be said. `now` is in milliseconds UTC.
    pub fn look(&mut self, place: &str, mut look: PlaceLook, now: i64, limits: &AlarmLimits) -> Vec<Notice> {
        if let Some(served) = look.served {
            self.signed(served, now, limits);
            let due = self.known.iter().rfind(|(_, at)| overdue(*at, now, limits));
            if let Some((due, _)) = due.filter(|(due, _)| look.follows && *due > served) {
                let sentence = format!("it serves {served} entries, and the log has long signed for {due}");
                look.matters.insert(Matter::Stale, sentence);
            }
        }
        // A look that did not get through says nothing of the rest.
        let unseen = look.served.is_none() && look.matters.contains_key(&Matter::Unreachable);
        let mut notices = Vec::new();
        let mut kept = Vec::new();
        for case in std::mem::take(&mut self.cases) {
            if case.place != place
                || look.matters.contains_key(&case.matter)
                || (unseen && case.matter.needs_sight())
            {
                kept.push(case);
            } else {
                notices.push(Notice::Cleared(case.alarm()));
            }
        }
        self.cases = kept;
        for (matter, sentence) in look.matters {
            let found = self.cases.iter().position(|case| case.place == place && case.matter == matter);
            let at = found.unwrap_or_else(|| {
                let place = place.to_owned();
                let case =
                    Case { place, matter, sentence: sentence.clone(), since: now, looks: 0, alarmed: false };
                notices.push(Notice::Warning(case.alarm()));
                self.cases.push(case);
                self.cases.len() - 1
            });
            let Some(case) = self.cases.get_mut(at) else { continue };
            case.looks = case.looks.saturating_add(1);
            case.sentence = sentence;
            if !case.alarmed && case.is_due(now, limits) {
                case.alarmed = true;
                notices.push(Notice::Alarm(case.alarm()));
            }
        }
        notices
    }

    /// Alarms that are not over.
    pub fn alarms(&self) -> impl Iterator<Item = Alarm> + '_ {
        self.cases.iter().filter(|case| case.alarmed).map(Case::alarm)
    }

    /// True when no case is open, alarm or not.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.cases.is_empty()
    }
}

impl Case {
    fn is_due(&self, now: i64, limits: &AlarmLimits) -> bool {
        // A stale place has waited already: it is behind what was signed a maximal age ago.
        let limit = match self.matter {
            Matter::Stale => 0,
            matter if matter.is_patient() => limits.max_age,
            _ => limits.grace,
        };
        let lasted = u64::try_from(now.saturating_sub(self.since)).unwrap_or(0);
        self.looks >= limits.looks && lasted >= limit
    }

    fn alarm(&self) -> Alarm {
        Alarm {
            code: self.matter.code().to_owned(),
            sentence: self.sentence.clone(),
            next: self.matter.remedy().to_owned(),
            place: self.place.clone(),
            since: self.since,
            proof: None,
        }
    }
}

fn overdue(at: i64, now: i64, limits: &AlarmLimits) -> bool {
    u64::try_from(now.saturating_sub(at)).unwrap_or(0) >= limits.max_age
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: AlarmLimits = AlarmLimits { max_age: 600_000, grace: 30_000, looks: 3 };

    fn serving(size: u64) -> PlaceLook {
        PlaceLook { served: Some(size), follows: true, ..PlaceLook::default() }
    }

    fn with(matter: Matter) -> PlaceLook {
        PlaceLook { matters: [(matter, "it is so".to_owned())].into(), follows: true, ..PlaceLook::default() }
    }

    fn alarms(notices: &[Notice]) -> Vec<String> {
        let code = |notice: &Notice| match notice {
            Notice::Alarm(alarm) => Some(format!("{} {}", alarm.place, alarm.code)),
            _ => None,
        };
        notices.iter().filter_map(code).collect()
    }

    #[test]
    fn an_alarm_is_raised_once_and_cleared_once() {
        let mut watch = Watch::default();
        let mut said = Vec::new();
        for second in 0..60 {
            said.extend(watch.look("a", with(Matter::Withheld), second * 1000, &LIMITS));
        }
        assert_eq!(alarms(&said), ["a withheld"]);
        assert!(matches!(said.as_slice(), [Notice::Warning(_), Notice::Alarm(_)]));
        assert!(matches!(watch.look("a", serving(5), 61_000, &LIMITS).as_slice(), [Notice::Cleared(_)]));
        assert!(watch.is_quiet());
    }

    #[test]
    fn what_one_look_saw_is_no_alarm_however_long_ago() {
        let mut watch = Watch::default();
        let said = watch.look("a", with(Matter::ReplayFailed), 0, &LIMITS);
        assert_eq!(alarms(&said), [""; 0]);
        assert_eq!(alarms(&watch.look("a", with(Matter::ReplayFailed), 999_999_999, &LIMITS)), [""; 0]);
        assert_eq!(
            alarms(&watch.look("a", with(Matter::ReplayFailed), 999_999_999, &LIMITS)),
            ["a replay-failed"]
        );
    }

    #[test]
    fn a_place_that_stands_still_while_the_log_grows_is_stale() {
        let mut watch = Watch::default();
        let mut said = Vec::new();
        for minute in 0..40_i64 {
            let now = minute * 60_000;
            said.extend(watch.look("a", serving(100 + minute.unsigned_abs()), now, &LIMITS));
            said.extend(watch.look(
                "b",
                serving(if minute < 20 { 100 + minute.unsigned_abs() } else { 120 }),
                now,
                &LIMITS,
            ));
        }
        assert_eq!(alarms(&said), ["b stale"]);
    }

    #[test]
    fn a_quiet_log_is_not_stale() {
        let mut watch = Watch::default();
        for day in 0..40 {
            assert_eq!(watch.look("a", serving(7), day * 86_400_000, &LIMITS), []);
        }
    }

    #[test]
    fn a_state_that_was_saved_goes_on_where_it_stood() {
        let mut watch = Watch::default();
        watch.look("a", with(Matter::Unreachable), 0, &LIMITS);
        watch.look("a", with(Matter::Unreachable), 300_000, &LIMITS);
        let saved = serde_json::to_string(&watch).unwrap_or_default();
        let mut again: Watch = serde_json::from_str(&saved).unwrap_or_default();
        assert_eq!(again, watch);
        assert_eq!(alarms(&again.look("a", with(Matter::Unreachable), 600_000, &LIMITS)), ["a unreachable"]);
    }

    proptest! {
        /// Any number of places that lag by less than the limit, and fail now and then.
        #[test]
        fn lagging_and_flapping_places_are_no_alarm(
            lags in prop::collection::vec(0..100_usize, 1..5),
            fails in prop::collection::vec(prop::bool::weighted(0.5), 400),
            growth in prop::collection::vec(0..50_u64, 400),
        ) {
            let mut watch = Watch::default();
            let mut sizes = vec![2_u64];
            // One look in five seconds; a failure never lasts: the tenth look always answers.
            for (round, (grown, fails)) in growth.iter().zip(&fails).enumerate() {
                let now = i64::try_from(round).unwrap_or(0) * 5000;
                sizes.push(sizes.last().copied().unwrap_or(2) + grown);
                for (place, lag) in lags.iter().enumerate() {
                    let size = sizes.get(sizes.len().saturating_sub(1 + lag)).or(sizes.first()).copied();
                    let failing = *fails && (round + place) % 10 != 0;
                    let look = if failing { with(Matter::Unreachable) } else {
                        PlaceLook { served: size, follows: true, ..PlaceLook::default() }
                    };
                    prop_assert_eq!(alarms(&watch.look(&place.to_string(), look, now, &LIMITS)), [""; 0]);
                }
            }
        }
    }
}
