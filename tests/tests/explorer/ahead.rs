//! Entries dated ahead of the explorer's own clock: readers are told, wherever their time stands.

use super::log::Log;
use super::site::Site;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// One hour, milliseconds.
const HOUR: i64 = 3_600_000;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A log of which every entry is an hour later than the one before, the first 20 hours ago.
fn hours() -> Site {
    let next = AtomicI64::new(now() - 20 * HOUR);
    let mut log = Log::dated(Arc::new(move || next.fetch_add(HOUR, Ordering::Relaxed)));
    for _ in 0..40 {
        log.observe(1);
    }
    Site::over(log)
}

#[test]
fn entries_dated_ahead_of_the_readers_clock_are_told_of() {
    let site = hours();
    let status = site.json("/api/v1/status");
    assert_eq!(status["level"], "green");
    let (from, entries) =
        (status["ahead"]["from"].as_u64().unwrap(), status["ahead"]["entries"].as_u64().unwrap());
    assert_eq!(from + entries, site.size);
    assert!(from > 2 && entries > 2, "{status}");
    let overview = site.json("/api/v1/overview");
    assert_eq!(overview["ahead"], status["ahead"]);
    let list = site.json("/api/v1/records?limit=200");
    for row in list["rows"].as_array().unwrap() {
        assert_eq!(row["ahead"], row["position"].as_u64().unwrap() >= from, "{row}");
    }
    assert_eq!(site.json(&format!("/api/v1/records/{}", site.size - 1))["row"]["ahead"], true);
    let table = site.get("/api/v1/records.csv");
    assert_eq!(table.lines().filter(|line| line.contains(",yes,")).count() as u64, entries);

    let newest = site.size - 1;
    for path in ["/".to_owned(), "/records".to_owned(), format!("/records/{newest}"), "/parties".to_owned()] {
        assert!(site.get(&path).contains("dated ahead of this explorer’s clock"), "{path}");
    }
    let record = |position: u64| site.get(&format!("/records/{position}"));
    assert!(record(newest).contains("The log dates this entry later"));
    assert!(!record(0).contains("The log dates this entry later"));
    let feed = site.get("/feed.atom");
    assert_eq!(feed.matches("term=\"ahead\"").count() as u64, entries.min(50));
}

#[test]
fn nothing_is_said_of_a_log_that_is_in_time() {
    let site = Site::lived();
    assert!(site.json("/api/v1/status")["ahead"].is_null());
    for path in ["/", "/records", "/records/3"] {
        assert!(!site.get(path).contains("explorer’s clock"), "{path}");
    }
    assert!(!site.get("/feed.atom").contains("term=\"ahead\""));
}
