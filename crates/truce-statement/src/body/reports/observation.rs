//! One row of a violation table: what was seen or heard, from where, how often.

use super::{Facets, Fault, KindBody};
use crate::kind::Kind;
use crate::shape::{Bearing, Count, Direction, EvidenceList, Place, When};
use crate::unit::{Calibre, Known, Name, Percent, SameShape, Tally, Text, True, Word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One observation: a row of the violation table, or a single incident with unmanned aircraft, mines or threats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The event or object that was observed.
    pub what: What,
    /// Time of the event.
    pub when: When,
    /// Number observed; "not-known" where nobody could count.
    pub count: Known<Count>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Means of observation; leave out where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
    /// Place of the event, where the source names one. At least one of `place` and `position` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Way a projectile flew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight: Option<Flight>,
    /// Number of the periodic or spot report it was printed in, such as 30/2021.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Name>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The reporter's own status word: observed, recorded, assessed, followed-up, corroborated, confirmed ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Word>,
    /// Weapon as reported, such as "mortar (82mm)", or "not-known" (N/K in violation tables).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weapon: Option<Known<Name>>,
    /// Distance and direction of the event, seen from `position`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearing: Option<Bearing>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Place of the observer or the camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Place>,
    /// Calibre in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibre_mm: Option<Calibre>,
    /// Confidence of the reporter, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Percent>,
    /// Number of explosions in a count of violations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explosions: Option<Tally>,
    /// Assessment by the reporter: live-fire-training, disengagement-breach, aimed-at-uav, jamming ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessed_as: Option<Word>,
    /// Look or sound of the event; "not-known" for N/K.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Known<Description>>,
}

/// Events and objects that can be observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// An explosion.
    Explosion,
    /// A projectile in flight.
    Projectile,
    /// A tracer round in flight.
    TracerRound,
    /// A burst of fire.
    Burst,
    /// A single shot.
    Shot,
    /// Bursts and shots, counted together.
    BurstAndShot,
    /// A muzzle flash.
    MuzzleFlash,
    /// An illumination flare.
    IlluminationFlare,
    /// A flare of another kind.
    Flare,
    /// Gunfire that is not counted by burst or shot.
    Gunfire,
    /// Ceasefire violations counted together.
    Violation,
    /// Mines or unexploded ordnance.
    Mine,
    /// An unmanned aircraft of the mission was fired at.
    UavTargeted,
    /// Control over an unmanned aircraft of the mission was lost.
    UavLost,
    /// An unmanned aircraft of the mission was damaged.
    UavDamaged,
    /// An unmanned aircraft of the mission had to land.
    UavEmergencyLanding,
    /// Members of the mission were threatened.
    Threat,
    /// Anything else; `note` says what.
    Other,
}

/// Means of observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// Seen.
    Saw,
    /// Heard.
    Heard,
    /// Seen and heard.
    SawAndHeard,
    /// Recorded by a camera.
    Recorded,
    /// Seen by an unmanned aircraft.
    Uav,
    /// Seen on satellite imagery.
    Satellite,
    /// Recorded by another sensor: acoustic, seismic, radar.
    Sensor,
}

/// Looks and sounds of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Description {
    /// Could not be told.
    Undetermined,
    /// An impact.
    Impact,
    /// Fire going out.
    Outgoing,
    /// Fire coming in.
    Incoming,
    /// Burst in the air.
    Airburst,
    /// In flight; `flight` says which way, where it is known.
    InFlight,
    /// In vertical flight.
    InVerticalFlight,
}

impl SameShape for Description {}

/// Way of flight, from one direction to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flight {
    /// Direction it flew to.
    pub to: Direction,
    /// Direction it came from.
    pub from: Direction,
    /// Mark where most, not all, flew that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mostly: Option<True>,
}

impl KindBody for Observation {
    const KIND: Kind = Kind::Observation;

    fn check(&self) -> Result<(), Fault> {
        self.when.check("when")?;
        if self.place.is_none() && self.position.is_none() {
            return Err(Fault::new("place", "nothing", "a place, a position, or both"));
        }
        self.place.as_ref().map_or(Ok(()), |place| place.check("place"))?;
        self.position.as_ref().map_or(Ok(()), |position| position.check("position"))?;
        if let Some(bearing) = &self.bearing {
            bearing.check("bearing")?;
            if self.position.is_none() {
                return Err(Fault::new(
                    "position",
                    "nothing",
                    "the position that `bearing` is measured from",
                ));
            }
        }
        match (self.explosions, self.count) {
            (Some(explosions), Known::Is(count)) if explosions > count.n => {
                Err(Fault::new("explosions", explosions, format!("at most the count, {}", count.n)))
            }
            _ => Ok(()),
        }
    }

    fn facets(&self) -> Facets<'_> {
        let mut zones: Vec<&str> = self.place.iter().chain(&self.position).filter_map(Place::zone).collect();
        zones.dedup();
        Facets { time: Some(self.when.start_ms()), zones, drill: self.drill.is_some(), ..Facets::default() }
    }
}
