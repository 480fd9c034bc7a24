//! New records as an Atom feed (RFC 4287).

use super::answer::Answer;
use super::export::{summary, utc};
use super::parameters::Asked;
use super::problem::Problem;
use crate::model::{Reading, RecordRow};
use maud::{Markup, PreEscaped, html};

/// Records of one feed.
const ENTRIES: usize = 50;

pub(super) fn atom(reading: &Reading, asked: &Asked) -> Result<Answer, Problem> {
    let served = reading.served()?;
    let page = served.records(&asked.filter()?, None, ENTRIES)?;
    let charter = served.charter()?;
    let updated = page.rows.first().map_or_else(|| served.verified_at(), |row| row.received);
    // Maud escapes for HTML; what it escapes, XML escapes the same way. Control characters stand in no statement.
    let feed = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { "urn:truce:agreement:" (served.agreement()) }
            title { (charter.title) }
            updated { (utc(updated)) }
            generator { "Truce" }
            @for row in &page.rows { (entry(row)) }
        }
    };
    Ok(Answer::bytes("application/atom+xml", feed.into_string().into_bytes()))
}

fn entry(row: &RecordRow) -> Markup {
    html! {
        entry {
            id { "urn:truce:statement:" (row.id) }
            title { (row.kind) " · " (row.party_name) @if let Some(place) = &row.place { " · " (place) } }
            updated { (utc(row.received)) }
            author { name { (row.party_name) } }
            (PreEscaped(format!("<category term=\"{}\"/>", row.kind)))
            (PreEscaped(format!("<link rel=\"alternate\" type=\"text/html\" href=\"/records/{}\"/>", row.position)))
            (PreEscaped(format!(
                "<link rel=\"enclosure\" type=\"application/cose\" href=\"/api/v1/records/{}/statement\"/>",
                row.position
            )))
            summary { (summary(row)) }
        }
    }
}
