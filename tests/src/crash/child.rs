//! The child: opens or makes the ledger and appends for as long as it lives.

use crate::world::{MEMBERS, Pen, World, key, observation};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use truce_log::{Depositary, LogError, SystemClock};
use truce_statement::Subject;

/// Statements handed in before their receipts are waited for.
const AT_ONCE: u32 = 12;

pub(super) fn run(folder: &Path) -> ExitCode {
    match append(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

/// Whether there is a ledger to look at: one that has its charter. A ledger that was killed while it was being made is
/// removed, as its maker would do who never got an answer.
pub(super) fn opens(folder: &Path) -> bool {
    let world = World::default();
    match Depositary::open(folder, &world.log, Arc::new(SystemClock)) {
        Ok(depositary) => {
            depositary.close();
            true
        }
        Err(error) => {
            let unborn = matches!(&error, LogError::Altered { what } if what.contains("no charter"))
                || error.code() == "store-missing";
            if unborn {
                let _ = std::fs::remove_dir_all(folder);
            }
            !unborn
        }
    }
}

fn append(folder: &Path) -> Result<(), String> {
    let mut world = World::default();
    let depositary = if folder.join("db").exists() {
        Depositary::open(folder, &world.log, Arc::new(SystemClock))
            .map_err(|e| format!("open: {}", e.code()))?
    } else {
        Depositary::create(folder, world.charter.bytes(), &world.log, Arc::new(SystemClock))
            .map_err(|e| format!("create: {}", e.code()))?
            .0
    };
    for accession in world.accessions(&[]) {
        say(&patiently(&depositary, accession.bytes())?);
    }
    let subject = Subject::Agreement(world.agreement());
    let register = depositary.register();
    let mut pens: Vec<Pen> = [0_u16, 3, 4]
        .iter()
        .map(|i| {
            let party = MEMBERS[usize::from(*i)].0.parse().expect("an id");
            let mut pen = Pen::new(key(100 + i), party, subject.clone());
            let known = register.key(&pen.key.public().id()).expect("granted");
            (pen.seq, pen.prev) = (known.next_seq, known.last);
            pen
        })
        .collect();
    for n in 1.. {
        let mut pending = Vec::new();
        for pen in &mut pens {
            for _ in 0..AT_ONCE {
                let signed = pen.sign(observation(n, "as seen"), Vec::new()).expect("sound");
                let handed_in = depositary.enqueue_blocking(signed.bytes().to_vec());
                pending.push((signed, handed_in.map_err(|e| format!("stopped: {}", e.code()))?));
            }
        }
        for (signed, pending) in pending {
            let receipt = match pending.receipt_blocking() {
                // What stands behind one that could not be dated is missing one.
                Err(e) if matches!(e.code(), "clock-jumped" | "feed-gap") => {
                    patiently(&depositary, signed.bytes())?
                }
                receipt => receipt.map_err(|e| format!("stopped: {}", e.code()))?,
            };
            say(&receipt);
        }
    }
    Ok(())
}

/// Submits one statement until the clock is right.
fn patiently(depositary: &Depositary, bytes: &[u8]) -> Result<truce_log::Receipt, String> {
    loop {
        match depositary.submit_blocking(bytes.to_vec()) {
            Err(e) if e.code() == "clock-jumped" => std::thread::sleep(Duration::from_millis(5)),
            receipt => return receipt.map_err(|e| format!("stopped: {}", e.code())),
        }
    }
}

/// One receipt, whole or not at all: the full stop ends it.
fn say(receipt: &truce_log::Receipt) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("{} {}.\n", receipt.position, receipt.statement).as_bytes());
    let _ = out.flush();
}
