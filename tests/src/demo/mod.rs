//! Several parties accede to an agreement; real OSCE reports, exercise notifications and data-sharing commitments are
//! signed, recorded and verified; forged copies are caught; the ledger's totals are compared with the files'; and the
//! explorer shows it.
//!
//! Everything is done by the `truce` command, as a mission would do it. What this program adds is the order of the
//! steps, the drafts of the commitments, and totals computed from the files by code of its own.

mod commitments;
mod exercises;
mod forgeries;
mod totals;
mod truce;

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use truce::Truce;

/// The parties: id, role, name.
const PARTIES: [(&str, &str, &str); 5] = [
    ("mission", "mission", "Observer mission (publishes as the OSCE Special Monitoring Mission did)"),
    ("state-a", "state", "State A (notifies as published of RUS)"),
    ("state-b", "state", "State B (notifies as published of the other states)"),
    ("guarantor", "guarantor", "Guarantor"),
    ("civil", "civil", "Civil-society body (publishes the UCDP GED)"),
];

const ORIGIN: &str = "truce.example/demo";

/// Where the explorer listens at the end.
const EXPLORER: &str = "127.0.0.1:8417";

/// A step that must succeed did not; the sentence says which.
type Step<T> = Result<T, String>;

/// Runs the demonstration. `--once` works in a temporary folder; otherwise the ledger stays for a look around.
#[must_use]
pub fn main() -> ExitCode {
    let once = std::env::args().any(|a| a == "--once");
    let temporary;
    let folder = if once {
        temporary = tempfile::Builder::new().prefix("truce-demo-").tempdir().expect("a temporary folder");
        temporary.path().to_owned()
    } else {
        let folder = std::env::current_dir().expect("a current folder").join("demo-ledger");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the demo's own folder can be removed");
        }
        fs::create_dir_all(&folder).expect("a folder");
        folder
    };
    match live(&folder, once).and_then(|()| if once { Ok(()) } else { serve(&folder) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("the demonstration failed: {what}");
            ExitCode::FAILURE
        }
    }
}

/// The whole demonstration in a folder of the caller's, for those who want its ledger: `ledger`, `published`, and files
/// of single statements.
///
/// # Errors
/// A sentence, when a step that must succeed did not.
pub fn build(folder: &Path) -> Result<(), String> {
    live(folder, true)
}

/// The explorer over the ledger, until somebody presses Ctrl-C.
fn serve(folder: &Path) -> Step<()> {
    let truce = Truce::new(folder)?;
    // The port that the explorer's own help names, where it is free.
    let free = std::net::TcpListener::bind(EXPLORER).is_ok();
    let listen = if free { EXPLORER } else { "127.0.0.1:0" };
    say("The explorer shows it all, and your browser checks it. Open this address; Ctrl-C ends.");
    truce.serve(&["explore", "--from", "ledger", "--copy", "explorer-copy", "--listen", listen])
}

