//! Data: what can be fetched, mirrored and followed, and where.

use super::layout::Page;
use crate::server::PublicUrl;
use maud::{Markup, html};

/// An address, and the key of what is there.
type Line = (&'static str, &'static str);

/// Tables of the page: key of the heading, key of its remark, lines.
const TABLES: [(&str, &str, &[Line]); 4] = [
    (
        "data-log",
        "data-log-note",
        &[
            ("/checkpoint", "data-checkpoint"),
            ("/tile/…", "data-tiles"),
            ("/api/v1/archive.tar.gz", "data-archive"),
        ],
    ),
    (
        "data-exports",
        "data-exports-note",
        &[
            ("/api/v1/records.csv", "data-csv"),
            ("/api/v1/records.csv?bom=1", "data-csv-excel"),
            ("/api/v1/records.jsonl", "data-jsonl"),
            ("/api/v1/records.geojson", "data-geojson"),
        ],
    ),
    ("data-follow", "", &[("/feed.atom", "data-atom"), ("/api/v1/events", "data-events")]),
    ("data-api", "", &[("/api/v1/openapi.json", "data-openapi"), ("/api/v1/schemas", "data-schemas")]),
];

/// The page.
pub(super) fn main(page: &Page<'_>, agreement: &str, url: &PublicUrl) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="data" {
            div.frame {
                h1 { (w.say("data-title")) }
                p.lead { (w.say("data-lead")) }
                @for (heading, remark, lines) in TABLES {
                    h2 { (w.say(heading)) }
                    @if !remark.is_empty() { p { (w.say(remark)) } }
                    @if heading == "data-exports" { p { (w.say("data-times")) } }
                    table.reflow {
                        thead { tr { th scope="col" { (w.say("data-what")) } th scope="col" { (w.say("data-where")) } } }
                        tbody {
                            @for (path, key) in lines {
                                tr {
                                    th scope="row" { (w.say(key)) }
                                    td { @if path.contains('…') { code { (path) } } @else { a href=(path) { code { (path) } } } }
                                }
                            }
                        }
                    }
                }
                h2 { (w.say("data-mirror")) }
                p { (w.say("data-mirror-note")) }
                pre { "truce explore --from " (url) " --copy copy --agreement " (agreement) }
            }
        }
    }
}
