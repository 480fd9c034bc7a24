//! Timeline: what was reported over time, with the days on which somebody reported at all. A figure never stands without
//! its coverage.

use super::layout::Page;
use super::records::{choice, date};
use super::text::plain;
use crate::l10n::{Words, day_of, month_of};
use crate::model::{Bucket, Facets, Figures, TimelineView};
use crate::server::filter::first;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;
use truce_copy::aggregate::{Coverage, Span};
use truce_statement::Role;

/// Width of a chart in its own units.
const WIDTH: f64 = 960.0;
/// Height of the bars.
const HEIGHT: f64 = 150.0;
/// Room beside the bars for the scale.
const LEFT: f64 = 56.0;
/// Room below the bars: coverage, days.
const BELOW: f64 = 38.0;

/// The page.
pub(super) fn main(
    page: &Page<'_>,
    facets: &Facets,
    pairs: &[(String, String)],
    view: &Result<TimelineView, String>,
) -> Markup {
    let w = page.words;
    let without = first(pairs, "live-fire") == Some("without");
    html! {
        main id="main" data-page="timeline" {
            div.frame {
                h1 { (w.say("timeline-title")) }
                p.lead { (w.say("timeline-lead")) }
                (form(page, facets, pairs, view.as_ref().ok()))
                p { (w.say("timeline-zero-note")) }
                @match view {
                    Err(what) => p role="alert" { (w.with("records-bad-query", &[("what", what.into())])) },
                    Ok(view) => (charts(page, view, without)),
                }
            }
        }
    }
}

fn form(page: &Page<'_>, facets: &Facets, pairs: &[(String, String)], view: Option<&TimelineView>) -> Markup {
    let w = page.words;
    let chosen = |name: &str| first(pairs, name).unwrap_or_default().to_owned();
    let shown = |name: &str, day: Option<i32>| match first(pairs, name) {
        Some(value) => value.to_owned(),
        None => day.map(day_of).unwrap_or_default(),
    };
    html! {
        form.filter method="get" action=(page.to("/timeline")) aria-label=(w.say("timeline-filter")) {
            div.fields {
                (date(page, "from", "word-from", &shown("from", view.map(|view| view.from))))
                (date(page, "to", "word-to", &shown("to", view.map(|view| view.to))))
                (choice(page, "region", "word-region", &chosen("region"), facets.regions.iter().map(|region| {
                    (region.clone(), html! { (plain(region)) })
                })))
                (choice(page, "class", "timeline-class", &chosen("class"), facets.roles.iter().map(|role| {
                    (role.to_string(), html! { (w.say(&format!("role-{role}"))) })
                })))
                (choice(page, "step", "timeline-bucket", &view.map_or_else(|| chosen("step"), |view| word(view.span).to_owned()), Span::ALL.iter().map(|span| {
                    (word(*span).to_owned(), html! { (w.say(&format!("bucket-{}", word(*span)))) })
                })))
                div {
                    label for="live-fire" { (w.say("timeline-live-fire")) }
                    select id="live-fire" name="live-fire" {
                        option value="" { (w.say("timeline-live-with")) }
                        option value="without" selected[chosen("live-fire") == "without"] { (w.say("timeline-live-without")) }
                    }
                }
            }
            div.actions {
                button type="submit" { (w.say("records-apply")) }
                a href=(page.to("/timeline")) { (w.say("records-clear")) }
            }
        }
    }
}

/// The word of a span in addresses.
pub(super) const fn word(span: Span) -> &'static str {
    match span {
        Span::Day => "day",
        Span::Week => "week",
        Span::Month => "month",
    }
}

fn charts(page: &Page<'_>, view: &TimelineView, without: bool) -> Markup {
    let w = page.words;
    let mut series: Vec<(Option<&String>, Role)> = Vec::new();
    for figures in view.buckets.iter().flat_map(|bucket| &bucket.reports) {
        let of = (figures.region.as_ref(), figures.class);
        if !series.contains(&of) {
            series.push(of);
        }
    }
    let scale = view
        .buckets
        .iter()
        .flat_map(|bucket| &bucket.reports)
        .filter_map(|figures| counted(figures, without))
        .max()
        .unwrap_or(0);
    html! {
        (others(page, view))
        // The hatching of all charts: an id stands once on a page.
        svg.out-of-sight width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                pattern id="nobody" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    line.hatch x1="0" y1="0" x2="0" y2="7" {}
                }
            }
        }
        @if series.is_empty() { p.empty { (w.say("timeline-none")) } }
        @for (region, class) in series {
            @let found: Vec<(&Bucket, Option<&Figures>)> = view.buckets.iter().map(|bucket| {
                (bucket, bucket.reports.iter().find(|f| f.region.as_ref() == region && f.class == class))
            }).collect();
            @let named = region.map_or_else(|| w.say("word-not-stated").into_owned(), |region| plain(region));
            @let role = w.say(&format!("role-{class}"));
            h2 { (named) " · " (role) }
            figure {
                (chart(page, view, &found, scale, without, &w.with("timeline-chart", &[("region", (&named).into()), ("role", (&*role).into())])))
                figcaption { (w.say("timeline-chart-note")) }
            }
            (table(page, view, &found, without, &w.with("timeline-caption", &[("region", (&named).into()), ("role", (&*role).into())])))
        }
    }
}

