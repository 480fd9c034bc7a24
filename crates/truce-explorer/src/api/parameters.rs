//! Parameters: those that operations take, and those of a request, held against them.

use super::problem::Problem;
use crate::server::{PublicUrl, filter};
use axum::extract::RawPathParams;
use std::str::FromStr;
use truce_copy::index::Status;
use truce_copy::query::{Filter, MAX_LIMIT};
use truce_statement::unit::Date;
use truce_statement::{Kind, PartyId, Role};

/// Parameter of an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) form: Form,
    /// Given any number of times: a record meets the condition with any of the values.
    pub(super) many: bool,
    pub(super) required: bool,
    pub(super) about: &'static str,
}

/// Part of the address in which a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

/// Form of a parameter's value.
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

pub(super) const fn path(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Path, form, many: false, required: true, about }
}

pub(super) const fn query(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, form, many: false, required: false, about }
}

const fn any_of(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, form, many: true, required: false, about }
}

pub(super) const fn needed(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, form, many: false, required: true, about }
}

pub(super) fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect()
}

pub(super) fn roles() -> Vec<&'static str> {
    Role::ALL.iter().map(|role| role.as_str()).collect()
}

fn statuses() -> Vec<&'static str> {
    Status::ALL.iter().map(|status| status.as_str()).collect()
}

pub(super) fn spans() -> Vec<&'static str> {
    vec!["day", "week", "month"]
}

fn yes() -> Vec<&'static str> {
    vec!["yes"]
}

fn one() -> Vec<&'static str> {
    vec!["1"]
}

/// Conditions on records; joined by "and", values of one by "or".
const Q: Parameter = query("q", Form::Text, "all of these words, in signed texts");
const PARTY: Parameter = any_of("party", Form::Party, "signed by this party");
const ROLE: Parameter =
    any_of("role", Form::Word(roles), "signed by a party of this role: the class of source");
const KIND: Parameter = any_of("kind", Form::Word(kinds), "of this kind");
const ZONE: Parameter = any_of("zone", Form::Text, "in this zone of the charter");
const STATUS: Parameter = any_of("status", Form::Word(statuses), "of this status");
pub(super) const FROM: Parameter = query("from", Form::Day, "about an event on this day (UTC) or later");
pub(super) const TO: Parameter = query("to", Form::Day, "about an event on this day (UTC) or earlier");
const KEY: Parameter = query("key", Form::Hash, "signed with this key");
const REFERS: Parameter = query("refers", Form::Hash, "referring to this statement");
const PLACED: Parameter = query("placed", Form::Word(yes), "with coordinates");
pub(super) const BEFORE: Parameter =
    query("before", Form::Count, "below this position: `next` of the page before");
const BOM: Parameter = query(
    "bom",
    Form::Word(one),
    "1 puts a byte order mark in front, by which Excel takes the file as UTF-8",
);
pub(super) const LIMIT: Parameter = query("limit", Form::Limit, "rows of a page");
pub(super) const POSITION: Parameter = path("position", Form::Count, "position in the log, from 0");

/// Conditions that a stream of new records takes too.
pub(super) const CONDITIONS: &[Parameter] =
    &[Q, PARTY, ROLE, KIND, ZONE, STATUS, FROM, TO, KEY, REFERS, PLACED];
/// Conditions, and what a page of a list takes beside them.
pub(super) const LISTED: &[Parameter] =
    &[Q, PARTY, ROLE, KIND, ZONE, STATUS, FROM, TO, KEY, REFERS, PLACED, BEFORE, LIMIT];
/// Conditions, and where a page of a feed begins.
pub(super) const FED: &[Parameter] =
    &[Q, PARTY, ROLE, KIND, ZONE, STATUS, FROM, TO, KEY, REFERS, PLACED, BEFORE];
/// Conditions, and a byte order mark for programs that need one.
pub(super) const TABLED: &[Parameter] =
    &[Q, PARTY, ROLE, KIND, ZONE, STATUS, FROM, TO, KEY, REFERS, PLACED, BOM];

/// The largest number that every JSON reader can hold.
const COUNT_MAX: u64 = (1 << 53) - 1;
/// Characters of the longest text that may be asked for.
const TEXT_MAX: usize = 200;

