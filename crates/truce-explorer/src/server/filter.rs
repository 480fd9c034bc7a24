//! Conditions on records as they stand in an address: `?kind=report&party=mission&from=2021-02-01&q=mortar`. The same words
//! serve the list, the exports and the feeds.

use std::str::FromStr;
use truce_copy::query::Filter;
use truce_statement::unit::Date;

/// Names of conditions, in the order in which addresses are written.
pub const NAMES: [&str; 11] =
    ["q", "party", "role", "kind", "zone", "status", "from", "to", "key", "refers", "placed"];

/// Names and values of a query, in order; empty values, which forms send for what was not filled in, are left out.
#[must_use]
pub fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The first value of this name.
#[must_use]
pub fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// Reads the conditions of a query; names that are no conditions are passed over.
///
/// # Errors
/// Names the condition that cannot be read, as `name=value`.
pub fn read(pairs: &[(String, String)]) -> Result<Filter, String> {
    let mut filter = Filter::default();
    for (name, value) in pairs {
        match name.as_str() {
            "q" => value.clone_into(&mut filter.text),
            "party" => filter.parties.push(parsed(name, value)?),
            "role" => filter.roles.push(parsed(name, value)?),
            "kind" => filter.kinds.push(parsed(name, value)?),
            "zone" => filter.zones.push(value.clone()),
            "status" => filter.statuses.push(parsed(name, value)?),
            "from" => filter.from = Some(day(name, value)?),
            "to" => filter.to = Some(day(name, value)?),
            "key" => filter.key = Some(parsed(name, value)?),
            "refers" => filter.refers_to = Some(parsed(name, value)?),
            "placed" => filter.placed = value == "yes",
            _ => {}
        }
    }
    Ok(filter)
}

/// A day, since 1970-01-01, of `2021-02-07`.
///
/// # Errors
/// If the value is not a date.
pub fn day(name: &str, value: &str) -> Result<i32, String> {
    parsed::<Date>(name, value.trim()).map(Date::days)
}

fn parsed<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name}={}", value.chars().take(80).collect::<String>()))
}

/// The conditions of `pairs` as a query again, with `more` behind; for links that keep them.
#[must_use]
pub fn written(pairs: &[(String, String)], more: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(name, _)| NAMES.contains(&name.as_str())) {
        query.append_pair(name, value);
    }
    query.extend_pairs(more);
    query.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;
    use truce_statement::Kind;

    #[test]
    fn what_a_form_sends_is_read_and_written_again() {
        let sent = pairs("q=&party=mission&kind=report&kind=harm&from=2021-02-01&before=17&nonsense=1");
        let filter = read(&sent).expect("a filter");
        assert_eq!(filter.kinds, [Kind::Report, Kind::Harm]);
        assert_eq!(filter.from, Some(18659));
        assert!(filter.text.is_empty());
        assert_eq!(
            written(&sent, &[("before", "3")]),
            "party=mission&kind=report&kind=harm&from=2021-02-01&before=3"
        );
        assert_eq!(read(&pairs("kind=<b>")).err().as_deref(), Some("kind=<b>"));
    }
}
