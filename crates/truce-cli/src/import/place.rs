//! Places as missions print them: a name, and often a distance and direction from a better known place.

use super::Names;
use super::error::BadRow;
use super::record::Record;
use truce_statement::shape::{Direction, From, Place};
use truce_statement::unit::{Km, Known, Name, NonEmpty};

/// The place in column `name`, within `region` and under `control`. A distance in the name, as in "Lyman, 12km NW of
/// Luhansk", is read where it stands at the end; the name keeps the rest.
pub(super) fn place(record: &Record, name: &str, control: &str, names: &Names) -> Result<Place, BadRow> {
    let printed = record.text(name);
    let (head, from) = printed.map_or((None, None), |text| match text.rsplit_once(", ") {
        Some((head, tail)) => match bearing(tail) {
            Some(from) => (Some(head), Some(from)),
            None => (Some(text), None),
        },
        None => (Some(text), bearing(text)),
    });
    let name = match head {
        Some(head) => Known::Is(head.parse().map_err(|e| record.wrong(name, e))?),
        None => Known::NotKnown,
    };
    let control = record.word(control)?;
    let region = record.get::<Name>("region")?;
    let zone = head.and_then(|head| names.zones.get(head));
    let zone = zone.or_else(|| names.zones.get(region.as_ref()?.as_str())).cloned();
    let admin = region.and_then(|region| NonEmpty::new(vec![region]).ok());
    Ok(Place { from, name, zone, admin, point: None, control })
}

/// Distance and direction from a place: "20km E of Mariupol", "350m N of the bridge", "W of Zaliznianske".
pub(super) fn bearing(text: &str) -> Option<From> {
    let (way, of) = text.split_once(" of ")?;
    let (distance, direction) = match way.rsplit_once(' ') {
        Some((distance, direction)) => (Some(distance), direction),
        None => (None, way),
    };
    let direction: Direction = direction.parse().ok()?;
    let km = match distance {
        Some(distance) => Some(kilometres(distance)?),
        None => None,
    };
    Some(From { of: of.parse().ok()?, km_max: km, km_min: km, direction: Some(direction) })
}

fn kilometres(text: &str) -> Option<Km> {
    match text.strip_suffix("km") {
        Some(km) => km.trim().parse().ok(),
        None => Km::from_units(text.strip_suffix('m')?.trim().parse().ok()?).ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn bearings_as_printed() {
        for (text, metres, direction, of) in [
            ("20km E of Mariupol", 20_000, "E", "Mariupol"),
            ("1.1km NW of Yasynuvata railway station", 1_100, "NW", "Yasynuvata railway station"),
            ("350m N of southern edge of Zolote", 350, "N", "southern edge of Zolote"),
        ] {
            let from = bearing(text).unwrap();
            assert_eq!(from.km_min.unwrap().units(), metres, "{text}");
            assert_eq!(from.km_min, from.km_max);
            assert_eq!(from.direction.unwrap().to_string(), direction);
            assert_eq!(from.of.as_str(), of);
        }
        assert_eq!(bearing("W of Zaliznianske").unwrap().km_max, None);
        for text in
            ["both sides of contact line", "eastern edge of Avdiivka", "Horlivka", "5 N of A", "E of "]
        {
            assert!(bearing(text).is_none(), "{text}");
        }
    }
}
