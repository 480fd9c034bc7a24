//! Publication to object stores (`cargo xtask s3`): a real `truce serve` publishes to real servers that speak S3, and
//! readers who have no keys verify what is there, over plain HTTP.
//!
//! The gateway of `JuiceFS`, which is the S3 of `MinIO` in front of files, checks keys, signatures and policies and keeps what it has
//! when it is killed: everything is tried against it. It drops `Content-Encoding`, as stores do, so compressed bundles are
//! tried against rclone's server too, which keeps it.

mod signed;
mod store;
mod watcher;

use signed::{Client, Keys};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store::{Kind, Store};
use truce_tests::explorer::Explorer;
use truce_tests::http;
use truce_tests::service::{Failed, Service, found, program, truce};
use truce_tests::world::{ORIGIN, World, observation};
use truce_tlog::tile::{self, TilePath};
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _, SignedCheckpoint, VKey};
use watcher::Watcher;

/// Where the log is published, and where readers find that.
const PLACE: &str = "s3://ceasefire/log";
const BASE: &str = "/ceasefire/log";
/// Longest wait for what should come within a second.
const PATIENCE: Duration = Duration::from_secs(60);
/// Entries of a ledger that was just founded: the charter and five accessions.
const FOUNDED: u64 = 6;
/// Statements in one request.
const BATCH: u32 = 50;

/// A ledger, who signs in it, where it is published, and what was found wrong so far.
struct Scene {
    folder: PathBuf,
    ledger: PathBuf,
    world: World,
    keys: Keys,
    store: Store,
    /// Statements handed in and receipted.
    recorded: u32,
    starts: u32,
    checks: u32,
    faults: Vec<String>,
}

