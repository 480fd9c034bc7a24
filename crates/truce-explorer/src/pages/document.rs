//! A record document as definition lists: every leaf once, in reading order, and nothing beside the leaves. The browser
//! recomputes the document from the signed bytes and compares each leaf and each label.

use super::text::{Escaped, Inert};
use crate::l10n::labels::label;
use crate::server::Address;
use maud::{Markup, html};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Members of the document that the log added.
const RECORDED: [&str; 5] = ["position", "received", "id", "entry", "prev"];

/// Fields in the order in which they are read, where it is not that of the signed bytes: what it is and when and where
/// first, remarks and sources last.
const FIRST: [&str; 36] = [
    "iss",
    "kind",
    "sub",
    "number",
    "title",
    "issued",
    "designation",
    "class",
    "topic",
    "activity",
    "what",
    "outcome",
    "category",
    "count",
    "weapon",
    "when",
    "at",
    "period",
    "from",
    "to",
    "days",
    "valid_from",
    "valid_until",
    "cutoff",
    "place",
    "position",
    "name",
    "region",
    "violations",
    "explosions",
    "live_fire",
    "previous",
    "previous_basis",
    "low",
    "best",
    "high",
];
const LAST: [&str; 8] =
    ["report", "status", "note", "evidence", "artefacts", "source", "drill", "precision_m"];

/// `#signed`: header, number and references, body.
pub(super) fn signed(address: &Address, document: &Value) -> Markup {
    let mut list = List::new(address);
    if let Value::Object(members) = document {
        for name in ["header", "key", "seq", "feed_prev", "seen", "refs", "body"] {
            if let Some(value) = members.get(name) {
                list.value(&mut format!("/{name}"), value, 0);
            }
        }
        // A member that is not known yet is shown rather than lost.
        for (name, value) in members {
            let known =
                ["header", "key", "seq", "feed_prev", "seen", "refs", "body"].contains(&name.as_str());
            if !known && !RECORDED.contains(&name.as_str()) {
                list.value(&mut format!("/{}", escaped(name)), value, 0);
            }
        }
    }
    section(address, "signed", list)
}

/// `#recorded`: position, times and hashes of the log.
pub(super) fn recorded(address: &Address, document: &Value) -> Markup {
    let mut list = List::new(address);
    for name in RECORDED {
        if let Some(value) = document.get(name) {
            list.value(&mut format!("/{name}"), value, 0);
        }
    }
    section(address, "recorded", list)
}

fn section(address: &Address, id: &str, list: List<'_>) -> Markup {
    let key = format!("section.{id}");
    html! {
        section id=(id) {
            h2 data-label=(key) { (label(address.language, &key)) }
            (maud::PreEscaped(list.finish()))
        }
    }
}

/// A list in the making. Groups of fields stand in lists of their own, each under its heading.
struct List<'a> {
    address: &'a Address,
    page: String,
    open: bool,
}

impl<'a> List<'a> {
    fn new(address: &'a Address) -> Self {
        Self { address, page: String::with_capacity(4096), open: false }
    }

    fn value(&mut self, pointer: &mut String, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, value)| rank(name, value));
                for (name, value) in fields {
                    let length = pointer.len();
                    let _ = write!(pointer, "/{}", escaped(name));
                    self.value(pointer, value, depth);
                    pointer.truncate(length);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    let length = pointer.len();
                    let key = key_of(pointer);
                    let _ = write!(pointer, "/{i}");
                    if item.is_object() || item.is_array() {
                        self.heading(pointer, &key, i, depth);
                    }
                    self.value(pointer, item, depth + 1);
                    pointer.truncate(length);
                    if item.is_object() || item.is_array() {
                        self.close();
                        self.page.push_str("</div>");
                    }
                }
            }
            leaf => self.leaf(pointer, leaf),
        }
    }

    fn heading(&mut self, pointer: &str, key: &str, i: usize, depth: usize) {
        self.close();
        self.page.push_str("<div class=\"group\">");
        let text = format!("{} {}", label(self.address.language, key), i + 1);
        let heading = if depth == 0 {
            html! { h3 data-group=(pointer) { (text) } }
        } else {
            html! { h4 data-group=(pointer) { (text) } }
        };
        self.page.push_str(&heading.into_string());
    }

    fn leaf(&mut self, pointer: &str, leaf: &Value) {
        if !self.open {
            self.page.push_str("<dl>");
            self.open = true;
        }
        let key = key_of(pointer);
        let row = html! {
            div {
                dt data-label=(Escaped(&key)) { (Escaped(label(self.address.language, &key))) }
                dd data-path=(Escaped(pointer)) dir="auto" { (shown(self.address, pointer, leaf)) }
            }
        };
        self.page.push_str(&row.into_string());
    }

    fn close(&mut self) {
        if self.open {
            self.page.push_str("</dl>");
            self.open = false;
        }
    }

    fn finish(mut self) -> String {
        self.close();
        self.page
    }
}

