//! The table of everything that may be asked: routes and the `OpenAPI` document are both made from it.

use super::answer::Answer;
use super::parameters::Asked;
use super::problem::Problem;
use super::{archive, export, feed, log, openapi, views};
use crate::finding::Finding;
use crate::index::Status;
use crate::model::{
    CalendarView, CheckpointView, Facets, KeyView, MapView, Overview, PartyRow, PartyView, Reading,
    RecordPage, RecordView, Status as ExplorerStatus, TermsView, TimelineView,
};
use crate::query::MAX_LIMIT;
use schemars::{Schema, SchemaGenerator};
use truce_statement::unit::Date;
use truce_statement::{Kind, PartyId, Role};

/// One operation: GET of one path.
pub(super) struct Operation {
    /// The path, parameters in braces; one that takes the rest of the path has a star.
    pub(super) route: &'static str,
    /// Name in the `OpenAPI` document.
    pub(super) id: &'static str,
    /// One line.
    pub(super) summary: &'static str,
    /// What it takes.
    pub(super) parameters: &'static [Parameter],
    /// What it answers with.
    pub(super) content: Content,
    /// Makes the answer.
    pub(super) make: fn(&Reading, &Asked) -> Result<Answer, Problem>,
}

/// What an answer is.
pub(super) enum Content {
    /// JSON of this schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Anything else, by its media type.
    Media(&'static str),
}

/// Something that an operation takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) form: Form,
    /// May be given several times: any of the values.
    pub(super) many: bool,
    pub(super) required: bool,
    pub(super) about: &'static str,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

/// What a parameter looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A position or a size.
    Count,
    /// Rows of one page.
    Limit,
    /// `2021-02-07`.
    Day,
    /// 64 hex digits.
    Hash,
    /// A party id.
    Party,
    /// Any text.
    Text,
    /// The rest of a path.
    Rest,
    /// One of some words.
    Word(fn() -> Vec<&'static str>),
}

const fn path(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Path, form, many: false, required: true, about }
}

const fn query(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, form, many: false, required: false, about }
}

const fn any_of(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, form, many: true, required: false, about }
}

const fn needed(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, form, many: false, required: true, about }
}

fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect()
}

fn roles() -> Vec<&'static str> {
    Role::ALL.iter().map(|role| role.as_str()).collect()
}

fn statuses() -> Vec<&'static str> {
    Status::ALL.iter().map(|status| status.as_str()).collect()
}

fn spans() -> Vec<&'static str> {
    vec!["day", "week", "month"]
}

fn yes() -> Vec<&'static str> {
    vec!["yes"]
}

/// Conditions on records; joined by "and", values of one by "or".
const Q: Parameter = query("q", Form::Text, "all of these words, in texts that were signed");
const PARTY: Parameter = any_of("party", Form::Party, "signed by this party");
const ROLE: Parameter =
    any_of("role", Form::Word(roles), "signed by a party of this role: the class of source");
const KIND: Parameter = any_of("kind", Form::Word(kinds), "of this kind");
const ZONE: Parameter = any_of("zone", Form::Text, "in this zone of the charter");
const STATUS: Parameter = any_of("status", Form::Word(statuses), "of this status");
const FROM: Parameter = query("from", Form::Day, "telling of something on this day (UTC) or later");
const TO: Parameter = query("to", Form::Day, "telling of something on this day (UTC) or earlier");
const KEY: Parameter = query("key", Form::Hash, "signed with this key");
const REFERS: Parameter = query("refers", Form::Hash, "referring to this statement");
const PLACED: Parameter = query("placed", Form::Word(yes), "with coordinates");
const BEFORE: Parameter = query("before", Form::Count, "below this position: `next` of the page before");
const LIMIT: Parameter = query("limit", Form::Limit, "rows of a page");
const POSITION: Parameter = path("position", Form::Count, "position in the log, from 0");

/// Conditions that a stream of new records takes too.
pub(super) const CONDITIONS: &[Parameter] =
    &[Q, PARTY, ROLE, KIND, ZONE, STATUS, FROM, TO, KEY, REFERS, PLACED];
const PAGE: &[Parameter] =
    &[Q, PARTY, ROLE, KIND, ZONE, STATUS, FROM, TO, KEY, REFERS, PLACED, BEFORE, LIMIT];

fn schema<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn any(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "object" })
}

