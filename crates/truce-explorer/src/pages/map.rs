//! Map: zones of the agreement and events with coordinates, each as large as its stated precision, over coasts and
//! boundaries from [`super::outlines`]. The tables below say the same to those who do not see it.

use super::layout::Page;
use super::outlines::{self, Bounds, Outline};
use super::records::{choice, date};
use super::rows;
use super::text::{line, plain};
use crate::model::{Facets, MapEvent, MapView, MapZone};
use crate::server::filter::first;
use maud::{Markup, html};
use std::fmt::Write as _;

/// Width of the drawing in its own units.
const WIDTH: f64 = 1000.0;
/// Least and greatest height for that width.
const HEIGHTS: (f64, f64) = (420.0, 900.0);
/// Least extent, degrees: a single point is shown with its surroundings.
const LEAST_DEGREES: f64 = 1.2;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;

/// The page.
pub(super) fn main(
    page: &Page<'_>,
    facets: &Facets,
    pairs: &[(String, String)],
    view: &Result<MapView, String>,
) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="map" {
            div.frame {
                h1 { (w.say("map-title")) }
                p.lead { (w.say("map-lead")) }
                (form(page, facets, pairs))
                @match view {
                    Err(what) => p role="alert" { (w.with("records-bad-query", &[("what", what.into())])) },
                    Ok(view) => {
                        (figure(page, view))
                        (zones(page, &view.zones))
                        (events(page, view))
                    }
                }
            }
        }
    }
}

fn form(page: &Page<'_>, facets: &Facets, pairs: &[(String, String)]) -> Markup {
    let w = page.words;
    let value = |name| first(pairs, name).unwrap_or_default();
    html! {
        form.filter method="get" action=(page.to("/map")) aria-label=(w.say("records-filter")) {
            div.fields {
                (date(page, "from", "records-period", value("from")))
                (date(page, "to", "word-to", value("to")))
                (choice(page, "kind", "word-kind", value("kind"), facets.kinds.iter().map(|kind| {
                    (kind.to_string(), html! { (w.say(&format!("kind-{kind}"))) })
                })))
                (choice(page, "role", "timeline-class", value("role"), facets.roles.iter().map(|role| {
                    (role.to_string(), html! { (w.say(&format!("role-{role}"))) })
                })))
            }
            div.actions {
                button type="submit" { (w.say("records-apply")) }
                a href=(page.to("/map")) { (w.say("records-clear")) }
            }
        }
    }
}

fn figure(page: &Page<'_>, view: &MapView) -> Markup {
    let w = page.words;
    let Some((south, west, north, east)) = view.bounds else {
        return html! { p { (w.say("map-none")) } };
    };
    let sheet = Sheet::over(degrees(south), degrees(west), degrees(north), degrees(east));
    let label = w.say("map-figure");
    html! {
        figure {
            svg.map viewBox={ "0 0 " (WIDTH) " " (round(sheet.height)) } width=(WIDTH) height=(round(sheet.height)) role="group"
                aria-label=(label) direction="ltr" {
                rect.sea x="0" y="0" width=(WIDTH) height=(round(sheet.height)) {}
                (base(&sheet))
                @for zone in &view.zones { (zone_shape(&sheet, zone)) }
                @for event in view.events.iter().rev() { (event_shape(page, &sheet, event)) }
                (scale_bar(&sheet))
            }
            ul.legend {
                li { svg.sign viewBox="0 0 16 16" aria-hidden="true" { rect.zone x="1" y="2" width="14" height="12" {} } (w.say("map-legend-zone")) }
                li { svg.sign viewBox="0 0 16 16" aria-hidden="true" { circle.event cx="8" cy="8" r="7" {} circle.dot cx="8" cy="8" r="2.4" {} } (w.say("map-legend-event")) }
                li { svg.sign viewBox="0 0 16 16" aria-hidden="true" { circle.event.vague cx="8" cy="8" r="6" {} } (w.say("map-legend-vague")) }
                li { svg.sign viewBox="0 0 16 16" aria-hidden="true" { path.boundary d="M0 8h16" {} } (w.say("map-legend-boundary")) }
            }
            figcaption { (w.say("map-note")) }
        }
    }
}

/// The sheet: a part of the earth and where it lies in the drawing. Degrees of longitude are drawn as long as they are at
/// its middle parallel, which is true enough for a region.
struct Sheet {
    bounds: Bounds,
    height: f64,
    /// Units of the drawing for a degree of latitude.
    unit: f64,
    /// Factor by which a degree of longitude is shorter than one of latitude.
    narrow: f64,
}