/// A leaf as its author wrote it; names of other things lead there.
fn shown(address: &Address, pointer: &str, leaf: &Value) -> Markup {
    match leaf {
        Value::String(text) => match link(pointer, text) {
            Some(path) => html! { a href=(Escaped(address.to(&path))) { (Inert(text)) } },
            None if is_hex(text, 64) => html! { code { (Escaped(text)) } },
            None => html! { (Inert(text)) },
        },
        Value::Array(_) => html! { "[]" },
        Value::Object(_) => html! { "{}" },
        other => html! { (other.to_string()) },
    }
}

fn link(pointer: &str, text: &str) -> Option<String> {
    let party = || text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if pointer == "/header/iss" && party() {
        return Some(format!("/parties/{text}"));
    }
    if !is_hex(text, 64) || text.bytes().all(|b| b == b'0') {
        // Zeros stand where there is none before.
        return None;
    }
    if pointer == "/key" {
        return Some(format!("/keys/{text}"));
    }
    let names_a_statement =
        pointer == "/feed_prev" || pointer.starts_with("/refs/") || pointer == "/body/replaces";
    names_a_statement.then(|| format!("/statements/{text}"))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `/body/regions/1/violations` is `body.regions.violations`.
fn key_of(pointer: &str) -> String {
    let mut key = String::with_capacity(pointer.len());
    for name in pointer.split('/').skip(1).filter(|name| !name.bytes().all(|b| b.is_ascii_digit())) {
        if !key.is_empty() {
            key.push('.');
        }
        key.push_str(name);
    }
    key
}

/// A name in a JSON pointer (RFC 6901).
fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

/// Rank of a field among its neighbours: known first ones, plain ones, lists of groups, known last ones.
fn rank(name: &str, value: &Value) -> usize {
    if let Some(at) = FIRST.iter().position(|first| *first == name) {
        return at;
    }
    if let Some(at) = LAST.iter().position(|last| *last == name) {
        return 200 + at;
    }
    match value {
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => 150,
        _ => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::l10n::Language;
    use serde_json::json;

    fn address() -> Address {
        Address { language: Language::En, pinned: false, path: "/records/1".to_owned(), query: String::new() }
    }

    /// Pointers to all leaves.
    fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    leaves(value, &format!("{pointer}/{}", escaped(name)), found);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (i, value) in items.iter().enumerate() {
                    leaves(value, &format!("{pointer}/{i}"), found);
                }
            }
            _ => found.push(pointer.to_owned()),
        }
    }

    #[test]
    fn every_leaf_stands_once() {
        let document = json!({
            "position": 1, "received": "2021-02-08T00:01:00.000Z", "id": "aa", "entry": "bb", "prev": "cc", "key": "dd",
            "header": { "iss": "mission", "sub": "x", "kind": "report", "issued": "2021-02-08T00:00:00Z" },
            "seq": 3, "feed_prev": "ee", "refs": [{ "relation": "about", "id": "ff" }], "new": { "member": [] },
            "body": { "regions": [{ "region": "a", "violations": 1 }, { "region": "b", "violations": 2 }],
                      "note": "<b>", "a/b~c": true, "nested": [[1, 2], [3]], "empty": {} }
        });
        let page =
            signed(&address(), &document).into_string() + &recorded(&address(), &document).into_string();
        let mut found = Vec::new();
        leaves(&document, "", &mut found);
        assert_eq!(page.matches("data-path=").count(), found.len());
        for pointer in found {
            assert_eq!(page.matches(&format!("data-path=\"{pointer}\"")).count(), 1, "{pointer}");
        }
        assert_eq!(page.matches("<dl>").count(), page.matches("</dl>").count());
        assert!(!page.contains("<b>"));
    }

    #[test]
    fn a_label_drops_the_numbers_of_items() {
        assert_eq!(key_of("/body/regions/1/violations"), "body.regions.violations");
        assert_eq!(key_of("/position"), "position");
    }
}
