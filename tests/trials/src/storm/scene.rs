//! The network: its processes, its links, its disks.

use super::plan::{Deed, What};
use super::submitter::{Submitter, lock};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use truce_statement::{StatementId, id::sha256};
use truce_tests::network::link::{Link, Look, Weather};
use truce_tests::network::process::Process;
use truce_tests::network::server::{Request, get, read_answer};
use truce_tests::network::{Member, Random, address, log_key, policy, roles};
use truce_tests::world::{Pen, World};
use truce_tests::{crash, service};
use truce_tlog::{SignedCheckpoint, VKey, witness::monitoring_path};

pub(super) const WITNESSES: usize = 5;
pub(super) const QUORUM: usize = 3;
pub(super) const MIRRORS: usize = 2;
/// Members of the agreement whose working keys sign.
const SUBMITTERS: [usize; 3] = [0, 3, 4];
/// The monitor's patience: longer than anything that the storm does to one place, shorter than the storm, so that a place
/// that falls behind in it is an alarm.
const MAX_AGE: &str = "60s";

/// Number of the depositary among the processes; then the witnesses, the mirrors, the monitor.
const DEPOSITARY: usize = 0;
/// What it logs when its store has stopped, when it goes on, and when it cannot open the store yet.
pub(super) const STOPPED: &str = "the depositary stops";
pub(super) const GOES_ON: &str = "the ledger is opened anew";
pub(super) const WAITS: &str = "the ledger does not open yet";
/// Its disk stays full until it has written to it, for so long at most.
const LONGEST_FULL: Duration = Duration::from_secs(15);

/// What became of one process.
#[derive(Clone, Copy, Default)]
pub(super) struct Suffered {
    pub(super) kills: u32,
    pub(super) pauses: u32,
    pub(super) full: u32,
}

/// Positions that the depositary has acknowledged, by statement.
pub(super) type Acknowledged = BTreeMap<StatementId, Vec<u64>>;

pub(super) struct Scene {
    _temporary: tempfile::TempDir,
    pub(super) folder: PathBuf,
    pub(super) log: VKey,
    pub(super) policy: String,
    pub(super) processes: Vec<Process>,
    /// A file for each process: while it exists, its disk is full.
    switches: Vec<PathBuf>,
    pub(super) submitters: Vec<Submitter>,
    pub(super) suffered: Vec<Suffered>,
    pub(super) weather: Weather,
    pub(super) acknowledged: Arc<Mutex<Acknowledged>>,
    /// What has been begun, and when it ends.
    pending: Vec<(Instant, usize, What)>,
    pub(super) depositary: SocketAddr,
    witnesses: Vec<SocketAddr>,
    /// When the depositary's disk became full, and how often it had noticed such a thing before.
    filled: Option<(Instant, usize)>,
    has_disk: Vec<bool>,
}

