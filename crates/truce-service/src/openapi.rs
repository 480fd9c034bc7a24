//! The `OpenAPI` 3.1 document, made from the routes and the types of their answers.

use crate::intake::{Feed, MAX_STATEMENTS, Outcome, ProblemView, Results};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The document. `docs/protocol.openapi.json` is a copy of it.
#[must_use]
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| "/components/schemas".clone_into(settings.definitions_path.to_mut()))
        .for_serialize()
        .into_generator();
    // Named even where another type uses it in place.
    generator.subschema_for::<ProblemView>();
    generator.subschema_for::<Outcome>();
    let paths = json!({
        "/entries": { "post": submit(&mut generator) },
        "/entries/{statement}": { "get": receipt() },
        "/feeds/{key}": { "get": feed(&mut generator) },
        "/checkpoint": { "get": file("checkpoint", "The newest checkpoint, with the cosignatures received so far \
            (c2sp.org/tlog-checkpoint)", "text/plain", &[]) },
        "/checkpoint/final": { "get": file("finalCheckpoint", "The newest checkpoint whose cosignatures reach the \
            quorum", "text/plain", &[]) },
        "/policy": { "get": file("policy", "The policy of witnesses (c2sp.org/tlog-policy)", "text/plain", &[]) },
        "/succession": { "get": file("succession", "The successors of the charter's key and witnesses \
            (docs/spec/succession.md)", "text/plain", &[]) },
        "/tile/{path}": { "get": file("tile", "Tiles and bundles of entries (c2sp.org/tlog-tiles): L/N, entries/N, \
            each with .p/W if partial. Bundles come as gzip or zstd if the request accepts that",
            "application/octet-stream", &[path("path", "level or `entries`, and the index, as tlog-tiles spells them",
            &json!({ "type": "string" }))]) },
        "/openapi.json": { "get": file("openapi", "This document", "application/json", &[]) },
        "/healthz": { "get": file("alive", "State of the process", "text/plain", &[]) },
        "/readyz": { "get": ready() },
        "/metrics": { "get": file("metrics", "Figures for Prometheus, for the machine itself, or on the admin \
            listener if there is one", "application/openmetrics-text", &[]) },
    });
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Truce depositary",
            "version": "1",
            "summary": "Statements in, receipts out",
            "description": "The authentication of a statement is its signature. No header affects whether it is \
                            recorded. A receipt is a proof: check it, and the policy, before you believe it. The same \
                            bytes may be sent again at any time, and get the first receipt.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn submit(generator: &mut SchemaGenerator) -> Value {
    let results = generator.subschema_for::<Results>();
    let mut responses = problems(&[
        ("400", "no statement, no sequence, or a body that broke off"),
        ("403", "the key, its party or the signature is not valid for this statement"),
        ("406", "no acceptable form of receipt"),
        ("408", "the body did not come in time"),
        (
            "409",
            "it does not fit the recorded statements: feed-gap, feed-fork, unknown-reference, unknown-checkpoint",
        ),
        ("413", "too large"),
        ("415", "media type not supported"),
        ("422", "the statement breaks a rule"),
        ("429", "too many statements from this key or address; `Retry-After` says when to send it again"),
        ("503", "the queue is full, or the service stops; `Retry-After` says when to send it again"),
    ]);
    let mut recorded_before = receipts();
    if let Value::Object(forms) = &mut recorded_before {
        forms.insert("application/json".into(), json!({ "schema": results }));
    }
    responses.insert(
        "200".into(),
        json!({ "description": "recorded before: the first receipt; or the outcomes of a sequence",
                "headers": headers(), "content": recorded_before }),
    );
    responses.insert(
        "201".into(),
        json!({ "description": "recorded, and under a checkpoint", "headers": headers(), "content": receipts() }),
    );
    responses.insert(
        "202".into(),
        json!({ "description": "durable; the receipt is at `Location`", "headers": headers() }),
    );
    responses.values_mut().for_each(says_clock);
    let about = format!(
        "One statement, at most 49,152 bytes; or a sequence (RFC 8742) of at most {MAX_STATEMENTS} statements and 4 MiB"
    );
    json!({
        "operationId": "submit",
        "summary": "Have statements recorded",
        "parameters": [
            until(),
            query("receipts", "put a receipt beside each statement of a sequence", &json!({ "enum": ["tlog-proof"] })),
            prefer(),
        ],
        "requestBody": {
            "required": true,
            "description": about,
            "content": {
                "application/cose": { "schema": {} },
                "application/cbor-seq": { "schema": {} },
            },
        },
        "responses": responses,
    })
}