fn live(folder: &Path, once: bool) -> Step<()> {
    let start = Instant::now();
    let truce = Truce::new(folder)?;
    let data = data();

    say("1. Five parties make their keys. The private ones never leave them.");
    for (id, ..) in PARTIES {
        for which in ["root", "desk"] {
            truce.run(&["key", "new", &format!("{id}-{which}.pem"), "--no-passphrase"])?;
        }
        println!("   {id:<10} root {}", short(&key_of(&truce, id, "root")?));
    }

    say(
        "2. The charter: who the parties are, by which keys, and which zones. The depositary makes the log of it.",
    );
    fs::write(folder.join("charter.json"), charter(&truce)?.to_string()).map_err(|e| e.to_string())?;
    truce.run(&["charter", "check", "charter.json"])?;
    let made = truce.json(&[
        "init",
        "ledger",
        "--charter",
        "charter.json",
        "--party",
        "mission",
        "--key",
        "mission-root.pem",
        "--origin",
        ORIGIN,
        "--no-passphrase",
    ])?;
    println!("   agreement {}\n   log       {}", text(&made, "agreement")?, text(&made, "vkey")?);
    let agreement = text(&made, "agreement")?.to_owned();
    let accede_to = text(&made, "charter")?.to_owned();

    say("3. Each party accedes with its root key, and names the key of its desk.");
    for (id, ..) in PARTIES {
        let (key, grant) = (format!("{id}-root.pem"), format!("{id}-desk.pem.pub:desk"));
        let out = format!("{id}-accession.cose");
        truce.run(&[
            "accede",
            "--key",
            &key,
            "--party",
            id,
            "--agreement",
            &accede_to,
            "--grant",
            &grant,
            "--out",
            &out,
        ])?;
        let receipt = truce.json(&["submit", "ledger", &out])?;
        println!("   {id:<10} entry {}", receipt["receipts"][0]["position"]);
    }

    say("4. The mission signs its reports as they were published.");
    let file = |name: &str| data.join(name).to_string_lossy().into_owned();
    let totals = file("smm_daily_region_totals.jsonl");
    let first = import(&truce, "osce-totals", &totals, "mission", &["--allow-refusals"])?;
    let refused = first["refused"].as_array().ok_or("no list of refusals")?;
    if refused.len() != 1 {
        return Err(format!("one report has a known fault, but {} were refused", refused.len()));
    }
    println!(
        "   refused: {}\n            {}",
        text(&refused[0], "title")?,
        text(&refused[0]["error"], "message")?
    );
    let faulty = lines_with(&totals, "\"113/2021\"")?;
    fs::write(folder.join("report-113.jsonl"), faulty).map_err(|e| e.to_string())?;
    import(&truce, "osce-totals", "report-113.jsonl", "mission", &["--correct-known"])?;
    println!("   recorded with the cut-off that was meant, the printed one beside it");
    for (layout, name) in [
        ("osce-violations", "smm_violation_rows.jsonl"),
        ("osce-restrictions", "smm_access_restrictions.jsonl"),
        ("osce-weapons", "smm_weapons.jsonl"),
        ("osce-items", "smm_report_items.jsonl"),
    ] {
        import(&truce, layout, &file(name), "mission", &[])?;
    }
    flagged(&truce)?;

    measures(&truce, &data)?;
    verify(&truce, folder, &agreement, text(&made, "vkey")?)?;

    say("10. The ledger's totals are those of the files.");
    totals::compare(&truce, &data)?;

    let status = truce.json(&["status", "ledger"])?;
    println!("\n{} entries in {:.1} s.", status["size"], start.elapsed().as_secs_f64());
    if !once {
        println!(
            "\nThe ledger is in {0}. Look around:\n  {1} status {0}/ledger\n  {1} list {0}/ledger --kind restriction\n  {1} show {0}/ledger 20\n  {1} verify {0}/published",
            folder.display(),
            truce.program().display()
        );
    }
    Ok(())
}

/// What states notify, ask and promise, and what civil society adds.
fn measures(truce: &Truce, data: &Path) -> Step<()> {
    let file = |name: &str| data.join(name).to_string_lossy().into_owned();
    say(
        "5. The states notify their exercises and ask each other; the guarantor and the mission say what they found.",
    );
    let exercises = file("csbm_real_events.jsonl");
    let names = ["--name", "RUS=state-a", "--name", "UKR=state-b"];
    let as_role = |role: &'static str, more: &[&'static str]| -> Vec<&'static str> {
        [&["--role", role][..], more, &names].concat()
    };
    import(truce, "exercises", &exercises, "state-a", &as_role("state", &["--signer", "RUS"]))?;
    import(truce, "exercises", &exercises, "state-b", &as_role("state", &["--signer", "UKR"]))?;
    import(truce, "exercises", &exercises, "state-b", &as_role("state", &["--signer", "ITA"]))?;
    import(truce, "exercises", &exercises, "mission", &as_role("mission", &[]))?;
    exercises::findings(truce, data)?;
    import(truce, "slmm", &file("slmm_complaints_and_rulings.jsonl"), "mission", &[])?;

    say("6. The states commit themselves to a data exchange, and deliver: one on time, one late.");
    commitments::live(truce)?;

    say("7. A civil-society body adds its own record, counted apart.");
    import(truce, "ucdp-ged", &file("ucdp_ged_22_1_ukraine_2015.csv"), "civil", &[])?;
    Ok(())
}

