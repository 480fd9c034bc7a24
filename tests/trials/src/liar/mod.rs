//! The lying server. A proxy stands before an honest explorer and alters what passes; a real browser opens the page.
//! Every lie must show: the page turns red at the step that the lie breaks, or does not claim to have been checked.
//!
//! - `shown`: what the page shows is not what its own evidence says.
//! - `bytes`: the evidence is altered, and the page with it.
//! - `depositary`: the log's key is in the liar's hands: chain, tree and checkpoint of a false log are sound.
//! - `memory`: the browser was here before, and what it saw then is denied.
//!
//! A server could as well serve another verifier, or none. Against that no page can defend itself: the last line of the
//! table says what does.

mod bytes;
mod depositary;
mod driver;
mod memory;
mod page;
mod proxy;
mod scene;
mod shown;

use driver::{Driver, Said};
use proxy::{Alter, Proxy};
use scene::Scene;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use truce_tests::http::Answer;

/// The word for a lie that did not show.
const MISSED: &str = "MISSED";

/// What must become of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Red, this step being the first that fails.
    Red(&'static str),
    /// Red, on a page whose checks are no steps.
    RedPage,
    /// Not checked, and said so: there was nothing to decide by.
    Unchecked,
}

/// One opening of a page.
struct Visit {
    upstream: String,
    path: String,
    alter: Option<Alter>,
}

struct Attack {
    who: &'static str,
    name: &'static str,
    /// Honest visits before, each of which must be green.
    before: Vec<Visit>,
    last: Visit,
    expected: Expected,
}

/// The attacks, with what they are made of.
struct Attacks<'a> {
    scene: &'a Scene,
    all: Vec<Attack>,
}

impl Attacks<'_> {
    /// A page of the honest explorer, altered.
    fn page(
        &mut self,
        who: &'static str,
        name: &'static str,
        expected: Expected,
        path: String,
        alter: impl Fn(String) -> String + Send + Sync + 'static,
    ) {
        let wanted = path.clone();
        let alter = move |asked: &str, answer: &mut Answer| {
            if asked == wanted {
                page::rewrite(answer, &alter);
            }
        };
        self.answers(who, name, expected, path, alter);
    }

    /// A page of the honest explorer, with whatever it fetches altered.
    fn answers(
        &mut self,
        who: &'static str,
        name: &'static str,
        expected: Expected,
        path: String,
        alter: impl Fn(&str, &mut Answer) + Send + Sync + 'static,
    ) {
        let last = Visit { upstream: self.scene.honest.url().to_owned(), path, alter: Some(Arc::new(alter)) };
        self.all.push(Attack { who, name, before: Vec::new(), last, expected });
    }
}

/// The page of a record.
fn record(position: usize) -> String {
    format!("/records/{position}")
}

