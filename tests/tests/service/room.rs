//! A disk that is full for a while.

use crate::client::agent;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use truce_tests::crash::fault;
use truce_tests::network::process::Process;
use truce_tests::network::{address, server};
use truce_tests::world::{World, observation};

/// Longer than anything here takes; reached only when the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn wait(mut until: impl FnMut() -> bool, what: &str) {
    let end = Instant::now() + PATIENCE;
    while !until() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A depositary under `root` whose disk is full while the file that is given with it exists.
fn depositary(world: &mut World, root: &Path, listen: SocketAddr) -> (Process, PathBuf) {
    let (home, switch) = (root.join("home"), root.join("full"));
    truce_tests::service::found(world, &home.join("ledger"));
    let text = |path: &Path| path.display().to_string();
    let (ledger, publication) = (text(&home.join("ledger")), text(&home.join("published")));
    let listen = listen.to_string();
    let arguments = ["serve", "--ledger", &ledger, "--listen", &listen, "--publish", &publication];
    let environment = [
        ("LD_PRELOAD", text(&fault::build(root))),
        ("TRUCE_FAULT", "full".to_owned()),
        ("TRUCE_FAULT_UNDER", text(&home)),
        ("TRUCE_FAULT_SWITCH", text(&switch)),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let arguments = arguments.map(str::to_owned).to_vec();
    (Process::new("depositary", arguments, environment.to_vec(), &root.join("said")), switch)
}

fn is_ready(listen: SocketAddr) -> bool {
    server::get(listen, "/readyz", &[]).is_some_and(|(status, ..)| status == 200)
}

#[test]
fn a_depositary_that_is_started_on_a_full_disk_serves_once_there_is_room() {
    let mut world = World::default();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let listen = address();
    let (mut process, switch) = depositary(&mut world, &root, listen);
    std::fs::create_dir_all(root.join("home/published")).unwrap();
    std::fs::write(&switch, b"").unwrap();
    process.tend();
    wait(
        || process.complained().contains("the ledger does not open yet"),
        "it does not say what it waits for",
    );
    std::thread::sleep(Duration::from_secs(3));
    assert!(process.is_alive());
    assert_eq!(process.said(), "", "nothing is served before the ledger is open");

    std::fs::remove_file(&switch).unwrap();
    wait(|| is_ready(listen), "it does not go on");
    assert_eq!(process.complained().matches("the ledger does not open yet").count(), 1);
    std::fs::write(&switch, b"").unwrap();
    assert!(process.stop(PATIENCE).is_some_and(|status| status.success()));

    // One that waits can be stopped.
    process.tend();
    wait(
        || process.complained().matches("the ledger does not open yet").count() == 2,
        "it does not say what it waits for",
    );
    assert!(process.stop(PATIENCE).is_some_and(|status| status.success()));
}

#[test]
fn a_depositary_whose_disk_was_full_goes_on_by_itself() {
    let mut world = World::default();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let listen = address();
    let (mut process, switch) = depositary(&mut world, &root, listen);
    process.tend();
    wait(|| is_ready(listen), "it does not start");
    let post = |statement: &[u8]| {
        let request =
            agent().post(format!("http://{listen}/entries")).header("content-type", "application/cose");
        request.send(statement).unwrap()
    };
    let work = &mut world.members[0].work;
    let statements: Vec<_> =
        (1..=2).map(|n| work.sign(observation(n, "seen"), Vec::new()).unwrap().bytes().to_vec()).collect();
    assert_eq!(post(&statements[0]).status(), 201);

    std::fs::write(&switch, b"").unwrap();
    let mut refused = post(&statements[1]);
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.body_mut().read_to_string().unwrap().contains("depositary-stopped"));
    // Readers are served all the same, and nothing is taken while there is no room.
    assert_eq!(server::get(listen, "/checkpoint", &[]).unwrap().0, 200);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(post(&statements[1]).status(), 503);

    std::fs::remove_file(&switch).unwrap();
    wait(|| matches!(post(&statements[1]).status().as_u16(), 200 | 201), "it takes nothing any more");
    assert_eq!(post(&statements[0]).status(), 200, "what was recorded before still is");
    assert_eq!((process.starts, process.is_alive()), (1, true));
    assert!(process.stop(PATIENCE).is_some_and(|status| status.success()));
}