impl Sheet {
    fn over(south: f64, west: f64, north: f64, east: f64) -> Self {
        let middle = f64::midpoint(south, north);
        let narrow = middle.to_radians().cos().max(0.2);
        let margin = ((north - south).max((east - west) * narrow) * 0.07).max(LEAST_DEGREES / 4.0);
        let mut bounds = Bounds {
            west: west - margin / narrow,
            south: south - margin,
            east: east + margin / narrow,
            north: north + margin,
        };
        let ratio = (bounds.north - bounds.south) / ((bounds.east - bounds.west) * narrow);
        let height = (WIDTH * ratio).clamp(HEIGHTS.0, HEIGHTS.1);
        // What is too flat or too tall for the sheet gets more of its surroundings.
        let (tall, wide) = (height / WIDTH, ratio);
        if wide < tall {
            let more = ((bounds.east - bounds.west) * narrow * tall - (bounds.north - bounds.south)) / 2.0;
            (bounds.south, bounds.north) = (bounds.south - more, bounds.north + more);
        } else {
            let more = ((bounds.north - bounds.south) / tall / narrow - (bounds.east - bounds.west)) / 2.0;
            (bounds.west, bounds.east) = (bounds.west - more, bounds.east + more);
        }
        let unit = height / (bounds.north - bounds.south);
        Self { bounds, height, unit, narrow }
    }

    fn at(&self, lon: f64, lat: f64) -> (f64, f64) {
        ((lon - self.bounds.west) * self.unit * self.narrow, (self.bounds.north - lat) * self.unit)
    }

    /// Units of the drawing for so many metres.
    fn length(&self, metres: f64) -> f64 {
        metres / DEGREE_M * self.unit
    }

    fn path(&self, points: impl Iterator<Item = (f64, f64)>, path: &mut String) {
        for (i, (lon, lat)) in points.enumerate() {
            let (x, y) = self.at(lon, lat);
            // Writing to a string does not fail.
            let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
        }
    }
}

fn degrees(units: i32) -> f64 {
    f64::from(units) / 1e7
}

