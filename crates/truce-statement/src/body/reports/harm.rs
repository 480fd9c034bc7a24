//! Harm done: people killed or injured, objects damaged, and events of published data sets that count deaths by side.

use super::{Facets, Fault, KindBody};
use crate::kind::Kind;
use crate::shape::{Count, Discrepancy, EvidenceList, Place, When};
use crate::unit::{Known, Name, NonEmpty, SameShape, Score, Tally, Text, True, Word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Groups of people or objects one statement can list.
pub const GROUPS_MAX: usize = 32;

/// People hurt or objects damaged in one event. At least one of `people`, `objects` and `deaths` is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Time of the event.
    pub when: When,
    /// Cause as reported, such as shelling or "hand grenade explosion"; "not-known" where nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Known<Name>>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Place of the event.
    pub place: Place,
    /// Precision with which a published data set knows the event, in the codes of its own code book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coding: Option<Coding>,
    /// Deaths by side, with a low and a high estimate, as data sets of conflict events give them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deaths: Option<Deaths>,
    /// People harmed, by sex and age group; never by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<NonEmpty<PeopleHarmed, GROUPS_MAX>>,
    /// Number of the periodic or spot report it was printed in, such as 30/2021.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Name>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The reporter's own status word: observed, recorded, assessed, followed-up, corroborated, confirmed ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Word>,
    /// Objects damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<NonEmpty<ObjectHarmed, GROUPS_MAX>>,
    /// The sides between which the event took place, as the source has them. Says nothing about who caused the harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parties: Option<Parties>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// The event in a published data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<External>,
}

/// People of one sex and age group who were harmed alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleHarmed {
    /// Age group.
    pub age: Known<AgeGroup>,
    /// Sex.
    pub sex: Known<Sex>,
    /// Number of people.
    pub count: Known<Count>,
    /// Effect on them.
    pub effect: Effect,
    /// Their standing: civilians, combatants, members of the mission, relief workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Known<Standing>>,
}

/// Age group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AgeGroup {
    /// Under 18.
    Child,
    /// 18 to 59.
    Adult,
    /// 60 and over.
    Older,
}

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// Effects on people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Killed, or died of the injury.
    Killed,
    /// Injured.
    Injured,
    /// Casualties of which the source does not say more.
    KilledOrInjured,
    /// Missing.
    Missing,
}

/// Standing of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Civilians.
    Civilian,
    /// Members of armed forces or groups.
    Combatant,
    /// Members of the mission.
    Mission,
    /// Medical or relief workers.
    Relief,
}

impl SameShape for AgeGroup {}
impl SameShape for Sex {}
impl SameShape for Standing {}

/// Objects of one class that were damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectHarmed {
    /// Kind of object: house, apartment building, hospital, power transformer ...
    pub what: Name,
    /// Class of object.
    pub class: ObjectClass,
    /// Number of objects, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Known<Count>>,
    /// The damage, such as "craters" or "windows broken".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<Text>,
}

/// Class of a damaged object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectClass {
    /// Homes, vehicles, businesses.
    CivilianProperty,
    /// Under special protection: hospitals, schools, cultural and religious sites.
    ProtectedObject,
    /// Water, power, gas, transport that many depend on.
    CriticalInfrastructure,
    /// Property of the mission.
    MissionProperty,
}

/// Deaths in an event as estimated by a data set: `low` to `high`, with the best estimate between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deaths {
    /// Lowest estimate.
    pub low: Tally,
    /// Best estimate.
    pub best: Tally,
    /// Highest estimate.
    pub high: Tally,
    /// Deaths on side A, of the best estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side_a: Option<Tally>,
    /// Deaths on side B, of the best estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side_b: Option<Tally>,
    /// Deaths of unknown status, of the best estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Tally>,
    /// Deaths of civilians, of the best estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub civilians: Option<Tally>,
}

/// The sides of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parties {
    /// The pair of sides, as the data set names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dyad: Option<Named>,
    /// Side A.
    pub side_a: Name,
    /// Side B.
    pub side_b: Name,
    /// The conflict, as the data set names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Named>,
    /// Code of the type of violence in the data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub violence: Option<Score>,
}

/// Something a data set has a name and a number for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its id in the data set.
    pub id: Name,
    /// Its name.
    pub name: Name,
}

/// Precision with which a data set knows an event, in its own codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coding {
    /// Clarity of the description of the event (UCDP: `event_clarity`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clarity: Option<Score>,
    /// Sources it rests on (UCDP: `number_of_sources`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Tally>,
    /// Precision of the date (UCDP: `date_prec`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_precision: Option<Score>,
    /// Precision of the place (UCDP: `where_prec`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_precision: Option<Score>,
}

/// An event in a published data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// Its id there.
    pub id: Name,
    /// The data set and its version, such as ucdp-ged-22-1.
    pub scheme: Word,
    /// Another id it has there (UCDP: relid).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<Name>,
}

impl Deaths {
    fn by_side(&self) -> Option<u64> {
        let sides = [self.side_a, self.side_b, self.civilians, self.unknown];
        let stated: Vec<u64> = sides.into_iter().flatten().map(|n| u64::from(n.get())).collect();
        (!stated.is_empty()).then(|| stated.iter().sum())
    }
}

impl Harm {
    /// `deaths-do-not-add-up`: the deaths by side do not add up to the best estimate.
    #[must_use]
    pub fn discrepancies(&self) -> Vec<Discrepancy> {
        let Some(deaths) = &self.deaths else { return Vec::new() };
        match deaths.by_side() {
            Some(sum) if sum != u64::from(deaths.best.get()) => vec![Discrepancy {
                code: "deaths-do-not-add-up",
                path: "deaths.best".to_owned(),
                printed: deaths.best.to_string(),
                derived: sum.to_string(),
            }],
            _ => Vec::new(),
        }
    }
}

impl KindBody for Harm {
    const KIND: Kind = Kind::Harm;

    fn check(&self) -> Result<(), Fault> {
        self.when.check("when")?;
        self.place.check("place")?;
        if self.people.is_none() && self.objects.is_none() && self.deaths.is_none() {
            return Err(Fault::new("people", "nothing", "at least one of people, objects, deaths"));
        }
        if let Some(Deaths { low, best, high, .. }) = &self.deaths {
            if low > best {
                return Err(Fault::new("deaths.low", low, format!("at most the best estimate, {best}")));
            }
            if best > high {
                return Err(Fault::new("deaths.high", high, format!("at least the best estimate, {best}")));
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
