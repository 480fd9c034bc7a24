//! The same records for programs: JSON, exports of any filter, feeds, the log's own tiles, the archive. Read-only, like
//! everything that the explorer serves.
//!
//! # Data flow
//! ```text
//! request -> operation (table: path, parameters, answers) -> parameters checked against it -> model -> answer
//!                 `-> the OpenAPI document is written from the same table
//! ```
//! What the table does not name is refused, so that a filter that was misspelt never gives the records of another one.
//! A failure is a problem document (RFC 9457) with a stable code and what to do next.
//!
//! # Bounds
//! Everything that may be long is streamed from a thread that waits for its reader, one page of 200 records at a time.

mod answer;
mod archive;
mod events;
mod export;
mod feed;
mod log;
mod openapi;
mod operation;
mod parameters;
mod problem;
mod views;

use crate::model::{
    CalendarView, CheckpointView, Facets, KeyView, MapView, Overview, PartyRow, PartyView, Reading,
    RecordPage, RecordView, StatusNow, TermsView, TimelineView,
};
use crate::server::PublicUrl;
use answer::Answer;
use axum::Router;
use axum::extract::{RawPathParams, Request};
use axum::response::{IntoResponse as _, Response};
use operation::{Content, Operation};
use parameters::{
    Asked, CONDITIONS, FED, FROM, Form, LIMIT, LISTED, POSITION, TABLED, TO, kinds, needed, path, query,
    roles, spans,
};
use problem::Problem;
use schemars::{Schema, SchemaGenerator};
use truce_copy::Finding;

/// Prefix of this version of the interface.
pub const PREFIX: &str = "/api/v1";

fn schema<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn any(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "object" })
}