fn round(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

fn base(sheet: &Sheet) -> Markup {
    let (mut coasts, mut boundaries) = (String::new(), String::new());
    for (kind, points) in outlines::within(sheet.bounds, 0.6 / sheet.unit) {
        let path = if kind == Outline::Coast { &mut coasts } else { &mut boundaries };
        sheet.path(points.into_iter(), path);
    }
    html! { path.coast d=(coasts) {} path.boundary d=(boundaries) {} }
}

fn zone_shape(sheet: &Sheet, zone: &MapZone) -> Markup {
    let mut path = String::new();
    let mut label = None;
    if let Some(outline) = &zone.outline {
        sheet.path(outline.iter().map(|(lat, lon)| (degrees(*lon), degrees(*lat))), &mut path);
        path.push('Z');
        label = outline
            .iter()
            .max_by_key(|(lat, _)| *lat)
            .map(|(lat, lon)| sheet.at(degrees(*lon), degrees(*lat)));
    } else if let Some((lat, lon, _)) = zone.point {
        label = Some(sheet.at(degrees(lon), degrees(lat)));
    }
    html! {
        @if !path.is_empty() { path.zone d=(path) {} }
        @if let Some((lat, lon, precision)) = zone.point {
            @let (x, y) = sheet.at(degrees(lon), degrees(lat));
            circle.zone cx=(round(x)) cy=(round(y)) r=(round(sheet.length(precision.map_or(0.0, f64::from)).max(5.0))) {}
        }
        @if let Some((x, y)) = label {
            text x=(round(x)) y=(round(y - 6.0)) font-size="15" font-weight="600" text-anchor="middle" { (plain(&zone.name)) }
        }
    }
}

fn event_shape(page: &Page<'_>, sheet: &Sheet, event: &MapEvent) -> Markup {
    let (x, y) = sheet.at(degrees(event.lon), degrees(event.lat));
    let radius = event.precision_m.map_or(9.0, |metres| sheet.length(f64::from(metres)).max(3.0));
    let name = page.words.with("word-record-n", &[("position", (&event.position.to_string()).into())]);
    html! {
        // The table below has the same links for the keyboard; a map of 500 stops would be a maze.
        a href=(page.to(&format!("/records/{}", event.position))) tabindex="-1" {
            title { (name) }
            circle class=(if event.precision_m.is_some() { "event" } else { "event vague" }) cx=(round(x)) cy=(round(y)) r=(round(radius)) {}
            @if event.precision_m.is_some() { circle.dot cx=(round(x)) cy=(round(y)) r="2.4" {} }
        }
    }
}

/// A bar as long as a round number of kilometres.
fn scale_bar(sheet: &Sheet) -> Markup {
    let mut km = 1.0;
    for step in [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0] {
        if sheet.length(step * 1000.0) <= 180.0 {
            km = step;
        }
    }
    let length = sheet.length(km * 1000.0);
    let (x, y) = (24.0, sheet.height - 22.0);
    let bar = format!("M{x} {}v8h{}v-8", round(y - 8.0), round(length));
    html! {
        path.axis d=(bar) {}
        text x=(x) y=(round(y - 12.0)) font-size="14" { (km) " km" }
    }
}

fn zones(page: &Page<'_>, zones: &[MapZone]) -> Markup {
    let w = page.words;
    html! {
        h2 { (w.say("map-zones")) }
        table.reflow {
            caption { (w.say("map-zones-caption")) }
            thead {
                tr {
                    th scope="col" { (w.say("records-zones")) }
                    th scope="col" { (w.say("map-zone-outline")) }
                    th.n scope="col" { (w.say("word-records")) }
                }
            }
            tbody {
                @for zone in zones {
                    tr {
                        th scope="row" { (line(&zone.name)) " " code { (zone.id) } }
                        td data-head=(w.say("map-zone-outline")) {
                            @match &zone.outline {
                                Some(corners) => (w.with("map-zone-corners", &[("n", corners.len().into())])),
                                None => (w.say("map-zone-no-outline")),
                            }
                        }
                        td.n data-head=(w.say("word-records")) {
                            a href=(page.to(&format!("/records?zone={}", zone.id))) { (w.number(zone.records)) }
                        }
                    }
                }
            }
        }
    }
}

fn events(page: &Page<'_>, view: &MapView) -> Markup {
    let w = page.words;
    html! {
        h2 { (w.say("map-events")) }
        @if view.events.is_empty() {
            p.empty { (w.say("map-none")) }
        } @else {
            p {
                strong { (w.with("records-count", &[("n", view.events.len().into())])) }
                @if view.more { " · " (w.say("map-more")) }
            }
            // Hundreds of rows: for whoever asks for them, and so that the keyboard need not walk through them.
            details {
                summary { (w.say("map-events-caption")) }
                (table(page, &view.events))
            }
        }
    }
}

fn table(page: &Page<'_>, events: &[MapEvent]) -> Markup {
    let w = page.words;
    html! {
        table.reflow {
            caption { (w.say("map-events-caption")) }
            thead {
                tr {
                    th.n scope="col" { (w.say("word-position")) }
                    th scope="col" { (w.say("word-what")) }
                    th scope="col" { (w.say("word-when")) }
                    th scope="col" { (w.say("map-latitude")) }
                    th scope="col" { (w.say("map-longitude")) }
                    th scope="col" { (w.say("map-precision")) }
                }
            }
            tbody { @for event in events { (row(page, event)) } }
        }
    }
}

fn row(page: &Page<'_>, event: &MapEvent) -> Markup {
    let w = page.words;
    html! {
        tr {
            th.n scope="row" { a href=(page.to(&format!("/records/{}", event.position))) { (event.position) } }
            td data-head=(w.say("word-what")) {
                span.kind { (w.say(&format!("kind-{}", event.kind))) } " "
                @if event.superseded { span.flag.corrected { (w.say("flag-corrected")) } }
                span.role { (w.say(&format!("role-{}", event.role))) }
                span.summary { (rows::summary(w, &event.summary)) @if let Some(place) = &event.place { " · " (line(place)) } }
            }
            td.when data-head=(w.say("word-when")) { @if let Some(time) = &event.time { (rows::span(time)) } }
            td.when data-head=(w.say("map-latitude")) { (degrees(event.lat)) "°" }
            td.when data-head=(w.say("map-longitude")) { (degrees(event.lon)) "°" }
            td data-head=(w.say("map-precision")) {
                @match event.precision_m {
                    Some(metres) => (w.with("map-metres", &[("n", metres.into())])),
                    None => (w.say("word-not-stated")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_holds_what_it_was_made_for_and_keeps_its_proportions() {
        for (south, west, north, east) in [
            (47.0, 36.0, 49.0, 40.0),
            (48.0, 37.0, 48.0, 37.0),
            (-60.0, -170.0, 70.0, 170.0),
            (46.0, 38.0, 52.0, 38.1),
        ] {
            let sheet = Sheet::over(south, west, north, east);
            assert!((HEIGHTS.0..=HEIGHTS.1).contains(&sheet.height));
            for (lon, lat) in [(west, south), (east, north)] {
                let (x, y) = sheet.at(lon, lat);
                assert!(
                    (0.0..=WIDTH).contains(&x) && (0.0..=sheet.height).contains(&y),
                    "{lon} {lat}: {x} {y}"
                );
            }
            let (right, _) = sheet.at(sheet.bounds.east, north);
            assert!((right - WIDTH).abs() < 0.5, "{right}");
        }
    }
}
