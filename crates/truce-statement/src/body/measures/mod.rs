//! Measures between states: notifications of military activities, annual calendars, commitments and what is delivered on
//! them. The blocks of a notification follow those of the Vienna Document 2011, chapter V.

mod schedule;

pub use schedule::{Due, Every, ITEMS_MAX, Once, Schedule, Span};

use super::reports::YesNo;
use crate::body::{Facets, Fault, KindBody};
use crate::id::PartyId;
use crate::kind::Kind;
use crate::shape::{Area, Count, Days, EvidenceList, Period};
use crate::unit::{Calibre, Date, Km, Name, NonEmpty, Ordinal, Stamp, Tally, Text, True, Word, Year};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Areas one activity can have.
pub const AREAS_MAX: usize = 32;
/// States that can take part in one activity.
pub const PARTICIPANTS_MAX: usize = 64;
/// Phases of one activity.
pub const PHASES_MAX: usize = 32;
/// Activities that one can be linked with.
pub const LINKED_MAX: usize = 32;
/// Activities in the calendar of one year.
pub const PLANNED_MAX: usize = 200;
/// Parties one statement can be addressed to.
pub const TO_MAX: usize = 128;

/// Prior notification of a military activity, by the state that carries it out or hosts it. A change is a notification
/// that `corrects` it; a cancellation is a document that `retracts` it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Areas in which it takes place.
    pub areas: NonEmpty<Area, AREAS_MAX>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Day on which notice was given through another channel, before this statement was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Date>,
    /// Level at which it is organised and commanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Activities it is linked with, by their designation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<NonEmpty<Name, LINKED_MAX>>,
    /// Start and end.
    pub period: Period,
    /// Its phases, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<NonEmpty<Phase, PHASES_MAX>>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Least distance of the area from the line or border the agreement names, in km.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_km: Option<Km>,
    /// General purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text>,
    /// Kind of activity.
    pub activity: Activity,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Total strength of all that take part.
    pub strength: Strength,
    /// Use of live ammunition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_fire: Option<YesNo>,
    /// Name of the activity, such as Zapad-2021.
    pub designation: Name,
    /// States that take part, each with its share where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<NonEmpty<Participant, PARTICIPANTS_MAX>>,
    /// Mark an activity carried out without advance notice to the troops involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_notice: Option<True>,
    /// Difference from the annual calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_change: Option<Text>,
    /// Invitation of observers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observers_invited: Option<YesNo>,
}

/// Kind of military activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Field exercise.
    FieldExercise,
    /// Live firing.
    LiveFiring,
    /// Amphibious landing.
    AmphibiousLanding,
    /// Heliborne landing.
    HeliborneLanding,
    /// Parachute drop.
    ParachuteDrop,
    /// Transfer of forces into or through the area.
    Transfer,
    /// Concentration of forces.
    Concentration,
    /// Alert exercise, begun without notice to the troops.
    Alert,
    /// Air exercise.
    AirExercise,
    /// Naval exercise.
    NavalExercise,
    /// Movement of troops outside exercises.
    Movement,
    /// Launch of a missile or space vehicle.
    MissileLaunch,
    /// Command post exercise, without troops.
    CommandPostExercise,
    /// Anything else; `purpose` says what.
    Other,
}

/// Level of command of an activity. Land levels stand in order of size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[derive(PartialOrd, Ord)]
pub enum Level {
    /// Battalion or below.
    Battalion,
    /// Regiment.
    Regiment,
    /// Brigade or brigade group.
    Brigade,
    /// Division.
    Division,
    /// Corps.
    Corps,
    /// Army, army group, or another level above corps.
    AboveCorps,
    /// Regional command of an air force.
    RegionalAirCommand,
    /// Fleet or naval task group.
    Fleet,
    /// Any other level.
    Other,
}

/// A phase of an activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Name of the phase.
    pub name: Name,
    /// Start and end.
    pub period: Period,
    /// Its purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text>,
}

/// A state that takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// The state, by name or ISO code.
    pub state: Name,
    /// Its share of the strength.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<Strength>,
}

/// Strength of a force. A figure that is left out is not stated; at least one is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    /// Ships of frigate size and above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ships: Option<Count>,
    /// Troops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub troops: Option<Count>,
    /// Artillery pieces, mortars and rocket launchers from a calibre upward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artillery: Option<Artillery>,
    /// Divisions, brigades or regiments of the land forces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formations: Option<Count>,
    /// Helicopters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helicopters: Option<Count>,
    /// Battle tanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battle_tanks: Option<Count>,
    /// Combat aircraft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combat_aircraft: Option<Count>,
    /// Armoured combat vehicles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armoured_vehicles: Option<Count>,
    /// Sorties of aircraft, without helicopters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_wing_sorties: Option<Count>,
    /// Sorties of helicopters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotary_wing_sorties: Option<Count>,
}

