//! Items of daily reports, each to the kind that a mission would record it as.
//!
//! | type | kind |
//! |---|---|
//! | `civilian_casualty` | harm, people by sex and age group |
//! | `damage_civilian_property`, `damage_protected_object` | harm, objects |
//! | `violation_inside_disengagement_area` | observation, assessed as disengagement-breach |
//! | `violation_near_disengagement_area`, `violation_near_critical_infrastructure`, `explosion_near_patrol` | observation |
//! | `uav_targeted`, `uav_lost_control`, `uav_damaged`, `uav_emergency_landing` | observation |
//! | `mines_observed`, `threat_to_mission` | observation |
//! | `weapons_in_violation` | weapons, in violation of withdrawal lines |
//! | `access_restriction`, `camera_site_inaccessible` | restriction, outcome not known |
//!
//! Figures are read out of `detail`. Its words are kept in the note with the type, so that what could not be read is
//! still there; a count that it does not give is "not known", except that an incident listed once is one.

mod counted;
mod people;

use super::error::BadRow;
use super::place::place;
use super::record::{Record, short};
use super::{Names, Row};
use counted::{Counted, Thing};
use truce_statement::Role;
use truce_statement::body::Body;
use truce_statement::body::reports::{
    Description, Harm, Means, ObjectClass, ObjectHarmed, Observation, Restriction, Weapons, WeaponsCategory,
    What,
};
use truce_statement::shape::{Count, Place, When};
use truce_statement::unit::{Known, Name, NonEmpty, Stamp, Tally, Text, UnitError, Word};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "mission",
    "report_no",
    "as_of",
    "type",
    "status_word",
    "place",
    "control",
    "region",
    "detail",
    "source",
];

