//! Words of what was signed, as they are searched for.

use std::collections::BTreeSet;
use truce_statement::cbor::{Head, Reader};

/// Different words of one statement that are indexed; a longer text is found by its first ones.
const MAX_WORDS: usize = 768;
/// Characters of a word that count; longer words are found by their beginning.
const MAX_CHARS: usize = 24;
/// Nesting that a body can have; canonical CBOR was checked before.
const MAX_DEPTH: usize = 16;

/// The words of `text`: runs of letters and digits in any script, in lower case, each once.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    gather(text, &mut found);
    found
}

/// Adds the words of `text`.
fn gather(text: &str, found: &mut BTreeSet<String>) {
    let mut word = String::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        if run.is_empty() || found.len() >= MAX_WORDS {
            continue;
        }
        word.clear();
        if run.is_ascii() {
            word.push_str(run.get(..MAX_CHARS).unwrap_or(run));
            word.make_ascii_lowercase();
        } else {
            word.extend(run.chars().take(MAX_CHARS).flat_map(char::to_lowercase));
        }
        if !found.contains(word.as_str()) {
            found.insert(word.clone());
        }
    }
}

/// The words of every text in the body of a payload. Names of fields are no text of the signer's.
pub(crate) fn of_payload(payload: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut reader = Reader::new(payload);
    // A payload that does not read was never admitted; what was found until then stays.
    let _ = body(&mut reader, &mut found);
    found
}

fn body(reader: &mut Reader<'_>, found: &mut BTreeSet<String>) -> Option<()> {
    let Head::Map(pairs) = reader.head().ok()? else { return None };
    for _ in 0..pairs {
        if reader.text().ok()? == "body" {
            return item(reader, found, 0);
        }
        reader.skip().ok()?;
    }
    Some(())
}

fn item(reader: &mut Reader<'_>, found: &mut BTreeSet<String>, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    // A copy of the reader looks ahead: the head is read again by whoever takes the item.
    match reader.clone().head().ok()? {
        Head::Text(_) => gather(reader.text().ok()?, found),
        Head::Array(items) => {
            reader.head().ok()?;
            for _ in 0..items {
                item(reader, found, depth + 1)?;
            }
        }
        Head::Map(pairs) => {
            reader.head().ok()?;
            for _ in 0..pairs {
                reader.skip().ok()?;
                item(reader, found, depth + 1)?;
            }
        }
        _ => reader.skip().ok()?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_of_every_script_are_found_in_lower_case() {
        let found = words("Авдіївка, 82mm; ÉTÉ\u{200b}x 停火 (N/K)");
        let wanted = ["82mm", "k", "n", "x", "été", "авдіївка", "停火"];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
        assert_eq!(words(&"a".repeat(100)).iter().map(String::len).collect::<Vec<_>>(), [24]);
        assert!(words(" \u{202e}--- ").is_empty());
    }
}