fn receipt() -> Value {
    let mut responses = problems(&[
        ("400", "unknown query"),
        ("404", "not recorded here"),
        ("406", "no acceptable form of receipt"),
    ]);
    responses.insert(
        "200".into(),
        json!({ "description": "the receipt", "headers": headers(), "content": receipts() }),
    );
    responses.insert(
        "302".into(),
        json!({ "description": "durable, but not yet in the state asked for; `Retry-After` says when to ask again",
                "headers": headers() }),
    );
    let id = json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    json!({
        "operationId": "receipt",
        "summary": "The receipt of a statement",
        "parameters": [path("statement", "statement id: SHA-256 of its bytes, hex", &id), until(), prefer()],
        "responses": responses,
    })
}

fn feed(generator: &mut SchemaGenerator) -> Value {
    let schema = generator.subschema_for::<Feed>();
    let mut responses = problems(&[("404", "no such key")]);
    responses.insert(
        "200".into(),
        json!({ "description": "the feed", "content": { "application/json": { "schema": schema } } }),
    );
    let id = json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    json!({
        "operationId": "feed",
        "summary": "The state of a key's feed",
        "parameters": [path("key", "key id, hex", &id)],
        "responses": responses,
    })
}

fn ready() -> Value {
    let mut responses = problems(&[("503", "it takes no statements now")]);
    responses.insert(
        "200".into(),
        json!({ "description": "it takes statements", "content": { "text/plain": { "schema": {} } } }),
    );
    json!({ "operationId": "ready", "summary": "Readiness to take statements", "responses": responses })
}

fn file(id: &str, summary: &str, kind: &str, parameters: &[Value]) -> Value {
    let mut responses = problems(&[("404", "there is no such file, or not yet")]);
    responses
        .insert("200".into(), json!({ "description": "the file", "content": { kind: { "schema": {} } } }));
    responses.insert("304".into(), json!({ "description": "the same as the reader has (`If-None-Match`)" }));
    json!({ "operationId": id, "summary": summary, "parameters": parameters, "responses": responses })
}

fn problems(all: &[(&str, &str)]) -> Map<String, Value> {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    all.iter()
        .map(|(status, about)| {
            let content = json!({ "application/problem+json": { "schema": schema } });
            ((*status).to_owned(), json!({ "description": about, "content": content }))
        })
        .collect()
}

/// Both forms of a receipt.
fn receipts() -> Value {
    json!({ "application/cose": { "schema": {} }, "text/x.tlog.proof": { "schema": { "type": "string" } } })
}

fn headers() -> Value {
    let text = |about: &str, schema: Value| json!({ "description": about, "schema": schema });
    json!({
        "Location": text("address of the receipt", json!({ "type": "string" })),
        "Truce-Position": text("position in the log", json!({ "type": "integer", "minimum": 0 })),
        "Truce-State": text("state by the depositary's word; the client decides by proof and policy",
            json!({ "enum": ["accepted", "final"] })),
    })
}

/// Adds the header that each answer to a statement may carry.
fn says_clock(response: &mut Value) {
    let behind = json!({
        "description": "seconds by which the depositary's clock is behind its last entry; absent where it is not",
        "schema": { "type": "integer", "minimum": 0 },
    });
    if let Value::Object(response) = response
        && let Value::Object(headers) = response.entry("headers").or_insert_with(|| json!({}))
    {
        headers.insert("Truce-Clock-Behind".into(), behind);
    }
}

fn until() -> Value {
    let about =
        "hold the answer until the entry is final, for as long as `Prefer: wait` says, if there is a quorum";
    query("until", about, &json!({ "enum": ["accepted", "final"] }))
}

fn prefer() -> Value {
    json!({
        "name": "Prefer", "in": "header", "required": false,
        "description": "RFC 7240: `respond-async`, and `wait=N` in seconds, at most 30",
        "schema": { "type": "string" },
    })
}

fn query(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": about, "schema": schema })
}

fn path(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    /// `UPDATE=1 cargo test -p truce-service` writes the copy.
    #[test]
    fn the_document_checked_in_is_the_one_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.openapi.json");
        let text = serde_json::to_string_pretty(&super::document()).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), text, "run this test with UPDATE=1");
    }
}
