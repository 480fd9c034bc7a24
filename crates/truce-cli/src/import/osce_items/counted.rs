//! Counts in the words of a report: "77 ceasefire violations incl. 54 undetermined explosions near worker bus".

use truce_statement::unit::{Name, Tally, UnitError};

/// A kind of thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Violation,
    Explosion,
    Shot,
    Burst,
}

/// Figures that a detail states; absent ones are `None`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counted {
    pub(super) count: Option<Tally>,
    pub(super) thing: Option<Thing>,
    /// The explosions are said to be undetermined; only where explosions are what was counted.
    pub(super) undetermined: bool,
    /// Explosions among violations.
    pub(super) explosions: Option<Tally>,
    pub(super) weapon: Option<Name>,
}

const THINGS: &[(&str, Thing)] = &[
    ("ceasefire violation", Thing::Violation),
    ("explosion", Thing::Explosion),
    ("shot", Thing::Shot),
    ("burst", Thing::Burst),
];

const WEAPONS: &[(&str, &str)] =
    &[("heavy machine gun", "heavy machine gun"), ("small-arms fire", "small arms")];

/// Reads what it can.
pub(super) fn read(detail: &str) -> Result<Counted, UnitError> {
    let (whole, part) = detail.split_once("incl.").map_or((detail, ""), |(whole, part)| (whole, part.trim()));
    let (count, rest) = leading_number(whole)?;
    let (undetermined, rest) = rest.strip_prefix("undetermined ").map_or((false, rest), |rest| (true, rest));
    let thing = THINGS.iter().find(|(word, _)| rest.starts_with(word)).map(|(_, thing)| *thing);
    let (among, rest) = leading_number(part)?;
    let explosions = among.filter(|_| rest.trim_start_matches("undetermined ").starts_with("explosion"));
    let weapon = WEAPONS
        .iter()
        .find(|(words, _)| detail.contains(words))
        .map(|(_, weapon)| weapon.parse())
        .transpose()?;
    Ok(Counted {
        count,
        thing,
        undetermined: undetermined && thing == Some(Thing::Explosion),
        explosions,
        weapon,
    })
}

/// The whole number at the start, and the words after it.
pub(super) fn leading_number(text: &str) -> Result<(Option<Tally>, &str), UnitError> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let n =
        digits.parse::<i64>().map_err(|_| UnitError::new(digits, "a whole number from 0 to 100000000"))?;
    Ok((Some(Tally::try_from(n)?), rest.trim_start()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn violations_with_explosions_among_them() {
        let said = read("77 ceasefire violations incl. 54 undetermined explosions near worker bus").unwrap();
        assert_eq!(said.count.unwrap().get(), 77);
        assert_eq!(said.thing, Some(Thing::Violation));
        assert_eq!(said.explosions.unwrap().get(), 54);
        assert!(!said.undetermined);
    }

    #[test]
    fn shots_bursts_and_explosions() {
        for (detail, n, thing, weapon) in [
            ("3 shots small-arms fire", 3, Thing::Shot, Some("small arms")),
            ("3 bursts heavy machine gun near worker bus", 3, Thing::Burst, Some("heavy machine gun")),
            ("2 undetermined explosions during worker transfer", 2, Thing::Explosion, None),
        ] {
            let said = read(detail).unwrap();
            assert_eq!(said.count.unwrap().get(), n);
            assert_eq!(said.thing, Some(thing));
            assert_eq!(said.weapon.as_ref().map(Name::as_str), weapon);
        }
        assert!(read("1 undetermined explosion").unwrap().undetermined);
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        assert_eq!(read("").unwrap(), Counted::default());
        assert_eq!(read("several bangs").unwrap(), Counted::default());
        assert!(read("999999999999999999999 shots").is_err());
    }
}
