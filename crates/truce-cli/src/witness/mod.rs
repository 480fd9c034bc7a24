//! `truce witness`: makes a witness, and runs it.
//!
//! Standard output has the witness's vkey and URL. What it is told of the keys of its logs while it runs goes to standard
//! error; so does what it cosigns and refuses, where `TRUCE_LOG` asks for it (`truce_witness=info`).

mod signers;

use crate::args::{NewArgs, WitnessArgs, WitnessCommand};
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table};
use crate::passphrase::Passphrases;
use crate::{keys, stop};
use serde_json::json;
use signers::{Known, Signers};
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use truce_statement::SecretKey;
use truce_tlog::{Cosigner, KeySchedule};
use truce_witness::{Astray, StateError, SystemClock, Witness, WitnessServer};

/// `truce witness`.
pub(crate) fn run(args: &WitnessArgs, output: Output) -> Result<(), Failure> {
    match (&args.command, &args.key, &args.state) {
        (Some(WitnessCommand::New(args)), ..) => new(args, output),
        (None, Some(key), Some(state)) => cosign(args, key, state, output),
        // The arguments are required where there is no subcommand.
        (None, ..) => Err(Failure::usage("usage", "a witness needs its key and its state")
            .next("give --key and --state; `truce witness new` makes both")),
    }
}

fn new(args: &NewArgs, output: Output) -> Result<(), Failure> {
    let passphrases = Passphrases::from(&args.passphrase);
    // The name first: a key that was made for nothing is in the way of the next try.
    truce_tlog::key::check_name(&args.name).map_err(|error| bad_name(&args.name, &error))?;
    let key = if args.key_never_used {
        passphrases.open(&args.key)?
    } else {
        keys::make(&args.key, args.no_passphrase, &passphrases)?
    };
    let vkey = cosigner(&args.name, &key)?.vkey().clone();
    Witness::create(&args.state, &vkey)?;
    let text = || {
        let mut table = Table::default();
        table.row("witness", vkey.name()).row("vkey", &vkey);
        table.row("key", args.key.display()).row("state", args.state.display());
        table.render()
    };
    let value =
        || json!({ "witness": vkey.name(), "vkey": vkey.to_string(), "key": args.key, "state": args.state });
    output.result(text, value)
}

fn cosign(args: &WitnessArgs, key: &Path, state: &Path, output: Output) -> Result<(), Failure> {
    let signers = Signers::of(args);
    let Known { logs, unreached } = signers.read()?;
    for why in &unreached {
        tell(output, &stays(why));
    }
    let named = Witness::vkey_of(state)?;
    let key = Passphrases::from(&args.passphrase).open(key)?;
    let witness = Arc::new(Witness::open(state, cosigner(named.name(), &key)?, logs.clone(), SystemClock)?);
    if args.accept_clock {
        witness.accept_clock();
    }
    witness.astray().iter().for_each(|astray| warn(astray, output));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| {
        Failure::new(Exit::Io, "io", format!("threads for the server: {e}")).next(
            "end other programs or raise the limit of processes (`ulimit -u`), then run the command again",
        )
    })?;
    let served = runtime.block_on(async {
        let (listener, url) = listen(args.listen).await?;
        let admin = match args.admin {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let (admin, admin_url) = admin.unzip();
        say(&witness, &url, admin_url.as_deref(), &logs, output)?;
        if signers.can_change() {
            let (witness, every) = (Arc::clone(&witness), args.every.0);
            std::thread::spawn(move || follow(&signers, &witness, every, output));
        }
        let mut server = WitnessServer::new(witness);
        server.admin = admin;
        server.run(listener, stop::asked()?).await.map_err(|error| {
            Failure::new(Exit::Io, "witness-stopped", format!("the witness has stopped: {error}"))
                .next("check the disk, then start the witness again")
        })
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(10));
    served
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, String), Failure> {
    let failed = |e| {
        Failure::new(Exit::Io, "listen", format!("{address}: {e}"))
            .next("name another address with --listen or --admin, or stop what listens there")
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, url))
}

fn say(
    witness: &Witness,
    url: &str,
    admin: Option<&str>,
    logs: &[KeySchedule],
    output: Output,
) -> Result<(), Failure> {
    let origins: BTreeSet<&str> = logs.iter().map(KeySchedule::origin).collect();
    let text = || {
        let mut table = Table::default();
        table.row("vkey", witness.vkey()).row("url", url);
        if let Some(admin) = admin {
            table.row("admin", admin);
        }
        for origin in &origins {
            table.row("log", origin);
        }
        table.render()
    };
    let value = || json!({ "vkey": witness.vkey().to_string(), "url": url, "admin": admin, "logs": origins });
    output.result(text, value)
}

/// Reads the keys of the logs again and again, and tells the witness, for as long as the process runs.
fn follow(signers: &Signers, witness: &Witness, every: Duration, output: Output) {
    let mut said = Vec::new();
    loop {
        std::thread::sleep(every);
        let learned = signers.read().and_then(|known| {
            for keys in &known.logs {
                if !witness.learn(keys)? {
                    continue;
                }
                tell(output, &format!("told of the keys of {}", keys.origin()));
                let astray = witness.astray().into_iter().filter(|astray| astray.origin == keys.origin());
                astray.for_each(|astray| warn(&astray, output));
            }
            Ok(known.unreached)
        });
        // Said once for as long as it lasts.
        let trouble = learned.unwrap_or_else(|failure| {
            let failure = failure.to_json();
            let text = |field: &str| {
                failure.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
            };
            vec![format!("{}: {}", text("code"), text("message"))]
        });
        trouble.iter().filter(|why| !said.contains(*why)).for_each(|why| tell(output, &stays(why)));
        said = trouble;
    }
}

fn stays(why: &str) -> String {
    format!("the keys of the logs stay as this witness knows them: {why}")
}

fn warn(astray: &Astray, output: Output) {
    tell(
        output,
        &format!(
            "{}: what was cosigned last for {} is not signed by whose turn it was: {}. If the log is refused with 409 or \
             422 from now on, a thief led this witness astray, and it can cosign this log no more: make a new one \
             (`truce witness new`), and have the parties name it",
            astray.why.code(),
            astray.origin,
            astray.why
        ),
    );
}

/// One line on standard error, for people and for programs.
fn tell(output: Output, text: &str) {
    if output.json {
        // Nobody may read it; the witness goes on.
        let _ = writeln!(io::stderr().lock(), "{}", json!({ "note": text }));
    } else {
        output.note(text);
    }
}

fn cosigner(name: &str, key: &SecretKey) -> Result<Cosigner, Failure> {
    Cosigner::from_seed(name, &key.seed()).map_err(|error| bad_name(name, &error))
}

fn bad_name(name: &str, error: &truce_tlog::KeyError) -> Failure {
    Failure::usage("witness-name", format!("`{name}` cannot be the name of a witness: {error}"))
        .next("give a domain and path you own, such as witness.example.org/w1")
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let exit = match &error {
            StateError::Damaged { .. } => Exit::Unverified,
            StateError::LogKey { .. } | StateError::LogTwice { .. } | StateError::KeysDiffer { .. } => {
                Exit::Usage
            }
            _ => Exit::Io,
        };
        Self::new(exit, error.code(), &error).next(error.remedy())
    }
}
