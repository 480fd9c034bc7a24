//! “How to check this yourself”: what the signs mean, what they do not, and how to do without this server.

use super::layout::Page;
use crate::server::PublicUrl;
use maud::{Markup, html};

/// The page, for the log of `origin` and the agreement of this id.
pub(super) fn main(page: &Page<'_>, agreement: &str, url: &PublicUrl) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="about" {
            div.frame {
                h1 { (w.say("about-title")) }
                p.lead { (w.say("about-lead")) }
                h2 { (w.say("about-green")) }
                p { (w.say("about-green-1")) }
                p { (w.say("about-green-2")) }
                h2 { (w.say("about-not")) }
                ul {
                    @for key in ["about-not-1", "about-not-2", "about-not-3", "about-not-4"] { li { p { (w.say(key)) } } }
                }
                h2 { (w.say("about-amber")) }
                p { (w.say("about-amber-1")) }
                p { (w.say("about-amber-2")) }
                h2 { (w.say("about-liar")) }
                p { (w.say("about-liar-1")) }
                p { (w.say("about-liar-2")) }
                h3 { (w.say("about-own")) }
                p { (w.say("about-own-note")) }
                pre { "truce explore --from " (url) }
                h3 { (w.say("about-command")) }
                p { (w.say("about-command-note")) }
                p { a href="/api/v1/archive.tar.gz" { (w.say("data-archive")) } }
                pre { "mkdir log && tar -xzf truce-log.tar.gz -C log\ntruce verify log --agreement " (agreement) }
                h3 { (w.say("about-evidence")) }
                p { (w.say("about-evidence-note")) }
                h3 { (w.say("about-compare")) }
                p { (w.say("about-compare-note")) " " a href=(page.to("/checkpoints")) { (w.say("nav-checkpoints")) } }
                h3 { (w.say("about-own-code")) }
                p { (w.say("about-own-code-note")) }
            }
        }
    }
}