/// Everything that may be asked, in the order of the document.
const OPERATIONS: &[Operation] = &[
    Operation {
        route: "/api/v1/status",
        id: "status",
        summary: "State of the verification, its time, and its findings",
        parameters: &[],
        content: Content::Json(schema::<StatusNow>),
        make: views::status,
    },
    Operation {
        route: "/api/v1/overview",
        id: "overview",
        summary: "The agreement, its parties, recent records, open disputes",
        parameters: &[],
        content: Content::Json(schema::<Overview>),
        make: views::overview,
    },
    Operation {
        route: "/api/v1/facets",
        id: "facets",
        summary: "Values that conditions on records can have",
        parameters: &[],
        content: Content::Json(schema::<Facets>),
        make: views::facets,
    },
    Operation {
        route: "/api/v1/records",
        id: "records",
        summary: "Records that meet the conditions, newest first, a page at a time",
        parameters: LISTED,
        content: Content::Json(schema::<RecordPage>),
        make: views::records,
    },
    Operation {
        route: "/api/v1/records.csv",
        id: "recordsCsv",
        summary: "All records that meet the conditions, newest first, as CSV (RFC 4180, UTF-8): whole days stand in \
                  `first_day` and `last_day` (included), instants in `from` and `to`, RFC 3339 in UTC",
        parameters: TABLED,
        content: Content::Media("text/csv; charset=utf-8"),
        make: export::csv,
    },
    Operation {
        route: "/api/v1/records.jsonl",
        id: "recordsJsonl",
        summary: "The same records with all signed fields, as JSON Lines",
        parameters: CONDITIONS,
        content: Content::Media("application/jsonl"),
        make: export::jsonl,
    },
    Operation {
        route: "/api/v1/records.geojson",
        id: "recordsGeojson",
        summary: "Records with coordinates, as GeoJSON (RFC 7946); days and instants in properties named as in the CSV",
        parameters: CONDITIONS,
        content: Content::Media("application/geo+json"),
        make: export::geojson,
    },
    Operation {
        route: "/feed.atom",
        id: "feed",
        summary: "Records that meet the conditions, newest first, as an Atom feed (RFC 4287) of 50 a page; `next` leads \
                  to older ones (RFC 5005, section 3)",
        parameters: FED,
        content: Content::Media("application/atom+xml"),
        make: feed::atom,
    },
    Operation {
        route: "/api/v1/records/{position}",
        id: "record",
        summary: "One record: the signed statement, the log's additions, later statements about it, its proof",
        parameters: &[POSITION],
        content: Content::Json(schema::<RecordView>),
        make: views::record,
    },
    Operation {
        route: "/api/v1/records/{position}/evidence",
        id: "evidence",
        summary: "Everything that is needed to verify a record without this explorer",
        parameters: &[POSITION],
        content: Content::Json(any),
        make: views::evidence,
    },
    Operation {
        route: "/api/v1/records/{position}/statement",
        id: "statement",
        summary: "The statement as it was signed: COSE_Sign1",
        parameters: &[POSITION],
        content: Content::Media("application/cose"),
        make: views::statement,
    },
    Operation {
        route: "/api/v1/records/{position}/entry",
        id: "entry",
        summary: "The entry as it stands in the log: CBOR",
        parameters: &[POSITION],
        content: Content::Media("application/cbor"),
        make: views::entry,
    },
    Operation {
        route: "/api/v1/records/{position}/proof",
        id: "proof",
        summary: "The proof of inclusion as a file (c2sp.org/tlog-proof)",
        parameters: &[POSITION],
        content: Content::Media("text/plain; charset=utf-8"),
        make: views::proof,
    },
    Operation {
        route: "/api/v1/statements/{id}",
        id: "statementById",
        summary: "The record of a statement, by its id",
        parameters: &[path("id", Form::Hash, "statement id")],
        content: Content::Json(schema::<RecordView>),
        make: views::by_id,
    },
    Operation {
        route: "/api/v1/timeline",
        id: "timeline",
        summary: "Figures over time, by region and class of source, with coverage beside every figure",
        parameters: &[
            FROM,
            TO,
            query("region", Form::Text, "only this region, as reports print it"),
            query("class", Form::Word(roles), "only this class of source"),
            query(
                "span",
                Form::Word(spans),
                "length of a span; chosen by the length of the period if absent",
            ),
        ],
        content: Content::Json(schema::<TimelineView>),
        make: views::timeline,
    },
    Operation {
        route: "/api/v1/map",
        id: "map",
        summary: "Zones, and the newest records with coordinates, with the precision that each source states",
        parameters: CONDITIONS,
        content: Content::Json(schema::<MapView>),
        make: views::map,
    },
    Operation {
        route: "/api/v1/calendar",
        id: "calendar",
        summary: "Notified activities, with the time between notice and start",
        parameters: &[needed("from", Form::Day, "first day"), needed("to", Form::Day, "last day, included")],
        content: Content::Json(schema::<CalendarView>),
        make: views::calendar,
    },
    Operation {
        route: "/api/v1/parties",
        id: "parties",
        summary: "The parties of the agreement",
        parameters: &[],
        content: Content::Json(schema::<Vec<PartyRow>>),
        make: views::parties,
    },
    Operation {
        route: "/api/v1/terms",
        id: "terms",
        summary: "Keys of the log, its witnesses, and open proposals",
        parameters: &[],
        content: Content::Json(schema::<TermsView>),
        make: views::terms,
    },
    Operation {
        route: "/api/v1/parties/{party}",
        id: "party",
        summary: "One party: its keys and statements",
        parameters: &[path("party", Form::Party, "party id")],
        content: Content::Json(schema::<PartyView>),
        make: views::party,
    },
    Operation {
        route: "/api/v1/keys/{key}",
        id: "key",
        summary: "One key: its party, kinds and validity; its feed",
        parameters: &[path("key", Form::Hash, "key id")],
        content: Content::Json(schema::<KeyView>),
        make: views::key,
    },
    Operation {
        route: "/api/v1/checkpoints",
        id: "checkpoints",
        summary: "Checkpoints that this explorer saw and verified, newest first",
        parameters: &[query("before", Form::Count, "below this size: `next` of the page before"), LIMIT],
        content: Content::Json(schema::<CheckpointView>),
        make: views::checkpoints,
    },
    Operation {
        route: "/api/v1/findings",
        id: "findings",
        summary: "Findings about this log",
        parameters: &[],
        content: Content::Json(schema::<Vec<Finding>>),
        make: views::findings,
    },
    Operation {
        route: "/api/v1/consistency",
        id: "consistency",
        summary: "Proof that the log at one size is a prefix of the log at another (RFC 6962, section 2.1.2)",
        parameters: &[
            needed("from", Form::Count, "the smaller size"),
            needed("to", Form::Count, "the larger size, at most that of the checkpoint served"),
        ],
        content: Content::Json(schema::<views::Consistency>),
        make: views::consistency,
    },
    Operation {
        route: "/api/v1/schemas",
        id: "schemas",
        summary: "JSON Schemas (2020-12) of drafts, one for each kind",
        parameters: &[],
        content: Content::Json(schema::<Vec<String>>),
        make: views::schemas,
    },
    Operation {
        route: "/api/v1/schemas/{kind}",
        id: "schema",
        summary: "The JSON Schema of drafts of one kind",
        parameters: &[path("kind", Form::Word(kinds), "kind of statement")],
        content: Content::Json(any),
        make: views::schema,
    },
    Operation {
        route: "/api/v1/openapi.json",
        id: "openapi",
        summary: "This document",
        parameters: &[],
        content: Content::Json(any),
        make: description,
    },
    Operation {
        route: "/checkpoint",
        id: "logCheckpoint",
        summary: "The newest checkpoint that verified (c2sp.org/tlog-checkpoint)",
        parameters: &[],
        content: Content::Media("text/plain; charset=utf-8"),
        make: log::checkpoint,
    },
    Operation {
        route: "/tile/{*path}",
        id: "logTile",
        summary: "Tiles and entry bundles under it (c2sp.org/tlog-tiles): L/N, entries/N, each with .p/W if partial",
        parameters: &[path(
            "path",
            Form::Rest,
            "level or `entries`, and the tile's index, as tlog-tiles spells them",
        )],
        content: Content::Media("application/octet-stream"),
        make: log::tile,
    },
    Operation {
        route: "/api/v1/archive.tar.gz",
        id: "archive",
        summary: "The whole log as published, in one file: `truce verify` takes the folder that it is unpacked to",
        parameters: &[],
        content: Content::Media("application/gzip"),
        make: archive::tar,
    },
];