/// Everything that may be asked, in the order of the document.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        route: "/api/v1/status",
        id: "status",
        summary: "What was verified, when, and what does not hold",
        parameters: &[],
        content: Content::Json(schema::<ExplorerStatus>),
        make: views::status,
    },
    Operation {
        route: "/api/v1/overview",
        id: "overview",
        summary: "The agreement, its parties, what was recorded lately, open disputes",
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
        parameters: PAGE,
        content: Content::Json(schema::<RecordPage>),
        make: views::records,
    },
    Operation {
        route: "/api/v1/records.csv",
        id: "recordsCsv",
        summary: "All records that meet the conditions, newest first, as CSV (RFC 4180, UTF-8)",
        parameters: CONDITIONS,
        content: Content::Media("text/csv; charset=utf-8"),
        make: export::csv,
    },
    Operation {
        route: "/api/v1/records.jsonl",
        id: "recordsJsonl",
        summary: "The same, everything that was signed, as JSON Lines",
        parameters: CONDITIONS,
        content: Content::Media("application/jsonl"),
        make: export::jsonl,
    },
    Operation {
        route: "/api/v1/records.geojson",
        id: "recordsGeojson",
        summary: "Those with coordinates, as GeoJSON (RFC 7946)",
        parameters: CONDITIONS,
        content: Content::Media("application/geo+json"),
        make: export::geojson,
    },
    Operation {
        route: "/feed.atom",
        id: "feed",
        summary: "The newest records that meet the conditions, as an Atom feed (RFC 4287)",
        parameters: CONDITIONS,
        content: Content::Media("application/atom+xml"),
        make: feed::atom,
    },
    Operation {
        route: "/api/v1/records/{position}",
        id: "record",
        summary: "One record: what was signed, what the log added, what others said of it since, its proof",
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
        summary: "Who signs for the log, which witnesses it asks for, and what is proposed",
        parameters: &[],
        content: Content::Json(schema::<TermsView>),
        make: views::terms,
    },
    Operation {
        route: "/api/v1/parties/{party}",
        id: "party",
        summary: "One party: its keys, and what it signed",
        parameters: &[path("party", Form::Party, "party id")],
        content: Content::Json(schema::<PartyView>),
        make: views::party,
    },
    Operation {
        route: "/api/v1/keys/{key}",
        id: "key",
        summary: "One key: who could sign what with it, and when; its feed",
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
        summary: "What does not hold in this log",
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
        make: openapi::answer,
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

/// The largest number that every JSON reader can hold.
const COUNT_MAX: u64 = (1 << 53) - 1;
/// Characters of the longest text that may be asked for.
const TEXT_MAX: usize = 200;

impl Form {
    /// Whether a value is one that [`Self::schema`] allows.
    pub(super) fn allows(self, value: &str) -> bool {
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Count => digits && value.parse::<u64>().is_ok_and(|count| count <= COUNT_MAX),
            Self::Limit => digits && value.parse::<usize>().is_ok_and(|rows| (1..=MAX_LIMIT).contains(&rows)),
            Self::Day => value.parse::<Date>().is_ok(),
            Self::Hash => {
                value.len() == 64 && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            }
            Self::Party => value.parse::<PartyId>().is_ok(),
            Self::Text => value.chars().count() <= TEXT_MAX,
            Self::Rest => true,
            Self::Word(words) => words().contains(&value),
        }
    }

    /// What is allowed, in words.
    pub(super) fn allowed(self) -> String {
        match self {
            Self::Count => format!("a whole number from 0 to {COUNT_MAX}"),
            Self::Limit => format!("1 to {MAX_LIMIT}"),
            Self::Day => "a day, such as 2021-02-07".to_owned(),
            Self::Hash => "64 hex digits, in lower case".to_owned(),
            Self::Party => "a party id".to_owned(),
            Self::Text => format!("at most {TEXT_MAX} characters"),
            Self::Rest => "the rest of a path".to_owned(),
            Self::Word(words) => words().join(", "),
        }
    }

    /// JSON Schema of one value.
    pub(super) fn schema(self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::Count => json!({ "type": "integer", "minimum": 0, "maximum": COUNT_MAX }),
            Self::Limit => json!({ "type": "integer", "minimum": 1, "maximum": MAX_LIMIT }),
            Self::Day => json!({ "type": "string", "format": "date", "pattern": "^(19|20|21)" }),
            Self::Hash => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
            Self::Party => json!({ "type": "string", "pattern": "^[a-z][a-z0-9-]{1,31}$" }),
            Self::Text => json!({ "type": "string", "maxLength": TEXT_MAX }),
            Self::Rest => json!({ "type": "string" }),
            Self::Word(words) => json!({ "type": "string", "enum": words() }),
        }
    }
}
