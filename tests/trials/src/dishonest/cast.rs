//! The network of one attack: a depositary, five witnesses, submitters, two mirrors and a monitor, all of them processes of
//! the program `truce`. Before the depositary stands what cheats; it has the log's key.

use super::forged::Forged;
use super::front::{self, Front};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use truce_statement::{Reference, Relation, SecretKey, Signed};
use truce_tests::network::process::{Process, truce, wait};
use truce_tests::network::server::{Reply, Request, get, read_answer};
use truce_tests::network::{Member, address, policy, roles, signer};
use truce_tests::service;
use truce_tests::world::{ORIGIN, Pen, World, body, key, observation};
use truce_tlog::witness::{AddCheckpoint, monitoring_path};
use truce_tlog::{
    BundleCoord, Checkpoint, Cosigner, Ed25519NoteSigner, EntryBundle, Note, NoteSigner as _,
    SignedCheckpoint,
};

pub(super) const WITNESSES: usize = 5;
const QUORUM: usize = 3;
pub(super) const MIRRORS: usize = 2;
/// Members of the agreement that report: mission, guarantor, civil-society body.
pub(super) const REPORTERS: [usize; 3] = [0, 3, 4];
/// Between two looks of mirrors and monitor.
const EVERY: &str = "200ms";
/// Seed of the log's next key.
const NEXT: u16 = 901;
/// The monitor's patience with what may pass, and with what cannot be right.
const MAX_AGE: &str = "8s";
const GRACE: &str = "2s";
/// The longest that the network may take to come to rest.
const REST: Duration = Duration::from_secs(90);

/// An alarm of the monitor.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    pub(super) code: String,
    pub(super) place: String,
    pub(super) sentence: String,
}

pub(super) struct Cast {
    pub(super) folder: PathBuf,
    pub(super) charter: PathBuf,
    policy_file: PathBuf,
    world: World,
    signer: Ed25519NoteSigner,
    /// The key that is to follow the charter's, at hand of the depositary from the beginning.
    next: Ed25519NoteSigner,
    members: Vec<Member>,
    /// Between the depositary and each witness.
    pub(super) gates: Vec<Front>,
    pub(super) depositary: SocketAddr,
    /// What submitters, mirrors and the monitor take for the depositary.
    pub(super) desk: Front,
    pub(super) mirrored: Vec<Front>,
    pub(super) public: Front,
    /// The depositary and the witnesses.
    pub(super) servers: Vec<Process>,
    pub(super) mirrors: Vec<Process>,
    monitor: Option<Process>,
    monitors: u32,
    /// What the monitor expects to be in the log.
    pub(super) expected: Vec<PathBuf>,
    number: u32,
    /// What others than the monitor noticed.
    pub(super) noticed: Vec<String>,
    /// The last to go: the processes above still write to it.
    _temporary: tempfile::TempDir,
}

