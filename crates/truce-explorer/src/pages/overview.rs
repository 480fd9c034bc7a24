//! Overview: the agreement in plain words, its parties, how far it is verified, what came in lately.

use super::layout::{Page, clock, day};
use super::rows;
use super::text::line;
use crate::l10n::{day_of, utc_day};
use crate::model::{Overview, Quorum, RecordRow, WeekCount};
use maud::{Markup, html};
use truce_statement::Kind;

/// Columns of kinds in the table of weeks; further kinds stand together in one.
const KINDS: usize = 6;

/// The page; `verdict` is the block that the browser's verifier fills.
pub(super) fn main(page: &Page<'_>, view: &Overview, verdict: &Markup) -> Markup {
    html! {
        main id="main" data-page="overview" {
            div.frame {
                h1 { (line(&view.agreement.title)) }
                p.lead { (page.words.say("overview-lead")) }
                (state(page, view))
                (verdict)
                (figures(page, view))
                div.columns.wide {
                    div {
                        (weeks(page, view))
                        (newest(page, view))
                    }
                    div {
                        (disputes(page, view))
                        (parties(page, view))
                        (checkpoint(page, view))
                    }
                }
            }
        }
    }
}

fn state(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    let acceded = view.parties.iter().filter(|party| party.accession.is_some()).count();
    html! {
        p {
            @if view.agreement.drill { strong { (w.say("overview-drill")) } " " }
            @if view.in_force {
                (w.say("overview-force-yes")) " "
            } @else {
                (w.with("overview-force-no", &[("acceded", acceded.into()), ("parties", view.parties.len().into())])) " "
            }
            @match view.agreement.review_by {
                Some(at) => { (w.with("overview-review", &[("when", (&utc_day(at)).into())])) ". " }
                None => { (w.say("overview-no-review")) " " }
            }
            @match view.agreement.valid_until {
                Some(at) => { (w.with("overview-until", &[("when", (&utc_day(at)).into())])) "." }
                None => (w.say("overview-no-until")),
            }
        }
    }
}

fn figures(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    let (size, _, at) = &view.checkpoint;
    let before = view.weeks_before.first().map_or(0, |week| week.total);
    html! {
        dl.figures {
            div { dt { (w.say("overview-figure-records")) } dd { (w.number(*size)) } }
            div {
                dt { (w.say("overview-figure-checkpoint")) }
                dd {
                    (day(*at))
                    span.more { (clock(*at)) }
                }
            }
            div {
                dt { (w.say("overview-figure-week")) }
                dd {
                    (w.number(view.this_week.total))
                    span.more { (w.with("overview-figure-week-more", &[("n", before.into())])) }
                }
            }
            div { dt { (w.say("overview-figure-witnesses")) } dd { (witnesses(page, view.quorum.as_ref())) } }
            div { dt { (w.say("overview-figure-disputes")) } dd { (w.number(view.open_disputes.len() as u64)) } }
        }
    }
}

/// Number of witnesses that cosigned, of those asked for.
pub(super) fn witnesses(page: &Page<'_>, quorum: Option<&Quorum>) -> Markup {
    let w = page.words;
    html! {
        @match quorum {
            None => (w.say("witnesses-none")),
            Some(quorum) => {
                (w.with("witnesses-of", &[("have", quorum.have.into()), ("asked", quorum.asked.into())]))
            }
        }
    }
}

fn weeks(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    let mut kinds: Vec<(Kind, u64)> = view.kinds.iter().map(|count| (count.kind, count.n)).collect();
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    kinds.truncate(KINDS);
    let of = |week: &WeekCount, kind: Kind| {
        week.kinds.iter().find(|count| count.kind == kind).map_or(0, |count| count.n)
    };
    html! {
        h2 { (w.say("overview-week")) }
        div.scroll tabindex="0" role="region" aria-label=(w.say("overview-week")) {
            table {
                caption { (w.say("overview-week-caption")) ". " (w.say("overview-week-note")) }
                thead {
                    tr {
                        th scope="col" { (w.say("overview-week-of")) }
                        @for (kind, _) in &kinds { th.n scope="col" { (w.say(&format!("kind-{kind}"))) } }
                        th.n scope="col" { (w.say("value-other")) }
                        th.n scope="col" { (w.say("overview-week-total")) }
                    }
                }
                tbody {
                    @for week in std::iter::once(&view.this_week).chain(&view.weeks_before) {
                        tr {
                            th.when scope="row" { time datetime=(day_of(week.start)) { (day_of(week.start)) } }
                            @for (kind, _) in &kinds { td.n { (w.number(of(week, *kind))) } }
                            @let named: u64 = kinds.iter().map(|(kind, _)| of(week, *kind)).sum();
                            td.n { (w.number(week.total.saturating_sub(named))) }
                            td.n { strong { (w.number(week.total)) } }
                        }
                    }
                }
            }
        }
    }
}

fn newest(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    html! {
        h2 { (w.say("overview-newest")) }
        (list(page, &view.newest))
        p { a href=(page.to("/records")) { (w.say("word-more")) } }
    }
}

/// Records as a short list.
pub(super) fn list(page: &Page<'_>, rows: &[RecordRow]) -> Markup {
    html! { ul.trail { @for row in rows { li { (rows::brief(page, row)) } } } }
}

fn disputes(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    html! {
        h2 { (w.say("overview-disputes")) }
        @if view.open_disputes.is_empty() { p.empty { (w.say("overview-disputes-none")) } } @else { (list(page, &view.open_disputes)) }
        h2 { (w.say("overview-inquiries")) }
        @if view.unanswered_inquiries.is_empty() {
            p.empty { (w.say("overview-inquiries-none")) }
        } @else {
            (list(page, &view.unanswered_inquiries))
        }
        @if !view.suspect.is_empty() {
            h2 { (w.say("flag-suspect")) }
            (list(page, &view.suspect))
        }
    }
}

fn parties(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    html! {
        h2 { (w.say("overview-parties")) }
        ul.trail {
            @for party in &view.parties {
                li {
                    a href=(page.to(&format!("/parties/{}", party.id))) { (line(&party.name)) }
                    br;
                    span.role {
                        (w.say(&format!("role-{}", party.role))) " · "
                        (w.say(if party.accession.is_some() { "overview-acceded" } else { "overview-not-acceded" })) " · "
                        (w.with("records-count", &[("n", party.statements.into())]))
                    }
                }
            }
        }
    }
}

fn checkpoint(page: &Page<'_>, view: &Overview) -> Markup {
    let w = page.words;
    let (size, root, _) = &view.checkpoint;
    html! {
        h2 { (w.say("overview-checkpoint")) }
        (compared(page, &view.agreement.id, &view.agreement.origin, *size, root))
        p.note { (w.say("overview-checkpoint-note")) }
        p { a href=(page.to("/checkpoints")) { (w.say("nav-checkpoints")) } }
    }
}

/// Values that two readers compare; the browser compares them with what it recomputes.
pub(super) fn compared(page: &Page<'_>, agreement: &str, origin: &str, size: u64, root: &str) -> Markup {
    let w = page.words;
    html! {
        dl.compared {
            div { dt { (w.say("word-agreement")) } dd { code data-path="/checkpoint/agreement" { (agreement) } } }
            div { dt { (w.say("word-origin")) } dd { code data-path="/checkpoint/origin" { (line(origin)) } } }
            div { dt { (w.say("word-size")) } dd { code data-path="/checkpoint/size" { (size) } } }
            div { dt { (w.say("word-root")) } dd { code data-path="/checkpoint/root" { (root) } } }
        }
    }
}