/// Runs everything; fails where anything is not as it should be.
///
/// # Panics
/// When the machine does not let it work, or the stores were not installed (`TRUCE_S3` names their folder).
#[must_use]
pub fn main() -> ExitCode {
    let begun = Instant::now();
    let Some(programs) = std::env::var_os("TRUCE_S3").map(PathBuf::from) else {
        eprintln!(
            "TRUCE_S3 names no folder with the object stores: run `cargo xtask s3`, which installs them"
        );
        return ExitCode::FAILURE;
    };
    let folder = tempfile::Builder::new().prefix("truce-s3-").tempdir().expect("a temporary folder");
    let mut scene = Scene::new(folder.path(), &programs);
    scene.refusals();
    scene.run();
    scene.compressed(&programs);
    scene.secrets();
    let (checks, faults) = (scene.checks, scene.faults.len());
    // Once more, where the end of a long log is read.
    for fault in &scene.faults {
        println!("FAULT {fault}");
    }
    println!("s3: {checks} checks, {faults} faults, {:.0} s", begun.elapsed().as_secs_f64());
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Scene {
    fn new(folder: &Path, programs: &Path) -> Self {
        let keys = Keys { id: "truce-depositary".into(), secret: "four-words-nobody-guesses".into() };
        let store = Store::start(Kind::Juicefs, programs, &folder.join("juicefs"), &keys);
        let (mut world, ledger) = (World::default(), folder.join("ledger"));
        found(&mut world, &ledger);
        Self {
            folder: folder.to_owned(),
            ledger,
            world,
            keys,
            store,
            recorded: 0,
            starts: 0,
            checks: 0,
            faults: Vec::new(),
        }
    }

    fn check(&mut self, good: bool, what: &str, found: impl std::fmt::Display) {
        self.checks += 1;
        if good {
            println!("  {what}");
        } else {
            println!("FAULT {what}: {found}");
            self.faults.push(format!("{what}: {found}"));
        }
    }

    fn log(&self) -> VKey {
        Ed25519NoteSigner::from_seed(ORIGIN, &self.world.log.seed()).expect("the log's key").vkey().clone()
    }

    fn url(&self) -> String {
        format!("http://{}{BASE}", self.store.address())
    }

    /// What the environment of a depositary says about the store.
    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", self.keys.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.keys.secret.clone()),
            ("AWS_ENDPOINT", format!("http://{}", self.store.address())),
            ("AWS_ALLOW_HTTP", "true".into()),
        ]
    }

    /// Starts a depositary with an environment of its own; what it says goes to a file, everything of it.
    fn try_serve(
        &mut self,
        ledger: &Path,
        args: &[&str],
        environment: &[(&str, String)],
    ) -> Result<Service, Failed> {
        self.starts += 1;
        let said = self.folder.join(format!("said-{}.txt", self.starts));
        let mut command = Command::new(program());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command.envs(environment.iter().map(|(name, value)| (name, value))).env("TRUCE_LOG", "debug");
        command.stderr(File::create(&said).expect("a file"));
        let started = Service::try_start_as(command, ledger, args);
        started.map_err(|failed| Failed { said: std::fs::read_to_string(&said).expect("text"), ..failed })
    }

    fn serve(&mut self, args: &[&str]) -> Service {
        let (ledger, environment) = (self.ledger.clone(), self.environment());
        let all = [
            &["--publish", PLACE, "--pace", "20", "--address-rate", "1000000", "--key-rate", "1000000"],
            args,
        ];
        self.try_serve(&ledger, &all.concat(), &environment)
            .unwrap_or_else(|failed| panic!("truce serve does not start: {}", end(&failed.said)))
    }

    /// Hands in a batch; all of it must be recorded and receipted.
    fn submit(&mut self, service: &Service) -> bool {
        let pen = &mut self.world.members[0].work;
        let batch: Vec<u8> = (0..BATCH)
            .flat_map(|n| {
                let signed = pen.sign(observation(self.recorded + n, "seen"), Vec::new());
                signed.expect("a sound statement").bytes().to_vec()
            })
            .collect();
        let sent = ureq::post(format!("{}/entries", service.url()))
            .header("content-type", "application/cbor-seq")
            .send(&batch[..]);
        let Ok(mut answer) = sent else { return false };
        let Ok(text) = answer.body_mut().read_to_string() else { return false };
        self.recorded += BATCH;
        text.matches("\"outcome\":\"recorded\"").count() == BATCH as usize
    }

    fn size(&self) -> u64 {
        FOUNDED + u64::from(self.recorded)
    }

    /// Entries under the checkpoint in the bucket.
    fn published(&self) -> Option<u64> {
        let answer = self.store.client.get(&format!("{BASE}/checkpoint")).ok()?;
        Some(SignedCheckpoint::parse(&answer.body, &self.log(), &[]).ok()?.size())
    }

    fn wait_until(mut good: impl FnMut() -> bool) -> bool {
        let begun = Instant::now();
        while !good() {
            if begun.elapsed() > PATIENCE {
                return false;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        true
    }

    /// Waits until everything handed in is in the bucket.
    fn caught_up(&mut self, what: &str) {
        let begun = Instant::now();
        let good = Self::wait_until(|| self.published() == Some(self.size()));
        let found = format!("{:?} of {} after {:?}", self.published(), self.size(), begun.elapsed());
        self.check(good, what, found);
    }

    fn verified(&mut self, what: &str) {
        let agreement = self.world.agreement().to_string();
        let done = truce(&["verify", &self.url(), "--agreement", &agreement]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let size = self.size();
        self.check(
            done.status.success() && said.contains(&format!("{size} replayed of {size}")),
            what,
            format!("{said}{}", String::from_utf8_lossy(&done.stderr)),
        );
    }

    /// A depositary that must not start.
    fn refused(&mut self, what: &str, place: &str, environment: &[(&str, String)], exit: i32, says: &[&str]) {
        let ledger = self.ledger.clone();
        match self.try_serve(&ledger, &["--publish", place], environment) {
            Ok(service) => {
                service.kill();
                self.check(false, what, "it started");
            }
            Err(failed) => {
                let good = failed.code == Some(exit) && says.iter().all(|word| failed.said.contains(word));
                self.check(good, what, format!("exit {:?}\n{}", failed.code, end(&failed.said)));
            }
        }
    }

    /// The checkpoint that the ledger signed last.
    fn signed(&self) -> Vec<u8> {
        std::fs::read(self.ledger.join("checkpoint")).expect("the copy of the checkpoint")
    }

    fn refusals(&mut self) {
        println!("what is refused, with code and remedy:");
        let before = self.signed();
        let good = self.environment();
        let changed = |name: &str, value: &str| -> Vec<(&'static str, String)> {
            let with = |(known, old): &(&'static str, String)| {
                (*known, if *known == name { value.to_owned() } else { old.clone() })
            };
            good.iter().map(with).collect()
        };
        let denied = ["code: publication-denied", "AWS_SECRET_ACCESS_KEY"];
        self.refused("no credentials", PLACE, &good[2..], 4, &[&denied[..], &["no credentials"]].concat());
        let wrong = changed("AWS_SECRET_ACCESS_KEY", "something-else-entirely");
        let says = [&denied[..], &["SignatureDoesNotMatch"]].concat();
        self.refused("a wrong secret", PLACE, &wrong, 4, &says);
        let wrong = changed("AWS_ACCESS_KEY_ID", "somebody-else");
        self.refused("an unknown key", PLACE, &wrong, 4, &[&denied[..], &["InvalidAccessKeyId"]].concat());
        self.refused("no such bucket", PLACE, &good, 4, &["code: publication\n", "NoSuchBucket"]);
        let plain = changed("AWS_ALLOW_HTTP", "false");
        self.refused("plain http unasked for", PLACE, &plain, 4, &["code: publication\n", "AWS_ALLOW_HTTP"]);
        let with_keys = format!("s3://{}:{}@ceasefire/log", self.keys.id, "x");
        self.refused("keys in the URL", &with_keys, &good, 4, &["code: publication\n", "environment"]);
        self.store.stop();
        self.refused("a store that is down", PLACE, &good, 4, &["code: publication\n"]);
        self.store.start_again();
        let now = self.signed();
        self.check(now == before, "nothing was signed meanwhile", String::from_utf8_lossy(&now));
    }

    /// The whole life of a publication, watched all the while by a reader without keys.
    fn run(&mut self) {
        bucket(&self.store.client, "ceasefire");
        let (over, log, client) = (AtomicBool::new(false), self.log(), self.store.client.clone());
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| Watcher::watch(&client, BASE, &log, &over));
            let until = Over(&over);
            self.grows();
            self.outage();
            self.killed();
            self.behind();
            drop(until);
            let watcher = watcher.join().expect("a watcher");
            let (seen, files, cut) = (watcher.checkpoints, watcher.files, watcher.cut);
            let what = format!(
                "a reader saw {seen} checkpoints in order, and {files} files under them; {cut} more came cut by the store"
            );
            // A size gets a digit more at 10 and at 100.
            self.check(watcher.faults.is_empty() && seen > 20 && cut <= 2, &what, watcher.faults.join("; "));
        });
    }

    fn grows(&mut self) {
        println!("a log that grows:");
        let service = self.serve(&["--grace", "1"]);
        let good = (0..16).all(|_| {
            std::thread::sleep(Duration::from_millis(100));
            self.submit(&service)
        });
        self.check(good, "every statement is receipted", "");
        self.caught_up("the bucket has them all");
        self.verified("an auditor verifies it over plain HTTP");
        self.headers();
        self.partials();
        let copy = self.folder.join("copy");
        let agreement = self.world.agreement().to_string();
        let done = truce(&["mirror", &self.url(), &copy.to_string_lossy(), "--agreement", &agreement]);
        let mirrored = std::fs::read(copy.join("checkpoint")).ok();
        let there = self.store.client.get(&format!("{BASE}/checkpoint")).map(|answer| answer.body).ok();
        self.check(
            done.status.success() && mirrored.is_some() && mirrored == there,
            "a mirror copies it",
            String::from_utf8_lossy(&done.stderr),
        );
        let explorer = Explorer::ready(Path::new(&self.url()), &self.folder.join("explored"), self.size());
        drop(explorer);
        self.check(true, "an explorer shows it", "");
        let ended = service.stop();
        self.check(ended.success(), "the depositary ends when asked", ended);
    }

    fn headers(&mut self) {
        let size = self.size();
        let for_ever = "public, max-age=31536000, immutable";
        let mut expected = vec![("checkpoint".to_owned(), "text/plain; charset=utf-8", "public, max-age=1")];
        for path in pieces(size) {
            expected.push((path.to_string(), "application/octet-stream", for_ever));
        }
        let count = expected.len();
        let wrong: Vec<String> = expected
            .into_iter()
            .filter_map(|(path, media, cache)| {
                let answer = self.store.client.get(&format!("{BASE}/{path}")).ok()?;
                let found = (answer.header("content-type"), answer.header("cache-control"));
                (found != (Some(media), Some(cache))).then(|| format!("{path}: {found:?}"))
            })
            .collect();
        let what = format!("{count} files have their Content-Type and Cache-Control");
        self.check(wrong.is_empty(), &what, wrong.join("; "));
    }

    /// What lies in the bucket: all that the checkpoint implies, and of partial files none whose full one is there.
    fn partials(&mut self) {
        let implied: BTreeSet<String> = pieces(self.size()).map(|path| path.to_string()).collect();
        let outgrown = |keys: &BTreeSet<String>| -> Vec<String> {
            let full = |key: &String| key.split_once(".p/").is_some_and(|(full, _)| keys.contains(full));
            keys.iter().filter(|key| full(key)).cloned().collect()
        };
        let gone = Self::wait_until(|| outgrown(&keys(&self.store.client)).is_empty());
        let there = keys(&self.store.client);
        self.check(gone, "partial files go when the full ones are there", outgrown(&there).join(", "));
        let missing: Vec<_> = implied.difference(&there).cloned().collect();
        self.check(missing.is_empty(), "what the checkpoint implies stays", missing.join(", "));
        let strange: Vec<_> = there.iter().filter(|key| key.parse::<TilePath>().is_err()).cloned().collect();
        self.check(strange.is_empty(), "nothing else is there", strange.join(", "));
    }

    fn outage(&mut self) {
        println!("a store that is killed:");
        let service = self.serve(&["--grace", "1"]);
        let good = self.submit(&service);
        self.caught_up("the bucket goes on");
        self.store.kill();
        let good = good && (0..4).all(|_| self.submit(&service));
        self.check(good, "statements are receipted without it", "");
        let over_http =
            |path: &str| http::get(service.url(), path).map(|answer| answer.text()).unwrap_or_default();
        let size = format!("\n{}\n", self.size());
        let good = Self::wait_until(|| over_http("/checkpoint").contains(&size));
        self.check(good, "and shown over HTTP", over_http("/checkpoint"));
        let good = Self::wait_until(|| figure(&over_http("/metrics"), "truce_publish_failures_total") > 0.0);
        let behind = figure(&over_http("/metrics"), "truce_entries_published");
        let entries = figure(&over_http("/metrics"), "truce_entries");
        self.check(good && behind < entries, "figures say that the bucket is behind", over_http("/metrics"));
        self.store.start_again();
        self.caught_up("the bucket catches up by itself");
        self.verified("and verifies");
        self.store.kill();
        let good = self.submit(&service);
        let ended = service.stop();
        self.check(
            good && ended.success(),
            "the depositary ends when asked, also while the store is down",
            ended,
        );
        self.store.start_again();
        let service = self.serve(&[]);
        self.caught_up("what was left is published at the next start");
        self.check(service.stop().success(), "and it ends well", "");
    }

    fn killed(&mut self) {
        println!("a depositary that is killed:");
        for _ in 0..5 {
            let service = self.serve(&[]);
            let good = (0..3).all(|_| self.submit(&service));
            self.check(good, "statements are receipted, and it is killed", "");
            service.kill();
        }
        let service = self.serve(&["--grace", "0"]);
        self.caught_up("the next one publishes what was left");
        self.verified("and it verifies");
        self.partials();
        self.check(service.stop().success(), "and it ends well", "");
    }

    /// A store that has more than the ledger, and another log's.
    fn behind(&mut self) {
        println!("a ledger that is not the published one:");
        let older = self.folder.join("older");
        let copied = Command::new("cp").arg("-r").args([&self.ledger, &older]).status();
        assert!(copied.is_ok_and(|status| status.success()), "a copy of the ledger");
        let service = self.serve(&[]);
        let good = self.submit(&service);
        self.caught_up("the bucket goes on");
        self.check(good && service.stop().success(), "and it ends well", "");
        let newest = std::mem::replace(&mut self.ledger, older);
        let environment = self.environment();
        let says = ["code: store-behind-published"];
        self.refused("an older copy of the ledger", PLACE, &environment, 3, &says);
        let mut other = World::new("truce.example/another");
        self.ledger = self.folder.join("another");
        found(&mut other, &self.ledger);
        let says = ["code: publication\n", "not this log's"];
        self.refused("another log", PLACE, &environment, 4, &says);
        self.ledger = newest;
    }

    /// Bundles with `Content-Encoding: gzip`, where the store keeps it.
    fn compressed(&mut self, programs: &Path) {
        println!("compressed bundles:");
        let (ledger, environment) = (self.ledger.clone(), self.environment());
        let failed = self.try_serve(&ledger, &["--publish", PLACE, "--publish-gzip"], &environment).err();
        let good = failed.as_ref().is_some_and(|f| f.said.contains("code: publication-encoding"));
        let said = failed.map(|failed| end(&failed.said)).unwrap_or_default();
        self.check(good, "are refused where the store drops Content-Encoding", said);
        self.store = Store::start(Kind::Rclone, programs, &self.folder.join("rclone"), &self.keys);
        bucket(&self.store.client, "ceasefire");
        let service = self.serve(&["--publish-gzip", "--grace", "0"]);
        let good = self.submit(&service);
        self.caught_up("a bucket of another server has the whole log");
        self.headers();
        let get = |path: &str| self.store.client.get(&format!("{BASE}/{path}")).unwrap_or_default();
        let (bundle, tile) = (get("tile/entries/000"), get("tile/0/000"));
        let plain = http::Connection::open(service.url())
            .and_then(|mut c| c.get("/tile/entries/000", &[]))
            .map_or(0, |answer| answer.body.len());
        let smaller = bundle.body.starts_with(&[0x1f, 0x8b]) && 2 * bundle.body.len() < plain;
        let said = (bundle.header("content-encoding"), tile.header("content-encoding"));
        let found = format!("{said:?}, {} of {plain} bytes", bundle.body.len());
        let good = good && smaller && said == (Some("gzip"), None);
        self.check(good, "bundles are compressed and say so, tiles are not", found);
        self.verified("an auditor verifies it over plain HTTP");
        self.partials();
        self.check(service.stop().success(), "and it ends well", "");
    }

    /// Of everything that any depositary has said.
    fn secrets(&mut self) {
        let mut said = String::new();
        for n in 1..=self.starts {
            let path = self.folder.join(format!("said-{n}.txt"));
            said.push_str(&String::from_utf8_lossy(&std::fs::read(path).expect("what it said")));
        }
        let what = format!("in {} KiB of their logs no secret", said.len() / 1024);
        let secret = said.contains(&self.keys.secret) || said.contains("something-else-entirely");
        self.check(!secret && said.len() > 1024, &what, "there is one");
    }
}

