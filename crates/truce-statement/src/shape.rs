//! Shapes that several kinds share: places, times of an event, counts, evidence.
//!
//! Fields stand in the order canonical CBOR has them: shorter names first.

use crate::body::Fault;
use crate::id::FileHash;
use crate::unit::{
    Date, FileSize, Km, Known, Latitude, Longitude, Metres, Name, NonEmpty, SameShape, Stamp, Tally, Text,
    True, UnitError, Word,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{borrow::Cow, fmt, str::FromStr};

/// Corners an outline can have.
pub const OUTLINE_MAX: usize = 512;
/// Files one statement can name.
pub const EVIDENCE_MAX: usize = 64;
/// Administrative units a place can name, from the largest down.
pub const ADMIN_MAX: usize = 6;

/// A place where something is or happened. Missions publish distance and direction from a named position
/// rather than coordinates: neither is required, both may be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Distance and direction from a known place: "20 km E of Mariupol".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<From>,
    /// Name as the reporter writes it, or "not-known".
    pub name: Known<Name>,
    /// Zone of the charter in which it lies, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Word>,
    /// Administrative units, largest first: region, district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<NonEmpty<Name, ADMIN_MAX>>,
    /// Coordinates, where they are published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// Those who control it: government, non-government, contact-line, or a word the agreement uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Word>,
}

/// Distance and direction from a named place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// The place it is measured from.
    pub of: Name,
    /// Greatest distance, km; equal to `km_min` for one distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub km_max: Option<Km>,
    /// Least distance, km.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub km_min: Option<Km>,
    /// Direction: one of 16 points (N, NNE ... NNW) or a sector (SE-SW).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
}

/// Distance and direction of an event from the position it was observed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bearing {
    /// Greatest distance, km; equal to `km_min` for one distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub km_max: Option<Km>,
    /// Least distance, km.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub km_min: Option<Km>,
    /// Direction: one of 16 points (N, NNE ... NNW) or a sector (SE-SW).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
}

/// Coordinates on WGS 84.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Latitude in decimal degrees, north positive.
    pub lat: Latitude,
    /// Longitude in decimal degrees, east positive.
    pub lon: Longitude,
    /// The true position is within this many metres; "not-known" where the source does not say.
    pub precision_m: Known<Metres>,
}

/// An area: a place, an outline, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Name of the area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// A place that stands for it, such as a training ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Its corners in order, at least 3; the last is joined to the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
}

/// Corners of an area in order, at least 3; the last is joined to the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outline(NonEmpty<Corner, OUTLINE_MAX>);

/// A corner of an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corner {
    /// Latitude in decimal degrees, north positive.
    pub lat: Latitude,
    /// Longitude in decimal degrees, east positive.
    pub lon: Longitude,
}

/// From one moment to another. Each keeps the offset of its clock, because a period can span a clock change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// End.
    pub to: Stamp,
    /// Start.
    pub from: Stamp,
}

/// The time of an event, as exactly as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// At this moment.
    At(Stamp),
    /// It was so at this moment; since when is not said. The cut-off of the report it was printed in, for example.
    AsOf(Stamp),
    /// Between two moments.
    Between(Period),
    /// On a day, or on days.
    Days(Days),
    /// In a part of a day, as violation tables print it.
    PartOfDay(PartOfDay),
}

/// One day (both the same) or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// Last day.
    pub to: Date,
    /// First day.
    pub from: Date,
}

/// A part of a day; a night runs from one date to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartOfDay {
    /// Date on which the part ends.
    pub to: Date,
    /// Date on which the part begins.
    pub from: Date,
    /// Part of the day.
    pub part: Part,
}

/// Part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// In daylight.
    Day,
    /// Before noon.
    Morning,
    /// After noon.
    Afternoon,
    /// In the evening.
    Evening,
    /// In the night.
    Night,
    /// From evening through the night.
    EveningAndNight,
}

/// A number of things or people, exact or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object (count)")]
pub struct Count {
    /// The number.
    pub n: Tally,
    /// Mark an approximate number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<True>,
}

impl SameShape for Count {}

/// A figure that may be exact, rounded or a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// Exactly so many.
    Exactly(Tally),
    /// About so many.
    About(Tally),
    /// From a low to a high figure.
    Between(Range),
}

/// A range of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Lowest figure.
    pub low: Tally,
    /// Highest figure.
    pub high: Tally,
}

/// A file that backs the statement. It is named by its hash and kept outside the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Description of the file's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Size of the file in bytes.
    pub bytes: FileSize,
    /// Device that recorded it: a camera site, an aircraft type; never a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Name>,
    /// SHA-256 of the file, 64 hex digits.
    pub sha256: FileHash,
    /// Time of recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Stamp>,
    /// Media type, such as image/jpeg.
    pub media_type: Name,
}