/// The kind of item that a type becomes.
#[derive(Clone, Copy)]
enum Item {
    People,
    Objects(ObjectClass),
    Violation { assessed_as: Option<&'static str> },
    Incident { what: What, assessed_as: Option<&'static str> },
    Mines,
    Weapons,
    Access,
}

const TYPES: &[(&str, Item)] = &[
    ("civilian_casualty", Item::People),
    ("damage_civilian_property", Item::Objects(ObjectClass::CivilianProperty)),
    ("damage_protected_object", Item::Objects(ObjectClass::ProtectedObject)),
    ("violation_inside_disengagement_area", Item::Violation { assessed_as: Some("disengagement-breach") }),
    ("violation_near_disengagement_area", Item::Violation { assessed_as: None }),
    ("violation_near_critical_infrastructure", Item::Violation { assessed_as: None }),
    ("explosion_near_patrol", Item::Violation { assessed_as: None }),
    ("uav_targeted", Item::Incident { what: What::UavTargeted, assessed_as: Some("aimed-at-uav") }),
    ("uav_lost_control", Item::Incident { what: What::UavLost, assessed_as: None }),
    ("uav_damaged", Item::Incident { what: What::UavDamaged, assessed_as: None }),
    ("uav_emergency_landing", Item::Incident { what: What::UavEmergencyLanding, assessed_as: None }),
    ("threat_to_mission", Item::Incident { what: What::Threat, assessed_as: None }),
    ("mines_observed", Item::Mines),
    ("weapons_in_violation", Item::Weapons),
    ("access_restriction", Item::Access),
    ("camera_site_inaccessible", Item::Access),
];

pub(super) fn row(record: &Record, names: &Names) -> Result<Row, BadRow> {
    record.is("kind", "daily_report_item")?;
    let item = record.need_one_of("type", TYPES)?;
    let printed = Printed::read(record, names)?;
    let title = format!("report {}: {}", printed.report, printed.note);
    let wrong = |error: UnitError| record.wrong("detail", error);
    let body = match item {
        Item::People => printed.people().map_err(wrong)?,
        Item::Objects(class) => printed.objects(class).map_err(wrong)?,
        Item::Violation { assessed_as } => printed.violation(assessed_as).map_err(wrong)?,
        Item::Incident { what, assessed_as } => printed.incident(what, assessed_as).map_err(wrong)?,
        Item::Mines => printed.mines().map_err(wrong)?,
        Item::Weapons => printed.weapons().map_err(wrong)?,
        Item::Access => printed.access(),
    };
    Ok(Row::new(record.line, Role::Mission, short(&title), body).signed_by(record.text("mission")))
}

/// Fields that every item has.
struct Printed {
    report: Name,
    as_of: Stamp,
    status: Option<Word>,
    means: Option<Means>,
    place: Place,
    detail: Option<String>,
    note: Text,
    source: Option<Text>,
}

impl Printed {
    fn read(record: &Record, names: &Names) -> Result<Self, BadRow> {
        let detail = record.text("detail");
        let kind = record.need_text("type", "the type of item")?.replace('_', " ");
        let note = detail.map_or(kind.clone(), |detail| format!("{kind}: {detail}"));
        Ok(Self {
            report: record.need("report_no", "the number of the report, such as 30/2021")?,
            as_of: record.need("as_of", "the cut-off of the report")?,
            status: record.word("status_word")?,
            // "Recorded" and "observed" are the report's words for any entry; only these say how the mission knows.
            means: match record.text("status_word") {
                Some("heard") => Some(Means::Heard),
                Some("spotted by UAV") => Some(Means::Uav),
                _ => None,
            },
            place: place(record, "place", "control", names)?,
            detail: detail.map(str::to_owned),
            note: note.parse().map_err(|error| record.wrong("detail", error))?,
            source: record.source()?,
        })
    }

    fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or_default()
    }

    /// Text after the semicolon, without a remark in brackets: a cause, in most details.
    fn cause(&self) -> Result<Option<Known<Name>>, UnitError> {
        let after = self.detail().split_once(';').map(|(_, after)| after);
        let cause = after.map(|text| text.split('(').next().unwrap_or_default().trim());
        cause.filter(|text| !text.is_empty()).map(|text| text.parse().map(Known::Is)).transpose()
    }

    fn harm(self, when: When, cause: Option<Known<Name>>) -> Harm {
        Harm {
            note: Some(self.note),
            when,
            cause,
            drill: None,
            place: self.place,
            coding: None,
            deaths: None,
            people: None,
            report: Some(self.report),
            source: self.source,
            status: self.status,
            objects: None,
            parties: None,
            evidence: None,
            external: None,
        }
    }

    fn people(self) -> Result<Body, UnitError> {
        let said = people::read(self.detail());
        let when = said.day.and_then(|day| day.before(self.as_of)).unwrap_or(When::AsOf(self.as_of));
        let by = said.by.map(|by| by.parse().map(Known::Is)).transpose()?;
        let cause = self.cause()?.or(by);
        let harm = self.harm(when, cause);
        Ok(Harm { people: Some(NonEmpty::new(said.people)?), ..harm }.into())
    }

    fn objects(self, class: ObjectClass) -> Result<Body, UnitError> {
        let what = self.detail().split(';').next().unwrap_or_default().trim();
        let what = if what.is_empty() { "object that is not described" } else { what }.parse()?;
        let after = self.cause()?;
        // What follows the object is a weapon, or the look of the damage.
        let (cause, damage) = match after {
            Some(Known::Is(text)) if !(text.as_str().ends_with("fire") || text.as_str() == "shelling") => {
                (None, Some(text.as_str().parse()?))
            }
            cause => (cause, None),
        };
        let when = When::AsOf(self.as_of);
        let objects = NonEmpty::new(vec![ObjectHarmed { what, class, count: None, damage }])?;
        Ok(Harm { objects: Some(objects), ..self.harm(when, cause) }.into())
    }

    fn observation(self, what: What, count: Known<Count>) -> Observation {
        Observation {
            note: Some(self.note),
            what,
            when: When::AsOf(self.as_of),
            count,
            drill: None,
            means: self.means,
            place: Some(self.place),
            flight: None,
            report: Some(self.report),
            source: self.source,
            status: self.status,
            weapon: None,
            bearing: None,
            evidence: None,
            position: None,
            calibre_mm: None,
            confidence: None,
            explosions: None,
            assessed_as: None,
            description: None,
        }
    }

    fn violation(self, assessed_as: Option<&str>) -> Result<Body, UnitError> {
        let Counted { count, thing, undetermined, explosions, weapon } = counted::read(self.detail())?;
        let what = match thing {
            Some(Thing::Explosion) => What::Explosion,
            Some(Thing::Shot) => What::Shot,
            Some(Thing::Burst) => What::Burst,
            Some(Thing::Violation) | None => What::Violation,
        };
        Ok(Observation {
            explosions,
            weapon: weapon.map(Known::Is),
            assessed_as: assessed_as.map(str::parse).transpose()?,
            description: undetermined.then_some(Known::Is(Description::Undetermined)),
            ..self.observation(what, exactly(count))
        }
        .into())
    }

    fn incident(self, what: What, assessed_as: Option<&str>) -> Result<Body, UnitError> {
        // "mini-UAV; 3 occasions in 2 flights"
        let occasions =
            self.detail().split(';').find_map(|part| part.trim().split_once(" occasions")?.0.parse().ok());
        let count = Some(Tally::new(occasions.unwrap_or(1))?);
        let weapon = if self.detail().contains("small-arms fire") {
            Some(Known::Is("small arms".parse()?))
        } else {
            None
        };
        let assessed_as = assessed_as.map(str::parse).transpose()?;
        Ok(Observation { weapon, assessed_as, ..self.observation(what, exactly(count)) }.into())
    }

    fn mines(self) -> Result<Body, UnitError> {
        let (count, rest) = counted::leading_number(self.detail())?;
        let end = [" seen", ","].iter().filter_map(|stop| rest.find(stop)).min().unwrap_or(rest.len());
        let weapon = rest.get(..end).unwrap_or_default().trim();
        let weapon = if weapon.is_empty() { None } else { Some(Known::Is(weapon.parse()?)) };
        Ok(Observation { weapon, ..self.observation(What::Mine, exactly(count)) }.into())
    }

    fn weapons(self) -> Result<Body, UnitError> {
        let (count, kind) = counted::leading_number(self.detail())?;
        // "4 tanks" and "6 MLRS": only the first has a plural to undo.
        let kind = kind.trim().strip_suffix('s').unwrap_or(kind.trim());
        let weapon = if kind.is_empty() { Known::NotKnown } else { Known::Is(kind.parse()?) };
        Ok(Weapons {
            note: Some(self.note),
            when: When::AsOf(self.as_of),
            count: exactly(count),
            drill: None,
            means: self.means,
            place: self.place,
            report: Some(self.report),
            source: self.source,
            status: self.status,
            weapon,
            serials: None,
            category: WeaponsCategory::InViolationOfWithdrawalLines,
            evidence: None,
            calibre_mm: None,
        }
        .into())
    }

    fn access(self) -> Body {
        Restriction {
            by: None,
            left: None,
            note: Some(self.note),
            when: Some(When::AsOf(self.as_of)),
            drill: None,
            place: self.place,
            people: None,
            reason: None,
            report: Some(self.report),
            source: self.source,
            status: self.status,
            arrived: None,
            decided: None,
            outcome: Known::NotKnown,
            evidence: None,
            vehicles: None,
            travelling: None,
            announced_before: None,
            delay_printed_min: None,
        }
        .into()
    }
}

fn exactly(count: Option<Tally>) -> Known<Count> {
    count.map_or(Known::NotKnown, |n| Known::Is(Count { n, about: None }))
}
