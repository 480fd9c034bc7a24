//! `truce charter` and `truce init`: from the draft of a charter to a ledger whose first entry it is.

use crate::args::CharterCommand;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table, columns};
use crate::{draft, files};
use serde_json::{Value, json};
use std::path::Path;
use truce_statement::body::agreement::Charter;
use truce_statement::draft::without_comments;
use truce_statement::{Body, Draft, Kind, schema};

/// Stands for the log's key while a draft is checked that leaves it out. Nobody holds its private half.
const NO_LOG: &str = "example.org/to-be-named+00000000+AQ==";

pub(crate) fn run(command: &CharterCommand, output: Output) -> Result<(), Failure> {
    match command {
        CharterCommand::New { out } => new(out.as_deref(), output),
        CharterCommand::Check { draft } => check(draft, output),
    }
}

fn new(out: Option<&Path>, output: Output) -> Result<(), Failure> {
    let template = template();
    let Some(out) = out else {
        return output.result(|| template.clone(), || json!({ "kind": Kind::Charter, "template": template }));
    };
    files::create(out, template.as_bytes())?;
    output.result(|| format!("charter to fill in: {}", out.display()), || json!({ "file": out }))
}

/// The template without a log key, which `truce init` fills in.
fn template() -> String {
    let mut text = String::new();
    for line in schema::template(Kind::Charter).lines() {
        if line.trim_start().starts_with("// Public key of the log") {
            text.push_str("    // The log's public key is filled in by `truce init`, which makes it.\n");
        } else if !line.trim_start().starts_with("\"log\":") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn check(path: &Path, output: Output) -> Result<(), Failure> {
    let (charter, named) = read(path, None)?;
    let text = || {
        let mut table = Table::default();
        table.row("charter", charter.title.as_str());
        table.row("log", if named { charter.log.as_str() } else { "to be filled in by `truce init`" });
        table.row("zones", charter.zones.as_ref().map_or(0, |zones| zones.len()));
        if charter.drill.is_some() {
            table.row("drill", "yes: an exercise of the system itself");
        }
        let head = ["party", "role", "root key id", "name"].map(str::to_owned).to_vec();
        let parties = charter.parties.iter().map(|party| {
            vec![
                party.id.to_string(),
                party.role.to_string(),
                party.root.id().to_string(),
                party.name.as_str().to_owned(),
            ]
        });
        let rows: Vec<_> = std::iter::once(head).chain(parties).collect();
        format!("{}\n{}\nThe draft is in order.\n", table.render(), columns(&rows))
    };
    output.result(text, || in_json(&charter, named))
}

fn in_json(charter: &Charter, named: bool) -> Value {
    let parties: Vec<_> = charter
        .parties
        .iter()
        .map(|p| json!({ "id": p.id, "role": p.role, "root": p.root, "root_key_id": p.root.id(), "name": p.name.as_str() }))
        .collect();
    json!({
        "title": charter.title.as_str(),
        "log": named.then(|| charter.log.as_str()),
        "drill": charter.drill.is_some(),
        "parties": parties,
        "zones": charter.zones.iter().flat_map(|z| z.iter()).map(|z| z.id.as_str()).collect::<Vec<_>>(),
    })
}

/// Reads the draft of a charter; where it leaves the log's key out, `log` stands there. Says whether the draft named it.
pub(crate) fn read(path: &Path, log: Option<&str>) -> Result<(Charter, bool), Failure> {
    let text = files::read_text(path)?;
    let fault = |e| draft::fault(path, &e);
    let named = names_log(&without_comments(&text).map_err(fault)?);
    let draft = match named {
        Some(false) => Draft::from_json(&with_log(&text, log.unwrap_or(NO_LOG)).map_err(fault)?),
        // A draft that is no JSON at all gets its error from the same place as any other.
        _ => Draft::from_json(&text),
    };
    let draft = draft.map_err(fault)?;
    let Body::Charter(charter) = draft.body else {
        return Err(Failure::content(
            path,
            "not-a-charter",
            format!("this is a draft of a {}, not of a charter", draft.body.kind()),
        ));
    };
    refuse_examples(path, &charter)?;
    Ok((*charter, named == Some(true)))
}

/// Whether the draft of a charter gives the log's key; nothing when it cannot be told.
fn names_log(json: &str) -> Option<bool> {
    let draft: Value = serde_json::from_str(json).ok()?;
    if draft.get("kind")? != Kind::Charter.as_str() {
        return None;
    }
    Some(draft.get("body")?.as_object()?.contains_key("log"))
}

/// The draft with the log's key put first into its body, on the line where the body opens, so that the places that
/// errors name stay those of the draft.
fn with_log(text: &str, log: &str) -> Result<String, truce_statement::draft::DraftError> {
    let plain = without_comments(text)?;
    let mut draft: Value = serde_json::from_str(&plain).unwrap_or_default();
    // The body's own text tells where it opens: the only `{` after the key "body" at the draft's own level.
    let opens = body_opens(&plain);
    if let Some(at) = opens
        && let (Some(before), Some(after)) = (plain.get(..at), plain.get(at..))
    {
        let comma = if after.trim_start().starts_with('}') { "" } else { "," };
        return Ok(format!("{before}\"log\":{}{comma}{after}", Value::from(log)));
    }
    if let Some(body) = draft.get_mut("body").and_then(Value::as_object_mut) {
        body.insert("log".to_owned(), log.into());
    }
    Ok(draft.to_string())
}

/// Offset just behind the `{` that opens the value of the outermost key "body".
fn body_opens(json: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    let mut word_at = None;
    let mut last_word = "";
    for (at, c) in json.char_indices() {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    in_string = false;
                    last_word = word_at.and_then(|from| json.get(from..at)).unwrap_or_default();
                }
                _ => {}
            }
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                word_at = Some(at + 1);
            }
            '{' if depth == 1 && last_word == "body" => return Some(at + 1),
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ',' => last_word = "",
            _ => {}
        }
    }
    None
}