/// Files that back a statement.
pub type EvidenceList = NonEmpty<Evidence, EVIDENCE_MAX>;

/// Something a published source prints that does not agree with what follows from its other figures. Recorded as
/// printed; never a reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Discrepancy {
    /// Stable code, such as `delay-differs`.
    pub code: &'static str,
    /// Dotted path inside the body.
    pub path: String,
    /// The figure as printed.
    pub printed: String,
    /// The figure that follows from the rest of the body.
    pub derived: String,
}

impl Place {
    /// A place must say something: a name, a unit, a distance, coordinates, a zone or who controls it.
    pub(crate) fn check(&self, path: &str) -> Result<(), Fault> {
        if let Some(from) = &self.from {
            check_distance(from.km_min, from.km_max, &format!("{path}.from"))?;
        }
        let named = self.name.value().is_some()
            || self.zone.is_some()
            || self.admin.is_some()
            || self.control.is_some();
        if named || self.from.is_some() || self.point.is_some() {
            Ok(())
        } else {
            let allowed = "a name, or at least one of from, zone, admin, point, control";
            Err(Fault::new(format!("{path}.name"), "\"not-known\" and nothing else", allowed))
        }
    }

    /// The zone of the charter it names.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_ref().map(Word::as_str)
    }
}

impl Bearing {
    pub(crate) fn check(&self, path: &str) -> Result<(), Fault> {
        if self.km_min.is_none() && self.km_max.is_none() && self.direction.is_none() {
            return Err(Fault::new(path, "nothing", "a distance (km_min, km_max), a direction, or both"));
        }
        check_distance(self.km_min, self.km_max, path)
    }
}

fn check_distance(least: Option<Km>, greatest: Option<Km>, path: &str) -> Result<(), Fault> {
    match (least, greatest) {
        (Some(least), Some(greatest)) if least > greatest => Err(Fault::new(
            format!("{path}.km_min"),
            format!("{least} km"),
            format!("at most km_max, which is {greatest} km"),
        )),
        (Some(_), None) => Err(Fault::new(
            format!("{path}.km_max"),
            "nothing",
            "a distance wherever km_min has one (the same for one distance)",
        )),
        _ => Ok(()),
    }
}

impl Area {
    pub(crate) fn check(&self, path: &str) -> Result<(), Fault> {
        if self.name.is_none() && self.place.is_none() && self.outline.is_none() {
            return Err(Fault::new(path, "nothing", "at least one of name, place, outline"));
        }
        self.place.as_ref().map_or(Ok(()), |place| place.check(&format!("{path}.place")))
    }

    /// The zone of the charter its place names.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.place.as_ref().and_then(Place::zone)
    }
}

impl Outline {
    /// Fewest corners of an area.
    pub const MIN: usize = 3;

    /// Takes corners in order.
    pub fn new(corners: Vec<Corner>) -> Result<Self, UnitError> {
        if corners.len() < Self::MIN {
            return Err(UnitError::new(format!("{} corners", corners.len()), "at least 3 corners"));
        }
        NonEmpty::new(corners).map(Self)
    }

    /// The corners in order.
    #[must_use]
    pub fn corners(&self) -> &[Corner] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let corners = NonEmpty::<Corner, OUTLINE_MAX>::deserialize(deserializer)?;
        Self::new(corners.into_vec()).map_err(de::Error::custom)
    }
}

impl JsonSchema for Outline {
    fn schema_name() -> Cow<'static, str> {
        "Outline".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "Corners of an area in order, at least 3; the last is joined to the first.",
            "items": generator.subschema_for::<Corner>(),
            "minItems": Self::MIN,
            "maxItems": OUTLINE_MAX
        })
    }
}

impl Period {
    pub(crate) fn check(&self, path: &str) -> Result<(), Fault> {
        if self.from.ms() > self.to.ms() {
            return Err(Fault::new(
                format!("{path}.to"),
                self.to,
                format!("not before `from`, which is {}", self.from),
            ));
        }
        Ok(())
    }
}

impl When {
    pub(crate) fn check(&self, path: &str) -> Result<(), Fault> {
        let dates = |name: &str, from: Date, to: Date| {
            if from > to {
                return Err(Fault::new(
                    format!("{path}.{name}.to"),
                    to,
                    format!("not before `from`, which is {from}"),
                ));
            }
            Ok(())
        };
        match self {
            Self::At(_) | Self::AsOf(_) => Ok(()),
            Self::Between(period) => period.check(&format!("{path}.between")),
            Self::Days(days) => dates("days", days.from, days.to),
            Self::PartOfDay(part) => dates("part-of-day", part.from, part.to),
        }
    }

