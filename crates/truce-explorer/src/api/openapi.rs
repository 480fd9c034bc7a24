//! The `OpenAPI` 3.1 document, made from the table of operations and the types of their answers.

use super::events;
use super::operation::{Content, Operation};
use super::parameters::{CONDITIONS, Parameter, Place};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The document of these operations and the event stream.
pub(super) fn document(operations: &[Operation]) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| "/components/schemas".clone_into(settings.definitions_path.to_mut()))
        .for_serialize()
        .into_generator();
    let mut paths = Map::new();
    for operation in operations {
        paths.insert(path(operation), json!({ "get": describe(operation, &mut generator) }));
    }
    paths.insert(events::ROUTE.to_owned(), json!({ "get": stream() }));
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Truce explorer",
            "version": "1",
            "summary": "Read-only access to a verified copy of a log",
            "description": "Every answer comes from a copy that the explorer verified itself. Nothing here has to be \
                            believed: the tiles, the checkpoint and the evidence of each record are what an auditor \
                            checks. Times are milliseconds since 1970-01-01T00:00Z, days are counted from 1970-01-01, \
                            ids and hashes are lower-case hex, unless a field says otherwise.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// The event stream: it takes the conditions of a list, and the header that resumes it.
fn stream() -> Value {
    let mut parameters: Vec<Value> = CONDITIONS.iter().map(parameter).collect();
    parameters.push(json!({
        "name": "Last-Event-ID",
        "in": "header",
        "required": false,
        "description": "position behind which the stream begins: the id of the last `record` event that the reader has",
        "schema": { "type": "integer", "minimum": 0 },
    }));
    let mut answers =
        responses(&json!({ "text/event-stream": { "schema": { "type": "string" } } }), CONDITIONS);
    if let Value::Object(answers) = &mut answers {
        answers.insert(
            "429".into(),
            failure("this sender has as many streams as one may have; `Retry-After` says when to ask again"),
        );
        answers.insert(
            "503".into(),
            failure(
                "nothing was verified yet, or there are as many streams as there may be; `Retry-After` says when to ask \
                 again",
            ),
        );
    }
    json!({
        "operationId": "events",
        "summary": events::SUMMARY,
        "description": events::DESCRIPTION,
        "parameters": parameters,
        "responses": answers,
    })
}

/// The path as `OpenAPI` writes it: no star.
fn path(operation: &Operation) -> String {
    operation.route.replace("{*", "{")
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let content = match &operation.content {
        Content::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Content::Media(kind) => {
            // Without its charset: a media type range, as the document wants it.
            let range = kind.split(';').next().unwrap_or(kind);
            json!({ range: { "schema": {} } })
        }
    };
    json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": operation.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses(&content, operation.parameters),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let mut one = parameter.form.schema();
    if parameter.place == Place::Query && !parameter.required {
        // A form sends every field; one that is empty asks for nothing.
        one = json!({ "anyOf": [one, { "type": "string", "maxLength": 0 }] });
    }
    let schema = if parameter.many { json!({ "type": "array", "items": one, "maxItems": 16 }) } else { one };
    json!({
        "name": parameter.name,
        "in": match parameter.place { Place::Path => "path", Place::Query => "query" },
        "required": parameter.required,
        "description": parameter.about,
        "schema": schema,
    })
}

fn responses(content: &Value, parameters: &[Parameter]) -> Value {
    let mut all = Map::new();
    all.insert("200".into(), json!({ "description": "the answer", "content": content }));
    all.insert("304".into(), json!({ "description": "the same as the reader has (`If-None-Match`)" }));
    all.insert("400".into(), failure("an unknown or unreadable parameter"));
    if parameters.iter().any(|p| p.place == Place::Path || p.required) {
        all.insert("404".into(), failure("there is nothing of that name"));
    }
    all.insert("414".into(), json!({ "description": "the address is longer than 4,096 bytes" }));
    all.insert("503".into(), failure("nothing was verified yet; `Retry-After` says when to ask again"));
    Value::Object(all)
}

fn failure(about: &str) -> Value {
    json!({
        "description": about,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "code", "detail", "remedy"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "stable" },
            "detail": { "type": "string", "description": "one sentence for a person" },
            "remedy": { "type": "string", "description": "what to do next" },
        },
    })
}