impl Cast {
    /// A network at rest, some statements in it, watched by everybody.
    // One list of everything that there is, in the order in which it needs each other.
    #[allow(clippy::too_many_lines)]
    pub(super) fn new() -> Self {
        let temporary =
            tempfile::Builder::new().prefix("truce-dishonest-").tempdir().expect("a temporary folder");
        let folder = temporary.path().canonicalize().expect("a folder");
        let said = folder.join("said");
        std::fs::create_dir_all(&said).expect("a folder");
        let members = Member::make(&folder, WITNESSES);
        let gates: Vec<Front> = members.iter().map(|member| Front::before(member.address)).collect();
        let urls: Vec<String> = gates.iter().map(|gate| gate.url.clone()).collect();
        let policy = policy(&members, &urls, QUORUM);
        let mut world = World::with_witnesses(ORIGIN, Some(&policy));
        let home = folder.join("depositary");
        std::fs::create_dir_all(&home).expect("a folder");
        service::found(&mut world, &home.join("ledger"));
        let (charter, policy_file) = (folder.join("charter.cose"), folder.join("policy"));
        std::fs::write(&charter, world.charter.bytes()).expect("the charter");
        std::fs::write(&policy_file, &policy).expect("the policy");

        let depositary = address();
        let mut servers = Vec::new();
        for (n, member) in members.iter().enumerate() {
            let name = format!("witness {n}");
            let said = said.join(format!("witness-{n}"));
            let mut arguments = member.arguments(&charter);
            let follows = ["--succession", &format!("http://{depositary}"), "--every", EVERY];
            arguments.extend(follows.map(str::to_owned));
            servers.push(Process::new(&name, arguments, Vec::new(), &said));
        }
        let next = key(NEXT);
        let next_file = home.join("next.pem");
        std::fs::write(&next_file, next.to_pem(None).expect("a key").as_bytes()).expect("the next key");
        let mut arguments = roles::depositary(&home, depositary);
        arguments.extend(["--next-log-key".to_owned(), next_file.display().to_string()]);
        servers.insert(0, Process::new("depositary", arguments, Vec::new(), &said.join("depositary")));
        let mirrored: Vec<Front> = (0..MIRRORS).map(|_| Front::before(depositary)).collect();
        let mut mirrors = Vec::new();
        for (n, front) in mirrored.iter().enumerate() {
            let copy = folder.join(format!("mirror-{n}"));
            let mut arguments = roles::mirror(&front.url, &copy, &charter, EVERY);
            arguments.extend(roles::each("--threads", ["1".to_owned()]));
            mirrors.push(Process::new(
                &format!("mirror {n}"),
                arguments,
                Vec::new(),
                &said.join(format!("mirror-{n}")),
            ));
        }
        let mut cast = Self {
            _temporary: temporary,
            signer: signer(&world),
            next: Ed25519NoteSigner::from_seed(ORIGIN, &next.seed()).expect("a fixed key"),
            gates,
            desk: Front::before(depositary),
            public: Front::before(depositary),
            folder,
            charter,
            policy_file,
            world,
            members,
            depositary,
            mirrored,
            servers,
            mirrors,
            monitor: None,
            monitors: 0,
            expected: Vec::new(),
            number: 0,
            noticed: Vec::new(),
        };
        cast.servers.iter_mut().for_each(Process::tend);
        cast.wait("the depositary is not ready", |cast| {
            get(cast.depositary, "/readyz", &[]).is_some_and(|(status, ..)| status == 200)
        });
        for reporter in REPORTERS {
            let files: Vec<PathBuf> = (0..2).map(|_| cast.sign(reporter).1).collect();
            assert_eq!(cast.hand_in(reporter, &files, "final"), Some(0), "an honest network takes reports");
        }
        cast.mirrors.iter_mut().for_each(Process::tend);
        cast.watch();
        cast.settle();
        cast
    }