fn counted(figures: &Figures, without: bool) -> Option<i64> {
    if without { figures.without_live_fire.or(figures.violations) } else { figures.violations }
}

/// Columns of a table of other kinds: key of the head, kind in addresses, figure.
type Column = (&'static str, &'static str, fn(&Bucket) -> i64);

const OTHERS: [Column; 5] = [
    ("timeline-observations", "observation", |bucket| bucket.observations),
    ("timeline-restrictions", "restriction", |bucket| bucket.restrictions),
    ("timeline-notifications", "notification", |bucket| bucket.notifications),
    ("kind-weapons", "weapons", |bucket| bucket.weapons),
    ("kind-harm", "harm", |bucket| bucket.harm),
];

/// Kinds that are counted by statement; the spans in which there are any.
fn others(page: &Page<'_>, view: &TimelineView) -> Markup {
    let w = page.words;
    let any = |bucket: &&Bucket| OTHERS.iter().any(|(.., figure)| figure(bucket) != 0);
    let rows: Vec<&Bucket> = view.buckets.iter().filter(any).collect();
    html! {
        @if !rows.is_empty() {
            details {
                summary { (w.say("word-records")) ": " (w.say("timeline-observations")) " · " (w.say("timeline-restrictions")) " · " (w.say("timeline-notifications")) }
                div.scroll tabindex="0" role="region" aria-label=(w.say("word-records")) {
                    table {
                        caption { (w.say("word-records")) }
                        thead {
                            tr {
                                th scope="col" { (w.say(&format!("bucket-{}", word(view.span)))) }
                                @for (key, ..) in OTHERS { th.n scope="col" { (w.say(key)) } }
                            }
                        }
                        tbody {
                            @for bucket in rows {
                                tr {
                                    th.when scope="row" { (begin(view.span, bucket.start)) }
                                    @for (_, kind, figure) in OTHERS {
                                        @let n = figure(bucket);
                                        td.n {
                                            @if n > 0 {
                                                a href=(page.to(&format!(
                                                    "/records?kind={kind}&from={}&to={}", day_of(bucket.start), day_of(bucket.start + bucket.days - 1)
                                                ))) { (number(w, n)) }
                                            } @else { (number(w, n)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn begin(span: Span, start: i32) -> Markup {
    html! {
        @if span == Span::Month { time datetime=(month_of(start)) { (month_of(start)) } }
        @else { time datetime=(day_of(start)) { (day_of(start)) } }
    }
}

fn number(w: Words, n: i64) -> String {
    w.number(u64::try_from(n).unwrap_or_default())
}

fn table(
    page: &Page<'_>,
    view: &TimelineView,
    found: &[(&Bucket, Option<&Figures>)],
    without: bool,
    caption: &str,
) -> Markup {
    let w = page.words;
    let cell = |n: Option<i64>| {
        html! {
            @match n { Some(n) => (number(w, n)), None => span.empty { (w.say("word-not-stated")) } }
        }
    };
    html! {
        details {
            summary { (caption) }
            div.scroll tabindex="0" role="region" aria-label=(caption) {
                table {
                    caption { (caption) }
                    thead {
                        tr {
                            th scope="col" { (w.say(&format!("bucket-{}", word(view.span)))) }
                            th.n scope="col" { (w.say("timeline-violations")) }
                            th.n scope="col" { (w.say("timeline-of-which-explosions")) }
                            th.n scope="col" { (w.say("timeline-live-fire-of")) }
                            th.n scope="col" { (w.say("timeline-reports")) }
                            th scope="col" { (w.say("timeline-coverage")) }
                        }
                    }
                    tbody {
                        @for (bucket, figures) in found {
                            tr {
                                th.when scope="row" { (begin(view.span, bucket.start)) }
                                @match figures {
                                    None => {
                                        td.n { "—" } td.n { "—" } td.n { "—" } td.n { "0" }
                                        td { strong { (w.say("timeline-nobody")) } }
                                    }
                                    Some(figures) => {
                                        td.n {
                                            @match (counted(figures, without), figures.coverage) {
                                                (Some(n), _) => strong { (number(w, n)) },
                                                (None, Coverage::NotKnown) => (w.say("timeline-not-known")),
                                                (None, _) => "—",
                                            }
                                        }
                                        td.n { (cell(figures.explosions)) }
                                        td.n { (cell(figures.live_fire)) }
                                        td.n { (number(w, figures.reports)) }
                                        td { (coverage(w, figures.coverage)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn coverage(w: Words, coverage: Coverage) -> Markup {
    let whole = |n: i64| u64::try_from(n).unwrap_or_default();
    match coverage {
        Coverage::Reported { days, of } => {
            html! { (w.with("timeline-coverage-of", &[("days", whole(days).into()), ("total", whole(of).into())])) }
        }
        Coverage::NotKnown => html! { strong { (w.say("timeline-not-known")) } },
        Coverage::Nobody => html! { strong { (w.say("timeline-nobody")) } },
    }
}

/// Bars of violations above a strip of coverage. All charts of a page have one scale.
#[allow(clippy::cast_precision_loss)] // Counts and columns of a drawing.
fn chart(
    page: &Page<'_>,
    view: &TimelineView,
    found: &[(&Bucket, Option<&Figures>)],
    scale: i64,
    without: bool,
    title: &str,
) -> Markup {
    let w = page.words;
    let step = (WIDTH - LEFT) / found.len().max(1) as f64;
    let top = nice(scale);
    let y = |n: i64| HEIGHT - HEIGHT * (n as f64) / (top.max(1) as f64);
    let mut marks = String::new();
    for (i, (_, figures)) in found.iter().enumerate() {
        let x = LEFT + step * i as f64;
        let width = (step * 0.82).max(0.6);
        // Writing to a string does not fail.
        let _ = match figures {
            None => write!(
                marks,
                "<rect class=\"nobody\" x=\"{x:.1}\" y=\"0\" width=\"{step:.1}\" height=\"{HEIGHT}\"/>"
            ),
            Some(figures) => {
                let n = counted(figures, without);
                if let Some(n) = n {
                    let at = y(n).min(HEIGHT - 1.0);
                    let _ = write!(
                        marks,
                        "<rect class=\"bar\" x=\"{x:.1}\" y=\"{at:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>",
                        HEIGHT - at
                    );
                }
                let (share, class) = match figures.coverage {
                    Coverage::Reported { days, of } => (days as f64 / of.max(1) as f64, "covered"),
                    Coverage::NotKnown => (1.0, "uncovered"),
                    Coverage::Nobody => (0.0, "uncovered"),
                };
                write!(
                    marks,
                    "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{}\" width=\"{:.1}\" height=\"5\"/>",
                    HEIGHT + 4.0,
                    width * share
                )
            }
        };
    }
    let lines = [0, top / 2, top].map(|n| (n, y(n)));
    let days = [0, found.len() / 2, found.len().saturating_sub(1)];
    let height = HEIGHT + BELOW;
    html! {
        svg viewBox={ "0 -10 " (WIDTH) " " (height + 10.0) } width=(WIDTH) height=(height + 10.0) role="img" aria-label=(title) direction="ltr" {
            @for (n, at) in lines {
                line.grid x1=(LEFT) x2=(WIDTH) y1=(format!("{at:.1}")) y2=(format!("{at:.1}")) {}
                text.faint x=(LEFT - 8.0) y=(format!("{:.1}", at + 4.0)) text-anchor="end" font-size="13" { (number(w, n)) }
            }
            (PreEscaped(marks))
            line.axis x1=(LEFT) x2=(WIDTH) y1=(HEIGHT) y2=(HEIGHT) {}
            @for (k, i) in days.iter().enumerate() {
                @if let Some((bucket, _)) = found.get(*i) {
                    text.faint x=(format!("{:.1}", LEFT + step * (*i as f64 + if k == 2 { 1.0 } else { 0.0 }))) y=(HEIGHT + 28.0)
                        text-anchor=(["start", "middle", "end"].get(k).copied().unwrap_or("start")) font-size="13" {
                        @if view.span == Span::Month { (month_of(bucket.start)) } @else { (day_of(bucket.start)) }
                    }
                }
            }
        }
    }
}

/// A round number not below `n`, for the top of a scale: 2, 4 or 10 times a power of ten, so that its half is whole.
fn nice(n: i64) -> i64 {
    let mut power = 1_i64;
    while power < i64::MAX / 100 {
        for step in [2, 4, 10] {
            if step * power >= n {
                return step * power;
            }
        }
        power *= 10;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::nice;

    #[test]
    fn a_scale_ends_in_a_round_number() {
        assert_eq!([0, 1, 3, 9, 11, 399, 401].map(nice), [2, 2, 4, 10, 20, 400, 1000]);
    }
}