/// Every file under a checkpoint of `size`.
fn pieces(size: u64) -> impl Iterator<Item = TilePath> {
    tile::tiles(size).map(TilePath::from).chain(tile::new_bundles(0, size).map(TilePath::from))
}

/// Makes a bucket that everybody may read from, where the store has such rules.
fn bucket(client: &Client, name: &str) {
    let made = client.signed("PUT", &format!("/{name}"), "", b"").expect("an answer");
    assert_eq!(made.status, 200, "{}", made.text());
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["*"]}},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::{name}/*"]}}]}}"#
    );
    // Behind an open port the store may not have read its rules yet, and forget new ones.
    let begun = Instant::now();
    loop {
        let ruled =
            client.signed("PUT", &format!("/{name}"), "policy=", policy.as_bytes()).expect("an answer");
        let absent = client.get(&format!("/{name}/nothing")).expect("an answer");
        if absent.status == 404 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "nobody may read: {} {}", ruled.status, absent.text());
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Paths of the tiles and bundles in the bucket, from all pages of the list.
fn keys(client: &Client) -> BTreeSet<String> {
    let listed = client.signed("GET", "/ceasefire", "list-type=2&prefix=log%2Ftile%2F", b"");
    let text = listed.map(|answer| answer.text()).unwrap_or_default();
    assert!(!text.contains("<IsTruncated>true"), "more keys than this test reads");
    let keys = text.split("<Key>log/").skip(1).filter_map(|rest| rest.split("</Key>").next());
    keys.map(str::to_owned).collect()
}

/// The last lines of what a process said.
fn end(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

/// Ends a watcher, also when the watched fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A figure without labels.
fn figure(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
}