    fn wait(&mut self, what: &str, mut until: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + REST;
        while !until(self) {
            assert!(
                Instant::now() < end,
                "{what}: depositary {}, monitor {}",
                self.servers[0].complained(),
                self.monitor.as_ref().map(Process::said).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until everybody has, and has replayed, what the depositary has.
    pub(super) fn settle(&mut self) {
        self.settle_at(1 + MIRRORS);
    }

    /// The same but for one mirror, which is shown something else.
    pub(super) fn settle_without_one(&mut self) {
        self.settle_at(MIRRORS);
    }

    fn settle_at(&mut self, many: usize) {
        self.wait("the network does not come to rest", |cast| {
            let size = cast.size();
            let held = (0..MIRRORS).filter(|n| size_in(&cast.copy(*n)) == Some(size)).count();
            let places = std::fs::read_dir(cast.state().join("places"))
                .map(|places| places.flatten().filter(|place| size_in(&place.path()) == Some(size)).count());
            held + 1 >= many && places.is_ok_and(|count| count >= many)
        });
    }

    /// Starts again what was killed.
    pub(super) fn tend_servers(&mut self) {
        self.servers.iter_mut().for_each(Process::tend);
    }

    /// Folder of a mirror's copy.
    pub(super) fn copy(&self, n: usize) -> PathBuf {
        self.folder.join(format!("mirror-{n}"))
    }

    /// Folder of what the monitor remembers.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join(format!("monitor-{}", self.monitors))
    }

    /// Starts a monitor that remembers nothing, in place of the one there is: over everybody.
    pub(super) fn watch(&mut self) {
        let copies = (0..MIRRORS).map(|n| self.copy(n).display().to_string());
        let mut others = roles::each("--mirror", copies);
        let witnesses = self.members.iter().map(|member| format!("http://{}", member.address));
        others.extend(roles::each("--witness-monitoring", witnesses));
        self.watch_with(others);
    }

    /// The same over the public log alone: what one reader can do who knows nobody.
    pub(super) fn watch_alone(&mut self) {
        self.watch_with(Vec::new());
    }

    fn watch_with(&mut self, others: Vec<String>) {
        self.monitor = None;
        self.monitors += 1;
        let (url, state) = (&self.public.url, self.state());
        let mut arguments = roles::monitor(url, &state, &self.charter, &self.policy_file, EVERY, MAX_AGE);
        arguments.extend(["--grace", GRACE, "--threads", "1"].map(str::to_owned));
        arguments.extend(others);
        arguments
            .extend(roles::each("--expect", self.expected.iter().map(|file| file.display().to_string())));
        let said = self.folder.join("said").join(format!("monitor-{}", self.monitors));
        let mut process = Process::new("monitor", arguments, Vec::new(), &said);
        process.tend();
        self.monitor = Some(process);
    }

    /// Every alarm that the monitor has raised.
    pub(super) fn alarms(&self) -> Vec<Alarm> {
        let said = self.monitor.as_ref().map(Process::said).unwrap_or_default();
        let alarms = said.lines().filter_map(|line| {
            let value: Value = serde_json::from_str(line).ok()?;
            let event = &value["event"];
            let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
            (event["notice"] == "alarm").then(|| Alarm {
                code: text("code"),
                place: text("place"),
                sentence: text("sentence"),
            })
        });
        alarms.collect()
    }

    /// Why the monitor has ended, if it has: it is not to.
    pub(super) fn monitor_ended(&mut self) -> Option<String> {
        let monitor = self.monitor.as_mut()?;
        let status = monitor.ended()?;
        Some(format!("{status}: {}", monitor.complained().trim()))
    }

    /// Entries that the depositary has published.
    pub(super) fn size(&self) -> u64 {
        self.published().size()
    }

    /// The checkpoint as the depositary shows it.
    pub(super) fn checkpoint(&self) -> String {
        let (_, _, body) = get(self.depositary, "/checkpoint", &[]).expect("the depositary answers");
        String::from_utf8(body).expect("text")
    }

    fn published(&self) -> SignedCheckpoint {
        self.opened(self.checkpoint().as_bytes()).expect("a checkpoint")
    }

    /// A checkpoint that one of the log's keys has signed.
    fn opened(&self, note: &[u8]) -> Option<SignedCheckpoint> {
        let keys = [&self.next, &self.signer].map(|signer| signer.vkey().clone());
        keys.iter().find_map(|key| SignedCheckpoint::parse(note, key, &[]).ok())
    }

    /// The key that the charter names: the old one, once another has followed.
    pub(super) const fn old_key(&self) -> &Ed25519NoteSigner {
        &self.signer
    }

    /// The key that follows the charter's.
    pub(super) const fn next_key(&self) -> &Ed25519NoteSigner {
        &self.next
    }

    /// Has every party agree that the next key takes the old one's place at once.
    pub(super) fn replace_key(&mut self) {
        let url = format!("http://{}", self.depositary);
        let change = json!({ "next": self.next.vkey().to_string(), "overlap": 0 });
        let draft = json!({ "kind": "amendment", "body": { "title": "Another key", "log": change } });
        let amendment = self.world.members[0].root.sign(body(&draft.to_string()), Vec::new()).expect("sound");
        let assent = json!({ "kind": "endorsement", "body": {} }).to_string();
        for member in 0..self.world.members.len() {
            let signed = if member == 0 {
                amendment.clone()
            } else {
                let refs = vec![Reference(Relation::Supports, amendment.id())];
                self.world.members[member].root.sign(body(&assent), refs).expect("sound")
            };
            let file = self.folder.join(format!("another-key-{member}.cose"));
            std::fs::write(&file, signed.bytes()).expect("a statement");
            assert_eq!(
                self.submit(member, &[file], "accepted", &url, 30),
                Some(0),
                "amendments are recorded"
            );
        }
    }

    /// The file that shows who followed the charter's key, where somebody has.
    pub(super) fn succession(&self) -> Option<PathBuf> {
        let (status, _, bytes) = get(self.depositary, "/succession", &[])?;
        let file = self.folder.join("succession");
        (status == 200).then(|| std::fs::write(&file, bytes).expect("the succession"))?;
        Some(file)
    }

    /// The log's private key.
    pub(super) fn key(&self) -> &SecretKey {
        &self.world.log
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// The log as the depositary has it.
    pub(super) fn honest(&self) -> Forged {
        let size = self.size();
        let mut entries = Vec::new();
        while (entries.len() as u64) < size {
            let (coord, _) = BundleCoord::of_entry(entries.len() as u64, size).expect("a position");
            let (_, _, bytes) =
                get(self.depositary, &format!("/{coord}"), &[]).expect("the depositary answers");
            let bundle = EntryBundle::parse_prefix(&bytes, coord).expect("a bundle");
            entries.extend(bundle.entries().iter().map(|entry| entry.to_vec()));
        }
        Forged::of(&entries)
    }

    /// What the depositary shows now, for ever.
    pub(super) fn snapshot(&self) -> front::Answer {
        let checkpoint = self.checkpoint();
        front::log(self.honest().files(&checkpoint))
    }

    /// A history, signed by this key of the log and nobody else.
    pub(super) fn shown_by(log: &Forged, signer: &Ed25519NoteSigner) -> front::Answer {
        front::log(log.files(&log.sign(ORIGIN, signer).note().to_string()))
    }

    /// Signs with the log's key.
    pub(super) fn sign_log(&self, log: &Forged) -> SignedCheckpoint {
        log.sign(ORIGIN, &self.signer)
    }

    /// A history, signed by the log and nobody else.
    pub(super) fn shown(&self, log: &Forged) -> front::Answer {
        front::log(log.files(&self.sign_log(log).note().to_string()))
    }

    /// Shows every reader the same.
    pub(super) fn show_all(&self, answer: &front::Answer) {
        self.public.shows(answer.clone());
        for front in &self.mirrored {
            front.shows(answer.clone());
        }
    }

    /// The next report of a member, signed and on file.
    pub(super) fn sign(&mut self, member: usize) -> (Signed, PathBuf) {
        self.number += 1;
        let number = self.number;
        let pen = &mut self.world.members[member].work;
        let signed = pen.sign(observation(number, "as seen"), Vec::new()).expect("sound");
        let file = self.folder.join(format!("{number:03}.cose"));
        std::fs::write(&file, signed.bytes()).expect("a statement");
        (signed, file)
    }

    /// A pen for a key that the member does not have, at the beginning of its feed.
    pub(super) fn stranger(&self, member: usize, seed: u16) -> Pen {
        let own = &self.world.members[member].work;
        let mut pen = Pen::new(key(seed), own.party.clone(), own.subject.clone());
        pen.clock = own.clock;
        pen
    }

    /// Has reports recorded by the depositary behind the front, past it, until they are final.
    pub(super) fn record(&mut self, member: usize) -> Signed {
        let (signed, file) = self.sign(member);
        let url = format!("http://{}", self.depositary);
        assert_eq!(
            self.submit(member, &[file], "final", &url, 30),
            Some(0),
            "the depositary records reports"
        );
        signed
    }

    /// Hands in reports at the front desk; the exit code of `truce submit`.
    pub(super) fn hand_in(&mut self, member: usize, files: &[PathBuf], until: &str) -> Option<i32> {
        let url = self.desk.url.clone();
        self.submit(member, files, until, &url, 30)
    }

    /// The same with little patience; what `truce submit` ended with is noted.
    pub(super) fn hand_in_briefly(&mut self, member: usize, files: &[PathBuf]) {
        let url = self.desk.url.clone();
        let code = self.submit(member, files, "accepted", &url, 2);
        let code = code.map_or("killed".to_owned(), |code| format!("exit {code}"));
        self.noticed.push(format!("submitter: {code}"));
    }

    fn submit(&self, member: usize, files: &[PathBuf], until: &str, url: &str, seconds: u32) -> Option<i32> {
        let outbox = self.folder.join(format!("outbox-{member}"));
        let said = std::fs::File::create(self.folder.join("said").join("submitter.err")).expect("a file");
        let patience = format!("{seconds}s");
        let mut command = truce();
        command.arg("submit").args(files).args(["--to", url, "--until", until, "--wait", &patience]);
        command.args(["--timeout", "10s", "--charter"]).arg(&self.charter).arg("--outbox").arg(outbox);
        let mut child = command.stdout(Stdio::null()).stderr(said).spawn().expect("truce starts");
        wait(&mut child, Duration::from_secs(90)).and_then(|status| status.code())
    }

    /// Asks a witness to cosign; its status, and its line where it did.
    pub(super) fn ask_witness(&mut self, n: usize, log: &Forged) -> Option<String> {
        let checkpoint = self.sign_log(log);
        self.ask_witness_about(n, log, &checkpoint)
    }

    /// The same with a checkpoint of that history that is signed already.
    pub(super) fn ask_witness_about(
        &mut self,
        n: usize,
        log: &Forged,
        checkpoint: &SignedCheckpoint,
    ) -> Option<String> {
        let address = self.members[n].address;
        let held = get(address, &monitoring_path(ORIGIN), &[])
            .and_then(|(_, _, body)| self.opened(&body))
            .map_or(0, |held| held.size());
        let path = if held < log.size() { log.consistency(held) } else { Vec::new() };
        let body = match AddCheckpoint::new(held, path, checkpoint) {
            Ok(request) => request.to_string(),
            Err(_) => format!("old {held}\n\n{}", checkpoint.note()),
        };
        let request = Request {
            method: "POST".into(),
            path: "/add-checkpoint".into(),
            headers: vec!["host: localhost".into(), format!("content-length: {}", body.len())],
            body: body.into_bytes(),
        };
        let answer = request.send(address).ok().and_then(|answer| read_answer(&answer));
        let (status, _, body) = answer.expect("a witness answers");
        let line = String::from_utf8(body).unwrap_or_default();
        if status != 200 {
            self.noticed.push(format!("witness: {status}"));
        }
        (status == 200).then_some(line)
    }

    /// A history with the cosignatures of every witness that gives one.
    pub(super) fn witnessed(&mut self, log: &Forged) -> front::Answer {
        let mut note = self.sign_log(log).note().to_string();
        for n in 0..WITNESSES {
            let line = self.ask_witness(n, log);
            note.push_str(&line.expect("a witness cosigns what grows out of what it cosigned"));
        }
        front::log(log.files(&note))
    }

    /// The same, with a quorum of witnesses who cosign whatever they are handed.
    pub(super) fn colluding(&self, log: &Forged) -> front::Answer {
        let checkpoint = self.sign_log(log);
        let mut note: Note = checkpoint.note().clone();
        for member in self.members.iter().take(QUORUM) {
            let pem = std::fs::read_to_string(&member.key).expect("its key");
            let key = SecretKey::from_pem(&pem, None).expect("its key");
            let cosigner = Cosigner::from_seed(member.vkey.name(), &key.seed()).expect("its key");
            note.push_signature(cosigner.cosign(&checkpoint, now_s()).expect("a time of today"))
                .expect("room");
        }
        front::log(log.files(&note.to_string()))
    }

    /// Nobody asks the witnesses any more but we.
    pub(super) fn shut_gates(&self, gates: impl IntoIterator<Item = usize>) {
        for n in gates {
            self.gates[n].shows(front::silent());
        }
    }

    /// The receipt with which the depositary says that it has recorded a report, in a history of our own.
    pub(super) fn receipt(&self, log: &Forged) -> Reply {
        let proof = log.prove_last(&self.sign_log(log)).to_string();
        let mut reply = Reply::new(201, "text/x.tlog.proof", proof);
        reply.headers.push(format!("truce-position: {}", log.size() - 1));
        reply.headers.push("truce-state: accepted".to_owned());
        reply
    }

    /// What the mirrors say.
    pub(super) fn note_mirrors(&mut self) {
        for mirror in &mut self.mirrors {
            let name = mirror.name.clone();
            if let Some(status) = mirror.ended() {
                let said = mirror.complained();
                let last = said.lines().last().unwrap_or_default();
                let error: Value = serde_json::from_str(last).unwrap_or_default();
                let code = error["error"]["code"].as_str().unwrap_or("?").to_owned();
                let exit = status.code().unwrap_or(-1);
                self.noticed.push(format!("{name}: {code}, exit {exit}"));
            } else if let Some(last) = mirror.said().lines().last() {
                // What it said before it took something again is over.
                let value: Value = serde_json::from_str(last).unwrap_or_default();
                if let Some(code) = value["waiting"]["code"].as_str() {
                    self.noticed.push(format!("{name}: {code}"));
                }
            }
        }
    }

    /// Every fraud proof that the monitor or a mirror wrote.
    pub(super) fn proofs(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in [self.state().join("fraud"), self.folder.clone()] {
            let found = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
            files.extend(found.filter(|path| path.extension().is_some_and(|e| e == "fraud-proof")));
        }
        files.sort();
        files
    }
}

/// Size of the checkpoint in a folder, whoever signed it.
fn size_in(folder: &Path) -> Option<u64> {
    let note = Note::parse(&std::fs::read(folder.join("checkpoint")).ok()?).ok()?;
    Some(Checkpoint::parse(note.text()).ok()?.size())
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}