/// Artillery from a calibre upward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artillery {
    /// Pieces.
    pub pieces: Count,
    /// Smallest calibre counted, in millimetres: 100 in the Vienna Document.
    pub from_calibre_mm: Calibre,
}

/// Military activities planned for a calendar year, or the statement that there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The year planned for.
    pub year: Year,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The activities, or "nil-return".
    pub planned: Planned,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
}

/// Plans for a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Planned {
    /// No notifiable activity is planned.
    NilReturn,
    /// The activities planned.
    Activities(NonEmpty<PlannedActivity, PLANNED_MAX>),
}

/// An activity planned for a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedActivity {
    /// Areas in which it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub areas: Option<NonEmpty<Area, AREAS_MAX>>,
    /// Level at which it is organised and commanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Days between which it is planned.
    pub window: Days,
    /// General purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text>,
    /// Kind of activity.
    pub activity: Activity,
    /// Strength planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<Strength>,
    /// Name of the activity.
    pub designation: Name,
    /// Duration in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_days: Option<Tally>,
}

/// A party's undertaking: its content, to whom, on which schedule, and until when. Everything lapses unless
/// it is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// Parties it is made to, by their ids.
    pub to: NonEmpty<PartyId, TO_MAX>,
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The undertaking, in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Zone of the charter to which it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Word>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// One line.
    pub title: Name,
    /// Subject of the undertaking.
    pub topic: Topic,
    /// Form in which it is delivered, such as "CSV of the agreed columns".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Name>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Way by which it is delivered, such as "hotline" or "liaison office".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Name>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Moments at which something is due: "standing", {"once": ...} or {"every": ...}.
    pub schedule: Schedule,
    /// Moment by which the parties mean to look at it again; within its validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Stamp>,
    /// Moment from which it holds.
    pub valid_from: Stamp,
    /// Moment at which it lapses unless it is renewed.
    pub valid_until: Stamp,
}

/// Subjects of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Handing over data.
    DataSharing,
    /// Holding back: weapons, flights, movements.
    Restraint,
    /// A pause in fighting, for relief or repair.
    Pause,
    /// A ceasefire for a place.
    LocalCeasefire,
    /// A corridor for people or goods.
    Corridor,
    /// A limit on forces or weapons.
    ForceLimit,
    /// A meeting.
    Meeting,
    /// A test of a channel, such as a hotline.
    ChannelTest,
    /// Access for observers or relief.
    Access,
    /// An assessment of damage, risk or needs.
    Assessment,
    /// Help for people.
    Assistance,
    /// A single action, such as clearing mines at a place.
    Action,
    /// Anything else.
    Other,
}

/// Fulfils one due item of a commitment, which it names with `fulfils`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Occurrence of the schedule, counted from 1; 1 where it is due once.
    pub item: Ordinal,
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The delivery, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// The files delivered, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefacts: Option<EvidenceList>,
    /// Moment of delivery through another channel, before this statement was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Stamp>,
}

impl Strength {
    fn check(&self, path: &str) -> Result<(), Fault> {
        let counts = [
            self.ships,
            self.troops,
            self.formations,
            self.helicopters,
            self.battle_tanks,
            self.combat_aircraft,
            self.armoured_vehicles,
            self.fixed_wing_sorties,
            self.rotary_wing_sorties,
        ];
        if self.artillery.is_none() && counts.iter().all(Option::is_none) {
            return Err(Fault::new(path, "no figure", "at least one figure, such as troops"));
        }
        Ok(())
    }
}

impl Notification {
    /// Days from the receipt of notice to the start; negative when it came after the start. `received_ms` is when the
    /// log received this statement; where notice was given through another channel before, that day counts.
    #[must_use]
    pub fn lead_days(&self, received_ms: i64) -> i64 {
        match self.given {
            Some(given) => i64::from(self.period.from.local_date().days()) - i64::from(given.days()),
            None => (self.period.from.ms() - received_ms).div_euclid(crate::unit::DAY_MS),
        }
    }
}

impl KindBody for Notification {
    const KIND: Kind = Kind::Notification;

