//! The list of records, with the form that filters it. Addresses are stable: a page begins below a position, so that
//! records added later move nothing.

use super::layout::Page;
use super::rows;
use super::text::plain;
use crate::model::{Facets, RecordPage};
use crate::server::filter::{first, written};
use maud::{Markup, html};
use truce_copy::index::Status;
use truce_copy::query::Total;

/// A format of the same selection: address, what it takes beside the conditions, name.
type Format = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const FORMATS: [Format; 5] = [
    ("/api/v1/records.csv", &[], "CSV"),
    ("/api/v1/records.csv", &[("bom", "1")], "CSV (Excel)"),
    ("/api/v1/records.jsonl", &[], "JSON Lines"),
    ("/api/v1/records.geojson", &[], "GeoJSON"),
    ("/feed.atom", &[], "Atom"),
];

/// The page. `pairs` are the conditions as they came; `found` is what meets them, or what could not be understood.
pub(super) fn main(
    page: &Page<'_>,
    facets: &Facets,
    pairs: &[(String, String)],
    found: &Result<RecordPage, String>,
) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="records" {
            div.frame {
                h1 { (w.say("records-title")) }
                p.lead { (w.say("records-lead")) }
                (form(page, facets, pairs))
                @match found {
                    Err(what) => p role="alert" { (w.with("records-bad-query", &[("what", what.into())])) },
                    Ok(found) => (list(page, pairs, found)),
                }
            }
        }
    }
}

fn list(page: &Page<'_>, pairs: &[(String, String)], found: &RecordPage) -> Markup {
    let w = page.words;
    let here = |more: &[(&str, &str)]| {
        let query = written(pairs, more);
        page.to(&if query.is_empty() { "/records".to_owned() } else { format!("/records?{query}") })
    };
    let total = match found.total {
        Total::Exact(n) => w.with("records-count", &[("n", n.into())]),
        Total::AtLeast(n) => w.with("records-at-least", &[("n", n.into())]),
    };
    html! {
        p { strong { (total) } }
        (rows::table(page, &found.rows, "records-caption", "records-none"))
        @let pager = w.say("word-records");
        nav.pager aria-label=(pager) {
            @if first(pairs, "before").is_some() { a href=(here(&[])) rel="first" { (w.say("word-newest")) } }
            @if let Some(next) = found.next { a href=(here(&[("before", &next.to_string())])) rel="next" { (w.say("word-older")) } }
        }
        p.note {
            (w.say("records-formats")) ": "
            @for (i, (path, more, name)) in FORMATS.iter().enumerate() {
                @if i > 0 { " · " }
                a href={ (path) "?" (written(pairs, more)) } { (name) }
            }
        }
    }
}

fn form(page: &Page<'_>, facets: &Facets, pairs: &[(String, String)]) -> Markup {
    let w = page.words;
    let value = |name| first(pairs, name).unwrap_or_default();
    // Kept where a link set them and the form has no field for them.
    let kept = pairs.iter().filter(|(name, _)| name == "key" || name == "refers");
    html! {
        form.filter method="get" action=(page.to("/records")) role="search" aria-label=(w.say("records-filter")) {
            div.fields {
                div.broad {
                    label for="q" { (w.say("records-text")) }
                    input type="search" id="q" name="q" value=(value("q")) maxlength="200" dir="auto";
                }
                (choice(page, "party", "word-party", value("party"), facets.parties.iter().map(|party| {
                    (party.id.clone(), html! { (plain(&party.name)) })
                })))
                (choice(page, "role", "timeline-class", value("role"), facets.roles.iter().map(|role| {
                    (role.to_string(), html! { (w.say(&format!("role-{role}"))) })
                })))
                (choice(page, "kind", "word-kind", value("kind"), facets.kinds.iter().map(|kind| {
                    (kind.to_string(), html! { (w.say(&format!("kind-{kind}"))) })
                })))
                (choice(page, "zone", "records-zones", value("zone"), facets.zones.iter().map(|zone| {
                    (zone.id.clone(), html! { (plain(&zone.name)) })
                })))
                (choice(page, "status", "records-status", value("status"), Status::ALL.iter().map(|status| {
                    (status.to_string(), html! { (w.say(&format!("flag-{status}"))) })
                })))
                (date(page, "from", "records-period", value("from")))
                (date(page, "to", "word-to", value("to")))
            }
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            div.actions {
                button type="submit" { (w.say("records-apply")) }
                a href=(page.to("/records")) { (w.say("records-clear")) }
            }
        }
    }
}

/// A field for a day.
pub(super) fn date(page: &Page<'_>, name: &str, key: &str, value: &str) -> Markup {
    // A field for a date takes nothing else, and browsers complain of it; what was asked stands in the page's answer.
    let value = if crate::server::filter::day(name, value).is_ok() { value } else { "" };
    html! {
        div {
            label for=(name) { (page.words.say(key)) }
            input type="date" id=(name) name=(name) value=(value) min="1900-01-01" max="2199-12-31";
        }
    }
}

/// A choice of one among several, or of none.
pub(super) fn choice(
    page: &Page<'_>,
    name: &str,
    key: &str,
    chosen: &str,
    offered: impl Iterator<Item = (String, Markup)>,
) -> Markup {
    html! {
        div {
            label for=(name) { (page.words.say(key)) }
            select id=(name) name=(name) {
                option value="" { (page.words.say("word-any")) }
                @for (value, text) in offered {
                    option value=(value) selected[value == chosen] { (text) }
                }
            }
        }
    }
}
