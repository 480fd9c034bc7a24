//! One record: what was signed, what the log added, what became of it, and what proves it.
//!
//! The two sections `#signed` and `#recorded` hold the record document and nothing else; see [`super::document`]. The
//! rest is the explorer's own and says so.

use super::document::{recorded, signed};
use super::layout::{Page, moment};
use super::rows;
use super::text::{Escaped, data_block, is_unseen, line, mixed};
use crate::l10n::{labels, utc_minute};
use crate::model::{Direction, ProofView, RecordView, TrailItem};
use maud::{Markup, html};
use serde_json::Value;
use truce_copy::index::Status;

/// Words of mixed scripts that the page names.
const MIXED: usize = 12;

/// The page; `verdict` is the block that the browser's verifier fills.
pub(super) fn main(page: &Page<'_>, view: &RecordView, verdict: &Markup) -> Markup {
    let w = page.words;
    let row = &view.row;
    let kind = w.say(&format!("kind-{}", row.kind));
    html! {
        main id="main" data-page="record" data-position=(view.position) {
            div.frame {
                h1 { (w.with("record-title", &[("position", (&view.position.to_string()).into())])) }
                p.lead { (kind) " · " (line(&row.party_name)) " " (rows::flags(w, row)) }
                @if row.ahead { p.ahead { (rows::ahead(w)) " " (w.say("record-ahead")) } }
                p.note { (w.say("record-lead")) }
                (verdict)
                (around(page, view))
                div.columns.wide {
                    div {
                        (signed(page.address, &view.document))
                        (recorded(page.address, &view.document))
                    }
                    div {
                        (gloss(page, view))
                        (proof(page, view))
                    }
                }
            }
            script type="application/json" id="evidence" { (data_block(&view.evidence)) }
        }
    }
}

fn around(page: &Page<'_>, view: &RecordView) -> Markup {
    let w = page.words;
    let to = |position: u64| page.to(&format!("/records/{position}"));
    html! {
        nav.around aria-label=(w.say("word-records")) {
            @if let Some(before) = view.position.checked_sub(1) { a rel="prev" href=(to(before)) { (w.say("record-previous")) } }
            @if view.position < view.newest { a rel="next" href=(to(view.position + 1)) { (w.say("record-next")) } }
            @if let Some(before) = view.previous_in_feed { a href=(to(before)) { (w.say("record-feed-previous")) } }
            button type="button" id="save-evidence" hidden { (w.say("record-save")) }
        }
    }
}

fn gloss(page: &Page<'_>, view: &RecordView) -> Markup {
    let w = page.words;
    html! {
        section id="gloss" {
            h2 { (w.say("record-gloss")) }
            p.note { (w.say("record-gloss-note")) }
            @if view.row.flags.has(Status::Drill) { p { strong { (w.say("drill-note")) } } }
            h3 { (w.say("record-state")) }
            (state(page, view))
            h3 { (w.say("record-trail")) }
            @if view.trail.is_empty() {
                p.empty { (w.say("record-trail-none")) }
            } @else {
                p.note { (w.say("record-trail-note")) }
                ul.trail { @for item in &view.trail { li { (step(page, item)) } } }
                @if view.trail_cut {
                    p { a href=(page.to(&format!("/records?refers={}", view.row.id))) { (w.say("word-more")) } }
                }
            }
            @if !view.discrepancies.is_empty() {
                h3 { (w.say("record-discrepancies")) }
                p.note { (w.say("record-discrepancies-note")) }
                ul {
                    @for one in &view.discrepancies {
                        li {
                            (w.with("record-discrepancy", &[
                                ("path", (&labels::label(page.language(), &format!("body.{}", unnumbered(&one.path)))).into()),
                                ("printed", (&one.printed).into()),
                                ("derived", (&one.derived).into()),
                            ]))
                        }
                    }
                }
            }
            (scripts(page, &view.document))
            h3 { (w.say("record-data")) }
            p {
                a href={ "/api/v1/records/" (view.position) } { "JSON" } " · "
                a href={ "/api/v1/records/" (view.position) "/evidence" } { (w.say("record-proof")) } " · "
                a href={ "/api/v1/records/" (view.position) "/entry" } { (w.with("record-bytes", &[("n", view.raw.len().into())])) }
            }
        }
    }
}

/// `regions[0].explosions` is `regions.explosions`.
fn unnumbered(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|c| {
            let was = inside;
            match c {
                '[' => inside = true,
                ']' => inside = false,
                _ => {}
            }
            !inside && !was
        })
        .collect()
}

fn state(page: &Page<'_>, view: &RecordView) -> Markup {
    let w = page.words;
    let has = |status| view.row.flags.has(status);
    html! {
        ul {
            @if has(Status::Retracted) { li { (w.say("record-is-retracted")) } }
            @else if has(Status::Corrected) { li { (w.say("record-is-corrected")) } }
            @else { li { (w.say("record-stands")) } }
            @if has(Status::Disputed) { li { strong { (w.say("record-is-disputed")) } } }
            @if view.suspect.is_some() || has(Status::Suspect) {
                li {
                    strong { (w.say("record-is-suspect")) }
                    @if let Some(position) = view.suspect {
                        " " a href=(page.to(&format!("/records/{position}"))) {
                            (w.with("word-record-n", &[("position", (&position.to_string()).into())]))
                        }
                    }
                }
            }
        }
    }
}

