//! The page does not show what its own evidence says.

use super::Expected::{Red, RedPage};
use super::page::{leaf, row, with_data, with_leaf, with_row};
use super::{Attacks, record};
use truce_tests::http::Answer;

const WHO: &str = "shown";
const PAGE: super::Expected = Red("page");

/// A figure of the report, and its neighbour.
const NORTH: &str = "/body/regions/0/violations";
const BLASTS: &str = "/body/regions/0/explosions";
const SOUTH: &str = "/body/regions/1/violations";

pub(super) fn all(attacks: &mut Attacks<'_>) {
    fields(attacks);
    structure(attacks);
    hiding(attacks);
    others(attacks);
    checkpoints(attacks);
}

fn fields(attacks: &mut Attacks<'_>) {
    let path = record(attacks.scene.report);
    let mut figure = |name, field: &'static str, text: &'static str| {
        attacks.page(WHO, name, PAGE, path.clone(), move |html| with_leaf(html, field, text));
    };
    figure("a figure made smaller", NORTH, "2");
    figure("a figure with a digit more", SOUTH, "77");
    figure("a figure written in other digits", NORTH, "١٢");
    figure("another party named as the one that spoke", "/header/iss", "north");
    figure("another kind of statement", "/header/kind", "observation");
    figure("a period that begins a day earlier", "/body/period/from", "2021-01-31T19:30:00+02:00");
    figure("the same moment in another zone", "/body/cutoff", "2021-02-02T17:30:00Z");
    figure(
        "a place's name with a letter of another script",
        "/body/regions/0/region",
        "D\u{43e}netsk region",
    );
    figure("a place's name without its last word", "/body/regions/0/region", "Donetsk");
    figure(
        "an unmarked character that turns text around",
        "/body/regions/0/region",
        "Donetsk region\u{202e}",
    );
    figure("a word struck through", NORTH, "<s>12</s>");
    figure("a picture in the place of a figure", NORTH, "<img src=\"/assets/style/mark.svg\" alt=\"12\">");
    figure("another time of receipt", "/received", "2021-01-01T00:00:00.000Z");
    figure("another place in the log", "/position", "3");
    figure("another entry hash", "/entry", &"a".repeat(64).leak()[..]);
    figure("another signing key", "/key", &"b".repeat(64).leak()[..]);
    figure("another statement named as the one before", "/feed_prev", &"c".repeat(64).leak()[..]);
    let path = record(attacks.scene.marked);
    for (name, mark, bare) in [
        ("the mark of a character that turns text taken off", "U+200F", "\u{200f}"),
        ("the mark of a character without width taken off", "U+200B", "\u{200b}"),
        ("a mark and its character both left out", "U+200B", ""),
    ] {
        attacks.page(WHO, name, PAGE, path.clone(), move |html| {
            let span = format!("<span class=\"mark\" data-char=\"{mark}\">⟦{mark}⟧</span>");
            let text = html[leaf(&html, "/body/note")].to_owned();
            assert!(text.contains(&span), "{text} has no mark {mark}");
            with_leaf(html, "/body/note", &text.replace(&span, bare))
        });
    }
    attacks.page(WHO, "a mark that names another character than it shows", PAGE, path, |html| {
        html.replacen("data-char=\"U+200F\"", "data-char=\"U+200E\"", 1)
    });
}

