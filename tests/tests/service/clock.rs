//! A clock that jumps, under the real program.

use crate::client::{Answer, agent, post_statement};
use std::path::Path;
use std::process::Command;
use truce_tests::crash::fault;
use truce_tests::service::{Service, program};
use truce_tests::world::{World, observation};

const DAY: i64 = 86_400;

/// A ledger and the machine that it is kept on, whose time of day the test sets.
struct Machine {
    folder: tempfile::TempDir,
    world: World,
    n: u32,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let _library = fault::build(folder.path());
        let mut world = World::default();
        truce_tests::service::found(&mut world, &folder.path().join("ledger"));
        let machine = Self { folder, world, n: 0 };
        machine.set_ahead(0);
        machine
    }

    /// Sets the time of day so many seconds ahead.
    fn set_ahead(&self, seconds: i64) {
        let (file, staged) = (self.folder.path().join("shift"), self.folder.path().join("shift.next"));
        std::fs::write(&staged, seconds.to_string()).unwrap();
        std::fs::rename(staged, file).unwrap();
    }

    /// The program `truce` on this machine.
    fn truce(&self) -> Command {
        let mut command = Command::new(program());
        command.env("LD_PRELOAD", self.folder.path().join("fault.so"));
        command.env("TRUCE_CLOCK_SHIFT", self.folder.path().join("shift"));
        command
    }

    fn serve(&self, args: &[&str]) -> Service {
        Service::try_start_as(self.truce(), &self.ledger(), args).unwrap()
    }

    fn ledger(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger")
    }

    fn statement(&mut self) -> Vec<u8> {
        self.n += 1;
        let signed = self.world.members[0].work.sign(observation(self.n, "seen"), Vec::new());
        signed.unwrap().bytes().to_vec()
    }
}

fn submit(service: &Service, statement: &[u8]) -> Answer {
    post_statement(service.url(), statement)
}

fn ready(service: &Service) -> (u16, String) {
    let mut answer = agent().get(format!("{}/readyz", service.url())).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

fn stop(mut service: Service) {
    service.ask_to_stop();
    assert!(service.wait().success());
}

fn accept(machine: &Machine) -> serde_json::Value {
    let output = machine.truce().args(["accept-clock", "--json"]).arg(machine.ledger()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verifies(ledger: &Path) {
    let status = Command::new(program()).arg("verify").arg(ledger).output().unwrap().status;
    assert!(status.success());
}

#[test]
fn a_jump_ahead_is_refused_until_the_clock_is_right_again() {
    let mut machine = Machine::new();
    let service = machine.serve(&[]);
    for ahead in [3_600, DAY, 3652 * DAY] {
        let statement = machine.statement();
        machine.set_ahead(ahead);
        let answer = submit(&service, &statement);
        assert_eq!(answer.problem(), (503, "clock-jumped".into()));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
        let (status, text) = ready(&service);
        assert!(status == 503 && text.contains("clock-jumped"), "{text}");
        machine.set_ahead(0);
        assert_eq!(submit(&service, &statement).status, 201);
        assert_eq!(ready(&service), (200, "ready\n".into()));
    }
    stop(service);
    verifies(&machine.ledger());
}

#[test]
fn an_operator_says_that_the_clock_is_right_to_a_depositary_at_work_and_to_one_that_starts() {
    let mut machine = Machine::new();
    let service = machine.serve(&[]);
    let statement = machine.statement();
    machine.set_ahead(3_600);
    assert_eq!(submit(&service, &statement).problem().1, "clock-jumped");
    accept(&machine);
    assert_eq!(submit(&service, &statement).status, 201);
    stop(service);
    // Ten years later by the clock: the word is asked for again, and does not hold for ever.
    machine.set_ahead(3652 * DAY);
    let service = machine.serve(&[]);
    let statement = machine.statement();
    assert_eq!(submit(&service, &statement).problem().1, "clock-jumped");
    stop(service);
    accept(&machine);
    let service = machine.serve(&[]);
    assert_eq!(submit(&service, &statement).status, 201);
    stop(service);
    let service = machine.serve(&["--accept-clock"]);
    let statement = machine.statement();
    assert_eq!(submit(&service, &statement).status, 201);
    stop(service);
    verifies(&machine.ledger());
}

#[test]
fn a_depositary_whose_clock_was_ahead_starts_again_and_says_that_its_entries_are() {
    let mut machine = Machine::new();
    machine.set_ahead(DAY);
    let service = machine.serve(&[]);
    let statement = machine.statement();
    assert_eq!(submit(&service, &statement).status, 201);
    stop(service);
    machine.set_ahead(0);
    let service = machine.serve(&[]);
    let statement = machine.statement();
    let answer = submit(&service, &statement);
    assert_eq!(answer.status, 201);
    let behind: i64 = answer.header("truce-clock-behind").parse().unwrap();
    assert!((DAY - 600..=DAY).contains(&behind), "{behind}");
    let (status, text) = ready(&service);
    assert!(status == 200 && text.contains("ahead of the clock"), "{text}");
    let status = machine.truce().args(["status"]).arg(machine.ledger()).output().unwrap();
    let text = String::from_utf8_lossy(&status.stdout);
    assert!(text.contains("after this machine's clock"), "{text}");
    stop(service);
    verifies(&machine.ledger());
}
