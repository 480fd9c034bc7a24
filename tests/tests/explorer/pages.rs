//! The pages as readers get them, over HTTP: every route by every method, headers, languages, weight, what strangers write.

use super::log::{Log, MISSION};
use super::site::Site;
use serde_json::{Value, json};
use truce_explorer::assets::asset;
use truce_explorer::l10n::Language;
use truce_explorer::model::Views as _;

/// Every page that needs no position or name in its address.
const PLAIN: [&str; 10] = [
    "/",
    "/timeline",
    "/map",
    "/calendar",
    "/records",
    "/parties",
    "/checkpoints",
    "/verify",
    "/data",
    "/about",
];

/// Every page there is, one for each record included.
fn pages(site: &Site) -> Vec<String> {
    let mut pages: Vec<String> = PLAIN.iter().map(|path| (*path).to_owned()).collect();
    pages.extend((0..site.size).map(|position| format!("/records/{position}")));
    pages
        .extend(["mission", "north", "south", "guarantor", "civil"].map(|party| format!("/parties/{party}")));
    let key = site.log.world.members[MISSION].work.key.public().id();
    pages.push(format!("/keys/{key}"));
    pages.push("/records?kind=observation&party=mission&q=word3&from=2021-02-01".to_owned());
    pages.push("/timeline?from=2021-02-01&to=2021-02-10&step=day&live-fire=without".to_owned());
    pages
}

#[test]
fn every_route_answers_get_and_head_and_nothing_else() {
    let site = Site::lived();
    let mut routes: Vec<String> = PLAIN.iter().map(|path| (*path).to_owned()).collect();
    routes.extend(
        ["/records/3", "/parties/mission", "/assets/style/main.css", "/nothing", "/fr/records"]
            .map(String::from),
    );
    for route in &routes {
        let got = site.ask("GET", route, &[]);
        let head = site.ask("HEAD", route, &[]);
        assert_eq!(got.status, if route == "/nothing" { 404 } else { 200 }, "{route}");
        assert_eq!((head.status, head.body.len()), (got.status, 0), "{route}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "LOCK"] {
            // CONNECT takes an authority, not a path.
            let target = if method == "CONNECT" { "example.org:443" } else { route };
            let answer = site.ask(method, target, &[]);
            assert_eq!(answer.status, 405, "{method} {route}");
            assert_eq!(
                answer.headers.get("allow").map(String::as_str),
                Some("GET, HEAD"),
                "{method} {route}"
            );
        }
    }
}