fn structure(attacks: &mut Attacks<'_>) {
    let path = record(attacks.scene.report);
    let mut page = |name, alter: fn(String) -> String| attacks.page(WHO, name, PAGE, path.clone(), alter);
    page("two labels exchanged", |html| {
        let label = |path: &str| {
            let row = row(&html, path);
            let start = row.start + html[row.clone()].find("<dt").expect("a label");
            let end = row.start + html[row].find("</dt>").expect("a label ends") + "</dt>".len();
            html[start..end].to_owned()
        };
        let (one, two) = (label(NORTH), label(BLASTS));
        let html = with_row(html, NORTH, |row| row.replace(&one, &two));
        with_row(html, BLASTS, |row| row.replace(&two, &one))
    });
    page("a label reworded", |html| {
        with_row(html, NORTH, |row| row.replacen("</dt>", " (of the other side)</dt>", 1))
    });
    page("a row left out", |html| with_row(html, BLASTS, |_| String::new()));
    page("a row twice, with another figure", |html| {
        with_row(html, NORTH, |row| format!("{row}{}", row.replace(">12<", ">2<")))
    });
    page("a row of a field that nobody signed", |html| {
        with_row(html, NORTH, |row| {
            format!("{row}{}", row.replace(NORTH, "/body/withdrawn").replace(">12<", ">yes<"))
        })
    });
    page("the figures of two regions exchanged, rows and all", |html| {
        let (one, two) = (html[row(&html, NORTH)].to_owned(), html[row(&html, SOUTH)].to_owned());
        let html = with_row(html, NORTH, |_| two.clone());
        // The second of the two that are there now is the one that was there before.
        let last = html.rfind(&two).expect("it is there twice");
        format!("{}{one}{}", &html[..last], &html[last + two.len()..])
    });
    page("a sentence between the rows", |html| {
        with_row(html, NORTH, |row| format!("{row}<div>Since withdrawn.</div>"))
    });
    page("words right in the section", |html| {
        html.replacen("<section id=\"signed\">", "<section id=\"signed\">Draft. ", 1)
    });
    page("a word behind a figure", |html| {
        with_row(html, NORTH, |row| row.replace(">12<", ">12 (disputed)<"))
    });
    page("a heading reworded", |html| {
        html.replacen("data-group=\"/body/regions/0\">", "data-group=\"/body/regions/0\">Not ", 1)
    });
    page("headings of two regions exchanged", |html| {
        html.replace("data-group=\"/body/regions/0\"", "data-group=\"/body/regions/x\"")
            .replace("data-group=\"/body/regions/1\"", "data-group=\"/body/regions/0\"")
            .replace("data-group=\"/body/regions/x\"", "data-group=\"/body/regions/1\"")
    });
    page("what the log added shown as signed", |html| {
        let range = row(&html, "/received");
        let taken = html[range].to_owned();
        let html = with_row(html, "/received", |_| String::new());
        with_row(html, NORTH, |row| format!("{row}{taken}"))
    });
    page("a second section of signed words", |html| {
        let start = html.find("<section id=\"signed\">").expect("the section");
        let end = start + html[start..].find("</section>").expect("it ends") + "</section>".len();
        let copy = html[start..end].replace(">12<", ">2<");
        format!("{}{copy}{}", &html[..end], &html[end..])
    });
}

/// What the style sheet is made to say as well.
fn styled(attacks: &mut Attacks<'_>, name: &'static str, path: &str, rule: &'static str) {
    attacks.answers(WHO, name, PAGE, path.to_owned(), move |asked: &str, answer: &mut Answer| {
        if asked.starts_with("/assets/style/main.css") {
            answer.body.extend_from_slice(rule.as_bytes());
        }
    });
}

fn hiding(attacks: &mut Attacks<'_>) {
    let path = record(attacks.scene.report);
    let mut page = |name, alter: fn(String) -> String| attacks.page(WHO, name, PAGE, path.clone(), alter);
    page("a row hidden by an attribute", |html| {
        with_row(html, NORTH, |row| row.replacen("<div>", "<div hidden>", 1))
    });
    page("a row hidden by a class of the explorer's own", |html| {
        with_row(html, NORTH, |row| row.replacen("<div>", "<div class=\"out-of-sight\">", 1))
    });
    page("a row inside something that is closed", |html| {
        with_row(html, NORTH, |row| format!("<details><summary>More</summary>{row}</details>"))
    });
    page("another text for those who hear the page", |html| {
        with_row(html, NORTH, |row| row.replacen("<dd ", "<dd aria-label=\"2\" ", 1))
    });
    page("a note that comes up under the pointer", |html| {
        with_row(html, NORTH, |row| row.replacen("<dd ", "<dd title=\"withdrawn\" ", 1))
    });
    page("the whole section hidden", |html| {
        html.replacen("<section id=\"signed\"", "<section hidden id=\"signed\"", 1)
    });
    for (name, rule) in [
        ("style: a row not shown", "[data-path='/body/regions/0/violations']{display:none}"),
        ("style: a row unseen", "[data-path='/body/regions/0/violations']{visibility:hidden}"),
        ("style: a row transparent", "[data-path='/body/regions/0/violations']{opacity:.01}"),
        (
            "style: a figure in the colour of the paper",
            "[data-path='/body/regions/0/violations']{color:#fff!important}",
        ),
        ("style: a figure of one pixel", "[data-path='/body/regions/0/violations']{font-size:1px}"),
        (
            "style: a figure moved off the page",
            "[data-path='/body/regions/0/violations']{position:absolute;left:-9999px}",
        ),
        (
            "style: digits turned around",
            "[data-path='/body/regions/0/violations']{unicode-bidi:bidi-override;direction:rtl}",
        ),
        (
            "style: a digit written before the figure",
            "[data-path='/body/regions/0/violations']::before{content:'9'}",
        ),
        ("style: a figure masked", "[data-path='/body/regions/0/violations']{-webkit-text-security:disc}"),
        ("style: a figure cut out", "[data-path='/body/regions/0/violations']{clip-path:inset(50%)}"),
        ("style: a figure mirrored", "[data-path='/body/regions/0/violations']{transform:scaleX(-1)}"),
        (
            "style: a row of no height",
            "dl>div:has([data-path='/body/regions/0/violations']){height:0;overflow:hidden}",
        ),
        ("style: letters changed in case", "[data-path='/body/regions/0/region']{text-transform:uppercase}"),
    ] {
        styled(attacks, name, &path, rule);
    }
    // The sheet as the server gives it, and something of its own laid over the signed words.
    let wanted = path.clone();
    attacks.answers(WHO, "another paper laid over the signed words", PAGE, path, move |asked, answer| {
        if asked.starts_with("/assets/style/main.css") {
            answer.body.extend_from_slice(
                b"div:has(>#signed){position:relative}.over{position:absolute;inset:0;z-index:9;background:#fff}",
            );
        } else if asked == wanted {
            super::page::rewrite(answer, |html| {
                html.replacen("<section id=\"signed\">", "<div class=\"over\">Withdrawn.</div><section id=\"signed\">", 1)
            });
        }
    });
}