impl Form {
    /// Tells whether [`Self::schema`] allows a value.
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

    /// The allowed values, in words.
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

/// Rows of a page, where nothing is said.
const DEFAULT_LIMIT: usize = 50;

/// Parameters of a request, each of them one that the operation takes.
#[derive(Debug)]
pub(super) struct Asked {
    pairs: Vec<(String, String)>,
    url: PublicUrl,
}

impl Asked {
    /// Takes the parameters of a request. `url` is where readers reach the explorer.
    pub(super) fn of(
        takes: &[Parameter],
        path: &RawPathParams,
        query: &str,
        url: PublicUrl,
    ) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> =
            path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        pairs.extend(queried(takes, query)?);
        Ok(Self { pairs, url })
    }

    /// Address at which readers reach the explorer, for links that leave it.
    pub(super) fn url(&self) -> &PublicUrl {
        &self.url
    }

    /// Names and values in the order of the request, those of the path first.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The text of a parameter, as it came.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        filter::first(&self.pairs, name)
    }

    /// A parameter, read.
    pub(super) fn get<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        self.text(name).map(|value| value.parse().map_err(|_| unreadable(name, value))).transpose()
    }

    /// A parameter of the path, read; `404` for one that cannot be read: there is nothing at such an address.
    pub(super) fn of_path<T: FromStr>(&self, name: &'static str) -> Result<T, Problem> {
        let value = self.text(name).unwrap_or_default();
        value.parse().map_err(|_| {
            Problem::not_found(format!("`{}` is no {name}", value.chars().take(80).collect::<String>()))
        })
    }

    /// A parameter that must be there.
    pub(super) fn required<T: FromStr>(&self, name: &'static str) -> Result<T, Problem> {
        self.get(name)?
            .ok_or_else(|| Problem::bad_request("missing-parameter", format!("`{name}` must be given")))
    }

    /// A day, as days since 1970-01-01.
    pub(super) fn day(&self, name: &'static str) -> Result<Option<i32>, Problem> {
        let day = self.text(name).map(|value| filter::day(name, value).map_err(|_| unreadable(name, value)));
        day.transpose()
    }

    /// The conditions on records.
    pub(super) fn filter(&self) -> Result<Filter, Problem> {
        conditions(&self.pairs)
    }

    /// Rows of one page.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        Ok(self.get("limit")?.unwrap_or(DEFAULT_LIMIT))
    }
}

/// Reads the conditions on records.
pub(super) fn conditions(pairs: &[(String, String)]) -> Result<Filter, Problem> {
    filter::read(pairs)
        .map_err(|what| Problem::bad_request("bad-parameter", format!("cannot be read: {what}")))
}

/// Takes the parameters of a query.
pub(super) fn queried(takes: &[Parameter], query: &str) -> Result<Vec<(String, String)>, Problem> {
    let pairs = filter::pairs(query);
    for (i, (name, value)) in pairs.iter().enumerate() {
        let known = takes.iter().find(|p| p.place == Place::Query && p.name == *name);
        let Some(known) = known else {
            let names: Vec<&str> = takes.iter().filter(|p| p.place == Place::Query).map(|p| p.name).collect();
            let what = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let name: String = name.chars().take(80).collect();
            return Err(Problem::bad_request(
                "unknown-parameter",
                format!("there is no parameter `{name}` here; there are: {what}"),
            ));
        };
        if !known.form.allows(value) {
            return Err(not_allowed(known, value));
        }
        if !known.many && pairs.iter().take(i).any(|(other, _)| other == name) {
            let detail = format!("`{name}` is given more than once");
            return Err(Problem::bad_request("repeated-parameter", detail));
        }
    }
    Ok(pairs)
}

fn not_allowed(parameter: &Parameter, value: &str) -> Problem {
    let (name, allowed) = (parameter.name, parameter.form.allowed());
    let value: String = value.chars().take(80).collect();
    Problem::bad_request("bad-parameter", format!("`{name}` is `{value}`; allowed: {allowed}"))
}

fn unreadable(name: &str, value: &str) -> Problem {
    let value: String = value.chars().take(80).collect();
    Problem::bad_request("bad-parameter", format!("`{name}` cannot be read: found `{value}`"))
}
