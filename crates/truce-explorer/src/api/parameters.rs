//! What a request asks for, held against what its operation takes.

use super::operation::{Operation, Parameter, Place};
use super::problem::Problem;
use crate::pages::filter;
use crate::query::Filter;
use axum::extract::RawPathParams;
use std::str::FromStr;

/// Rows of a page, where nothing is said.
const DEFAULT_LIMIT: usize = 50;

/// Parameters of a request, each of them one that the operation takes.
#[derive(Debug)]
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    /// Takes the parameters of a request.
    pub(super) fn of(operation: &Operation, path: &RawPathParams, query: &str) -> Result<Self, Problem> {
        let mut all: Vec<(String, String)> =
            path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        all.extend(Self::of_query(operation.parameters, query)?.0);
        Ok(Self(all))
    }

    /// Takes the parameters of a query alone.
    pub(super) fn of_query(takes: &[Parameter], query: &str) -> Result<Self, Problem> {
        let pairs = filter::pairs(query);
        for (i, (name, value)) in pairs.iter().enumerate() {
            let known = takes.iter().find(|p| p.place == Place::Query && p.name == *name);
            let Some(known) = known else {
                let names: Vec<&str> =
                    takes.iter().filter(|p| p.place == Place::Query).map(|p| p.name).collect();
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
        Ok(Self(pairs))
    }

    /// The text of a parameter, as it came.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        filter::first(&self.0, name)
    }

    /// A parameter, read.
    pub(super) fn get<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        self.text(name).map(|value| value.parse().map_err(|_| unreadable(name, value))).transpose()
    }

    /// A parameter of the path, read; `404` where it cannot be: there is nothing at such an address.
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
        filter::read(&self.0)
            .map_err(|what| Problem::bad_request("bad-parameter", format!("cannot be read: {what}")))
    }

    /// Rows of one page.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        Ok(self.get("limit")?.unwrap_or(DEFAULT_LIMIT))
    }
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
