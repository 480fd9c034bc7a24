//! Verify: the page on which the browser checks files that the reader has. Nothing is uploaded; there is no route for it.

use super::layout::Page;
use super::overview::compared;
use crate::model::Status;
use maud::{Markup, html};

/// Files that can be dropped: key of the name, key of what is found out.
const CHECKED: [(&str, &str); 4] = [
    ("verify-statement", "verify-statement-more"),
    ("verify-evidence", "verify-evidence-more"),
    ("verify-checkpoints", "verify-checkpoints-more"),
    ("verify-fraud", "verify-fraud-more"),
];

/// The page; `verdict` is the block that the browser's verifier fills, with the charter and the keys that files are held to.
pub(super) fn main(page: &Page<'_>, status: &Status, verdict: &Markup) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="verify" {
            div.frame {
                h1 { (w.say("verify-title")) }
                p.lead { (w.say("verify-lead")) }
                noscript { p.note { (w.say("verify-needs-js")) } }
                div id="drop" {
                    p { label for="drop-file" { (w.say("verify-drop")) } }
                    input type="file" multiple id="drop-file";
                }
                h2 { (w.say("verify-results")) }
                div id="drop-results" role="status" aria-live="polite" {}
                h2 { (w.say("verify-what")) }
                dl {
                    @for (name, more) in CHECKED {
                        dt { (w.say(name)) }
                        dd { (w.say(more)) }
                    }
                }
                h2 { (w.say("verify-log")) }
                p { (w.say("verify-log-more")) }
                (compared(page, &status.agreement, &status.origin, status.size, &status.root))
                (verdict)
                h2 { (w.say("verify-offline")) }
                pre { "truce verify FILE.cose --charter charter.cose" }
            }
        }
    }
}
