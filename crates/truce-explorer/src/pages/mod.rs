//! The explorer's pages: HTML made on the server, whole without JavaScript.
//!
//! # Data flow
//! ```text
//! request with its Address -> Site (state of the moment, one served log) -> model -> one page module -> Page::whole
//! ```
//! A page is made from one [`Served`], so that everything on it is of one checkpoint. Modules turn view models into
//! markup and decide nothing; words come from [`crate::l10n`], texts of statements go through `text`.
//!
//! # Out of scope
//! What the browser checks by itself: `web/verify`. The interface for programs.

mod about;
mod calendar;
mod checkpoints;
mod data;
mod document;
mod layout;
mod map;
mod outlines;
mod overview;
mod parties;
mod problem;
mod record;
mod records;
mod rows;
mod status;
mod text;
mod timeline;
mod verify;

use crate::model::{Ahead, CalendarQuery, Facets, MapQuery, Reading, TimeSpan, TimelineQuery, Views as _};
use crate::server::{Address, PublicUrl, Tag, filter, html as answer_html, not_modified};
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use layout::Page;
use maud::{Markup, html};
use problem::Problem;
use std::sync::{Arc, Mutex, PoisonError};
use truce_copy::aggregate::{Span, day_of};
use truce_copy::query::Filter;
use truce_copy::{CopyError, Served, State};
use truce_statement::Kind;

/// Rows of a page of a list.
const ROWS: usize = 40;
/// Days that a calendar shows, where nothing is asked for: half a year before and behind the newest record.
const HALF_YEAR: i32 = 183;

/// State of every handler. There is no way to write from here.
#[derive(Clone, Debug)]
pub struct Site(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    reading: Reading,
    /// Address at which readers reach the explorer, for the commands that pages show.
    url: PublicUrl,
    /// Time at which the site was made, milliseconds UTC: pages of an earlier program are not the same pages.
    started: i64,
    /// Values that forms offer, with the size of the log that they were found for.
    facets: Mutex<Option<(u64, Arc<Facets>)>>,
}

impl Site {
    /// Pages over `reading`. `url` is where readers reach them.
    #[must_use]
    pub fn new(reading: Reading, url: PublicUrl) -> Self {
        let started = jiff::Timestamp::now().as_millisecond();
        Self(Arc::new(Inner { reading, url, started, facets: Mutex::new(None) }))
    }

    /// Values that forms offer, found once for each size of the log.
    fn facets(&self, served: &Served) -> Result<Arc<Facets>, CopyError> {
        let size = served.size();
        let kept = self.0.facets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((of, facets)) = kept
            && of == size
        {
            return Ok(facets);
        }
        let facets = Arc::new(served.facets()?);
        *self.0.facets.lock().unwrap_or_else(PoisonError::into_inner) = Some((size, Arc::clone(&facets)));
        Ok(facets)
    }

    /// Makes a page, unless the reader has it. `make` gives its title and its `<main>`, from one served log.
    fn answer(
        &self,
        address: &Address,
        headers: &HeaderMap,
        room: &str,
        make: impl FnOnce(&Page<'_>, &Served, &State) -> Result<(String, Markup), Problem>,
    ) -> Response {
        let state = self.0.reading.state();
        let agreement = Some(state.status.title.as_str()).filter(|title| !title.is_empty());
        let page = Page { address, words: address.language.words(), agreement };
        let Some(served) = state.served.as_deref() else {
            return refuse(&page, room, &state, &Problem::NothingYet);
        };
        let ahead = match served.ahead() {
            Ok(ahead) => ahead,
            Err(error) => return refuse(&page, room, &state, &error.into()),
        };
        let where_to = format!("{}?{} {}", address.path, address.query, address.pinned);
        let tag = Tag::new(
            served.size(),
            &visible(&state, ahead.as_ref()),
            address.language,
            &where_to,
            self.0.started,
        );
        if not_modified(headers, tag.as_str()) {
            return answer_html(StatusCode::NOT_MODIFIED, address.language, Some(&tag), html! {});
        }
        // Reads of the copy hold this thread; there are fewer turns to do so than threads.
        match make(&page, served, &state) {
            Ok((title, main)) => {
                let line = status::status_line(&page, &state.status, ahead.as_ref());
                let whole = page.whole(&title, room, &line, &main);
                answer_html(StatusCode::OK, address.language, Some(&tag), whole)
            }
            Err(problem) => refuse(&page, room, &state, &problem),
        }
    }
}

/// Everything that the status line shows: a page with another one is another page. It does not show the last look at the source.
fn visible(state: &State, ahead: Option<&Ahead>) -> String {
    let status = &state.status;
    let facts =
        (status.level, status.why, status.verified_at, status.source_size, status.progress, &status.findings);
    serde_json::to_string(&(facts, &status.quorum, &status.trouble, ahead)).unwrap_or_default()
}

fn refuse(page: &Page<'_>, room: &str, state: &State, problem: &Problem) -> Response {
    let line = status::status_line(page, &state.status, None);
    let whole = page.whole(&problem.title(page), room, &line, &problem::main(page, problem, &state.status));
    let mut response = answer_html(problem.status(), page.language(), None, whole);
    if *problem == Problem::NothingYet {
        // A header, so that the page looks again by itself without any script.
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("3"));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
    }
    response
}

