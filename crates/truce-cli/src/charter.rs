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
    let (charter, stated) = read(path, &Filling::default())?;
    let warnings = warnings(&charter);
    let text = || {
        let mut table = Table::default();
        table.row("charter", charter.title.as_str());
        table.row("log", if stated.log { charter.log.as_str() } else { "to be filled in by `truce init`" });
        table.row(
            "new keys",
            if stated.proofs {
                "must prove possession"
            } else {
                "must prove possession: added by `truce init`, unless it is told --no-proof-of-possession"
            },
        );
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
        let warned: String = warnings.iter().map(Warning::in_words).collect();
        format!("{}\n{}\n{warned}The draft is in order.\n", table.render(), columns(&rows))
    };
    output.result(text, || in_json(&charter, stated, &warnings))
}

fn in_json(charter: &Charter, stated: Stated, warnings: &[Warning]) -> Value {
    let parties: Vec<_> = charter
        .parties
        .iter()
        .map(|p| json!({ "id": p.id, "role": p.role, "root": p.root, "root_key_id": p.root.id(), "name": p.name.as_str() }))
        .collect();
    json!({
        "title": charter.title.as_str(),
        "log": stated.log.then(|| charter.log.as_str()),
        "proof_of_possession": stated.proofs,
        "warnings": warnings.iter().map(Warning::in_json).collect::<Vec<_>>(),
        "drill": charter.drill.is_some(),
        "parties": parties,
        "zones": charter.zones.iter().flat_map(|z| z.iter()).map(|z| z.id.as_str()).collect::<Vec<_>>(),
    })
}

/// Something about a sound draft that its parties should know before they sign.
struct Warning {
    code: &'static str,
    message: String,
    next: &'static str,
}

impl Warning {
    fn in_words(&self) -> String {
        format!("warning: {}\n  code: {}\n  next: {}\n\n", self.message, self.code, self.next)
    }

    fn in_json(&self) -> Value {
        json!({ "code": self.code, "message": self.message, "next": self.next })
    }
}

/// Warns where one party, or the loss of one root key, can keep the log's key from ever being replaced: where an amendment
/// needs every party. A root key cannot be replaced in this version.
fn warnings(charter: &Charter) -> Vec<Warning> {
    let parties = charter.parties.len();
    if charter.assents_needed() < parties {
        return Vec::new();
    }
    let (message, next) = match parties {
        1 => (
            "there is one party: if its root key is lost, a stolen key of the log stays in force for ever".to_owned(),
            "keep a second copy of the root key, offline and elsewhere",
        ),
        2 => (
            "an amendment needs both parties: if either refuses, is gone or has lost its root key, a stolen key of the \
             log stays in force for ever"
                .to_owned(),
            "keep a second copy of each root key, offline and elsewhere; a third party (a guarantor) with \
             \"amended_by\": 2 takes away the veto",
        ),
        _ => (
            format!(
                "an amendment needs all {parties} parties, acceded or not: if one of them refuses, is gone or has lost \
                 its root key, a stolen key of the log stays in force for ever"
            ),
            "agree on fewer: \"amended_by\", in the charter, more than half of the parties and not all of them",
        ),
    };
    vec![Warning { code: "amendment-veto", message, next }]
}

/// Fields of a charter that its draft may leave to `truce init`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stated {
    /// The draft gives the log's key.
    pub(crate) log: bool,
    /// The draft asks for proofs of possession.
    pub(crate) proofs: bool,
}

/// What to put where the draft says nothing.
#[derive(Debug, Default)]
pub(crate) struct Filling<'a> {
    /// The log's key, as a vkey.
    pub(crate) log: Option<&'a str>,
    /// Ask for proofs of possession.
    pub(crate) proofs: bool,
}

/// Reads the draft of a charter, filled where it says nothing, and tells what it said by itself.
pub(crate) fn read(path: &Path, filling: &Filling<'_>) -> Result<(Charter, Stated), Failure> {
    let text = files::read_text(path)?;
    let fault = |e| draft::fault(path, &e);
    let stated = stated(&without_comments(&text).map_err(fault)?);
    let mut fields = Vec::new();
    if let Some(Stated { log: false, .. }) = stated {
        fields.push(("log", Value::from(filling.log.unwrap_or(NO_LOG))));
    }
    if let Some(Stated { proofs: false, .. }) = stated
        && filling.proofs
    {
        fields.push(("proof_of_possession", true.into()));
    }
    // A draft that is no JSON at all gets its error from the same place as any other.
    let draft = if fields.is_empty() {
        Draft::from_json(&text)
    } else {
        Draft::from_json(&with_fields(&text, &fields).map_err(fault)?)
    };
    let draft = draft.map_err(fault)?;
    let Body::Charter(charter) = draft.body else {
        return Err(Failure::content(
            path,
            "not-a-charter",
            format!("this is a draft of a {}, not of a charter", draft.body.kind()),
        )
        .next("give the charter's draft; `truce charter new` prints one to fill in"));
    };
    refuse_examples(path, &charter)?;
    // A draft whose fields could not be told apart has been refused by now.
    let stated = stated.unwrap_or(Stated { log: true, proofs: charter.proof_of_possession.is_some() });
    Ok((*charter, stated))
}

/// The fields that the draft of a charter gives; `None` when it cannot be told.
fn stated(json: &str) -> Option<Stated> {
    let draft: Value = serde_json::from_str(json).ok()?;
    if draft.get("kind")? != Kind::Charter.as_str() {
        return None;
    }
    let body = draft.get("body")?.as_object()?;
    Some(Stated { log: body.contains_key("log"), proofs: body.contains_key("proof_of_possession") })
}

/// The draft with `fields` put first into its body, on the line where the body opens, so that the places that errors name
/// stay those of the draft.
fn with_fields(text: &str, fields: &[(&str, Value)]) -> Result<String, truce_statement::draft::DraftError> {
    let plain = without_comments(text)?;
    let mut draft: Value = serde_json::from_str(&plain).unwrap_or_default();
    // The body's own text tells where it opens: the only `{` after the key "body" at the draft's own level.
    let opens = body_opens(&plain);
    if let Some(at) = opens
        && let (Some(before), Some(after)) = (plain.get(..at), plain.get(at..))
    {
        let comma = if after.trim_start().starts_with('}') { "" } else { "," };
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        return Ok(format!("{before}{}{comma}{after}", fields.join(",")));
    }
    if let Some(body) = draft.get_mut("body").and_then(Value::as_object_mut) {
        body.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
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
        let log = |log: &str| vec![("log", Value::from(log))];
        let filled = with_fields(text, &log("o+1+k")).unwrap();
        assert_eq!(filled.lines().nth(3).unwrap(), " {\"log\":\"o+1+k\",");
        assert_eq!(serde_json::from_str::<Value>(&filled).unwrap()["body"]["title"], "t");
        let empty = with_fields("{\"body\": { }}", &log("x")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&empty).unwrap()["body"]["log"], "x");
    }

    #[test]
    fn the_template_leaves_the_log_to_init_and_its_keys_are_refused() {
        let text = template();
        let stated = stated(&without_comments(&text).unwrap()).unwrap();
        assert!(!stated.log && stated.proofs);
        let draft = Draft::from_json(&with_fields(&text, &[("log", NO_LOG.into())]).unwrap()).unwrap();
        let Body::Charter(charter) = draft.body else { unreachable!() };
        assert_eq!(refuse_examples(Path::new("c"), &charter).unwrap_err().code(), "example-key");
    }
}
