//! JSON Schema (2020-12) of drafts, and a commented template for each kind.

use crate::body::agreement::{Accession, Amendment, Charter, Endorsement, KeyGrant, KeyRevocation};
use crate::body::dialogue::{Document, Inquiry, Reply, Response};
use crate::body::measures::{Calendar, Commitment, Delivery, Notification};
use crate::body::reports::{Harm, Observation, Report, Restriction, Signal, Weapons};
use crate::body::verification::Finding;
use crate::draft::DraftReference;
use crate::kind::Kind;
use crate::statement::MAX_REFS;
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};

/// The schema of a whole draft of `kind`, as a person writes it in JSON.
#[must_use]
pub fn schema(kind: Kind) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let reference = generator.subschema_for::<DraftReference>();
    let body = body_schema(kind, &mut generator);
    let definitions = generator.take_definitions(true);
    let whole = json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Truce draft: {kind}"),
        "type": "object",
        "properties": {
            "kind": { "const": kind, "description": "Kind of statement that this draft becomes." },
            "refs": {
                "type": "array",
                "items": reference,
                "maxItems": MAX_REFS,
                "description": "Relations to earlier statements."
            },
            "body": body
        },
        "required": ["kind", "body"],
        "additionalProperties": false,
        "$defs": definitions
    });
    let mut schema = whole.to_value();
    tidy(&mut schema);
    schema
}

/// Takes `null` out of every place that may be left out (a draft has no `null`), and joins the lines of descriptions.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::Array(items) if matches!(name.as_str(), "anyOf" | "enum" | "type") => {
                        items.retain(|item| {
                            !item.is_null() && item != "null" && *item != json!({ "type": "null" })
                        });
                    }
                    Value::String(text) if name == "description" => *text = text.replace('\n', " "),
                    _ => {}
                }
                tidy(value);
            }
            join_single(fields);
        }
        _ => {}
    }
}

/// A choice of one is that one.
fn join_single(fields: &mut Map<String, Value>) {
    for choice in ["anyOf", "enum", "type"] {
        let Some(Value::Array(items)) = fields.get(choice) else { continue };
        let [only] = items.as_slice() else { continue };
        let only = only.clone();
        fields.shift_remove(choice);
        match (choice, only) {
            ("anyOf", Value::Object(inner)) => {
                for (name, value) in inner {
                    fields.entry(name).or_insert(value);
                }
            }
            ("enum", value) => drop(fields.insert("const".to_owned(), value)),
            (_, value) => drop(fields.insert(choice.to_owned(), value)),
        }
    }
}

fn body_schema(kind: Kind, generator: &mut SchemaGenerator) -> Schema {
    match kind {
        Kind::Charter => generator.subschema_for::<Charter>(),
        Kind::Accession => generator.subschema_for::<Accession>(),
        Kind::KeyGrant => generator.subschema_for::<KeyGrant>(),
        Kind::KeyRevocation => generator.subschema_for::<KeyRevocation>(),
        Kind::Amendment => generator.subschema_for::<Amendment>(),
        Kind::Endorsement => generator.subschema_for::<Endorsement>(),
        Kind::Report => generator.subschema_for::<Report>(),
        Kind::Observation => generator.subschema_for::<Observation>(),
        Kind::Restriction => generator.subschema_for::<Restriction>(),
        Kind::Weapons => generator.subschema_for::<Weapons>(),
        Kind::Harm => generator.subschema_for::<Harm>(),
        Kind::Signal => generator.subschema_for::<Signal>(),
        Kind::Notification => generator.subschema_for::<Notification>(),
        Kind::Calendar => generator.subschema_for::<Calendar>(),
        Kind::Commitment => generator.subschema_for::<Commitment>(),
        Kind::Delivery => generator.subschema_for::<Delivery>(),
        Kind::Inquiry => generator.subschema_for::<Inquiry>(),
        Kind::Reply => generator.subschema_for::<Reply>(),
        Kind::Response => generator.subschema_for::<Response>(),
        Kind::Document => generator.subschema_for::<Document>(),
        Kind::Finding => generator.subschema_for::<Finding>(),
    }
}

/// A draft of `kind` to be filled in: JSON with comments, readable by [`crate::Draft::from_json`] as it stands.
#[must_use]
pub const fn template(kind: Kind) -> &'static str {
    match kind {
        Kind::Charter => include_str!("../templates/charter.jsonc"),
        Kind::Accession => include_str!("../templates/accession.jsonc"),
        Kind::KeyGrant => include_str!("../templates/key-grant.jsonc"),
        Kind::KeyRevocation => include_str!("../templates/key-revocation.jsonc"),
        Kind::Amendment => include_str!("../templates/amendment.jsonc"),
        Kind::Endorsement => include_str!("../templates/endorsement.jsonc"),
        Kind::Report => include_str!("../templates/report.jsonc"),
        Kind::Observation => include_str!("../templates/observation.jsonc"),
        Kind::Restriction => include_str!("../templates/restriction.jsonc"),
        Kind::Weapons => include_str!("../templates/weapons.jsonc"),
        Kind::Harm => include_str!("../templates/harm.jsonc"),
        Kind::Signal => include_str!("../templates/signal.jsonc"),
        Kind::Notification => include_str!("../templates/notification.jsonc"),
        Kind::Calendar => include_str!("../templates/calendar.jsonc"),
        Kind::Commitment => include_str!("../templates/commitment.jsonc"),
        Kind::Delivery => include_str!("../templates/delivery.jsonc"),
        Kind::Inquiry => include_str!("../templates/inquiry.jsonc"),
        Kind::Reply => include_str!("../templates/reply.jsonc"),
        Kind::Response => include_str!("../templates/response.jsonc"),
        Kind::Document => include_str!("../templates/document.jsonc"),
        Kind::Finding => include_str!("../templates/finding.jsonc"),
    }
}