/// Tries every attack, prints the table and the last line. Fails when any lie did not show.
#[must_use]
pub fn main() -> ExitCode {
    let start = Instant::now();
    let scene = Scene::new();
    let proxy = Proxy::start();
    let mut driver = Driver::start();
    println!("browser {}; logs and explorers made in {:.1} s", driver.version, start.elapsed().as_secs_f64());

    let controls = controls(&scene, &proxy, &mut driver);
    let mut attacks = Attacks { scene: &scene, all: Vec::new() };
    shown::all(&mut attacks);
    bytes::all(&mut attacks);
    depositary::all(&mut attacks);
    memory::all(&mut attacks);

    let only: Option<String> = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    attacks.all.retain(|attack| only.as_ref().is_none_or(|only| attack.name.contains(only.as_str())));
    let outcomes = judge_all(&attacks.all);
    let mut tried = attacks.all.len();
    let mut missed = outcomes.iter().filter(|(word, _)| *word == MISSED).count();
    for (attack, (word, detail)) in attacks.all.iter().zip(&outcomes) {
        println!("{:<10} {:<64} {word:<9} {detail}", attack.who, attack.name);
    }
    for (name, replaced) in
        [("a digit of the saved file changed", "violations"), ("its evidence changed", "\"entry\"")]
    {
        tried += 1;
        let said = saved(&scene, &proxy, &mut driver, replaced);
        let shown = said.verdict == "bad";
        missed += usize::from(!shown);
        println!("{:<10} {name:<64} {:<9} {}", "file", if shown { "red" } else { MISSED }, detail(&said));
    }
    println!(
        "Not tried, because no page can notice it: a server that serves another verifier, or none at all. Run an explorer \
         of your own (`truce explore --from URL`), use `truce verify`, or open a saved evidence file."
    );
    println!(
        "{} honest pages, {} of them green; {:.0} s in all",
        controls.0,
        controls.1,
        start.elapsed().as_secs_f64()
    );
    println!("tried {tried}, shown {}, missed {missed}", tried - missed);
    if missed == 0 && controls.0 == controls.1 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Through the same proxy, unaltered, everything is green: what turns red below does so because of the lie.
fn controls(scene: &Scene, proxy: &Proxy, driver: &mut Driver) -> (usize, usize) {
    let records = [
        scene.report,
        scene.corrected,
        scene.correction,
        scene.after_correction,
        scene.marked,
        scene.late,
        0,
        1,
    ];
    let pages: Vec<String> =
        records.into_iter().map(record).chain(["/".to_owned(), "/checkpoints".to_owned()]).collect();
    let mut green = 0;
    for (i, path) in pages.iter().enumerate() {
        proxy.plan(scene.honest.url(), None);
        let said = driver.visit(&format!("{}{path}", proxy.url), i == 0);
        if said.verdict == "good" {
            green += 1;
        } else {
            println!("honest     {path:<64} {:<9} {}", said.verdict, detail(&said));
        }
    }
    // The same again through what the forgeries below are made with: a true page made by the liar's own means is green.
    let truth = scene.truth();
    let (document, evidence) = (truth.document(scene.report), truth.evidence(scene.report));
    let alter: Alter = Arc::new(move |_, answer: &mut Answer| {
        if answer.text().contains("data-page=\"record\"") {
            page::rewrite(answer, |html| page::showing(html, &document, &document, &evidence));
        }
    });
    proxy.plan(scene.honest.url(), Some(alter));
    let said = driver.visit(&format!("{}{}", proxy.url, record(scene.report)), true);
    if said.verdict != "good" {
        println!(
            "honest     {:<64} {:<9} {}",
            "a true page by the liar's means",
            said.verdict,
            detail(&said)
        );
    }
    (pages.len() + 1, green + usize::from(said.verdict == "good"))
}

/// Every attack, each on one of two servers with a browser of its own: while one page loads, the other is looked at.
fn judge_all(attacks: &[Attack]) -> Vec<(&'static str, String)> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, (&'static str, String))> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (proxy, mut driver, mut mine) = (Proxy::start(), Driver::start(), Vec::new());
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some(attack) = attacks.get(i) else { return mine };
                        mine.push((i, judge(attack, &proxy, &mut driver)));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no worker panicked")).collect()
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// What became of an attack: a word, and what the page said.
fn judge(attack: &Attack, proxy: &Proxy, driver: &mut Driver) -> (&'static str, String) {
    for (i, visit) in attack.before.iter().enumerate() {
        proxy.plan(&visit.upstream, visit.alter.clone());
        let said = driver.visit(&format!("{}{}", proxy.url, visit.path), i == 0);
        if said.verdict != "good" {
            return (MISSED, format!("the honest visit before was not green: {}", detail(&said)));
        }
    }
    proxy.plan(&attack.last.upstream, attack.last.alter.clone());
    let said = driver.visit(&format!("{}{}", proxy.url, attack.last.path), attack.before.is_empty());
    let first = said.failed.first().map(String::as_str);
    match attack.expected {
        Expected::Red(step) if said.verdict == "bad" && first == Some(step) => ("red", detail(&said)),
        Expected::RedPage if said.verdict == "bad" => ("red", detail(&said)),
        Expected::Unchecked if said.verdict == "unchecked" => ("unchecked", detail(&said)),
        expected => {
            (MISSED, format!("expected {expected:?}, the page is {}: {}", said.verdict, detail(&said)))
        }
    }
}

/// Saves the page of the report as evidence, and opens it with something in it changed.
fn saved(scene: &Scene, proxy: &Proxy, driver: &mut Driver, what: &str) -> Said {
    proxy.plan(scene.honest.url(), None);
    driver.visit(&format!("{}{}", proxy.url, record(scene.report)), true);
    let honest = driver.saved(None);
    assert!(honest.verdict == "good", "an unaltered file is green offline, not {honest:?}");
    if what == "violations" {
        driver.saved(Some((">12</dd>", ">2</dd>")))
    } else {
        let entry = scene::base64(&scene.truth().entries[scene.report]);
        let mut other = scene.truth().entries[scene.report].clone();
        other[200] ^= 1;
        driver.saved(Some((&entry, &scene::base64(&other))))
    }
}

fn detail(said: &Said) -> String {
    let step = said.failed.first().map_or("-", String::as_str);
    let sentence: String = said.first.chars().take(110).collect();
    format!("{step:<12} {sentence}")
}