impl Scene {
    // One list of everything that there is, in the order in which it needs each other.
    #[allow(clippy::too_many_lines)]
    pub(super) fn new(random: &mut Random) -> Self {
        let temporary =
            tempfile::Builder::new().prefix("truce-storm-").tempdir().expect("a temporary folder");
        let folder = temporary.path().canonicalize().expect("a folder");
        let said = folder.join("said");
        std::fs::create_dir_all(&said).expect("a folder");
        let library = crash::fault::build(&folder);
        let weather = Weather::default();

        let members = Member::make(&folder, WITNESSES);
        let towards: Vec<Link> =
            members.iter().map(|member| Link::to(member.address, random.draw(), &weather, None)).collect();
        let urls: Vec<String> = towards.into_iter().map(|link| link.url).collect();
        let policy = policy(&members, &urls, QUORUM);
        let mut world = World::with_witnesses(truce_tests::world::ORIGIN, Some(&policy));
        let home = folder.join("depositary");
        std::fs::create_dir_all(&home).expect("a folder");
        service::found(&mut world, &home.join("ledger"));
        let charter = folder.join("charter.cose");
        std::fs::write(&charter, world.charter.bytes()).expect("the charter");
        let policy_file = folder.join("policy");
        std::fs::write(&policy_file, &policy).expect("the policy");

        let depositary = address();
        let acknowledged = Arc::<Mutex<Acknowledged>>::default();
        let kept = Arc::clone(&acknowledged);
        let look: Look = Arc::new(move |request, answer| note(&kept, request, answer));
        let mut way = |look: Option<Look>| Link::to(depositary, random.draw(), &weather, look).url;
        let submitter_urls: Vec<String> = SUBMITTERS.iter().map(|_| way(Some(Arc::clone(&look)))).collect();
        let mirror_urls: Vec<String> = (0..MIRRORS).map(|_| way(None)).collect();
        let monitor_url = way(None);

        let text = |path: &Path| path.display().to_string();
        let mut each: Vec<(String, PathBuf, Vec<String>)> =
            vec![("depositary".to_owned(), home.clone(), roles::depositary(&home, depositary))];
        for (n, member) in members.iter().enumerate() {
            let home = folder.join(format!("witness-{n}"));
            each.push((format!("witness {n}"), home, member.arguments(&charter)));
        }
        let mut mirrors = Vec::new();
        for (n, url) in mirror_urls.iter().enumerate() {
            let home = folder.join(format!("mirror-{n}"));
            std::fs::create_dir_all(&home).expect("a folder");
            let copy = home.join("copy");
            each.push((format!("mirror {n}"), home, roles::mirror(url, &copy, &charter, "500ms")));
            mirrors.push(copy);
        }
        let home = folder.join("monitor");
        std::fs::create_dir_all(&home).expect("a folder");
        let state = home.join("state");
        let mut arguments = roles::monitor(&monitor_url, &state, &charter, &policy_file, "1s", MAX_AGE);
        arguments.extend(roles::each("--mirror", mirrors.iter().map(|copy| copy.display().to_string())));
        arguments.extend(roles::each("--witness-monitoring", urls.iter().cloned()));
        each.push(("monitor".to_owned(), home, arguments));

        let (mut processes, mut switches) = (Vec::new(), Vec::new());
        for (name, home, arguments) in each {
            let file = name.replace(' ', "-");
            let switch = folder.join(format!("full-{file}"));
            let environment = [
                ("LD_PRELOAD", text(&library)),
                ("TRUCE_FAULT", "full".to_owned()),
                ("TRUCE_FAULT_UNDER", text(&home)),
                ("TRUCE_FAULT_SWITCH", text(&switch)),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec();
            processes.push(Process::new(&name, arguments, environment, &said.join(file)));
            switches.push(switch);
        }
        let mut scene = Self {
            _temporary: temporary,
            log: log_key(&world),
            policy,
            suffered: vec![Suffered::default(); processes.len() + SUBMITTERS.len()],
            has_disk: (0..processes.len() + SUBMITTERS.len()).map(|n| n < processes.len()).collect(),
            processes,
            switches,
            submitters: Vec::new(),
            weather,
            acknowledged,
            pending: Vec::new(),
            depositary,
            witnesses: members.iter().map(|member| member.address).collect(),
            filled: None,
            folder,
        };
        scene.tend();
        let members = std::mem::take(&mut world.members);
        let mut pens: BTreeMap<usize, Pen> =
            members.into_iter().map(|member| member.work).enumerate().collect();
        for (n, url) in SUBMITTERS.into_iter().zip(&submitter_urls) {
            let (name, pen) = (format!("submitter {n}"), pens.remove(&n).expect("a member"));
            let folder = scene.folder.join(format!("submitter-{n}"));
            scene.submitters.push(Submitter::start(&name, &folder, pen, url, &charter));
        }
        scene
    }

    /// Everything that can suffer, and whether it has a disk of its own.
    pub(super) fn targets(&self) -> &[bool] {
        &self.has_disk
    }

    /// Of so many messages one meets each fault from now on; none where zero.
    pub(super) fn weather(&self, one_in: u64) {
        self.weather.one_in.store(one_in, Ordering::Relaxed);
    }

    /// Waits until the first statement has come through.
    pub(super) fn wait_until_it_runs(&mut self, patience: Duration) {
        let end = Instant::now() + patience;
        while lock(&self.acknowledged).is_empty() {
            assert!(
                Instant::now() < end,
                "the network does not begin to run: {}",
                self.processes[0].complained()
            );
            self.tend();
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(super) fn does(&mut self, deed: &Deed) {
        let (target, suffered) = (deed.target, &mut self.suffered[deed.target]);
        match (deed.what, self.processes.get_mut(target)) {
            (What::Kill, Some(process)) => suffered.kills += u32::from(process.kill(deed.lasts)),
            (What::Pause, Some(process)) => {
                process.signal("STOP");
                suffered.pauses += 1;
            }
            (What::Fill, _) => {
                std::fs::write(&self.switches[target], b"").expect("a switch");
                suffered.full += 1;
                if target == DEPOSITARY && self.filled.is_none() {
                    self.filled = Some((Instant::now(), self.notices()));
                }
            }
            (what, None) => {
                let submitter = &self.submitters[target - self.processes.len()];
                if what == What::Kill {
                    submitter.shared.dead.store(true, Ordering::Release);
                    suffered.kills += u32::from(submitter.kill());
                } else {
                    suffered.pauses += u32::from(submitter.signal("STOP"));
                }
            }
        }
        self.pending.push((Instant::now() + deed.lasts, target, deed.what));
    }

    /// Ends what has lasted long enough, and starts again what has ended.
    pub(super) fn tend(&mut self) {
        let now = Instant::now();
        let (over, pending) =
            std::mem::take(&mut self.pending).into_iter().partition(|(end, ..)| *end <= now);
        self.pending = pending;
        let over: Vec<(Instant, usize, What)> = over;
        for (_, target, what) in over {
            // Another of its kind may still last.
            if self.pending.iter().any(|(_, other, still)| (*other, *still) == (target, what)) {
                continue;
            }
            if target == DEPOSITARY && what == What::Fill && self.is_unnoticed() {
                self.pending.push((now + Duration::from_millis(250), target, what));
                continue;
            }
            self.end(target, what);
        }
        for process in &mut self.processes {
            process.tend();
        }
    }

    /// How often the depositary has logged this since it was first started.
    pub(super) fn said_of_itself(&self, words: &str) -> usize {
        self.processes[DEPOSITARY].complained().matches(words).count()
    }

    /// Whether the depositary's disk is full, and it has written nothing to it yet: for as long as can be waited.
    fn is_unnoticed(&self) -> bool {
        self.filled.is_some_and(|(since, before)| since.elapsed() < LONGEST_FULL && self.notices() == before)
    }

    /// How often the depositary has found its disk full.
    fn notices(&self) -> usize {
        self.said_of_itself(STOPPED) + self.said_of_itself(WAITS)
    }

    fn end(&mut self, target: usize, what: What) {
        if target == DEPOSITARY && what == What::Fill {
            self.filled = None;
        }
        let submitter = target.checked_sub(self.processes.len()).map(|n| &self.submitters[n]);
        match (what, submitter) {
            (What::Fill, _) => drop(std::fs::remove_file(&self.switches[target])),
            (What::Pause, None) => self.processes[target].signal("CONT"),
            (What::Pause, Some(submitter)) => drop(submitter.signal("CONT")),
            (What::Kill, Some(submitter)) => submitter.shared.dead.store(false, Ordering::Release),
            (What::Kill, None) => {}
        }
    }

    pub(super) fn deeds(&self) -> u32 {
        self.suffered.iter().map(|s| s.kills + s.pauses + s.full).sum()
    }

    pub(super) fn in_short(&self) -> String {
        let signed: usize = self.submitters.iter().map(|s| lock(&s.shared.signed).len()).sum();
        let mut text = String::new();
        let acknowledged = lock(&self.acknowledged).len();
        let _ = write!(text, "{} deeds, {signed} signed, {acknowledged} acknowledged", self.deeds());
        text
    }

    /// Lets the storm end, and waits until everything is as it should be; what is not by then is returned.
    pub(super) fn recover(&mut self, patience: Duration) -> Vec<String> {
        for (_, target, what) in std::mem::take(&mut self.pending) {
            self.end(target, what);
        }
        for submitter in &self.submitters {
            submitter.shared.ending.store(true, Ordering::Release);
        }
        let end = Instant::now() + patience;
        loop {
            self.tend();
            let waiting = self.not_yet();
            if waiting.is_empty() || Instant::now() > end {
                return waiting;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    /// What has not come right yet.
    fn not_yet(&mut self) -> Vec<String> {
        let mut waiting = Vec::new();
        for submitter in &self.submitters {
            waiting.extend(
                lock(&submitter.shared.faults).iter().map(|fault| format!("{}: {fault}", submitter.name)),
            );
            if !submitter.shared.done.load(Ordering::Acquire) {
                waiting.push(format!("{}: not everything is final", submitter.name));
            }
        }
        if !waiting.is_empty() {
            return waiting;
        }
        for process in &mut self.processes {
            if !process.is_alive() {
                waiting.push(format!("{}: it does not run", process.name));
            }
        }
        if ask(self.depositary, "/readyz").is_none_or(|(status, ..)| status != 200) {
            waiting.push("depositary: it is not ready".to_owned());
        }
        let published = self.published();
        let Ok(checkpoint) = self.checkpoint(&published) else {
            waiting.push("depositary: it publishes no checkpoint that the quorum has cosigned".to_owned());
            return waiting;
        };
        for n in 0..MIRRORS {
            if self.checkpoint(&self.mirror(n)).is_ok_and(|held| held.size() == checkpoint.size()) {
                continue;
            }
            waiting.push(format!("mirror {n}: it does not hold the newest checkpoint"));
        }
        for (n, address) in self.witnesses.iter().enumerate() {
            let seen = ask(*address, &monitoring_path(truce_tests::world::ORIGIN))
                .and_then(|(_, _, body)| SignedCheckpoint::parse(&body, &self.log, &[]).ok());
            if seen.is_none_or(|seen| seen.root() != checkpoint.root()) {
                waiting.push(format!("witness {n}: it has not cosigned the newest checkpoint"));
            }
        }
        waiting
    }

    pub(super) fn published(&self) -> PathBuf {
        self.folder.join("depositary").join("published")
    }

    pub(super) fn mirror(&self, n: usize) -> PathBuf {
        self.folder.join(format!("mirror-{n}")).join("copy")
    }

    /// The checkpoint of a copy, final by the quorum.
    pub(super) fn checkpoint(&self, copy: &Path) -> Result<SignedCheckpoint, String> {
        let policy = truce_tlog::Policy::parse(self.policy.as_bytes()).map_err(|e| e.to_string())?;
        let bytes = std::fs::read(copy.join("checkpoint")).map_err(|e| e.to_string())?;
        let note = truce_tlog::Note::parse(&bytes).map_err(|e| e.to_string())?;
        policy.check_for(&note, &self.log).map_err(|e| e.to_string())
    }
}

/// Asks on the direct way, past every link.
pub(super) fn ask(address: SocketAddr, path: &str) -> Option<(u16, String, Vec<u8>)> {
    get(address, path, &[])
}

/// Notes what the depositary acknowledged, whether or not the answer comes through.
fn note(acknowledged: &Mutex<Acknowledged>, request: &Request, answer: &[u8]) {
    let Some((status, head, body)) = read_answer(answer) else { return };
    if request.method != "POST" || !request.path.starts_with("/entries") {
        return;
    }
    let mut acknowledged = lock(acknowledged);
    let mut add = |id: StatementId, position: u64| {
        let positions = acknowledged.entry(id).or_default();
        if !positions.contains(&position) {
            positions.push(position);
        }
    };
    if matches!(status, 200 | 201) && head.contains("truce-position: ") {
        let position =
            head.lines().find_map(|line| line.strip_prefix("truce-position: ")?.trim().parse().ok());
        add(StatementId::from_bytes(sha256(&request.body)), position.expect("a position"));
    } else if status == 200
        && let Ok(value) = serde_json::from_slice::<Value>(&body)
    {
        for result in value["results"].as_array().into_iter().flatten() {
            let taken = matches!(result["outcome"].as_str(), Some("recorded" | "duplicate"));
            let (id, position) = (result["statement"].as_str(), result["position"].as_u64());
            if let (true, Some(id), Some(position)) = (taken, id, position) {
                add(id.parse().expect("an id"), position);
            }
        }
    }
}
