//! Parties and keys: who could sign what, and when.

use super::layout::{Page, day, moment, short};
use super::overview::list;
use super::rows;
use super::text::line;
use crate::l10n::utc_minute;
use crate::model::{KeyRow, KeyView, PartyRow, PartyView, TermsView};
use maud::{Markup, html};
use truce_statement::body::agreement::RevocationReason;

/// All parties.
pub(super) fn all(page: &Page<'_>, parties: &[PartyRow], terms: &TermsView) -> Markup {
    let w = page.words;
    html! {
        main id="main" data-page="parties" {
            div.frame {
                h1 { (w.say("parties-title")) }
                p.lead { (w.say("parties-lead")) }
                table.reflow {
                    caption { (w.say("parties-caption")) }
                    thead {
                        tr {
                            th scope="col" { (w.say("word-party")) }
                            th scope="col" { (w.say("word-role")) }
                            th scope="col" { (w.say("overview-acceded")) }
                            th.n scope="col" { (w.say("word-keys")) }
                            th.n scope="col" { (w.say("key-statements")) }
                            th scope="col" { (w.say("overview-last")) }
                        }
                    }
                    tbody { @for party in parties { (row(page, party)) } }
                }
                (log_terms(page, terms))
            }
        }
    }
}

/// The log's keys and witnesses.
fn log_terms(page: &Page<'_>, terms: &TermsView) -> Markup {
    let w = page.words;
    let n = |n: u64| w.number(n);
    html! {
        h2 id="log-keys" { (w.say("log-keys")) }
        table.reflow {
            caption { (w.say("log-keys-caption")) }
            thead {
                tr {
                    th scope="col" { (w.say("word-key")) }
                    th scope="col" { (w.say("log-key-sizes")) }
                    th scope="col" { (w.say("log-key-by")) }
                    th scope="col" { (w.say("word-state")) }
                }
            }
            tbody {
                @for key in &terms.keys {
                    tr {
                        th scope="row" { code { (key.vkey) } }
                        td data-head=(w.say("log-key-sizes")) {
                            @match key.until {
                                Some(until) => (w.with("log-key-between", &[("from", (&n(key.from)).into()), ("until", (&n(until)).into())])),
                                None => (w.with("log-key-from", &[("from", (&n(key.from)).into())])),
                            }
                        }
                        td data-head=(w.say("log-key-by")) { (record_link(page, key.position)) }
                        td data-head=(w.say("word-state")) {
                            @if key.signs { span.flag.good { (w.say("log-key-signs")) } } @else { (w.say("log-key-ended")) }
                        }
                    }
                }
            }
        }
        h2 { (w.say("log-witnesses")) }
        @match terms.witnesses.last() {
            None => p.empty { (w.say("log-witnesses-none")) },
            Some(policy) => {
                p { (w.with("log-key-from", &[("from", (&n(policy.from)).into())])) " · " (record_link(page, policy.position)) }
                pre { (policy.text) }
            }
        }
        @if !terms.proposals.is_empty() {
            h2 { (w.say("log-proposed")) }
            ul {
                @for proposal in &terms.proposals {
                    li {
                        (record_link(page, proposal.position)) ": "
                        (w.with("log-proposed-by", &[
                            ("assents", (&n(proposal.assents.len() as u64)).into()),
                            ("needed", (&n(terms.needed)).into()),
                            ("who", (&proposal.assents.join(", ")).into()),
                        ]))
                    }
                }
            }
        }
    }
}

fn row(page: &Page<'_>, party: &PartyRow) -> Markup {
    let w = page.words;
    html! {
        tr {
            th scope="row" { a href=(page.to(&format!("/parties/{}", party.id))) { (line(&party.name)) } " " code { (party.id) } }
            td data-head=(w.say("word-role")) { (w.say(&format!("role-{}", party.role))) }
            td data-head=(w.say("overview-acceded")) { (accession(page, party)) }
            td.n data-head=(w.say("word-keys")) { (w.number(party.keys)) }
            td.n data-head=(w.say("key-statements")) { (w.number(party.statements)) }
            td.when data-head=(w.say("overview-last")) {
                @match party.last { Some(at) => (moment(at)), None => (w.say("word-none")) }
            }
        }
    }
}

fn accession(page: &Page<'_>, party: &PartyRow) -> Markup {
    let w = page.words;
    html! {
        @match party.accession {
            Some(position) => { a href=(page.to(&format!("/records/{position}"))) {
                (w.with("word-record-n", &[("position", (&position.to_string()).into())]))
            } }
            None => (w.say("overview-not-acceded")),
        }
    }
}

/// One party.
pub(super) fn one(page: &Page<'_>, view: &PartyView) -> Markup {
    let w = page.words;
    let party = &view.row;
    html! {
        main id="main" data-page="party" {
            div.frame {
                h1 { (line(&party.name)) }
                p.lead { (w.say(&format!("role-{}", party.role))) " · " code { (party.id) } " · " (accession(page, party)) }
                h2 { (w.say("party-keys")) }
                (keys(page, &view.keys))
                p.note { (w.say("party-root")) ": " (w.say("party-root-note")) }
                div.columns.two {
                    div {
                        h2 { (w.say("party-kinds")) }
                        table {
                            thead { tr { th scope="col" { (w.say("word-kind")) } th.n scope="col" { (w.say("key-statements")) } } }
                            tbody {
                                @for count in &view.by_kind {
                                    tr {
                                        th scope="row" {
                                            a href=(page.to(&format!("/records?party={}&kind={}", party.id, count.kind))) {
                                                (w.say(&format!("kind-{}", count.kind)))
                                            }
                                        }
                                        td.n { (w.number(count.n)) }
                                    }
                                }
                            }
                        }
                    }
                    div {
                        h2 { (w.say("party-newest")) }
                        @if view.newest.is_empty() { p.empty { (w.say("party-none")) } } @else { (list(page, &view.newest)) }
                        p { a href=(page.to(&format!("/records?party={}", party.id))) { (w.say("word-more")) } }
                    }
                }
            }
        }
    }
}