impl From<CopyError> for Problem {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::NothingYet => Self::NothingYet,
            CopyError::NoSuchRecord { .. } => Self::NotFound,
            CopyError::BadQuery { what } => Self::BadAddress(what),
            error => {
                tracing::error!(%error, "a page could not be made");
                Self::Failed(error.code().to_owned())
            }
        }
    }
}

/// Sorts failures: a question that cannot be asked is shown on the page with its form; anything else is a page of its own.
fn asked<T>(result: Result<T, CopyError>) -> Result<Result<T, String>, Problem> {
    match result {
        Ok(found) => Ok(Ok(found)),
        Err(CopyError::BadQuery { what }) => Ok(Err(what)),
        Err(error) => Err(error.into()),
    }
}

/// The pages, to be put behind [`crate::server::app`].
pub fn routes(site: Site) -> Router {
    Router::new()
        .route("/", get(overview_page))
        .route("/timeline", get(timeline_page))
        .route("/map", get(map_page))
        .route("/calendar", get(calendar_page))
        .route("/records", get(records_page))
        .route("/records/{position}", get(record_page))
        .route("/statements/{id}", get(statement_page))
        .route("/parties", get(parties_page))
        .route("/parties/{id}", get(party_page))
        .route("/keys/{id}", get(key_page))
        .route("/checkpoints", get(checkpoints_page))
        .route("/verify", get(verify_page))
        .route("/data", get(data_page))
        .route("/about", get(about_page))
        .fallback(nowhere)
        .with_state(site)
}

type Asked = (Shared<Site>, Extension<Address>, HeaderMap);

async fn overview_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/", |page, served, _| {
        let view = served.overview()?;
        Ok((
            page.words.say("overview-title").into_owned(),
            overview::main(page, &view, &verdict(page, Some(served))?),
        ))
    })
}

async fn timeline_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/timeline", |page, served, _| {
        let pairs = filter::pairs(&address.query);
        let view = match timeline_query(&pairs) {
            Ok(query) => asked(served.timeline(&query))?,
            Err(what) => Err(what),
        };
        let facets = site.facets(served)?;
        Ok((page.words.say("timeline-title").into_owned(), timeline::main(page, &facets, &pairs, &view)))
    })
}

fn timeline_query(pairs: &[(String, String)]) -> Result<TimelineQuery, String> {
    let day = |name: &str| filter::first(pairs, name).map(|value| filter::day(name, value)).transpose();
    let class = match filter::first(pairs, "class") {
        Some(class) => Some(class.parse().map_err(|_| format!("class={class}"))?),
        None => None,
    };
    let span = match filter::first(pairs, "step") {
        Some(step) => {
            let span = Span::ALL.into_iter().find(|span| timeline::word(*span) == step);
            Some(span.ok_or_else(|| format!("step={step}"))?)
        }
        None => None,
    };
    let region = filter::first(pairs, "region").map(ToOwned::to_owned);
    Ok(TimelineQuery { from: day("from")?, to: day("to")?, region, class, span })
}

async fn map_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/map", |page, served, _| {
        let pairs = filter::pairs(&address.query);
        let view = match filter::read(&pairs) {
            Ok(filter) => asked(served.map(&MapQuery { filter, limit: None }))?,
            Err(what) => Err(what),
        };
        let facets = site.facets(served)?;
        Ok((page.words.say("map-title").into_owned(), map::main(page, &facets, &pairs, &view)))
    })
}

async fn calendar_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/calendar", |page, served, _| {
        let pairs = filter::pairs(&address.query);
        let day = |name: &str| filter::first(&pairs, name).map(|value| filter::day(name, value)).transpose();
        let newest = newest_activity(served)?;
        let view = match (day("from"), day("to")) {
            (Ok(from), Ok(to)) => {
                let from = from.unwrap_or(newest - HALF_YEAR);
                asked(served.calendar(&CalendarQuery { from, to: to.unwrap_or(from + 2 * HALF_YEAR) }))?
            }
            (Err(what), _) | (_, Err(what)) => Err(what),
        };
        Ok((page.words.say("calendar-title").into_owned(), calendar::main(page, &view)))
    })
}

/// The day on which the activity notified last begins; that of the newest record where none was.
fn newest_activity(served: &Served) -> Result<i32, CopyError> {
    let filter = Filter { kinds: vec![Kind::Notification], ..Filter::default() };
    let newest = served.records(&filter, None, 1)?;
    let begins = newest.rows.first().and_then(|row| row.time).map(TimeSpan::begins);
    Ok(day_of(begins.unwrap_or(served.register().received())))
}

