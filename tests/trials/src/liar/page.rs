//! Altering a record page: its leaves, its rows, its evidence.

use serde_json::Value;
use std::ops::Range;
use truce_tests::http::Answer;

/// The page as text, altered by `work`.
pub(super) fn rewrite(answer: &mut Answer, work: impl FnOnce(String) -> String) {
    answer.body = work(answer.text()).into_bytes();
}

/// Where the content of the leaf at `path` stands.
///
/// # Panics
/// When the page has no such leaf: then the attack is not the one meant.
pub(super) fn leaf(html: &str, path: &str) -> Range<usize> {
    let mark = format!("data-path=\"{path}\"");
    let at = html.find(&mark).unwrap_or_else(|| panic!("the page has no {path}"));
    let start = at + html[at..].find('>').expect("a tag ends") + 1;
    start..start + html[start..].find("</dd>").expect("a dd ends")
}

/// Where the row of the leaf stands, with its label.
pub(super) fn row(html: &str, path: &str) -> Range<usize> {
    let leaf = leaf(html, path);
    let start = html[..leaf.start].rfind("<div>").expect("a row begins");
    let end = leaf.end + html[leaf.end..].find("</div>").expect("a row ends") + "</div>".len();
    start..end
}

/// The page with another content of the leaf, as markup.
pub(super) fn with_leaf(mut html: String, path: &str, content: &str) -> String {
    let range = leaf(&html, path);
    html.replace_range(range, content);
    html
}

/// The page with something else in the place of the row.
pub(super) fn with_row(mut html: String, path: &str, make: impl FnOnce(&str) -> String) -> String {
    let range = row(&html, path);
    let other = make(&html[range.clone()]);
    html.replace_range(range, &other);
    html
}

fn block(html: &str, id: &str) -> Range<usize> {
    let mark = format!("id=\"{id}\"");
    let at = html.find(&mark).unwrap_or_else(|| panic!("the page has no {id}"));
    let start = at + html[at..].find('>').expect("a tag ends") + 1;
    start..start + html[start..].find("</script>").expect("a script ends")
}

/// The page with its block of data altered: `evidence` on a record's page, `checkpoint` on others.
pub(super) fn with_data(mut html: String, id: &str, alter: impl FnOnce(&mut Value)) -> String {
    let range = block(&html, id);
    let mut data: Value =
        serde_json::from_str(&html[range.clone()]).expect("a page of an honest explorer has sound JSON");
    alter(&mut data);
    html.replace_range(range, &data.to_string().replace('<', "\\u003c"));
    html
}

/// The page of record `old`, made to show `new` and to carry `evidence`: as a liar's own explorer would make it.
pub(super) fn showing(mut html: String, old: &Value, new: &Value, evidence: &Value) -> String {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    leaves(old, String::new(), &mut before);
    leaves(new, String::new(), &mut after);
    let paths = |all: &[(String, String)]| all.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&before), paths(&after), "the two records have the same fields");
    for ((path, was), (_, is)) in before.iter().zip(&after) {
        if was != is {
            html = with_leaf(html, path, &escaped(is));
        }
    }
    let (was, is) = (&old["position"], &new["position"]);
    html = html.replace(&format!("data-position=\"{was}\""), &format!("data-position=\"{is}\""));
    with_data(html, "evidence", |data| data.clone_from(evidence))
}

fn leaves(value: &Value, pointer: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(value, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (i, value) in items.iter().enumerate() {
                leaves(value, format!("{pointer}/{i}"), found);
            }
        }
        Value::String(text) => found.push((pointer, text.clone())),
        other => found.push((pointer, other.to_string())),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
