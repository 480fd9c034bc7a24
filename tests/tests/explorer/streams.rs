//! Event streams: nothing is left out of one, and nobody has all of them.

use super::log::{Log, MISSION, SOUTH, wait_for};
use super::site::Site;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use truce_copy::source::Location;
use truce_explorer::server::Limits;
use truce_statement::{Reference, Relation};

/// Streams of one sender, and in all.
const OF_SENDER: usize = 16;
const IN_ALL: usize = 200;

/// The first `count` ids of a stream.
fn ids(stream: impl BufRead, count: usize) -> Vec<u64> {
    let ids =
        stream.lines().filter_map(|line| line.unwrap().strip_prefix("id: ").map(|id| id.parse().unwrap()));
    ids.take(count).collect()
}

/// An explorer over a published log, so that all that is recorded between two publications verifies at once.
fn published() -> Site {
    let log = Log::new();
    log.publish();
    let from = Location::Published(log.published());
    Site::of(log, from, Limits::default())
}

#[test]
fn every_record_behind_a_position_is_sent_however_many_verify_at_once() {
    let mut site = published();
    let before = site.size;
    // It has begun when its status has come.
    let mut connected = BufReader::new(site.begin("GET", "/api/v1/events", &[]));
    let mut line = String::new();
    while !line.starts_with("event: status") {
        line.clear();
        connected.read_line(&mut line).unwrap();
    }
    let (first, _) = site.log.draft(
        SOUTH,
        vec![],
        "inquiry",
        &json!({ "to": ["north"], "title": "Flights", "topic": "clarification", "question": "Whose were they?" }),
    );
    for _ in 0..5 {
        site.log.observe(1_000);
    }
    site.log.draft(
        MISSION,
        vec![Reference(Relation::About, first)],
        "finding",
        &json!({ "outcome": "inconclusive", "summary": "Could not be settled.", "attribution": "not-made" }),
    );
    site.log.publish();
    let size = site.log.size();
    let served = wait_for(&site.explorer, size);
    let wanted: Vec<u64> = (before..size).collect();
    assert_eq!(ids(connected, wanted.len()), wanted, "none is left out while connected");

    let resumed = site.begin("GET", "/api/v1/events", &[("Last-Event-ID", "10")]);
    let wanted: Vec<u64> = (11..size).collect();
    assert_eq!(ids(BufReader::new(resumed), wanted.len()), wanted);

    for query in [
        "party=mission&kind=observation",
        "q=word3",
        "placed=yes&zone=donetsk",
        "from=2021-02-03&to=2021-02-05",
        "role=mission&role=civil",
        "kind=finding",
        &format!("refers={first}"),
        &format!("key={}", site.log.world.members[MISSION].work.key.public().id()),
    ] {
        let mut wanted = Vec::new();
        let mut next = Some(String::new());
        while let Some(before) = next {
            let page = site.json(&format!("/api/v1/records?limit=200&{query}{before}"));
            let rows = page["rows"].as_array().unwrap().iter();
            wanted.extend(rows.map(|row| row["position"].as_u64().unwrap()).filter(|at| *at > 10));
            next = page["next"].as_u64().map(|next| format!("&before={next}"));
        }
        wanted.reverse();
        assert!(!wanted.is_empty(), "{query}");
        let path = format!("/api/v1/events?{query}");
        let stream = site.begin("GET", &path, &[("Last-Event-ID", "10")]);
        assert_eq!(ids(BufReader::new(stream), wanted.len()), wanted, "{query}");
    }
    assert_eq!(served.size(), size);
}

#[test]
fn a_position_that_cannot_be_read_is_refused_and_not_taken_for_the_newest() {
    let site = published();
    for id in ["yesterday", "-1", "99999999999999999999999"] {
        let answer = site.ask("GET", "/api/v1/events", &[("Last-Event-ID", id)]);
        assert_eq!(answer.status, 400, "{id}");
        assert!(answer.text().contains("Last-Event-ID"), "{}", answer.text());
    }
}

/// The status of the answer to a request for a stream; what follows stays in the connection.
fn status(stream: &mut TcpStream) -> u16 {
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

#[test]
fn one_sender_has_some_streams_and_leaves_the_others_theirs() {
    let site = published();
    let mut open: Vec<TcpStream> = (0..OF_SENDER).map(|_| site.begin("GET", "/api/v1/events", &[])).collect();
    for stream in &mut open {
        assert_eq!(status(stream), 200);
    }
    let refused = site.ask("GET", "/api/v1/events", &[]);
    assert_eq!(refused.status, 429);
    assert!(refused.headers["retry-after"].parse::<u32>().unwrap() > 0);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(&refused.text()).unwrap();
    assert_eq!(problem["code"], "too-many-streams");
    assert!(!problem["remedy"].as_str().unwrap().is_empty());
    // Pages are not streams.
    assert_eq!(site.ask("GET", "/", &[]).status, 200);
    open.pop();
    let start = Instant::now();
    while status(&mut site.begin("GET", "/api/v1/events", &[])) != 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "a place that was given back is taken again");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn streams_are_bounded_in_all() {
    let log = Log::new();
    let from = Location::Ledger(log.ledger());
    let site = Site::of(log, from, Limits { forwarded: true, ..Limits::default() });
    let ask = |n: usize| {
        let sender = format!("198.51.100.{}", n / OF_SENDER);
        site.begin("GET", "/api/v1/events", &[("X-Forwarded-For", &sender)])
    };
    let mut open: Vec<TcpStream> = (0..IN_ALL).map(ask).collect();
    for stream in &mut open {
        assert_eq!(status(stream), 200);
    }
    let refused = site.ask("GET", "/api/v1/events", &[("X-Forwarded-For", "203.0.113.9")]);
    assert_eq!(refused.status, 503);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(site.ask("GET", "/", &[]).status, 200);
}
