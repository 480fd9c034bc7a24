//! The line on every page that says what is verified, by whom and when: a sign, a word, a sentence.

use super::layout::{Page, Sign, moment, sign};
use super::text::{Inert, line};
use crate::l10n::{Words, utc_minute};
use crate::model::{Ahead, Level, Status, Why};
use maud::{Markup, html};
use truce_copy::Finding;

/// Findings that the line lists; the page of checkpoints has all.
const MOST: usize = 3;

/// The line of this status; `ahead` are entries dated ahead of this machine's clock.
pub(super) fn status_line(page: &Page<'_>, status: &Status, ahead: Option<&Ahead>) -> Markup {
    let w = page.words;
    let (class, word, picture) = match status.level {
        Level::Green => ("status green", "status-green", Sign::Good),
        Level::Amber => ("status amber", "status-amber", Sign::Care),
        Level::Red => ("status red", "status-red", Sign::Bad),
    };
    html! {
        section class=(class) aria-label=(w.say("status-label")) {
            div.frame {
                p.word { (sign(picture)) (w.say(word)) }
                p { (sentence(w, status)) }
                @if let Some(ahead) = ahead {
                    p.ahead {
                        (w.with("status-ahead", &[("n", ahead.entries.into()), ("when", (&utc_minute(ahead.newest)).into())]))
                    }
                }
                @if status.level == Level::Red && !status.findings.is_empty() {
                    ul { @for finding in status.findings.iter().take(MOST) { li { (found(page, finding)) } } }
                }
                @if let (Some((code, what)), true) = (&status.trouble, status.level != Level::Green) {
                    ul { li lang="en" dir="ltr" { code { (code) } " " (Inert(what)) } }
                }
            }
        }
    }
}

/// One finding. Its sentence is the program's own, in English; its code is the same in every language.
pub(super) fn found(page: &Page<'_>, finding: &Finding) -> Markup {
    let w = page.words;
    html! {
        code { (finding.code) } " "
        span lang="en" dir="ltr" { (line(&finding.sentence)) }
        @if let Some(position) = finding.position { " (" (w.with("status-at", &[("position", position.into())])) ")" }
        " — " (w.with("status-found-when", &[("when", (&utc_minute(finding.at)).into())])) " "
        span.out-of-sight { (moment(finding.at)) }
    }
}

/// The sentence of a state.
pub(super) fn sentence(w: Words, status: &Status) -> String {
    let when = utc_minute(status.verified_at);
    let size = ("size", status.size.into());
    let of_verified = |key| w.with(key, &[size, ("when", (&when).into())]);
    match status.why {
        None => of_verified("status-verified"),
        Some(Why::Finding) => of_verified("status-broken"),
        Some(Why::SourceUnreachable) if status.size > 0 => of_verified("status-unreachable"),
        Some(Why::StaleSource) => of_verified("status-stale"),
        Some(Why::CopyFailed) => of_verified("status-copy-failed"),
        Some(Why::NoCheckpoint) => w.say("status-no-checkpoint").into_owned(),
        Some(Why::QuorumMissing) => {
            let (have, asked) = status.quorum.as_ref().map_or((0, 0), |quorum| (quorum.have, quorum.asked));
            let values = [size, ("when", (&when).into()), ("have", have.into()), ("asked", asked.into())];
            w.with("status-witnesses", &values)
        }
        Some(Why::Copying) if status.size > 0 => {
            let published = status.source_size.or(status.progress.map(|p| p.total)).unwrap_or(status.size);
            w.with("status-catching-up", &[size, ("published", published.into())])
        }
        Some(Why::Starting | Why::Copying | Why::SourceUnreachable) => match status.progress {
            Some(progress) => {
                w.with("status-starting", &[("done", progress.done.into()), ("total", progress.total.into())])
            }
            None => w.say("status-waiting").into_owned(),
        },
    }
}
