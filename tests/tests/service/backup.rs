//! Backup, loss and return, through the real commands.

use crate::client::{PROOF, Scene, id};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use truce_log::{Ledger, SystemClock};
use truce_statement::Entry;
use truce_store::{LogRead as _, RocksReader};
use truce_tests::service::{Service, program, truce};
use truce_tests::world::{ORIGIN, World, observation};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, EdgeTiles, Hash, Note, NoteSigner as _, ProofFile, SignedCheckpoint,
    bundle, leaf_hash,
};

/// Runs a command that has to succeed.
fn good(args: &[&str]) -> serde_json::Value {
    let done = truce(&[args, &["--json"]].concat());
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Runs a command that has to fail: its exit code and its code.
fn bad(args: &[&str]) -> (i32, String) {
    let done = truce(&[args, &["--json"]].concat());
    let said: serde_json::Value =
        serde_json::from_slice(&done.stderr).unwrap_or_else(|e| panic!("{args:?}: {e}: {done:?}"));
    (done.status.code().unwrap(), said["error"]["code"].as_str().unwrap().to_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Whether a service over this ledger refuses to start, and why.
fn refuses(ledger: &Path) -> (i32, String) {
    let Err(failed) = Service::try_start(ledger, &[]) else { panic!("it started") };
    let code = failed.said.lines().find_map(|line| line.trim().strip_prefix("code: ")).unwrap().to_owned();
    (failed.code.unwrap(), code)
}

/// Size of the log published in a directory.
fn published(folder: &Path) -> u64 {
    let Ok(note) = fs::read(folder.join("checkpoint")) else { return 0 };
    Checkpoint::parse(Note::parse(&note).unwrap().text()).unwrap().size()
}

/// Holds a receipt against the ledger: the entry is where it says, under the tree that it was signed for.
fn stands(ledger: &Ledger, statement: &[u8], receipt: &[u8]) {
    let proof = ProofFile::parse(receipt).unwrap();
    let entry = Entry::from_extra(proof.extra().unwrap(), statement).unwrap().encode();
    assert_eq!(ledger.entry(proof.index()).unwrap().unwrap(), entry);
    let signed = Checkpoint::parse(proof.checkpoint().text()).unwrap();
    assert_eq!(ledger.root_at(signed.size()).unwrap().as_bytes(), signed.root().as_bytes());
}

#[test]
fn after_a_loss_every_receipt_still_stands() {
    let folder = tempfile::tempdir().unwrap();
    let publication = folder.path().join("published");
    let mut scene = Scene::new(&["--publish", text(&publication), "--key-rate", "100000", "--pace", "10"]);
    let ledger = scene.folder.path().join("ledger");
    let (backup, mirror) = (folder.path().join("backup"), folder.path().join("mirror"));
    let mut receipts: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let statements: Vec<Vec<u8>> = (0..400).map(|_| scene.statement()).collect();
    let (scene_ref, recorded) = (&scene, AtomicU64::new(0));
    let size = std::thread::scope(|scope| {
        let backup = scope.spawn(|| {
            while recorded.load(Ordering::SeqCst) < 50 {
                std::thread::sleep(Duration::from_millis(1));
            }
            good(&["backup", text(&ledger), text(&backup)])
        });
        for statement in &statements {
            let answer = scene_ref.post(statement, &[PROOF]);
            assert_eq!(answer.status, 201);
            receipts.push((statement.clone(), answer.body));
            recorded.fetch_add(1, Ordering::SeqCst);
        }
        backup.join().unwrap()["entries"].as_u64().unwrap()
    });
    // After the backup, whenever that was.
    for _ in 0..20 {
        let statement = scene.statement();
        let answer = scene.post(&statement, &[PROOF]);
        receipts.push((statement, answer.body));
    }
    let total = 6 + receipts.len() as u64;
    assert!(size >= 56 && size < total, "{size} of {total}");
    assert!(!backup.join("log.pem").exists(), "the key is not in it");
    assert!(backup.join("charter.cose").exists());
    good(&["verify", text(&backup)]);
    while published(&publication) < total {
        std::thread::sleep(Duration::from_millis(5));
    }
    good(&["mirror", text(&publication), text(&mirror)]);

    // The machine is lost, and with it everything but the key, which is kept elsewhere.
    let key = fs::read(ledger.join("log.pem")).unwrap();
    let next = scene.statement();
    drop(scene.service);
    fs::remove_dir_all(&ledger).unwrap();
    let before = good(&["restore", text(&backup), text(&ledger)]);
    assert_eq!(before["entries"].as_u64(), Some(size));
    fs::write(ledger.join("log.pem"), key).unwrap();
    assert_eq!(refuses(&ledger), (3, "restored-not-recovered".into()));
    let file = folder.path().join("next.cose");
    fs::write(&file, &next).unwrap();
    assert_eq!(bad(&["submit", text(&ledger), text(&file)]), (3, "restored-not-recovered".into()));

    let recovered = good(&["recover", text(&ledger), "--from", text(&mirror)]);
    assert_eq!(recovered["before"].as_u64(), Some(size));
    assert_eq!(recovered["entries"].as_u64(), Some(total));
    good(&["verify", text(&ledger)]);
    let opened = Ledger::open(&ledger).unwrap();
    for (statement, receipt) in &receipts {
        stands(&opened, statement, receipt);
    }
    drop(opened);

    // It goes on, in front of the same publication.
    scene.service = Service::start(&ledger, &["--publish", text(&publication)]);
    let answer = scene.post(&next, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-position")), (201, total.to_string().as_str()));
    let (statement, _) = &receipts[receipts.len() - 1];
    assert_eq!(scene.post(statement, &[]).status, 200, "recorded before");
    assert_eq!(scene.get(&format!("/entries/{}", id(statement)), &[]).status, 200);
    assert!(scene.service.stop().success());
    stands(&Ledger::open(&ledger).unwrap(), &next, &answer.body);
    good(&["verify", text(&publication)]);
}

/// A ledger of some 700 entries, a backup of its beginning, its publication.
struct Loss {
    folder: tempfile::TempDir,
    world: World,
    total: u64,
}

impl Loss {
    fn new() -> Self {
        let (folder, mut world) = (tempfile::tempdir().unwrap(), World::default());
        let path = |name: &str| folder.path().join(name);
        let (depositary, _) = world.found(&path("ledger"), Arc::new(SystemClock)).unwrap();
        let pem = world.log.to_pem(None).unwrap();
        let mut append = |from, to| {
            let pending: Vec<_> = (from..to)
                .map(|n| {
                    let signed = world.members[0].work.sign(observation(n, "seen"), Vec::new()).unwrap();
                    depositary.enqueue_blocking(signed.bytes().to_vec()).unwrap()
                })
                .collect();
            for pending in pending {
                drop(pending.receipt_blocking().unwrap());
            }
        };
        append(0, 100);
        // What another process of the same ledger would be: the owner copies, and nobody has to stop.
        depositary.store().copy_to(&path("early")).unwrap();
        append(100, 700);
        depositary.close();
        fs::write(path("ledger").join("log.pem"), pem.as_bytes()).unwrap();
        good(&["export", text(&path("ledger")), text(&path("mirror"))]);
        // The store as it was; key and checkpoint of the folder are the newest.
        fs::create_dir(path("stopped")).unwrap();
        fs::rename(path("early"), path("stopped").join("db")).unwrap();
        good(&["backup", text(&path("stopped")), text(&path("backup"))]);
        fs::remove_dir_all(path("ledger").join("db")).unwrap();
        let restored = good(&["restore", text(&path("backup")), text(&path("ledger"))]);
        assert_eq!(restored["entries"].as_u64(), Some(106));
        Self { folder, world, total: 706 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy of the mirror to spoil.
    fn copy(&self, name: &str) -> PathBuf {
        let to = self.path(name);
        let copied = Command::new("cp").arg("-r").arg(self.path("mirror")).arg(&to).status().unwrap();
        assert!(copied.success());
        to
    }

    fn recover(&self, from: &[&Path]) -> (i32, String) {
        let ledger = self.path("ledger");
        let mut args = vec!["recover", text(&ledger)];
        for from in from {
            args.extend(["--from", text(from)]);
        }
        bad(&args)
    }

    fn size(&self) -> u64 {
        RocksReader::open(self.path("ledger").join("db")).unwrap().head().unwrap().size
    }

    fn sign(&self, size: u64, root: Hash) -> String {
        let signer = Ed25519NoteSigner::from_seed(ORIGIN, &self.world.log.seed()).unwrap();
        SignedCheckpoint::sign(Checkpoint::new(ORIGIN, size, root).unwrap(), &signer).unwrap().to_string()
    }

    fn returns(&self) {
        let recovered = good(&["recover", text(&self.path("ledger")), "--from", text(&self.path("mirror"))]);
        assert_eq!(recovered["entries"].as_u64(), Some(self.total));
        good(&["verify", text(&self.path("ledger"))]);
        assert!(Service::start(&self.path("ledger"), &[]).stop().success());
    }
}

#[test]
fn a_copy_that_lies_or_lacks_entries_is_refused_by_name() {
    let loss = Loss::new();
    let ledger = loss.path("ledger");
    let last = format!("tile/entries/002.p/{}", loss.total - 512);

    let altered = loss.copy("altered");
    let file = altered.join("tile/entries/001");
    let mut bytes = fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert_eq!(loss.recover(&[&altered]), (3, "root-differs".into()));

    let torn = loss.copy("torn");
    bytes.truncate(bytes.len() - 3);
    fs::write(torn.join("tile/entries/001"), &bytes).unwrap();
    assert_eq!(loss.recover(&[&torn]), (3, "malformed-bundle".into()));

    let short = loss.copy("short");
    fs::remove_file(short.join(&last)).unwrap();
    assert_eq!(loss.recover(&[&short]), (3, "missing-entries".into()));

    let empty = loss.path("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(loss.recover(&[&empty]), (3, "no-checkpoint".into()));

    // Signed by somebody else, under the same name.
    let forged = loss.copy("forged");
    let signer = Ed25519NoteSigner::from_seed(ORIGIN, &[7; 32]).unwrap();
    assert!(!signer.vkey().to_string().is_empty());
    let checkpoint = Checkpoint::new(ORIGIN, loss.total, Hash::from([1; 32])).unwrap();
    let note = SignedCheckpoint::sign(checkpoint, &signer).unwrap().to_string();
    fs::write(forged.join("checkpoint"), note).unwrap();
    assert_eq!(loss.recover(&[&forged]), (3, "bad-checkpoint".into()));

    // Signed by this log, for another tree of the same entries: a fork.
    let forked = loss.copy("forked");
    fs::write(forked.join("checkpoint"), loss.sign(loss.total, Hash::from([2; 32]))).unwrap();
    assert_eq!(loss.recover(&[&forked]), (3, "root-differs".into()));
    fs::write(forked.join("checkpoint"), loss.sign(50, Hash::from([2; 32]))).unwrap();
    assert_eq!(loss.recover(&[&forked]), (3, "store-not-the-signed-tree".into()));

    // Signed by this log, and against its rules: a statement once more.
    let unruly = loss.copy("unruly");
    let (mut edge, mut all) = (EdgeTiles::new(), Vec::new());
    for name in ["tile/entries/000", "tile/entries/001", &last] {
        let bytes = fs::read(unruly.join(name)).unwrap();
        for entry in bundle::decode_entries(&bytes) {
            let entry = entry.unwrap();
            edge.push(leaf_hash(entry));
            all.push(entry.to_vec());
        }
    }
    assert_eq!(edge.size(), loss.total);
    let twice = Entry::parse(all.last().unwrap()).unwrap();
    let prev = truce_statement::EntryHash::from_bytes(leaf_hash(all.last().unwrap()).to_bytes());
    let twice = Entry { prev, ..twice }.encode();
    edge.push(leaf_hash(&twice));
    let mut bytes = fs::read(unruly.join(&last)).unwrap();
    bundle::encode_entry(&mut bytes, &twice).unwrap();
    fs::write(unruly.join(format!("tile/entries/002.p/{}", edge.size() - 512)), &bytes).unwrap();
    fs::write(unruly.join("checkpoint"), loss.sign(edge.size(), edge.root())).unwrap();
    let before = loss.size();
    assert_eq!(before, 106, "nothing was taken from any of them");

    // A copy that is honest, and older than what the folder knows to be signed.
    let stale = loss.copy("stale");
    let mut edge = EdgeTiles::new();
    all[..300].iter().for_each(|entry| drop(edge.push(leaf_hash(entry))));
    fs::write(stale.join("checkpoint"), loss.sign(300, edge.root())).unwrap();
    assert_eq!(loss.recover(&[&stale]), (3, "store-behind-signature".into()));
    assert_eq!(loss.size(), 300, "what it had is taken all the same");
    assert_eq!(bad(&["recover", text(&ledger), "--nothing-newer"]), (3, "store-behind-signature".into()));
    assert_eq!(refuses(&ledger), (3, "store-behind-signature".into()));
    assert_eq!(loss.recover(&[&unruly]), (3, "feed-fork".into()));
    assert_eq!(refuses(&ledger).0, 3);
    loss.returns();
}

#[test]
fn recovering_is_killed_in_the_middle_and_run_again() {
    let loss = Loss::new();
    let ledger = loss.path("ledger");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Everything is served, until the second bundle is asked for the second time: then it says nothing more.
    let (mirror, stuck) = (loss.path("mirror"), Arc::new(AtomicBool::new(false)));
    let stalls = Arc::clone(&stuck);
    std::thread::spawn(move || {
        let mut asked = 0;
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(&stream);
            reader.read_line(&mut line).unwrap();
            let mut rest = String::new();
            while reader.read_line(&mut rest).unwrap() > 2 {
                rest.clear();
            }
            let path = line.split(' ').nth(1).unwrap().trim_start_matches('/').to_owned();
            if path == "tile/entries/001" {
                asked += 1;
                if asked == 2 {
                    stalls.store(true, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_secs(3600));
                }
            }
            let answer = match fs::read(mirror.join(&path)) {
                Ok(bytes) => [
                    format!(
                        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                        bytes.len()
                    )
                    .into_bytes(),
                    bytes,
                ]
                .concat(),
                Err(_) => {
                    b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec()
                }
            };
            (&stream).write_all(&answer).unwrap();
        }
    });
    let mut child = Command::new(program())
        .args(["recover", text(&ledger), "--from", &url])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !stuck.load(Ordering::SeqCst) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(loss.size(), 256, "in the middle");
    // Neither the mark nor the checkpoint in its folder lets it sign.
    assert_eq!(refuses(&ledger), (3, "store-behind-signature".into()));
    fs::remove_file(ledger.join("checkpoint")).unwrap();
    assert_eq!(refuses(&ledger), (3, "restored-not-recovered".into()));
    loss.returns();
}

#[test]
fn a_backup_replaces_nothing_and_neither_does_a_return() {
    let loss = Loss::new();
    let (backup, ledger) = (loss.path("backup"), loss.path("ledger"));
    assert_eq!(bad(&["backup", text(&ledger), text(&backup)]), (4, "exists".into()));
    assert_eq!(bad(&["restore", text(&backup), text(&ledger)]).0, 4);
    let spoilt = loss.path("spoilt");
    fs::create_dir(&spoilt).unwrap();
    assert_eq!(bad(&["restore", text(&spoilt), text(&loss.path("new"))]).0, 4);
    assert!(!loss.path("new").exists());
    loss.returns();
    let with_key = loss.path("with-key");
    good(&["backup", text(&ledger), text(&with_key), "--with-key"]);
    assert_eq!(fs::read(with_key.join("log.pem")).unwrap(), fs::read(ledger.join("log.pem")).unwrap());
}

#[test]
fn what_a_backup_that_was_killed_left_is_swept_and_what_is_none_is_left_alone() {
    let scene = Scene::new(&[]);
    let (ledger, folder) = (scene.folder.path().join("ledger"), scene.folder.path());
    let (place, partial) = (folder.join("b"), folder.join("b.partial"));
    fs::create_dir_all(partial.join("db")).unwrap();
    fs::write(partial.join("db/000001.sst"), "half of one").unwrap();
    assert_eq!(good(&["backup", text(&ledger), text(&place)])["entries"], 6);
    assert!(!partial.exists());

    let (place, partial) = (folder.join("c"), folder.join("c.partial"));
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("letter.txt"), "not of a backup").unwrap();
    let done = truce(&["backup", text(&ledger), text(&place)]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(4), "{said}");
    assert!(said.contains("letter.txt") && !said.contains("--out"), "{said}");
    assert!(partial.join("letter.txt").exists() && !place.exists());

    // One that is being written is not swept by another.
    fs::remove_file(partial.join("letter.txt")).unwrap();
    let held = fs::File::open(&partial).unwrap();
    held.lock().unwrap();
    assert_eq!(bad(&["backup", text(&ledger), text(&place)]), (4, "exists".into()));
    drop(held);
    good(&["backup", text(&ledger), text(&place)]);
}

#[test]
fn a_stopped_ledger_on_a_disk_that_is_read_only_is_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (ledger, place) = (root.join("disk/ledger"), root.join("backup"));
    fs::create_dir(root.join("disk")).unwrap();
    truce_tests::service::found(&mut World::default(), &ledger);
    let library = truce_tests::crash::fault::build(&root);
    let on_that_disk = |args: &[&str]| {
        let mut command = Command::new(program());
        command.env("LD_PRELOAD", &library).env("TRUCE_FAULT", "readonly");
        command.env("TRUCE_FAULT_UNDER", root.join("disk"));
        command.args(args).arg("--json").output().unwrap()
    };
    let refused = on_that_disk(&["recover", text(&ledger), "--nothing-newer"]);
    let said: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(said["error"]["code"], "store-read-only", "the disk is read-only: {said}");
    let done = on_that_disk(&["backup", text(&ledger), text(&place)]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    good(&["verify", text(&place)]);
    let root = |folder: &Path| Ledger::open(folder).unwrap().root_at(6).unwrap();
    assert_eq!(root(&place), root(&ledger));
}
