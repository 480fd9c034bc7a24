//! Calendar: military activities as notified, and the notice that was given. The days are computed; what they mean is for
//! findings to say.

use super::layout::{Page, day};
use super::records::date;
use super::text::line;
use crate::l10n::{Words, day_of};
use crate::model::{CalendarView, NotifiedActivity, PlannedYear};
use maud::{Markup, html};

/// The page.
pub(super) fn main(page: &Page<'_>, view: &Result<CalendarView, String>) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="calendar" {
            div.frame {
                h1 { (w.say("calendar-title")) }
                p.lead { (w.say("calendar-lead")) }
                @match view {
                    Err(what) => p role="alert" { (w.with("records-bad-query", &[("what", what.into())])) },
                    Ok(view) => {
                        (form(page, view))
                        p { (w.say("calendar-rule")) }
                        (activities(page, view))
                        (plans(page, &view.plans))
                    }
                }
            }
        }
    }
}

fn form(page: &Page<'_>, view: &CalendarView) -> Markup {
    let w = page.words;
    html! {
        form.filter method="get" action=(page.to("/calendar")) aria-label=(w.say("timeline-filter")) {
            div.fields {
                (date(page, "from", "word-from", &day_of(view.from)))
                (date(page, "to", "word-to", &day_of(view.to)))
            }
            div.actions {
                button type="submit" { (w.say("records-apply")) }
                a href=(page.to("/calendar")) { (w.say("records-clear")) }
            }
        }
    }
}

fn activities(page: &Page<'_>, view: &CalendarView) -> Markup {
    let w = page.words;
    if view.activities.is_empty() {
        return html! { p.empty { (w.say("calendar-none")) } };
    }
    html! {
        table.reflow {
            caption { (w.say("calendar-caption")) }
            thead {
                tr {
                    th scope="col" { (w.say("calendar-designation")) }
                    th scope="col" { (w.say("word-party")) }
                    th scope="col" { (w.say("calendar-start")) }
                    th scope="col" { (w.say("calendar-end")) }
                    th scope="col" { (w.say("calendar-given")) }
                    th.n scope="col" { (w.say("calendar-lead-time")) }
                    th.n scope="col" { (w.say("calendar-troops")) }
                }
            }
            tbody { @for activity in &view.activities { (row(page, activity)) } }
        }
    }
}

fn row(page: &Page<'_>, activity: &NotifiedActivity) -> Markup {
    let w = page.words;
    let kind = serde_json::to_value(activity.activity).ok();
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
    html! {
        tr class=[activity.drill.then_some("drill")] {
            th scope="row" {
                a href=(page.to(&format!("/records/{}", activity.position))) { (line(&activity.designation)) }
                @if activity.retracted { " " span.flag.retracted { (w.say("calendar-cancelled")) } }
                @else if activity.corrected { " " span.flag.corrected { (w.say("calendar-changed")) } }
                @if activity.drill { " " span.flag { (w.say("drill")) } }
                span.summary.role {
                    @match w.get(&format!("value-{kind}")) { Some(said) => (said), None => (kind) }
                    @if activity.short_notice { " · " (w.say("calendar-short-notice")) }
                    @for area in activity.areas.iter().take(4) { " · " (line(area)) }
                }
            }
            td data-head=(w.say("word-party")) { a href=(page.to(&format!("/parties/{}", activity.party))) { (line(&activity.party)) } }
            td.when data-head=(w.say("calendar-start")) { (day(activity.from)) }
            td.when data-head=(w.say("calendar-end")) { (day(activity.to)) }
            td.when data-head=(w.say("calendar-given")) {
                @match activity.given {
                    Some(given) => { time datetime=(day_of(given)) { (day_of(given)) } br; span.role { (w.say("calendar-given-other")) } }
                    None => { (day(activity.received)) br; span.role { (w.say("calendar-given-record")) } }
                }
            }
            td.n data-head=(w.say("calendar-lead-time")) { (lead(w, activity.lead_days)) }
            td.n data-head=(w.say("calendar-troops")) {
                @match activity.troops {
                    Some(troops) if troops.about => (w.with("word-about-n", &[("n", troops.n.into())])),
                    Some(troops) => (w.number(troops.n.into())),
                    None => span.empty { (w.say("word-not-stated")) },
                }
            }
        }
    }
}

fn lead(w: Words, days: i64) -> String {
    let n = ("n", days.unsigned_abs().into());
    if days < 0 { w.with("calendar-lead-after", &[n]) } else { w.with("word-days", &[n]) }
}

fn plans(page: &Page<'_>, plans: &[PlannedYear]) -> Markup {
    let w = page.words;
    html! {
        @if !plans.is_empty() {
            h2 { (w.say("calendar-plans")) }
            table.reflow {
                caption { (w.say("calendar-plans-caption")) }
                thead {
                    tr {
                        th scope="col" { (w.say("calendar-year")) }
                        th scope="col" { (w.say("word-party")) }
                        th scope="col" { (w.say("word-what")) }
                    }
                }
                tbody {
                    @for plan in plans {
                        tr {
                            th scope="row" { a href=(page.to(&format!("/records/{}", plan.position))) { (plan.year) } }
                            td data-head=(w.say("word-party")) { (line(&plan.party)) }
                            td data-head=(w.say("word-what")) {
                                @if plan.activities == 0 { (w.say("calendar-nil")) }
                                @else { (w.with("calendar-planned", &[("n", plan.activities.into())])) }
                                @if plan.retracted { " " span.flag.retracted { (w.say("flag-retracted")) } }
                                @else if plan.corrected { " " span.flag.corrected { (w.say("flag-corrected")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