fn keys(page: &Page<'_>, keys: &[KeyRow]) -> Markup {
    let w = page.words;
    html! {
        table.reflow {
            caption { (w.say("party-keys-caption")) }
            thead {
                tr {
                    th scope="col" { (w.say("word-key")) }
                    th scope="col" { (w.say("key-label")) }
                    th scope="col" { (w.say("key-may-sign")) }
                    th scope="col" { (w.say("key-granted")) }
                    th scope="col" { (w.say("key-until")) }
                    th scope="col" { (w.say("word-state")) }
                    th.n scope="col" { (w.say("key-statements")) }
                }
            }
            tbody {
                @for key in keys {
                    tr {
                        th scope="row" { a href=(page.to(&format!("/keys/{}", key.kid))) { (short(&key.kid)) } }
                        td data-head=(w.say("key-label")) { (label(page, key)) }
                        td data-head=(w.say("key-may-sign")) { (may_sign(page, key)) }
                        td.when data-head=(w.say("key-granted")) { (day(key.granted)) " " (record_link(page, key.granted_at)) }
                        td.when data-head=(w.say("key-until")) {
                            @match key.valid_until { Some(at) => (moment(at)), None => (w.say("key-no-until")) }
                        }
                        td data-head=(w.say("word-state")) { (state(page, key)) }
                        td.n data-head=(w.say("key-statements")) { (w.number(key.statements)) }
                    }
                }
            }
        }
    }
}

fn label(page: &Page<'_>, key: &KeyRow) -> Markup {
    let w = page.words;
    html! {
        @if key.root { (w.say("party-root")) } @else if let Some(label) = &key.label { (line(label)) } @else { (w.say("word-not-stated")) }
    }
}

fn may_sign(page: &Page<'_>, key: &KeyRow) -> Markup {
    let w = page.words;
    html! {
        @if key.root {
            (w.say("party-root-note"))
        } @else if let Some(kinds) = &key.kinds {
            @for (i, kind) in kinds.iter().enumerate() { @if i > 0 { ", " } (w.say(&format!("kind-{kind}"))) }
        } @else {
            (w.say("key-may-all"))
        }
    }
}

fn state(page: &Page<'_>, key: &KeyRow) -> Markup {
    let w = page.words;
    html! {
        @match &key.revoked {
            None => span.flag.good { (w.say("key-state-good")) },
            Some(end) => {
                span.flag.revoked { (w.say("key-state-revoked")) } " " (day(end.received)) " " (record_link(page, end.position))
                @if let Some(since) = end.suspect_since {
                    br;
                    span.flag.suspect { (w.with("key-suspect", &[("when", (&utc_minute(since)).into())])) }
                }
            }
        }
    }
}

fn record_link(page: &Page<'_>, position: u64) -> Markup {
    html! {
        a href=(page.to(&format!("/records/{position}"))) {
            (page.words.with("word-record-n", &[("position", (&position.to_string()).into())]))
        }
    }
}

/// One key.
pub(super) fn key(page: &Page<'_>, view: &KeyView) -> Markup {
    let w = page.words;
    let key = &view.row;
    let head = key.kid.get(..8).unwrap_or(&key.kid);
    html! {
        main id="main" data-page="key" {
            div.frame {
                h1 { (w.with("key-title", &[("short", head.into())])) }
                p.lead {
                    a href=(page.to(&format!("/parties/{}", view.party.id))) { (line(&view.party.name)) }
                    " · " (label(page, key))
                }
                dl.compared {
                    div { dt { (w.say("key-id")) } dd { code { (key.kid) } } }
                    div { dt { (w.say("key-public")) } dd { code { (key.public) } } }
                    div { dt { (w.say("key-may-sign")) } dd { (may_sign(page, key)) } }
                    div { dt { (w.say("key-granted")) } dd { (moment(key.granted)) " · " (record_link(page, key.granted_at)) } }
                    div {
                        dt { (w.say("key-until")) }
                        dd { @match key.valid_until { Some(at) => (moment(at)), None => (w.say("key-no-until")) } }
                    }
                    div {
                        dt { (w.say("key-revoked")) }
                        dd {
                            @match &key.revoked {
                                None => (w.say("key-not-revoked")),
                                Some(end) => {
                                    (moment(end.received)) " · " (record_link(page, end.position)) " · " (w.say(reason(end.reason)))
                                    @if let Some(since) = end.suspect_since {
                                        br; strong { (w.with("key-suspect", &[("when", (&utc_minute(since)).into())])) }
                                    }
                                }
                            }
                        }
                    }
                    div { dt { (w.say("key-statements")) } dd { (w.number(key.statements)) } }
                }
                @if key.revoked.as_ref().is_some_and(|end| end.suspect_since.is_some()) { p.note { (w.say("key-suspect-note")) } }
                h2 { (w.say("key-feed")) }
                (rows::table(page, &view.feed.rows, "key-feed", "party-none"))
                p { a href=(page.to(&format!("/records?key={}", key.kid))) { (w.say("word-more")) } }
            }
        }
    }
}

fn reason(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Superseded => "reason-superseded",
        RevocationReason::Ceased => "reason-ceased",
        RevocationReason::Lost => "reason-lost",
        RevocationReason::Compromised => "reason-compromised",
    }
}