    fn check(&self) -> Result<(), Fault> {
        self.period.check("period")?;
        self.strength.check("strength")?;
        for (i, area) in self.areas.iter().enumerate() {
            area.check(&format!("areas[{i}]"))?;
        }
        for (i, phase) in self.phases.iter().flatten().enumerate() {
            let path = format!("phases[{i}].period");
            phase.period.check(&path)?;
            if phase.period.from.ms() < self.period.from.ms() || phase.period.to.ms() > self.period.to.ms() {
                let allowed =
                    format!("a phase within the activity, {} to {}", self.period.from, self.period.to);
                return Err(Fault::new(
                    path,
                    format!("{} to {}", phase.period.from, phase.period.to),
                    allowed,
                ));
            }
        }
        for (i, participant) in self.participants.iter().flatten().enumerate() {
            if let Some(strength) = &participant.strength {
                strength.check(&format!("participants[{i}].strength"))?;
            }
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets {
            time: Some(self.period.from.ms()),
            zones: self.areas.iter().filter_map(Area::zone).collect(),
            drill: self.drill.is_some(),
            ..Facets::default()
        }
    }
}

impl KindBody for Calendar {
    const KIND: Kind = Kind::Calendar;

    fn check(&self) -> Result<(), Fault> {
        let Planned::Activities(activities) = &self.planned else { return Ok(()) };
        for (i, activity) in activities.iter().enumerate() {
            let path = format!("planned.activities[{i}]");
            let Days { from, to } = activity.window;
            if from > to {
                return Err(Fault::new(
                    format!("{path}.window.to"),
                    to,
                    format!("not before `from`, which is {from}"),
                ));
            }
            if i32::from(from.year()) != i32::from(self.year.get()) {
                return Err(Fault::new(
                    format!("{path}.window.from"),
                    from,
                    format!("a day in {}", self.year),
                ));
            }
            if let Some(strength) = &activity.strength {
                strength.check(&format!("{path}.strength"))?;
            }
            for (j, area) in activity.areas.iter().flatten().enumerate() {
                area.check(&format!("{path}.areas[{j}]"))?;
            }
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { time: Some(self.first_day().start_ms()), drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl Calendar {
    /// The first of January of the year planned for.
    #[must_use]
    pub fn first_day(&self) -> Date {
        Date::first_of(self.year)
    }
}

impl KindBody for Commitment {
    const KIND: Kind = Kind::Commitment;

    fn check(&self) -> Result<(), Fault> {
        let (from, until) = (self.valid_from, self.valid_until);
        if from.ms() >= until.ms() {
            return Err(Fault::new(
                "valid_until",
                until,
                format!("a time after valid_from, which is {from}"),
            ));
        }
        if let Some(review) = self.review_by.filter(|r| !(from.ms()..=until.ms()).contains(&r.ms())) {
            return Err(Fault::new("review_by", review, format!("a time from {from} to {until}")));
        }
        self.schedule.check("schedule")?;
        match &self.schedule {
            Schedule::Once(once) if !(from.ms()..=until.ms()).contains(&once.due.ms()) => {
                Err(Fault::new("schedule.once.due", once.due, format!("a time from {from} to {until}")))
            }
            _ => Ok(()),
        }
    }

    fn facets(&self) -> Facets<'_> {
        Facets {
            time: Some(self.valid_from.ms()),
            zones: self.zone.iter().map(Word::as_str).collect(),
            to: &self.to,
            drill: self.drill.is_some(),
        }
    }
}

impl Commitment {
    /// Items that fall due while the commitment holds, in order: those of the schedule due from `valid_from`
    /// to `valid_until`, each with its number.
    pub fn due(&self) -> impl Iterator<Item = Due> + '_ {
        let (from, until) = (self.valid_from.ms(), self.valid_until.ms());
        self.schedule
            .items()
            .skip_while(move |item| item.due.ms() < from)
            .take_while(move |item| item.due.ms() <= until)
    }
}

impl Delivery {
    /// Reports whether it came after its item of `commitment` was late (docs/spec/kinds.md, section 8.3): by the moment of
    /// delivery that it states, else by `received`, milliseconds UTC. An item that the schedule does not have is never late.
    #[must_use]
    pub fn is_late(&self, received: i64, commitment: &Commitment) -> bool {
        let delivered = self.delivered.map_or(received, Stamp::ms);
        commitment.schedule.item(self.item.get()).is_some_and(|due| delivered > due.late_after)
    }
}

impl KindBody for Delivery {
    const KIND: Kind = Kind::Delivery;

    fn check(&self) -> Result<(), Fault> {
        if self.summary.is_none() && self.artefacts.is_none() {
            return Err(Fault::new("summary", "nothing", "a summary, artefacts, or both"));
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { time: self.delivered.map(Stamp::ms), drill: self.drill.is_some(), ..Facets::default() }
    }
}
