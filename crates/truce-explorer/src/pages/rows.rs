//! Records as rows of a table: who, what, when, and what has become of it.

use super::layout::{Page, day, moment};
use super::text::{Escaped, excerpt, line};
use crate::l10n::{Words, utc_minute};
use crate::model::{Part, PartValue, RecordRow, TimeSpan};
use maud::{Markup, Render, html};
use truce_copy::index::Status;
use truce_statement::unit::Date;

/// Characters of a text that a row shows.
const TEXT: usize = 110;

/// A table of records. An empty one says so in the words of `none`.
pub(super) fn table(page: &Page<'_>, rows: &[RecordRow], caption: &str, none: &str) -> Markup {
    let w = page.words;
    if rows.is_empty() {
        return html! { p.empty { (w.say(none)) } };
    }
    let head = |key| {
        let word = w.say(key);
        html! { (word) }
    };
    let heads = Heads {
        what: head("word-what"),
        party: head("word-party"),
        zone: head("word-zone"),
        when: head("word-when"),
        received: head("word-received"),
    };
    html! {
        table.reflow {
            caption { (w.say(caption)) }
            thead {
                tr {
                    th.n scope="col" { (w.say("word-position")) }
                    th scope="col" { (w.say("word-kind")) " · " (heads.what) }
                    th scope="col" { (heads.party) }
                    th scope="col" { (heads.zone) }
                    th scope="col" { (heads.when) }
                    th scope="col" { (heads.received) }
                }
            }
            tbody { @for one in rows { (row(page, &heads, one)) } }
        }
    }
}

/// Heads of columns, which each cell repeats for narrow screens: looked up and escaped once for a table.
struct Heads {
    what: Markup,
    party: Markup,
    zone: Markup,
    when: Markup,
    received: Markup,
}

fn row(page: &Page<'_>, heads: &Heads, row: &RecordRow) -> Markup {
    let w = page.words;
    let drill = row.flags.has(Status::Drill);
    html! {
        tr data-position=(row.position) data-id=(Escaped(&row.id)) class=[drill.then_some("drill")] {
            th.n scope="row" { a href=(page.to(&format!("/records/{}", row.position))) { (row.position) } }
            td data-head=(heads.what) {
                span.kind { (w.say(&format!("kind-{}", row.kind))) } " " (flags(w, row))
                span.summary { (summary(w, &row.summary)) }
            }
            td data-head=(heads.party) {
                a href=(page.to(&format!("/parties/{}", row.party))) { (line(&row.party)) }
                " " span.role { (w.say(&format!("role-{}", row.role))) }
            }
            td data-head=(heads.zone) { (place(row)) }
            td.when data-head=(heads.when) {
                @match &row.time { Some(time) => (span(time)), None => span.empty { (w.say("records-local")) } }
            }
            td.when data-head=(heads.received) {
                (moment(row.received))
                @if row.ahead { br; (ahead(w)) }
            }
        }
    }
}

/// One line for short lists.
pub(super) fn brief(page: &Page<'_>, row: &RecordRow) -> Markup {
    let w = page.words;
    html! {
        a href=(page.to(&format!("/records/{}", row.position))) {
            (w.with("word-record-n", &[("position", (&row.position.to_string()).into())]))
        }
        " · " span.kind { (w.say(&format!("kind-{}", row.kind))) } " · " (line(&row.party)) " · " (day(row.received)) " "
        @if row.ahead { (ahead(w)) " " }
        (flags(w, row))
        span.summary { (summary(w, &row.summary)) }
    }
}

fn place(row: &RecordRow) -> Markup {
    html! {
        @for (i, zone) in row.zones.iter().enumerate() { @if i > 0 { ", " } (line(zone)) }
        @if let Some(place) = &row.place {
            @if !row.zones.is_empty() { " · " }
            (excerpt(place, 60))
        }
    }
}

/// Time of what a record tells of: days as days, both included; instants to the minute.
pub(super) fn span(time: &TimeSpan) -> Markup {
    match *time {
        TimeSpan::Days { first, last } if first == last => html! { (whole_day(first)) },
        TimeSpan::Days { first, last } => html! { (whole_day(first)) " – " (whole_day(last)) },
        TimeSpan::Instants { from, to: None } => html! { (moment(from)) },
        TimeSpan::Instants { from, to: Some(to) } => html! { (moment(from)) " – " br; (moment(to)) },
    }
}

/// A day that was signed as a day: it has no time zone, and is shown as it stands.
fn whole_day(date: Date) -> Markup {
    html! { time datetime=(date) { (date) } }
}

/// A word for a time of receipt ahead of the explorer's clock.
pub(super) fn ahead(w: Words) -> Markup {
    html! { span.flag.ahead { (w.say("flag-ahead")) } }
}

/// Marks of a record, each a word with a border of its own.
pub(super) fn flags(w: Words, row: &RecordRow) -> Markup {
    html! {
        @for status in row.flags.iter() {
            span class={ "flag " (status.as_str()) } { (w.say(&format!("flag-{status}"))) }
        }
    }
}

/// The summary of a record: words of the specification in the reader's language, texts as they were signed.
pub(super) fn summary(w: Words, parts: &[Part]) -> Summary<'_> {
    Summary { w, parts }
}

/// See [`summary`].
pub(super) struct Summary<'a> {
    w: Words,
    parts: &'a [Part],
}

impl Render for Summary<'_> {
    fn render_to(&self, page: &mut String) {
        let w = self.w;
        let mut parts = self.parts.iter().peekable();
        let mut first = true;
        while let Some(part) = parts.next() {
            if !first {
                page.push_str(" · ");
            }
            first = false;
            value(page, w, part);
            // A figure and what it counts, a region and its figure: together.
            let together = match (&part.value, part.key.as_str(), parts.peek()) {
                (PartValue::Number { .. } | PartValue::NotKnown, "count", Some(_)) => " × ",
                (PartValue::Text(_), "region", Some(figure)) if figure.key == "violations" => ": ",
                _ => continue,
            };
            if let Some(next) = parts.next() {
                page.push_str(together);
                value(page, w, next);
            }
        }
    }
}

fn value(page: &mut String, w: Words, part: &Part) {
    match &part.value {
        PartValue::Word(word) => match w.get(&format!("value-{word}")) {
            Some(said) => said.render_to(page),
            None => line(word).render_to(page),
        },
        PartValue::Text(text) => excerpt(text, TEXT).render_to(page),
        PartValue::NotKnown => w.say("value-not-known").render_to(page),
        PartValue::Time(ms) => w.with("part-until", &[("when", (&utc_minute(*ms)).into())]).render_to(page),
        PartValue::Number { n, about } => {
            let n = u64::try_from(*n).unwrap_or_default();
            let key = match part.key.as_str() {
                "parties" => "part-parties",
                "keys" => "part-keys",
                "deaths" => "part-deaths",
                "item" => "part-item",
                "activities" => "part-activities",
                // A year is a name, not a quantity.
                "year" => return n.render_to(page),
                _ if *about => "word-about-n",
                _ => return w.number(n).render_to(page),
            };
            w.with(key, &[("n", n.into())]).render_to(page);
        }
    }
}