/// Every route of the interface. `url` is where readers reach them.
pub fn routes(reading: &Reading, url: &PublicUrl) -> Router {
    let routes = OPERATIONS.iter().fold(Router::new(), |router, operation| {
        let (reading, url) = (reading.clone(), url.clone());
        let answer =
            move |path: RawPathParams, request: Request| answer(operation, reading, url, path, request);
        router.route(operation.route, axum::routing::get(answer))
    });
    let (reading, streams) = (reading.clone(), events::quota());
    let stream = |request: Request| async move { events::stream(reading, &streams, &request) };
    let nowhere =
        |request: Request| async move { Problem::not_found(format!("no `{}`", request.uri().path())) };
    routes.route(events::ROUTE, axum::routing::get(stream)).route("/api/{*path}", axum::routing::get(nowhere))
}

async fn answer(
    operation: &'static Operation,
    reading: Reading,
    url: PublicUrl,
    path: RawPathParams,
    request: Request,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = match Asked::of(operation.parameters, &path, query, url) {
        Ok(asked) => asked,
        Err(problem) => return problem.into_response(),
    };
    let headers = request.headers().clone();
    // Reads of the store block: they stay off the threads that keep the connections.
    let made = tokio::task::spawn_blocking(move || (operation.make)(&reading, &asked)).await;
    match made {
        Ok(Ok(answer)) => answer.respond(&headers),
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

/// The `OpenAPI` 3.1 document. `docs/openapi.json` is a copy of it.
#[must_use]
pub fn document() -> serde_json::Value {
    openapi::document(OPERATIONS)
}

fn description(_: &Reading, _: &Asked) -> Result<Answer, Problem> {
    Answer::json(&document())
}
