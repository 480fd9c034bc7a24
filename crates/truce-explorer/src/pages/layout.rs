//! The frame around every page: head, sections, languages, the line that says what is verified, foot.

use super::text::{Escaped, plain};
use crate::assets::version_of;
use crate::l10n::{Language, Words, rfc3339, utc_day, utc_minute};
use crate::server::Address;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

/// Sections in the order of the navigation: path, key of the word.
const ROOMS: [(&str, &str); 10] = [
    ("/", "nav-overview"),
    ("/timeline", "nav-timeline"),
    ("/map", "nav-map"),
    ("/calendar", "nav-calendar"),
    ("/records", "nav-records"),
    ("/parties", "nav-parties"),
    ("/checkpoints", "nav-checkpoints"),
    ("/verify", "nav-verify"),
    ("/data", "nav-data"),
    ("/about", "nav-about"),
];

/// Context of every page: address, words, agreement.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    /// Address of the page, with its language.
    pub(super) address: &'a Address,
    /// The words of that language.
    pub(super) words: Words,
    /// Title of the agreement, where there is one yet.
    pub(super) agreement: Option<&'a str>,
}

impl Page<'_> {
    /// The language.
    pub(super) fn language(&self) -> Language {
        self.words.language()
    }

    /// The address of `path` for this reader.
    pub(super) fn to(&self, path: &str) -> Escaped<String> {
        Escaped(self.address.to(path))
    }

    /// A whole page. `room` is the path of the section it belongs to, `main` everything from `<main>` on.
    pub(super) fn whole(&self, title: &str, room: &str, status: &Markup, main: &Markup) -> Markup {
        let words = self.words;
        let language = self.language();
        html! {
            (DOCTYPE)
            html lang=(language.tag()) dir=(language.dir()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (plain(title)) " · " @if let Some(agreement) = self.agreement { (plain(agreement)) " · " } "Truce" }
                    meta name="color-scheme" content="light dark";
                    link rel="stylesheet" href=(asset("style/main.css"));
                    link rel="icon" href=(asset("style/mark.svg"));
                    @for other in Language::ALL {
                        link rel="alternate" hreflang=(other.tag()) href=(self.address.in_language(other));
                    }
                    script type="module" src=(asset("js/times.js")) {}
                    @if !version_of("verify/page.js").is_empty() {
                        script type="module" src="/assets/verify/page.js" {}
                    }
                }
                body {
                    a.skip href="#main" { (words.say("skip")) }
                    header.head {
                        div.frame {
                            div.top {
                                p.brand {
                                    a href=(self.to("/")) { "Truce" }
                                    span.of {
                                        @match self.agreement {
                                            Some(agreement) => (super::text::line(agreement)),
                                            None => (words.say("brand-of")),
                                        }
                                    }
                                }
                                (self.languages())
                            }
                            nav.rooms aria-label=(words.say("nav-rooms")) {
                                ul {
                                    @for (path, key) in ROOMS {
                                        li {
                                            a href=(self.to(path)) aria-current=[(path == room).then_some("page")] {
                                                (words.say(key))
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    (status)
                    (main)
                    footer.foot {
                        div.frame {
                            p { (words.say("foot-said")) }
                            p { (words.say("foot-times")) }
                            p { (words.say("foot-readonly")) }
                        }
                    }
                }
            }
        }
    }

    fn languages(&self) -> Markup {
        html! {
            nav.languages aria-label=(self.words.say("nav-languages")) {
                ul {
                    @for other in Language::ALL {
                        li {
                            a href=(self.address.in_language(other)) lang=(other.tag()) hreflang=(other.tag()) dir=(other.dir())
                                aria-current=[(other == self.language()).then_some("true")] { (other.name()) }
                        }
                    }
                }
            }
        }
    }
}

/// The address of an asset, with its version.
pub(super) fn asset(name: &str) -> String {
    format!("/assets/{name}?v={}", version_of(name))
}

/// A moment in UTC to the minute; a script adds the reader's own time beside it.
pub(super) fn moment(ms: i64) -> Time {
    Time { datetime: rfc3339(ms), text: utc_minute(ms) }
}

/// A `<time>`: digits and letters only.
pub(super) struct Time {
    datetime: String,
    text: String,
}

impl Render for Time {
    fn render_to(&self, page: &mut String) {
        for part in ["<time datetime=\"", &self.datetime, "\">", &self.text, "</time>"] {
            page.push_str(part);
        }
    }
}

/// The time of day of a moment whose day stands beside it; a script adds how long ago that is.
pub(super) fn clock(ms: i64) -> Markup {
    let text = utc_minute(ms);
    html! { time datetime=(rfc3339(ms)) data-since { (text.get(11..).unwrap_or(&text)) } }
}

/// A moment of which the day is enough.
pub(super) fn day(ms: i64) -> Time {
    Time { datetime: utc_day(ms), text: utc_day(ms) }
}

/// A shortened hash; the whole one stands where it is proved.
pub(super) fn short(hash: &str) -> Markup {
    html! { code { (hash.get(..8).unwrap_or(hash)) "…" } }
}

/// A sign that goes with a word of state, so that no state is told by colour alone.
pub(super) fn sign(which: Sign) -> Markup {
    let path = match which {
        Sign::Good => "M8 1.5 14 4v4.5c0 3-2.6 5.2-6 6.2-3.4-1-6-3.2-6-6.2V4zM5 8l2.2 2.2L11.2 6",
        Sign::Care => "M8 2 15 14H1zM8 6.5v4M8 12v.6",
        Sign::Bad => "M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5zM5.5 5.5l5 5M10.5 5.5l-5 5",
    };
    PreEscaped(format!(
        "<svg class=\"sign\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"{path}\" fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"1.6\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/></svg>"
    ))
}

/// Signs of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A shield with a tick.
    Good,
    /// A triangle with an exclamation mark.
    Care,
    /// An octagon with a cross.
    Bad,
}