#[test]
fn every_page_is_dressed_and_inline_in_nothing() {
    let site = Site::lived();
    for path in pages(&site) {
        let answer = site.ask("GET", &path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        let header = |name: &str| answer.headers.get(name).map(String::as_str).unwrap_or_default().to_owned();
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(header("permissions-policy").contains("geolocation=()"), "{path}");
        assert!(header("vary").contains("accept-language"), "{path}");
        assert_eq!(header("content-language"), "en", "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        let page = answer.text();
        assert!(
            !page.contains(" style=\"") && !page.contains("<style") && !page.contains("javascript:"),
            "{path}"
        );
        for handler in [" onclick", " onload", " onerror", " onfocus"] {
            assert!(!page.contains(handler), "{path}: {handler}");
        }
        for script in page.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(
                tag.contains("src=\"/assets/") || tag.contains("type=\"application/json\""),
                "{path}: {tag}"
            );
        }
        for address in page.split("src=\"").skip(1).chain(page.split("<link").skip(1)) {
            assert!(!address.split('"').next().unwrap().contains("//"), "{path}");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert_eq!(page.matches("<main ").count(), 1, "{path}");
        assert!(page.contains("<a class=\"skip\" href=\"#main\">") && page.contains("id=\"main\""), "{path}");
    }
}

#[test]
fn every_page_is_there_in_every_language() {
    let site = Site::lived();
    for language in Language::ALL {
        for path in pages(&site).iter().filter(|path| !path.starts_with("/records/") || path.ends_with('7')) {
            let answer = site.ask("GET", &format!("/{}{path}", language.tag()), &[("Accept-Language", "es")]);
            assert_eq!(answer.status, 200, "{path}");
            let page = answer.text();
            let html = format!("<html lang=\"{}\" dir=\"{}\">", language.tag(), language.dir());
            assert!(page.contains(&html), "{path}");
            // Links keep the language, and each page leads to itself in the others.
            assert!(page.contains(&format!("href=\"/{}/timeline\"", language.tag())), "{path}");
            let escaped = path.replace('&', "&amp;");
            for other in Language::ALL {
                assert!(
                    page.contains(&format!("href=\"/{}{escaped}\"", other.tag())),
                    "{path} {}",
                    other.tag()
                );
            }
        }
    }
    let spanish = site.ask("GET", "/about", &[("Accept-Language", "es-MX,es;q=0.9,en;q=0.1")]).text();
    assert!(spanish.contains("<html lang=\"es\"") && spanish.contains("href=\"/timeline\""));
}

#[test]
fn a_page_that_a_reader_has_is_not_sent_again() {
    let site = Site::lived();
    for path in ["/", "/records/3", "/fr/records", "/assets/style/main.css"] {
        let first = site.ask("GET", path, &[]);
        let tag = first.headers.get("etag").unwrap_or_else(|| panic!("{path}")).clone();
        let again = site.ask("GET", path, &[("If-None-Match", &tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.headers.get("etag"), Some(&tag), "{path}");
        let other = site.ask("GET", path, &[("If-None-Match", "W/\"other\"")]);
        assert_eq!(other.status, 200, "{path}");
    }
    let tag = |path: &str, language: &str| {
        site.ask("GET", path, &[("Accept-Language", language)]).headers.get("etag").cloned()
    };
    assert_ne!(tag("/", "en"), tag("/", "fr"));
    assert_ne!(tag("/", "en"), tag("/en/", "en"));
    let style = asset("style/main.css").unwrap();
    let lasting = site.ask("GET", &format!("/assets/style/main.css?v={}", style.version), &[]);
    assert!(lasting.headers.get("cache-control").unwrap().contains("immutable"));
    let passing = site.ask("GET", "/assets/style/main.css?v=0", &[]);
    assert_eq!(passing.headers.get("cache-control").map(String::as_str), Some("no-cache"));
}

#[test]
fn no_page_weighs_more_than_200_kilobytes() {
    let site = Site::lived();
    let mut scripts = 0;
    for name in ["style/main.css", "style/mark.svg", "js/times.js"] {
        scripts += asset(name).unwrap().bytes.len();
    }
    for path in pages(&site).iter().filter(|path| !path.starts_with("/map")) {
        let page = site.get(path).len();
        // The verifier's own limit is 110,000 bytes for what one page loads.
        let sum = page + scripts + 110_000;
        assert!(page < 80_000, "{path}: {page} bytes of HTML");
        assert!(sum < 200_000, "{path}: {sum} bytes with everything that it loads");
    }
}

#[test]
fn what_is_compressed_is_the_same_and_smaller() {
    let site = Site::lived();
    let plain = site.ask("GET", "/records", &[]);
    let packed = site.ask("GET", "/records", &[("Accept-Encoding", "gzip")]);
    assert_eq!(packed.headers.get("content-encoding").map(String::as_str), Some("gzip"));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() * 3 < plain.body.len());
}

#[test]
fn addresses_that_lead_nowhere_say_so() {
    let site = Site::lived();
    for path in [
        "/records/999999",
        "/records/007",
        "/records/-1",
        "/records/x",
        "/parties/nobody",
        "/parties/%3Cscript%3E",
        "/keys/00",
        "/statements/00",
        "/assets/../Cargo.toml",
        "/assets/map/outlines.bin",
        "/assets/test/x.js",
        "/de/records",
        "/fr/nothing",
    ] {
        let answer = site.ask("GET", path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("<script>"), "{path}");
        assert!(answer.headers.contains_key("content-security-policy"), "{path}");
    }
    assert_eq!(site.ask("GET", "/records?before=x", &[]).status, 400);
    let page = site.get("/records?kind=%3Cscript%3Ealert(1)%3C/script%3E");
    assert!(!page.contains("<script>alert") && page.contains("role=\"alert\""));
    assert_eq!(site.ask("GET", &format!("/records?q={}", "a".repeat(5000)), &[]).status, 414);
    assert!([400, 431].contains(&site.ask("GET", "/", &[("X-Long", &"a".repeat(40_000))]).status));
}

#[test]
fn a_statement_is_found_by_its_id() {
    let site = Site::lived();
    let page = site.get("/records/7");
    let id = page.split("data-path=\"/id\"").nth(1).unwrap();
    let id: String = id.split("<code>").nth(1).unwrap().chars().take(64).collect();
    let answer = site.ask("GET", &format!("/fr/statements/{id}"), &[]);
    assert_eq!(answer.status, 307);
    assert_eq!(answer.headers.get("location").map(String::as_str), Some("/fr/records/7"));
}

/// Pointers to all leaves of a record document, with their texts.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(value, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (i, value) in items.iter().enumerate() {
                leaves(value, &format!("{pointer}/{i}"), found);
            }
        }
        Value::String(text) => found.push((pointer.to_owned(), text.clone())),
        other => found.push((pointer.to_owned(), other.to_string())),
    }
}