async fn records_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/records", |page, served, _| {
        let pairs = filter::pairs(&address.query);
        let before = filter::first(&pairs, "before").map(str::parse::<u64>).transpose();
        let before = before.map_err(|_| Problem::BadAddress("before".to_owned()))?;
        let found = match filter::read(&pairs) {
            Ok(filter) => asked(served.records(&filter, before, ROWS))?,
            Err(what) => Err(what),
        };
        let facets = site.facets(served)?;
        Ok((page.words.say("records-title").into_owned(), records::main(page, &facets, &pairs, &found)))
    })
}

async fn record_page(
    (Shared(site), Extension(address), headers): Asked,
    Path(position): Path<String>,
) -> Response {
    site.answer(&address, &headers, "/records", |page, served, _| {
        // One address for each record: no leading zeros, no sign.
        let number = position.parse::<u64>().ok().filter(|n| n.to_string() == position);
        let view = served.record_view(number.ok_or(Problem::NotFound)?)?;
        let title = page.words.with("record-title", &[("position", (&position).into())]);
        Ok((title, record::main(page, &view, &verdict(page, None)?)))
    })
}

async fn statement_page(
    (Shared(site), Extension(address), headers): Asked,
    Path(id): Path<String>,
) -> Response {
    let served = site.0.reading.served().ok();
    let found = id.parse().ok().and_then(|id| served?.find(&id).ok().flatten());
    match found {
        Some(found) => {
            Redirect::temporary(&address.to(&format!("/records/{}", found.position))).into_response()
        }
        None => site.answer(&address, &headers, "/records", |_, _, _| Err(Problem::NotFound)),
    }
}

async fn parties_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/parties", |page, served, _| {
        Ok((
            page.words.say("parties-title").into_owned(),
            parties::all(page, &served.parties()?, &served.terms()),
        ))
    })
}

async fn party_page((Shared(site), Extension(address), headers): Asked, Path(id): Path<String>) -> Response {
    site.answer(&address, &headers, "/parties", |page, served, _| {
        let id = id.parse().map_err(|_| Problem::NotFound)?;
        let view = served.party(&id)?.ok_or(Problem::NotFound)?;
        Ok((view.row.name.clone(), parties::one(page, &view)))
    })
}

async fn key_page((Shared(site), Extension(address), headers): Asked, Path(id): Path<String>) -> Response {
    site.answer(&address, &headers, "/parties", |page, served, _| {
        let key = id.parse().map_err(|_| Problem::NotFound)?;
        let view = served.key_view(&key)?.ok_or(Problem::NotFound)?;
        let title = page.words.with("key-title", &[("short", id.get(..8).unwrap_or(&id).into())]);
        Ok((title, parties::key(page, &view)))
    })
}

async fn checkpoints_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/checkpoints", |page, served, state| {
        let pairs = filter::pairs(&address.query);
        let before = filter::first(&pairs, "before").map(str::parse::<u64>).transpose();
        let before = before.map_err(|_| Problem::BadAddress("before".to_owned()))?;
        let view = served.checkpoints(before, ROWS)?;
        let policy = served.charter()?.witnesses.as_ref().map(ToString::to_string);
        let verdict = verdict(page, Some(served))?;
        let main = checkpoints::main(page, &view, &state.status, policy.as_deref(), &verdict);
        Ok((page.words.say("checkpoints-title").into_owned(), main))
    })
}

async fn verify_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/verify", |page, served, state| {
        let verdict = verdict(page, Some(served))?;
        Ok((page.words.say("verify-title").into_owned(), verify::main(page, &state.status, &verdict)))
    })
}

async fn data_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/data", |page, served, _| {
        let agreement = served.agreement().to_string();
        Ok((page.words.say("data-title").into_owned(), data::main(page, &agreement, &site.0.url)))
    })
}

async fn about_page((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "/about", |page, served, _| {
        let agreement = served.agreement().to_string();
        Ok((page.words.say("about-title").into_owned(), about::main(page, &agreement, &site.0.url)))
    })
}

async fn nowhere((Shared(site), Extension(address), headers): Asked) -> Response {
    site.answer(&address, &headers, "", |_, _, _| Err(Problem::NotFound))
}

/// The block that the browser's verifier fills; with what it needs to check the checkpoint, where a page shows that.
fn verdict(page: &Page<'_>, checkpoint_of: Option<&Served>) -> Result<Markup, Problem> {
    let w = page.words;
    let data = match checkpoint_of {
        Some(served) => {
            let charter = served.entry(0)?;
            Some(serde_json::json!({
                "charter": BASE64.encode(&charter),
                "charter_proof": served.proof(0, &charter)?,
                "succession": served.succession()?.into_iter()
                    .map(|position| served.once(position, || crate::model::proven(served, position)))
                    .collect::<Result<Vec<_>, _>>()?,
                "note": served.checkpoint().note().to_string(),
            }))
        }
        None => None,
    };
    Ok(html! {
        div id="verdict" role="status" data-verdict="unchecked" aria-label=(w.say("status-label")) {
            p.verdict-title { (w.say("verdict-unchecked-title")) }
            p { (w.say("verdict-unchecked")) }
        }
        @if let Some(data) = data {
            script type="application/json" id="checkpoint" { (text::data_block(&data)) }
        }
    })
}
