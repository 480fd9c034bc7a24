//! Labels of the fields of a record, from `web/labels.*.json`: the browser's verifier reads the same files, and compares.

use super::Language;
use std::collections::HashMap;
use std::sync::LazyLock;

static LABELS: LazyLock<[HashMap<String, String>; 5]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let name = format!("labels.{}.json", language.tag());
        let bytes = crate::assets::asset(&name).map(|asset| asset.bytes).unwrap_or_default();
        // A file that is missing or does not parse shows the names of the fields; a test finds it.
        serde_json::from_slice(bytes).unwrap_or_default()
    })
});

/// Label of a field: `body.period.from` is "Period · From".
///
/// The file's own entry for the whole key; else for each prefix of the key the entry of its longest dotted suffix, or its
/// last name itself, joined by ` · `. A lone `body` or `header` in front is skipped.
#[must_use]
pub fn label(language: Language, key: &str) -> String {
    let Some(labels) = Language::ALL.iter().position(|l| *l == language).and_then(|i| LABELS.get(i)) else {
        return key.to_owned();
    };
    if let Some(whole) = labels.get(key) {
        return whole.clone();
    }
    let mut text = String::new();
    let ends = key.match_indices('.').map(|(i, _)| i).chain([key.len()]);
    for (i, end) in ends.enumerate() {
        let prefix = key.get(..end).unwrap_or(key);
        if i == 0 && end < key.len() && (prefix == "body" || prefix == "header") {
            continue;
        }
        if !text.is_empty() {
            text.push_str(" · ");
        }
        let starts = std::iter::once(0).chain(prefix.match_indices('.').map(|(i, _)| i + 1));
        let mut suffixes = starts.map(|start| prefix.get(start..).unwrap_or(prefix));
        let last = prefix.rsplit('.').next().unwrap_or(prefix);
        text.push_str(suffixes.find_map(|suffix| labels.get(suffix)).map_or(last, String::as_str));
    }
    text
}

/// Tells whether the file of this language has any labels at all.
#[must_use]
pub fn known(language: Language) -> bool {
    Language::ALL
        .iter()
        .position(|l| *l == language)
        .and_then(|i| LABELS.get(i))
        .is_some_and(|labels| !labels.is_empty())
}