    /// Its start in milliseconds UTC, for ordering; where only a date is known, the start of that date on a clock that
    /// shows UTC.
    #[must_use]
    pub fn start_ms(&self) -> i64 {
        match self {
            Self::At(at) | Self::AsOf(at) => at.ms(),
            Self::Between(period) => period.from.ms(),
            Self::Days(days) => days.from.start_ms(),
            Self::PartOfDay(part) => part.from.start_ms(),
        }
    }
}

impl Amount {
    pub(crate) fn check(&self, path: &str) -> Result<(), Fault> {
        match self {
            Self::Between(Range { low, high }) if low > high => Err(Fault::new(
                format!("{path}.between.low"),
                low,
                format!("at most `high`, which is {high}"),
            )),
            _ => Ok(()),
        }
    }
}

/// The 16 points of the compass, clockwise from north.
pub const POINTS: [&str; 16] =
    ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];

/// A direction: a point of the compass, or a sector between two of them. Text both ways: `NNW`, `SE-SW`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Direction {
    from: u8,
    to: u8,
}

impl Direction {
    /// Numbers of its two points, 0 for N to 15 for NNW clockwise; the same twice for a single point.
    #[must_use]
    pub const fn points(self) -> (u8, u8) {
        (self.from, self.to)
    }
}

impl FromStr for Direction {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let point = |name: &str| POINTS.iter().position(|p| *p == name).and_then(|i| u8::try_from(i).ok());
        let pair = match text.split_once('-') {
            None => point(text).map(|p| (p, p)),
            Some((from, to)) => point(from).zip(point(to)).filter(|(from, to)| from != to),
        };
        let (from, to) = pair.ok_or_else(|| {
            UnitError::new(
                format!("{text:?}"),
                "one of the 16 points N, NNE, NE ... NNW, or a sector such as SE-SW",
            )
        })?;
        Ok(Self { from, to })
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |point: u8| POINTS.get(usize::from(point)).copied().unwrap_or_default();
        f.write_str(name(self.from))?;
        if self.from != self.to {
            write!(f, "-{}", name(self.to))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Direction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Direction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Direction {
    fn schema_name() -> Cow<'static, str> {
        "Direction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let point = "(?:N|NNE|NE|ENE|E|ESE|SE|SSE|S|SSW|SW|WSW|W|WNW|NW|NNW)";
        json_schema!({
            "type": "string",
            "description": "One of the 16 points of the compass, or a sector such as SE-SW.",
            "pattern": format!("^{point}(?:-{point})?$")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;

    fn fault(json: &str) -> String {
        serde_json::from_str::<Place>(json).unwrap().check("place").unwrap_err().to_string()
    }

    #[test]
    fn directions_as_violation_tables_print_them() {
        for text in ["N", "NNW", "SE-SW", "SSW-NW", "NE-SSE"] {
            assert_eq!(text.parse::<Direction>().unwrap().to_string(), text);
        }
        for text in ["", "NORTH", "n", "N-N", "N-", "SE-SW-W"] {
            assert!(text.parse::<Direction>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_place_says_something() {
        assert_eq!(
            fault(r#"{"name": "not-known"}"#),
            "place.name: found \"not-known\" and nothing else; allowed: a name, or at least one of from, zone, admin, \
             point, control"
        );
        assert!(
            serde_json::from_str::<Place>(r#"{"name": "not-known", "admin": ["Luhansk"]}"#)
                .unwrap()
                .check("")
                .is_ok()
        );
    }

    #[test]
    fn distances_run_from_least_to_greatest() {
        assert_eq!(
            fault(r#"{"name": "A", "from": {"of": "B", "km_min": 5, "km_max": 0.5}}"#),
            "place.from.km_min: found 5 km; allowed: at most km_max, which is 0.5 km"
        );
        assert!(
            fault(r#"{"name": "A", "from": {"of": "B", "km_min": 5}}"#)
                .starts_with("place.from.km_max: found nothing")
        );
    }

    #[test]
    fn an_outline_has_three_corners() {
        let corner = r#"{"lat": 48.5, "lon": 38}"#;
        let two = format!("[{corner},{corner}]");
        let error = serde_json::from_str::<Outline>(&two).unwrap_err().to_string();
        assert!(error.starts_with("found 2 corners; allowed: at least 3 corners"), "{error}");
        let three: Outline = serde_json::from_str(&format!("[{corner},{corner},{corner}]")).unwrap();
        assert_eq!(three.corners().len(), 3);
        let bytes = crate::cbor::encode(&three).unwrap();
        assert_eq!(crate::cbor::decode::<Outline>(&bytes).unwrap(), three);
    }
}
