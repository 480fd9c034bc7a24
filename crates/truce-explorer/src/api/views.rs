//! Answers that are one JSON document, or the bytes of one record.

use super::answer::Answer;
use super::parameters::Asked;
use super::problem::Problem;
use crate::model::{CalendarQuery, MapQuery, Reading, TimelineQuery, Views as _};
use schemars::JsonSchema;
use serde::Serialize;
use truce_copy::aggregate::Span;
use truce_statement::{KeyId, Kind, PartyId, StatementId};

type Made = Result<Answer, Problem>;

/// A proof of consistency.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Consistency {
    /// The smaller size.
    from: u64,
    /// The larger size.
    to: u64,
    /// RFC 6962, section 2.1.2, hex.
    hashes: Vec<String>,
}

pub(super) fn status(reading: &Reading, _: &Asked) -> Made {
    Answer::json(&reading.status_now()?)
}

pub(super) fn overview(reading: &Reading, _: &Asked) -> Made {
    Answer::json(&reading.served()?.overview()?)
}

pub(super) fn facets(reading: &Reading, _: &Asked) -> Made {
    Answer::json(&reading.served()?.facets()?)
}

pub(super) fn findings(reading: &Reading, _: &Asked) -> Made {
    Answer::json(&reading.status().findings)
}

pub(super) fn records(reading: &Reading, asked: &Asked) -> Made {
    let (filter, before, limit) = (asked.filter()?, asked.get("before")?, asked.limit()?);
    Answer::json(&reading.served()?.records(&filter, before, limit)?)
}

pub(super) fn record(reading: &Reading, asked: &Asked) -> Made {
    Answer::json(&reading.served()?.record_view(asked.of_path("position")?)?)
}

pub(super) fn by_id(reading: &Reading, asked: &Asked) -> Made {
    let id: StatementId = asked.of_path("id")?;
    let served = reading.served()?;
    let unknown = || Problem::not_found(format!("no statement {id} was verified"));
    Answer::json(&served.record_view(served.find(&id)?.ok_or_else(unknown)?.position)?)
}

pub(super) fn evidence(reading: &Reading, asked: &Asked) -> Made {
    let served = reading.served()?;
    let position = asked.of_path("position")?;
    let evidence = crate::model::evidence(&served, &served.record(position)?)?;
    Ok(Answer::json(&evidence)?.saved_as(format!("evidence-{position}.json")))
}

pub(super) fn statement(reading: &Reading, asked: &Asked) -> Made {
    let position = asked.of_path("position")?;
    let record = reading.served()?.record(position)?;
    let bytes = record.statement.bytes().to_vec();
    Ok(Answer::bytes("application/cose", bytes).for_ever().saved_as(format!("statement-{position}.cose")))
}

pub(super) fn entry(reading: &Reading, asked: &Asked) -> Made {
    let position = asked.of_path("position")?;
    let bytes = reading.served()?.entry(position)?;
    Ok(Answer::bytes("application/cbor", bytes).for_ever().saved_as(format!("entry-{position}.cbor")))
}

pub(super) fn proof(reading: &Reading, asked: &Asked) -> Made {
    let position = asked.of_path("position")?;
    let served = reading.served()?;
    let proof = served.proof(position, &served.entry(position)?)?;
    Ok(Answer::bytes("text/plain; charset=utf-8", proof.into_bytes())
        .saved_as(format!("proof-{position}.txt")))
}

pub(super) fn timeline(reading: &Reading, asked: &Asked) -> Made {
    let span = match asked.text("span") {
        None => None,
        Some("day") => Some(Span::Day),
        Some("week") => Some(Span::Week),
        Some("month") => Some(Span::Month),
        Some(_) => return Err(Problem::bad_request("bad-parameter", "`span` is day, week or month")),
    };
    let query = TimelineQuery {
        from: asked.day("from")?,
        to: asked.day("to")?,
        region: asked.text("region").map(str::to_owned),
        class: asked.get("class")?,
        span,
    };
    Answer::json(&reading.served()?.timeline(&query)?)
}

pub(super) fn map(reading: &Reading, asked: &Asked) -> Made {
    let query = MapQuery { filter: asked.filter()?, limit: None };
    Answer::json(&reading.served()?.map(&query)?)
}

pub(super) fn calendar(reading: &Reading, asked: &Asked) -> Made {
    let day = |name| {
        let missing = || Problem::bad_request("missing-parameter", format!("`{name}` must be given"));
        asked.day(name)?.ok_or_else(missing)
    };
    let query = CalendarQuery { from: day("from")?, to: day("to")? };
    Answer::json(&reading.served()?.calendar(&query)?)
}

pub(super) fn parties(reading: &Reading, _: &Asked) -> Made {
    Answer::json(&reading.served()?.parties()?)
}

pub(super) fn terms(reading: &Reading, _: &Asked) -> Made {
    Answer::json(&reading.served()?.terms())
}

pub(super) fn party(reading: &Reading, asked: &Asked) -> Made {
    let id: PartyId = asked.of_path("party")?;
    let party = reading.served()?.party(&id)?;
    Answer::json(&party.ok_or_else(|| Problem::not_found(format!("the charter names no party `{id}`")))?)
}

pub(super) fn key(reading: &Reading, asked: &Asked) -> Made {
    let id: KeyId = asked.of_path("key")?;
    let key = reading.served()?.key_view(&id)?;
    Answer::json(&key.ok_or_else(|| Problem::not_found(format!("no key {id} was ever granted")))?)
}

pub(super) fn checkpoints(reading: &Reading, asked: &Asked) -> Made {
    let (before, limit) = (asked.get("before")?, asked.limit()?);
    Answer::json(&reading.served()?.checkpoints(before, limit)?)
}

pub(super) fn consistency(reading: &Reading, asked: &Asked) -> Made {
    let (from, to) = (asked.required("from")?, asked.required("to")?);
    let served = reading.served()?;
    if from > to || to > served.size() {
        let detail =
            format!("there is no proof from {from} to {to}: sizes go up, to {} at most", served.size());
        return Err(Problem::not_found(detail));
    }
    let hashes = served.consistency(from, to)?;
    Answer::json(&Consistency {
        from,
        to,
        hashes: hashes.iter().map(|h| hex::encode(h.as_bytes())).collect(),
    })
}

pub(super) fn schemas(_: &Reading, _: &Asked) -> Made {
    let all: Vec<String> = Kind::ALL.iter().map(|kind| format!("{}/schemas/{kind}", super::PREFIX)).collect();
    Answer::json(&all)
}

pub(super) fn schema(_: &Reading, asked: &Asked) -> Made {
    Answer::json(&truce_statement::schema::schema(asked.of_path::<Kind>("kind")?))
}