/// Anybody's part: verification of the ledger, of its published copy, of one statement; and of forged copies.
fn verify(truce: &Truce, folder: &Path, agreement: &str, vkey: &str) -> Step<()> {
    say("8. Anybody verifies: the ledger, the published copy, one statement with its proof, offline.");
    truce.show(&["verify", "ledger", "--agreement", agreement])?;
    truce.run(&["export", "ledger", "published"])?;
    truce.show(&["verify", "published", "--agreement", agreement])?;
    truce.run(&["prove", "ledger", "20", "--out", "entry-20.tlog-proof"])?;
    truce.save(&["show", "ledger", "20", "--raw"], "entry-20.cose")?;
    truce.show(&["verify", "entry-20.cose", "entry-20.tlog-proof", "--log", vkey])?;

    say("9. Forged copies are caught.");
    forgeries::try_all(truce, folder)?;
    Ok(())
}

/// The charter's draft, with the root keys that were just made.
fn charter(truce: &Truce) -> Step<Value> {
    let parties = PARTIES
        .iter()
        .map(|(id, role, name)| {
            Ok(json!({ "id": id, "role": role, "name": name, "root": key_of(truce, id, "root")? }))
        })
        .collect::<Step<Vec<_>>>()?;
    Ok(json!({ "kind": "charter", "body": {
        "title": "Ceasefire and data exchange, lived again from published reports of 2015 to 2021",
        "parties": parties,
        "zones": [{ "id": "donetsk", "name": "Donetsk region" }, { "id": "luhansk", "name": "Luhansk region" }],
    } }))
}

fn key_of(truce: &Truce, id: &str, which: &str) -> Step<String> {
    let shown = truce.json(&["key", "show", &format!("{id}-{which}.pem.pub")])?;
    Ok(text(&shown, "public_key")?.to_owned())
}

/// Signs and records a table. Every row must be recorded, unless `--allow-refusals` is among `more`.
fn import(truce: &Truce, layout: &str, file: &str, party: &str, more: &[&str]) -> Step<Value> {
    let key = format!("{party}-desk.pem");
    let lenient = more.contains(&"--allow-refusals");
    let mut args = vec!["import", layout, file, "--key", &key, "--ledger", "ledger"];
    args.extend(more.iter().filter(|a| **a != "--allow-refusals"));
    let done = if lenient { truce.json_with(&args, &[0, 2])? } else { truce.json(&args)? };
    let recorded = done["receipts"].as_array().ok_or("no list of receipts")?;
    let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy().into_owned();
    println!("   {:>4} statements of {party:<9} from {name} ({layout})", recorded.len());
    Ok(done)
}

/// Shows that the restriction whose printed delay contradicts its own times is recorded as printed, and flagged.
fn flagged(truce: &Truce) -> Step<()> {
    let list = truce.json(&["list", "ledger", "--kind", "restriction"])?;
    let mut flags = Vec::new();
    for statement in list["statements"].as_array().ok_or("no list of statements")? {
        let position = statement["position"].to_string();
        let shown = truce.json(&["show", "ledger", &position])?;
        for discrepancy in shown["discrepancies"].as_array().into_iter().flatten() {
            flags.push(format!(
                "   flagged: entry {position}: {} printed {}, its own times give {}",
                text(discrepancy, "path")?,
                text(discrepancy, "printed")?,
                text(discrepancy, "derived")?
            ));
        }
    }
    if flags.len() != 1 {
        return Err(format!("one delay is known to be misprinted, but {} are flagged", flags.len()));
    }
    println!("{}", flags.concat());
    Ok(())
}

fn lines_with(path: &str, what: &str) -> Step<String> {
    let all = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    Ok(all.split_inclusive('\n').filter(|line| line.contains(what)).collect())
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data")
}

fn text<'a>(value: &'a Value, name: &str) -> Step<&'a str> {
    value[name].as_str().ok_or_else(|| format!("`{name}` is missing in {value}"))
}

fn short(hex: &str) -> &str {
    hex.get(..16).unwrap_or(hex)
}

fn say(sentence: &str) {
    println!("\n{sentence}");
}
