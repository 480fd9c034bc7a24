//! Checkpoints and witnesses: what the log signed, when this explorer saw it, and what contradicts it.

use super::layout::{Page, moment};
use super::overview::{compared, witnesses};
use super::status::found;
use super::text::{Inert, line};
use crate::model::{CheckpointRow, CheckpointView, Status};
use maud::{Markup, html};
use truce_copy::Finding;

const HOUR_MS: i64 = 3_600_000;

/// The page; `policy` is the text that the charter gives, `verdict` the block that the browser's verifier fills.
pub(super) fn main(
    page: &Page<'_>,
    view: &CheckpointView,
    status: &Status,
    policy: Option<&str>,
    verdict: &Markup,
) -> Markup {
    let w = page.words;
    let findings: Vec<&Finding> = status.findings.iter().chain(&view.disagreements).collect();
    html! {
        main id="main" data-page="checkpoints" {
            div.frame {
                h1 { (w.say("checkpoints-title")) }
                p.lead { (w.say("checkpoints-lead")) }
                (verdict)
                h2 { (w.say("overview-checkpoint")) }
                (compared(page, &status.agreement, &status.origin, status.size, &status.root))
                p.note { (w.say("overview-checkpoint-note")) }
                h2 { (w.say("checkpoints-disagreements")) }
                @if findings.is_empty() {
                    p { (w.say("checkpoints-disagreements-none")) }
                } @else {
                    ul { @for finding in findings { li { (found(page, finding)) @for note in &finding.notes { pre { (Inert(note)) } } } } }
                }
                h2 { (w.say("checkpoints-policy")) }
                @match policy {
                    None => p { (w.say("checkpoints-policy-none")) },
                    Some(policy) => { p { (witnesses(page, view.quorum.as_ref())) } pre { (Inert(policy)) } }
                }
                h2 { (w.say("checkpoints-caption")) }
                table.reflow {
                    caption { (w.say("checkpoints-ledger")) }
                    thead {
                        tr {
                            th.n scope="col" { (w.say("word-size")) }
                            th scope="col" { (w.say("word-root")) }
                            th scope="col" { (w.say("checkpoints-seen")) }
                            th.n scope="col" { (w.say("checkpoints-new")) }
                            th scope="col" { (w.say("checkpoints-witnesses")) }
                        }
                    }
                    tbody { @for one in &view.rows { (row(page, one)) } }
                }
                @if let Some(next) = view.next {
                    nav.pager aria-label=(w.say("nav-checkpoints")) {
                        a href=(page.to(&format!("/checkpoints?before={next}"))) rel="next" { (w.say("word-older")) }
                    }
                }
                @if let Some(newest) = view.rows.first() {
                    h2 { (w.say("checkpoints-note")) }
                    pre { (Inert(&newest.note)) }
                }
            }
        }
    }
}

fn row(page: &Page<'_>, one: &CheckpointRow) -> Markup {
    let w = page.words;
    let hours =
        one.gap.map(|gap| u64::try_from(gap / HOUR_MS).unwrap_or_default()).filter(|hours| *hours > 0);
    html! {
        tr {
            th.n scope="row" { (w.number(one.size)) }
            td data-head=(w.say("word-root")) { code { (one.root) } }
            td data-head=(w.say("checkpoints-seen")) {
                (moment(one.seen_at))
                @if let Some(hours) = hours { br; span.role { (w.with("checkpoints-gap", &[("hours", hours.into())])) } }
            }
            td.n data-head=(w.say("checkpoints-new")) { @if let Some(n) = one.entries_since { (w.number(n)) } }
            td data-head=(w.say("checkpoints-witnesses")) {
                @if one.cosigned_by.is_empty() { (w.say("word-none")) }
                @for (i, name) in one.cosigned_by.iter().enumerate() { @if i > 0 { ", " } (line(name)) }
            }
        }
    }
}