fn step(page: &Page<'_>, item: &TrailItem) -> Markup {
    let w = page.words;
    let key = match item.direction {
        Direction::Out => format!("relation-{}", item.relation),
        Direction::In => format!("relation-{}-by", item.relation),
    };
    html! {
        strong { (w.say(&key)) } " "
        @match &item.target {
            Some(row) => (rows::brief(page, row)),
            None => { code { (item.id) } " (" (w.say("record-not-in-log")) ")" }
        }
    }
}

/// Parts of the text that a reader may not see: words of mixed scripts, characters without a shape.
fn scripts(page: &Page<'_>, document: &Value) -> Markup {
    let w = page.words;
    let mut found = Vec::new();
    let mut unseen = false;
    visit(document.get("body").unwrap_or(&Value::Null), &mut |text| {
        if found.len() < MIXED {
            found.extend(mixed(text, MIXED - found.len()));
        }
        unseen |= text.chars().any(is_unseen);
    });
    html! {
        @if unseen { p.note { strong { (w.say("record-unseen")) } } }
        @if !found.is_empty() {
            h3 { (w.say("record-mixed")) }
            p.note { (w.say("record-mixed-note")) }
            ul {
                @for one in &found {
                    @let names: Vec<_> = one.scripts.iter().map(|script| w.say(script.key()).into_owned()).collect();
                    li { (line(&one.word)) " — " (w.with("record-mixed-word", &[("scripts", (&names.join(", ")).into())])) }
                }
            }
        }
    }
}

fn visit(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| visit(item, each)),
        Value::Object(fields) => fields.values().for_each(|value| visit(value, each)),
        _ => {}
    }
}

fn proof(page: &Page<'_>, view: &RecordView) -> Markup {
    let w = page.words;
    let proof = &view.proof;
    let text = |key: &str| html! { p { (w.say(key)) } };
    let steps: [(&str, Markup); 12] = [
        ("page", text("step-page-more")),
        (
            "entry",
            html! {
                p { (w.with("step-entry-more", &[("n", proof.entry_bytes.into())])) }
                p { code { (Escaped(&proof.entry_hash)) } }
            },
        ),
        ("statement", text("step-statement-more")),
        ("id", html! { p { code { (Escaped(&proof.statement_hash)) } } }),
        ("signature", text("step-signature-more")),
        ("key", key(page, proof)),
        ("feed", html! { p { (feed(page, proof)) } }),
        ("chain", html! { p { (chain(page, view)) } p { code { (Escaped(&proof.chain.prev)) } } }),
        (
            "inclusion",
            html! {
                p {
                    (w.with("step-inclusion-more", &[
                        ("n", proof.inclusion.hashes.len().into()),
                        ("position", (&proof.inclusion.index.to_string()).into()),
                        ("size", proof.inclusion.size.into()),
                    ]))
                }
                ol.hashes { @for hash in &proof.inclusion.hashes { li { code { (Escaped(hash)) } } } }
            },
        ),
        ("checkpoint", html! { pre { (super::text::Inert(&proof.checkpoint)) } }),
        (
            "cosignatures",
            html! {
                @if proof.policy.is_none() { p { (w.say("step-cosignatures-none")) } }
                ul {
                    @for one in &proof.cosignatures {
                        li { (line(&one.name)) " · " (moment(i64::try_from(one.time).unwrap_or_default().saturating_mul(1000))) }
                    }
                }
            },
        ),
        ("memory", text("step-memory-more")),
    ];
    html! {
        section id="proof" {
            h2 { (w.say("record-proof")) }
            p.note { (w.say("record-proof-note")) }
            ol {
                @for (name, more) in steps {
                    li data-step=(name) {
                        details { summary { (w.say(&format!("step-{name}"))) } (more) }
                    }
                }
            }
        }
    }
}

fn key(page: &Page<'_>, proof: &ProofView) -> Markup {
    let w = page.words;
    html! {
        @if let Some(key) = &proof.key {
            p { a href=(page.to(&format!("/keys/{}", key.kid))) { code { (key.kid) } } }
            p {
                @if key.root {
                    (w.say("step-key-root"))
                } @else {
                    (w.with("step-key-granted", &[("position", (&key.granted_at.to_string()).into())]))
                }
            }
            @if let Some(until) = key.valid_until {
                p { (w.with("step-key-until", &[("when", (&utc_minute(until)).into())])) }
            }
            @if let Some(position) = key.revoked_at {
                p { (w.with("step-key-revoked", &[("position", (&position.to_string()).into())])) }
            }
        }
    }
}

fn feed(page: &Page<'_>, proof: &ProofView) -> String {
    let w = page.words;
    match proof.feed.prev_position {
        Some(position) => w.with(
            "step-feed-more",
            &[("seq", proof.feed.seq.into()), ("position", (&position.to_string()).into())],
        ),
        None => w.say("step-feed-first").into_owned(),
    }
}

fn chain(page: &Page<'_>, view: &RecordView) -> String {
    let w = page.words;
    match view.position.checked_sub(1) {
        Some(before) => w.with("step-chain-more", &[("position", (&before.to_string()).into())]),
        None => w.say("step-chain-first").into_owned(),
    }
}
