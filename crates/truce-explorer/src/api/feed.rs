//! Records as an Atom feed (RFC 4287), paged (RFC 5005, section 3).
//!
//! Each choice of conditions is a feed with an id of its own, so that a reader of two feeds does not take one for the
//! other. Pages begin below a position: records added later move none of them. Links are absolute, by the
//! [`PublicUrl`](crate::server::PublicUrl), so that a feed that is saved or passed on still leads somewhere.

use super::answer::Answer;
use super::export::{summary, utc};
use super::parameters::Asked;
use super::problem::Problem;
use crate::model::{Reading, RecordRow, Views as _};
use crate::server::{PublicUrl, filter};
use maud::{Markup, PreEscaped, html};
use truce_statement::AgreementId;

/// Records of one page.
const ENTRIES: usize = 50;

pub(super) fn atom(reading: &Reading, asked: &Asked) -> Result<Answer, Problem> {
    let served = reading.served()?;
    let before: Option<u64> = asked.get("before")?;
    let page = served.records(&asked.filter()?, before, ENTRIES)?;
    let charter = served.charter()?;
    let updated = page.rows.first().map_or_else(|| served.verified_at(), |row| row.received);
    let url = asked.url();
    let at = |path: &str, before: Option<u64>| {
        let before = before.map(|before| before.to_string());
        let more: Vec<(&str, &str)> = before.iter().map(|before| ("before", before.as_str())).collect();
        let query = filter::written(asked.pairs(), &more);
        format!("{url}{path}{}{query}", if query.is_empty() { "" } else { "?" })
    };
    let feed = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { (id(&served.agreement(), asked.pairs())) }
            title { (carried(charter.title.as_ref())) (carried(&chosen(asked.pairs()))) }
            updated { (utc(updated)) }
            generator { "Truce" }
            (link("self", "application/atom+xml", &at("/feed.atom", before)))
            (link("first", "application/atom+xml", &at("/feed.atom", None)))
            @if let Some(next) = page.next { (link("next", "application/atom+xml", &at("/feed.atom", Some(next)))) }
            (link("alternate", "text/html", &at("/records", None)))
            @for row in &page.rows { (entry(url, row)) }
        }
    };
    Ok(Answer::bytes("application/atom+xml", feed.into_string().into_bytes()))
}

fn entry(url: &PublicUrl, row: &RecordRow) -> Markup {
    html! {
        entry {
            id { "urn:truce:statement:" (row.id) }
            title {
                (row.kind) " · " (carried(&row.party_name))
                @if let Some(place) = &row.place { " · " (carried(place)) }
            }
            updated { (utc(row.received)) }
            author { name { (carried(&row.party_name)) } }
            category term=(row.kind) {}
            @if row.ahead { category term="ahead" label="dated ahead of the explorer's clock" {} }
            (link("alternate", "text/html", &format!("{url}/records/{}", row.position)))
            (link("enclosure", "application/cose", &format!("{url}/api/v1/records/{}/statement", row.position)))
            summary {
                @if row.ahead { "received at a time ahead of the explorer's clock; " }
                (carried(&summary(row)))
            }
        }
    }
}

/// A link. An element without content is closed by a tag of its own: HTML would leave it open.
fn link(rel: &str, kind: &str, href: &str) -> Markup {
    html! { link rel=(rel) type=(kind) href=(carried(href)) {} }
}

/// Id of the feed of these conditions: the agreement's where there are none. The order of conditions makes no other feed.
fn id(agreement: &AgreementId, pairs: &[(String, String)]) -> String {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable();
    pairs.dedup();
    let conditions = filter::written(&pairs, &[]);
    let agreement = format!("urn:truce:agreement:{agreement}");
    if conditions.is_empty() { agreement } else { format!("{agreement}:{conditions}") }
}

/// The conditions for people, behind a title.
fn chosen(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs.iter().filter(|(name, _)| filter::NAMES.contains(&name.as_str())) {
        text.extend([" · ", name.as_str(), ": ", value.as_str()]);
    }
    text
}

/// Text as XML 1.0 can carry it. U+FFFE and U+FFFF have no spelling there at all; other noncharacters and controls
/// are allowed and discouraged (section 2.2), and some readers refuse them. All of them become U+FFFD. Markup is escaped by
/// the template: what it escapes for HTML, XML escapes the same way.
fn carried(text: &str) -> String {
    let lost = |c: char| (c.is_control() && c != '\t' && c != '\n') || is_noncharacter(c);
    text.chars().map(|c| if lost(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Tells the 66 code points that are never characters (Unicode, section 23.7): 32 in a row, and the last two of every
/// plane.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_xml_cannot_carry_is_replaced() {
        let lost =
            (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| carried(&c.to_string()) != c.to_string());
        // 65 controls but tab and newline; 66 noncharacters.
        assert_eq!(lost.count(), 65 - 2 + 66);
        assert_eq!(
            carried("a\u{fffe}b\u{ffff}\0\u{1}\r\u{1ffff}Ж😀"),
            "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}Ж😀"
        );
    }

    #[test]
    fn the_order_of_conditions_makes_no_other_feed() {
        let pairs = |query: &str| filter::pairs(query);
        let agreement = AgreementId::from_bytes([7; 32]);
        let of = |query: &str| id(&agreement, &pairs(query));
        assert_eq!(of("party=civil&kind=report"), of("kind=report&party=civil&party=civil&before=7"));
        assert_ne!(of("party=civil"), of("party=mission"));
        assert_ne!(of("party=civil"), of(""));
        assert_eq!(of(""), format!("urn:truce:agreement:{agreement}"));
    }
}
