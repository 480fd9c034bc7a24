//! `truce init`: a new ledger, its first entry the charter.

use crate::args::InitArgs;
use crate::charter::Filling;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table};
use crate::passphrase::Passphrases;
use crate::{charter, files, keys};
use serde_json::json;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use truce_field::{Feed, feed};
use truce_log::{Depositary, Folder, SystemClock};
use truce_statement::{Saying, body::agreement::Charter};
use truce_statement::{SecretKey, Signed, Standing, StatementId, Subject};
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _};

/// `truce init`.
pub(crate) fn run(args: &InitArgs, output: Output) -> Result<(), Failure> {
    let folder = Folder::new(&args.ledger);
    must_be_free(&args.ledger)?;
    let (draft, stated) = charter::read(&args.charter, &Filling::default())?;
    let named = stated.log;
    if stated.proofs && args.no_proof_of_possession {
        return Err(Failure::usage("proof-of-possession", "the draft asks for proofs of possession")
            .next("take `proof_of_possession` out of the draft, or leave --no-proof-of-possession out"));
    }
    let origin = match (&args.origin, named) {
        (Some(origin), _) => origin.clone(),
        (None, true) => draft.origin().to_owned(),
        (None, false) => {
            return Err(Failure::usage("origin", "the charter's draft does not name the log")
                .next("give --origin, a domain and path you own, such as example.org/ceasefire-2021"));
        }
    };
    if named && draft.origin() != origin {
        let message = format!("--origin is {origin}, but the draft names {}", draft.origin());
        return Err(Failure::usage("origin", message).next("leave --origin out"));
    }
    let root = Passphrases::from(&args.passphrase).open(&args.key)?;
    if !draft.parties.iter().any(|p| p.id == args.party && p.root == *root.public()) {
        let message =
            format!("{} is not the root key that the draft gives `{}`", args.key.display(), args.party);
        return Err(Failure::usage("unknown-key", message)
            .next("sign with the root key of a founding party, as the draft has it"));
    }
    let log_path = args.log.log_key.clone().unwrap_or_else(|| folder.key());
    let passphrases = Passphrases::of_log(&args.log, &args.passphrase);
    fs::create_dir_all(&args.ledger).map_err(|e| Failure::file(&args.ledger, &e))?;
    let log_key = if log_path.exists() {
        passphrases.open(&log_path)?
    } else if named {
        let message = format!("the draft names the log's key, but {} is not there", log_path.display());
        return Err(Failure::new(Exit::Io, "not-found", message)
            .next("give the key with --log-key, or leave `log` out of the draft"));
    } else {
        keys::make(&log_path, args.no_passphrase, &passphrases)?
    };
    let vkey = Ed25519NoteSigner::from_seed(&origin, &log_key.seed())
        .map_err(|e| crate::vkey::bad_origin(&origin, &e))?
        .vkey()
        .to_string();
    let filling = Filling { log: Some(&vkey), proofs: !args.no_proof_of_possession };
    let (body, _) = charter::read(&args.charter, &filling)?;
    let proofs = body.proof_of_possession.is_some();
    let signed = sign(&root, args, body, &origin)?;
    let file = args.ledger.join("charter.cose");
    let mut feed = Feed::found(&args.key, &signed, &file)?;
    let (depositary, receipt) =
        Depositary::create(&args.ledger, signed.bytes(), &log_key, Arc::new(SystemClock))?;
    depositary.close();
    files::create(&file, signed.bytes())?;
    feed.handed_out()?;
    let text = || {
        let mut table = Table::default();
        table.row("ledger", args.ledger.display());
        table.row("agreement", signed.agreement()).row("log", &origin).row("vkey", &vkey);
        table.row(
            "log key",
            format!("{}{}", log_path.display(), if args.no_passphrase { " (NOT encrypted)" } else { "" }),
        );
        table.row("charter", file.display());
        table.row(
            "new keys",
            match (stated.proofs, proofs) {
                (true, _) => "must prove possession, as the draft says",
                (false, true) => {
                    "must prove possession: added to the draft, which does not say (--no-proof-of-possession)"
                }
                (false, false) => "prove nothing: any party can register another's key before its owner does",
            },
        );
        table.row("received", crate::output::utc(receipt.received));
        format!(
            "{}Next: each founding party signs its accession (`truce accede`), and it is submitted.\n",
            table.render()
        )
    };
    let value = || {
        json!({
            "ledger": args.ledger, "agreement": signed.agreement(), "origin": origin, "vkey": vkey,
            "log_key": log_path, "charter": file, "received": crate::output::rfc3339(receipt.received),
            "root_feed": feed::file_of(&args.key), "proof_of_possession": proofs,
        })
    };
    output.result(text, value)
}

/// A ledger is made in a new folder, or in one that holds nothing yet but a log key.
fn must_be_free(ledger: &Path) -> Result<(), Failure> {
    let occupied = |name: &str| {
        Failure::new(Exit::Io, "exists", format!("{} holds {name} already", ledger.display()))
            .next("name a new folder")
    };
    match fs::read_dir(ledger) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Failure::file(ledger, &e)),
        Ok(files) => {
            for file in files {
                let name = file.map_err(|e| Failure::file(ledger, &e))?.file_name();
                if !name.to_string_lossy().starts_with("log.pem") {
                    return Err(occupied(&name.to_string_lossy()));
                }
            }
            Ok(())
        }
    }
}

fn sign(root: &SecretKey, args: &InitArgs, charter: Charter, origin: &str) -> Result<Signed, Failure> {
    let standing = Standing {
        party: args.party.clone(),
        subject: Subject::Origin(origin.to_owned()),
        seq: 0,
        prev: StatementId::ZERO,
        seen: None,
        iat: truce_clock::now_s(),
    };
    Ok(Signed::seal(root, standing, Saying { refs: Vec::new(), body: charter.into() })?)
}
