//! People harmed, in the words of a report: "2 men killed, 2 injured; hand grenade".

use truce_statement::body::reports::{AgeGroup, Effect, PeopleHarmed, Sex, Standing};
use truce_statement::shape::{Count, Days, When};
use truce_statement::unit::{Date, Known, Stamp, Tally};

/// Facts about people that a detail states.
#[derive(Debug)]
pub(super) struct Said {
    /// Never empty: where nothing could be read, casualties of whom nothing is known.
    pub(super) people: Vec<PeopleHarmed>,
    pub(super) day: Option<DayOfYear>,
    /// Words after "by", where a report gives the cause in this form.
    pub(super) by: Option<String>,
}

/// A day and month, as reports print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayOfYear {
    day: u8,
    month: u8,
}

impl DayOfYear {
    /// The last such day not after `as_of`.
    pub(super) fn before(self, as_of: Stamp) -> Option<When> {
        let last = as_of.local_date();
        let in_year = |year: i16| format!("{year:04}-{:02}-{:02}", self.month, self.day).parse::<Date>().ok();
        let day = in_year(last.year()).filter(|day| *day <= last).or_else(|| in_year(last.year() - 1))?;
        Some(When::Days(Days { to: day, from: day }))
    }
}

const WHO: &[(&str, Known<AgeGroup>, Known<Sex>)] = &[
    ("man", Known::Is(AgeGroup::Adult), Known::Is(Sex::Male)),
    ("men", Known::Is(AgeGroup::Adult), Known::Is(Sex::Male)),
    ("woman", Known::Is(AgeGroup::Adult), Known::Is(Sex::Female)),
    ("women", Known::Is(AgeGroup::Adult), Known::Is(Sex::Female)),
    ("boy", Known::Is(AgeGroup::Child), Known::Is(Sex::Male)),
    ("boys", Known::Is(AgeGroup::Child), Known::Is(Sex::Male)),
    ("girl", Known::Is(AgeGroup::Child), Known::Is(Sex::Female)),
    ("girls", Known::Is(AgeGroup::Child), Known::Is(Sex::Female)),
    ("child", Known::Is(AgeGroup::Child), Known::NotKnown),
    ("children", Known::Is(AgeGroup::Child), Known::NotKnown),
];

const EFFECTS: &[(&str, Effect)] = &[
    ("killed", Effect::Killed),
    ("died", Effect::Killed),
    ("injured", Effect::Injured),
    ("missing", Effect::Missing),
    ("casualties", Effect::KilledOrInjured),
    ("casualty", Effect::KilledOrInjured),
];

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads what stands before the semicolon. Nobody is counted whom the words do not name.
pub(super) fn read(detail: &str) -> Said {
    let clause = detail.split(';').next().unwrap_or_default();
    // One part that cannot be read makes the whole uncertain.
    let groups: Option<Vec<Vec<PeopleHarmed>>> = clause.split(',').map(group).collect();
    let people =
        groups.map_or_else(|| vec![harmed(None, None, Effect::KilledOrInjured)], |groups| groups.concat());
    let by = clause.split_once(" by ").map(|(_, by)| by.split(" on ").next().unwrap_or(by).trim().to_owned());
    Said { people, day: day(clause), by }
}

/// People who were harmed alike: "man and boy injured", "2 men killed", "2 casualties".
fn group(part: &str) -> Option<Vec<PeopleHarmed>> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let (at, effect) = words.iter().enumerate().find_map(|(i, word)| {
        EFFECTS.iter().find(|(effect, _)| effect == word).map(|(_, effect)| (i, *effect))
    })?;
    let mut groups = Vec::new();
    for who in words.get(..at)?.split(|word| *word == "and") {
        // An age, as in "boy aged 16", says no more than the word before it.
        let who = who.split(|word| *word == "aged").next().unwrap_or(who);
        let (number, who) = match who.split_first() {
            Some((first, rest)) if first.bytes().all(|b| b.is_ascii_digit()) => {
                (Some(first.parse::<i64>().ok()?), rest)
            }
            _ => (None, who),
        };
        match who {
            [] => groups.push(harmed(Some(number?), None, effect)),
            [word] => {
                let known = WHO.iter().find(|(who, ..)| who == word)?;
                groups.push(harmed(Some(number.unwrap_or(1)), Some(known), effect));
            }
            _ => return None,
        }
    }
    Some(groups)
}

fn harmed(n: Option<i64>, who: Option<&(&str, Known<AgeGroup>, Known<Sex>)>, effect: Effect) -> PeopleHarmed {
    let (age, sex) = who.map_or((Known::NotKnown, Known::NotKnown), |(_, age, sex)| (*age, *sex));
    let count = n
        .and_then(|n| Tally::try_from(n).ok())
        .map_or(Known::NotKnown, |n| Known::Is(Count { n, about: None }));
    PeopleHarmed { age, sex, count, effect, standing: Some(Known::Is(Standing::Civilian)) }
}

/// "8 May" anywhere in the clause.
fn day(clause: &str) -> Option<DayOfYear> {
    let words: Vec<&str> = clause.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let [day, month] = pair else { return None };
        let month = MONTHS.iter().position(|name| name == month)?;
        Some(DayOfYear { day: day.parse().ok()?, month: u8::try_from(month + 1).ok()? })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// `number who effect` of each group; `?` for what is not known.
    fn said(detail: &str) -> Vec<String> {
        let groups = read(detail).people;
        let shown = groups.iter().map(|p| {
            let n = p.count.value().map_or("?".to_owned(), |count| count.n.to_string());
            let age =
                p.age.value().map_or("?", |age| if *age == AgeGroup::Child { "child" } else { "adult" });
            let sex = p.sex.value().map_or("?", |sex| if *sex == Sex::Male { "m" } else { "f" });
            format!("{n} {age} {sex} {:?}", p.effect)
        });
        shown.collect()
    }

    #[test]
    fn people_as_reports_word_them() {
        for (detail, expected) in [
            ("2 men killed, 2 injured; hand grenade", &["2 adult m Killed", "2 ? ? Injured"][..]),
            ("man and boy injured; shelling", &["1 adult m Injured", "1 child m Injured"]),
            ("boy aged 16 injured 6 April; mine explosion", &["1 child m Injured"]),
            ("boy died; mine explosion (earlier reported as injured)", &["1 child m Killed"]),
            ("2 children injured on 28 August", &["2 child ? Injured"]),
            ("2 casualties", &["2 ? ? KilledOrInjured"]),
            ("man killed by shelling on 8 May", &["1 adult m Killed"]),
            ("woman injured; explosive object", &["1 adult f Injured"]),
        ] {
            assert_eq!(said(detail), expected, "{detail}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        for detail in ["", "several people hurt", "2 men killed, and a cow", "injured", "family killed"] {
            assert_eq!(said(detail), ["? ? ? KilledOrInjured"], "{detail}");
        }
    }

    #[test]
    fn days_are_the_last_such_day() {
        let as_of = |text: &str| text.parse::<Stamp>().unwrap();
        let in_may = read("man killed by shelling on 8 May");
        assert_eq!(in_may.by.as_deref(), Some("shelling"));
        let shown = |when: When| serde_json::to_string(&when).unwrap();
        let day = in_may.day.unwrap();
        assert_eq!(
            shown(day.before(as_of("2021-05-17T19:30:00+03:00")).unwrap()),
            r#"{"days":{"to":"2021-05-08","from":"2021-05-08"}}"#
        );
        assert!(shown(day.before(as_of("2021-05-07T19:30:00+03:00")).unwrap()).contains("2020-05-08"));
    }
}