fn others(attacks: &mut Attacks<'_>) {
    let (report, late) = (attacks.scene.report, attacks.scene.late);
    let honest = attacks.scene.honest.url().to_owned();
    let instead = move |position: usize| {
        truce_tests::http::get(&honest, &record(position)).expect("the explorer answers")
    };
    let (path, get) = (record(report), instead.clone());
    attacks.answers(WHO, "the page of another record, whole and sound", PAGE, path.clone(), {
        let wanted = path.clone();
        move |asked, answer| {
            if asked == wanted {
                *answer = get(late);
            }
        }
    });
    attacks.answers(WHO, "the signed words of another record", PAGE, record(late), {
        let wanted = record(late);
        move |asked, answer| {
            if asked == wanted {
                let other = instead(late - 1).text();
                let part = |html: &str| {
                    let start = html.find("<section id=\"signed\">").expect("the section");
                    start..start + html[start..].find("</section>").expect("it ends")
                };
                let words = other[part(&other)].to_owned();
                super::page::rewrite(answer, |mut html| {
                    html.replace_range(part(&html), &words);
                    html
                });
            }
        }
    });
    let mut page =
        |name, step, alter: fn(String) -> String| attacks.page(WHO, name, Red(step), path.clone(), alter);
    page("the page says that it is at another position", "page", |html| {
        html.replacen("data-position=\"", "data-position=\"1", 1)
    });
    page("no evidence", "entry", |html| html.replacen("id=\"evidence\"", "id=\"nothing\"", 1));
    page("two blocks of evidence", "entry", |html| {
        html.replacen("</main>", "<script type=\"application/json\" id=\"evidence\">{}</script></main>", 1)
    });
    page("evidence of a form that is not known", "entry", |html| {
        with_data(html, "evidence", |data| data["format"] = "truce-evidence/0".into())
    });
}

fn checkpoints(attacks: &mut Attacks<'_>) {
    let mut page = |name, alter: fn(String) -> String| {
        attacks.page(WHO, name, RedPage, "/checkpoints".to_owned(), alter);
    };
    page("another size of the log", |html| checkpoint(&html, "size", "999999"));
    page("another root", |html| checkpoint(&html, "root", &"d".repeat(64)));
    page("another agreement", |html| checkpoint(&html, "agreement", &"e".repeat(64)));
    page("another name of the log", |html| checkpoint(&html, "origin", "elsewhere.example/log"));
    page("a checkpoint with a signature bit turned", |html| {
        with_data(html, "checkpoint", |data| {
            let note = data["note"].as_str().expect("a note").trim_end().to_owned();
            let last = note.len() - 6;
            let letter = if &note[last..=last] == "A" { "B" } else { "A" };
            data["note"] = format!("{}{letter}{}\n", &note[..last], &note[last + 1..]).into();
        })
    });
    page("a checkpoint without the proof of its charter", |html| {
        with_data(html, "checkpoint", |data| {
            data.as_object_mut().expect("an object").remove("charter_proof");
        })
    });
}

/// The page with another text where it shows this of the checkpoint.
fn checkpoint(html: &str, what: &str, text: &str) -> String {
    let mark = format!("data-path=\"/checkpoint/{what}\"");
    let at = html.find(&mark).unwrap_or_else(|| panic!("the page has no {mark}"));
    let start = at + html[at..].find('>').expect("a tag ends") + 1;
    let end = start + html[start..].find("</").expect("an element ends");
    format!("{}{text}{}", &html[..start], &html[end..])
}