/// The template's keys have published private halves: a charter with one of them protects nobody.
fn refuse_examples(path: &Path, charter: &Charter) -> Result<(), Failure> {
    let Ok(Body::Charter(example)) =
        Draft::from_json(schema::template(Kind::Charter)).map(|draft| draft.body)
    else {
        return Ok(());
    };
    for (i, party) in charter.parties.iter().enumerate() {
        if example.parties.iter().any(|known| known.root == party.root) {
            let message =
                format!("{}: the root key of `{}` is the template's example key", path.display(), party.id);
            return Err(Failure::new(Exit::Refused, "example-key", message)
                .at(format!("body.parties[{i}].root"))
                .next("put the party's own root key there, as `truce key show` prints it"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn the_log_goes_first_into_the_body_and_moves_no_line() {
        let text =
            "{ // \"body\": {\n \"refs\": [{\"id\": \"body\"}],\n \"body\":\n {\n  \"title\": \"t\" } }";
        let filled = with_log(text, "o+1+k").unwrap();
        assert_eq!(filled.lines().nth(3).unwrap(), " {\"log\":\"o+1+k\",");
        assert_eq!(serde_json::from_str::<Value>(&filled).unwrap()["body"]["title"], "t");
        let empty = with_log("{\"body\": { }}", "x").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&empty).unwrap()["body"]["log"], "x");
    }

    #[test]
    fn the_template_leaves_the_log_to_init_and_its_keys_are_refused() {
        let text = template();
        assert_eq!(names_log(&without_comments(&text).unwrap()), Some(false));
        let draft = Draft::from_json(&with_log(&text, NO_LOG).unwrap()).unwrap();
        let Body::Charter(charter) = draft.body else { unreachable!() };
        assert_eq!(refuse_examples(Path::new("c"), &charter).unwrap_err().code(), "example-key");
    }
}
