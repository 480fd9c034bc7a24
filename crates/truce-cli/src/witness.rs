//! `truce witness`: makes a witness, and runs it.
//!
//! Standard output has the witness's vkey and URL. What it cosigns and refuses goes to standard error, where `TRUCE_LOG`
//! asks for it (`truce_witness=info`).

use crate::args::PassphraseArgs;
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

#[cfg(feature = "witness")]
pub(crate) use running::run;

/// Run a witness: cosign that logs only grow
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
A witness remembers the latest checkpoint it cosigned for each log, and cosigns nothing that is
not proven to grow out of it. It takes any log of c2sp.org/tlog-checkpoint, and answers as
c2sp.org/tlog-witness has it. SIGTERM and Ctrl-C end it.

Never restore its state from a backup, and never run two with one key: make a new witness instead.

Examples:
  truce witness new --name witness.example.org/w1 --key witness.pem --state /var/lib/truce-witness
  truce witness --key witness.pem --state /var/lib/truce-witness --log charter.cose")]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    pub(crate) command: Option<WitnessCommand>,
    /// The witness's private key
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) key: Option<PathBuf>,
    /// Folder of its state
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) state: Option<PathBuf>,
    /// A log's public key (vkey), a file that holds it, or the charter's file
    #[arg(long, value_name = "VKEY|FILE", required_unless_present = "policy")]
    pub(crate) log: Vec<String>,
    /// A policy, every log of which is cosigned (c2sp.org/tlog-policy)
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8419")]
    pub(crate) listen: SocketAddr,
    /// The clock is right, however far it is ahead of the last cosignature or jumped before this start
    #[arg(long)]
    pub(crate) accept_clock: bool,
    /// Address for health and metrics alone; they are served with the rest where not given
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Make a witness: its key, and a state that says nothing was cosigned yet
    New(NewArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Name of the witness: a domain and path you own, without a scheme
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// File to write the private key to; never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Folder to make for its state
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Take the key that FILE holds: it has never cosigned anything
    #[arg(long, conflicts_with = "no_passphrase")]
    pub(crate) key_never_used: bool,
    /// Write the private key unencrypted
    #[arg(long)]
    pub(crate) no_passphrase: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[cfg(feature = "witness")]
mod running {
    use super::{NewArgs, WitnessArgs, WitnessCommand};
    use crate::exit::{Exit, Failure};
    use crate::output::{Output, Table};
    use crate::passphrase::Passphrases;
    use crate::{files, keys, stop, vkey};
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::net::SocketAddr;
    use std::path::Path;
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use truce_statement::SecretKey;
    use truce_tlog::{Cosigner, Policy, VKey};
    use truce_witness::{Limits, Server, StateError, SystemClock, Witness};

    /// `truce witness`.
    pub(crate) fn run(args: &WitnessArgs, output: Output) -> Result<(), Failure> {
        match (&args.command, &args.key, &args.state) {
            (Some(WitnessCommand::New(args)), ..) => new(args, output),
            (None, Some(key), Some(state)) => cosign(args, key, state, output),
            // The arguments are required where there is no subcommand.
            (None, ..) => Err(Failure::usage("usage", "give --key and --state")),
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
        let value = || json!({ "witness": vkey.name(), "vkey": vkey.to_string(), "key": args.key, "state": args.state });
        output.result(text, value)
    }

    fn cosign(args: &WitnessArgs, key: &Path, state: &Path, output: Output) -> Result<(), Failure> {
        let logs = logs(args)?;
        let named = Witness::vkey_of(state)?;
        let key = Passphrases::from(&args.passphrase).open(key)?;
        let witness = Witness::open(state, cosigner(named.name(), &key)?, &logs, SystemClock)?;
        if args.accept_clock {
            witness.accept_clock();
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::new(Exit::Io, "io", format!("threads for the server: {e}")))?;
        let served = runtime.block_on(async {
            let (listener, url) = listen(args.listen).await?;
            let admin = match args.admin {
                Some(address) => Some(listen(address).await?),
                None => None,
            };
            let (admin, admin_url) = admin.unzip();
            say(&witness, &url, admin_url.as_deref(), &logs, output)?;
            let server = Server { witness: Arc::new(witness), limits: Limits::default(), admin };
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
        logs: &[VKey],
        output: Output,
    ) -> Result<(), Failure> {
        let origins: BTreeSet<&str> = logs.iter().map(VKey::name).collect();
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
        let value =
            || json!({ "vkey": witness.vkey().to_string(), "url": url, "admin": admin, "logs": origins });
        output.result(text, value)
    }

    /// The logs that the arguments name, each key once.
    fn logs(args: &WitnessArgs) -> Result<Vec<VKey>, Failure> {
        let mut logs = Vec::new();
        for text in &args.log {
            logs.push(vkey::named(text)?);
        }
        if let Some(path) = &args.policy {
            let policy = Policy::parse(&files::read(path)?).map_err(|error| {
                Failure::content(path, "bad-policy", error).next("see c2sp.org/tlog-policy")
            })?;
            logs.extend(policy.logs().iter().map(|log| log.vkey().clone()));
        }
        if logs.is_empty() {
            return Err(Failure::usage("no-log", "the policy names no log").next("name a log with --log"));
        }
        Ok(logs)
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
                StateError::LogKey { .. } => Exit::Usage,
                _ => Exit::Io,
            };
            Self::new(exit, error.code(), &error).next(error.remedy())
        }
    }
}