/// The text of an element's inside, marks turned back into characters.
fn shown(mut inside: &str) -> String {
    let mut text = String::new();
    while let Some((before, rest)) = inside.split_once('<') {
        text.push_str(before);
        let (tag, rest) = rest.split_once('>').unwrap();
        if let Some(point) = tag.split("data-char=\"U+").nth(1) {
            let point = u32::from_str_radix(point.split('"').next().unwrap(), 16).unwrap();
            text.push(char::from_u32(point).unwrap());
            inside = rest.split_once("</span>").unwrap().1;
        } else {
            inside = rest;
        }
    }
    text.push_str(inside);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[test]
fn every_leaf_of_a_record_stands_once_and_as_it_was_signed() {
    let site = Site::lived();
    for position in 0..site.size {
        let view = site.explorer.state().served.clone().unwrap().record_view(position).unwrap();
        let page = site.get(&format!("/ru/records/{position}"));
        let mut expected = Vec::new();
        leaves(&view.document, "", &mut expected);
        assert_eq!(page.matches("data-path=\"").count(), expected.len(), "record {position}");
        for (pointer, text) in expected {
            let mark = format!("data-path=\"{pointer}\"");
            assert_eq!(page.matches(&mark).count(), 1, "record {position}: {pointer}");
            let inside = page.split(&mark).nth(1).unwrap().split_once('>').unwrap().1;
            assert_eq!(shown(inside.split("</dd>").next().unwrap()), text, "record {position}: {pointer}");
        }
        // Between the elements of the two sections there is nothing but white space.
        let sections = page
            .split("<section id=\"signed\">")
            .nth(1)
            .unwrap()
            .split("<section id=\"gloss\">")
            .next()
            .unwrap();
        for element in ["dl", "div"] {
            for after in sections.split(&format!("</{element}>")).skip(1) {
                assert!(
                    after.starts_with('<'),
                    "record {position}: {:?}",
                    &after.chars().take(40).collect::<String>()
                );
            }
        }
    }
}

#[test]
fn what_strangers_write_stays_text() {
    let mut log = Log::new();
    let planes: String = (0..=16u32)
        .flat_map(|plane| (0..40).filter_map(move |i| char::from_u32(plane * 0x1_0000 + 0x100 + i * 397)))
        .filter(|c| !matches!(u32::from(*c), 0x2028 | 0x2029 | 0x202a..=0x202e | 0x2066..=0x2069 | 0xfeff | 0x80..=0x9f))
        .collect();
    let texts = [
        "<script>alert(document.cookie)</script>".to_owned(),
        "</script></dd></section><img src=x onerror=alert(1)>".to_owned(),
        "\" onmouseover=\"alert(1)\" x=\"' autofocus onfocus='alert(1)".to_owned(),
        "<!--<script>".to_owned(),
        "{ $size } &amp; &#x3c;script&#x3e;".to_owned(),
        "left\u{200f}right\u{200e}\u{61c}zero\u{200b}width\u{ad}joined\u{200d}\u{2060}".to_owned(),
        "Mаriupol, Ukrаine, аррӏе".to_owned(),
        "Z\u{351}\u{302}\u{35f}".repeat(500),
        "w".repeat(3900),
        planes.chars().take(900).collect(),
    ];
    for text in &texts {
        let body = json!({
            "class": "other", "title": text.chars().take(40).collect::<String>(), "language": "en", "text": text,
            "note": text,
        });
        log.draft(MISSION, vec![], "document", &body);
    }
    // The longest statement there can be: a line of 32,000 bytes and a note.
    let (_, longest) = log.draft(
        MISSION,
        vec![],
        "document",
        &json!({ "class": "other", "title": "long", "language": "en", "text": "<b>".repeat(10_600), "note": "&".repeat(4000) }),
    );
    let site = Site::over(log);
    for path in (6..site.size).map(|n| format!("/records/{n}")).chain([
        "/".into(),
        "/records".into(),
        "/parties/mission".into(),
    ]) {
        let page = site.get(&path);
        for alive in ["<script>alert", "<img", "<b>", "onmouseover=\"alert", "<!--<script>"] {
            assert!(!page.contains(alive), "{path}: {alive}");
        }
        for unseen in
            ['\u{200f}', '\u{200e}', '\u{61c}', '\u{200b}', '\u{ad}', '\u{200d}', '\u{2060}', '\u{202e}']
        {
            assert!(!page.contains(unseen), "{path}: {unseen:?}");
        }
        for script in page.split("<script").skip(1) {
            let (tag, inside) = script.split_once('>').unwrap();
            let inside = inside.split("</script").next().unwrap();
            assert!(tag.contains("src=") || !inside.contains('<'), "{path}");
        }
    }
    let mixed = site.get("/records/12");
    assert!(mixed.contains("Latin, Cyrillic"), "the mixed word is named");
    let marked = site.get("/records/11");
    assert!(marked.contains("<span class=\"mark\" data-char=\"U+200F\">⟦U+200F⟧</span>"));
    assert!(site.get(&format!("/records/{longest}")).matches("&lt;b&gt;").count() >= 10_600);
}
