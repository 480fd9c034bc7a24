//! A disk that is full for a while.

use crate::client::agent;
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

#[test]
fn a_depositary_whose_disk_was_full_goes_on_by_itself() {
    let mut world = World::default();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (home, switch) = (root.join("home"), root.join("full"));
    truce_tests::service::found(&mut world, &home.join("ledger"));
    let listen = address();
    let ledger = home.join("ledger").display().to_string();
    let arguments = ["serve", "--ledger", &ledger, "--listen", &listen.to_string()].map(str::to_owned);
    let environment = [
        ("LD_PRELOAD", fault::build(&root).display().to_string()),
        ("TRUCE_FAULT", "full".to_owned()),
        ("TRUCE_FAULT_UNDER", home.display().to_string()),
        ("TRUCE_FAULT_SWITCH", switch.display().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    let mut process = Process::new("depositary", arguments.to_vec(), environment, &root.join("said"));
    process.tend();
    wait(
        || server::get(listen, "/readyz", &[]).is_some_and(|(status, ..)| status == 200),
        "it does not start",
    );
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
