//! The Atom feed, read back by a parser that is not ours: Python's, over expat.

use super::log::{Log, MISSION, NORTH};
use super::site::Site;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Feed and entries as JSON.
const READER: &str = r#"
import json, sys, xml.etree.ElementTree as tree
A = "{http://www.w3.org/2005/Atom}"
root = tree.fromstring(sys.stdin.buffer.read())
assert root.tag == A + "feed", root.tag
text = lambda node, name: node.findtext(A + name)
links = lambda node: {link.get("rel"): link.get("href") for link in node.findall(A + "link")}
entries = [
    {"id": text(e, "id"), "title": text(e, "title"), "summary": text(e, "summary"), "links": links(e),
     "categories": [c.get("term") for c in e.findall(A + "category")]}
    for e in root.findall(A + "entry")
]
json.dump({"id": text(root, "id"), "title": text(root, "title"), "links": links(root), "entries": entries}, sys.stdout)
"#;

fn read(xml: &str) -> Value {
    let mut python = Command::new("python3")
        .args(["-c", READER])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let xml = xml.as_bytes().to_vec();
    let mut input = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&xml));
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the feed is not well-formed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The path of a link to this site.
fn path<'a>(site: &Site, href: &'a str) -> &'a str {
    href.strip_prefix(&format!("http://{}", site.address)).unwrap_or_else(|| panic!("{href} leads elsewhere"))
}

#[test]
fn pages_of_a_feed_lead_to_every_record() {
    let mut log = Log::new();
    log.live();
    log.observe(150);
    let site = Site::over(log);
    for (query, wanted) in [("", site.size), ("?kind=observation&party=mission", 191)] {
        let (mut next, mut seen, mut ids) = (Some(format!("/feed.atom{query}")), Vec::new(), BTreeSet::new());
        while let Some(at) = next {
            let feed = read(&site.get(&at));
            assert_eq!(path(&site, feed["links"]["self"].as_str().unwrap()), at);
            assert_eq!(path(&site, feed["links"]["first"].as_str().unwrap()), format!("/feed.atom{query}"));
            ids.insert(feed["id"].as_str().unwrap().to_owned());
            for entry in feed["entries"].as_array().unwrap() {
                let record = path(&site, entry["links"]["alternate"].as_str().unwrap()).to_owned();
                let position: u64 = record.strip_prefix("/records/").unwrap().parse().unwrap();
                seen.push(position);
                let bytes = path(&site, entry["links"]["enclosure"].as_str().unwrap());
                assert_eq!(bytes, format!("/api/v1/records/{position}/statement"));
            }
            next = feed["links"]["next"].as_str().map(|next| path(&site, next).to_owned());
        }
        assert_eq!(seen.len() as u64, wanted, "{query}");
        assert!(seen.windows(2).all(|two| two[0] > two[1]), "newest first, each once");
        assert_eq!(ids.len(), 1, "pages of one feed have one id: {ids:?}");
    }
}

#[test]
fn each_choice_of_conditions_is_a_feed_of_its_own() {
    let site = Site::lived();
    let ids: BTreeSet<String> =
        ["", "?party=civil", "?party=mission", "?kind=report", "?party=civil&kind=report", "?placed=yes"]
            .iter()
            .map(|query| read(&site.get(&format!("/feed.atom{query}")))["id"].as_str().unwrap().to_owned())
            .collect();
    assert_eq!(ids.len(), 6, "{ids:?}");
    let of = |query: &str| read(&site.get(&format!("/feed.atom?{query}")))["id"].clone();
    assert_eq!(of("party=civil&kind=report"), of("kind=report&party=civil&q="));
}

#[test]
fn the_host_that_a_reader_names_stands_in_no_link() {
    let site = Site::lived();
    let answer = site.ask(
        "GET",
        "/feed.atom?kind=report",
        &[
            ("Host", "elsewhere.example"),
            ("X-Forwarded-Host", "elsewhere.example"),
            ("Forwarded", "host=elsewhere.example"),
        ],
    );
    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains("elsewhere.example"));
}

#[test]
fn text_that_xml_cannot_carry_does_not_spoil_the_feed() {
    let mut log = Log::new();
    for place in ["a\u{ffff}b", "a\u{fffe}b", "a\u{1fffe}b", "a\u{fdd0}b", "]]> & <b> \"'", "Ж😀"] {
        let draft = json!({
            "what": "explosion", "when": { "at": "2021-02-07T12:00:00+02:00" }, "count": { "n": 1 },
            "means": "heard", "place": { "name": place }, "note": place,
        });
        log.draft(MISSION, vec![], "observation", &draft);
    }
    log.draft(
        NORTH,
        vec![],
        "inquiry",
        &json!({ "to": ["south"], "title": "What is \u{ffff}?", "topic": "clarification", "question": "And \u{fffe}?" }),
    );
    let site = Site::over(log);
    let feed = read(&site.get("/feed.atom"));
    let titles: Vec<&str> =
        feed["entries"].as_array().unwrap().iter().filter_map(|entry| entry["title"].as_str()).collect();
    assert_eq!(titles.iter().filter(|title| title.ends_with("a\u{fffd}b")).count(), 4, "{titles:?}");
    assert!(titles.iter().any(|title| title.ends_with("]]> & <b> \"'")), "{titles:?}");
    assert!(titles.iter().any(|title| title.ends_with("Ж😀")), "{titles:?}");
    // The search that finds nothing, with the same text in it, is a feed too.
    read(&site.get("/feed.atom?q=%EF%BF%BF%01"));
}
