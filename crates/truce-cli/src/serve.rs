//! `truce serve`: the depositary as a service.
//!
//! Standard output has one line, the address. What goes wrong is logged to standard error (`TRUCE_LOG`).

use crate::args::{PassphraseArgs, ServeArgs};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::Output;
use crate::passphrase::Passphrases;
use crate::stop;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use truce_http::{Limits, Server};
use truce_log::{Folder, LogError, SystemClock};
use truce_service::{Rate, Service, ServiceError, Settings, Target};
use truce_statement::SecretKey;

/// Open answers get so long when the service stops: an answer that waits for finality takes up to 30 seconds.
const FAREWELL: Duration = Duration::from_secs(35);

/// `truce serve`.
pub(crate) fn run(args: &ServeArgs, output: Output) -> Result<(), Failure> {
    if !Folder::is_ledger(&args.ledger) {
        let what = format!("{} is not a ledger (a folder with db/)", args.ledger.display());
        return Err(
            Failure::new(Exit::Io, "no-log", what).next("check the path, or make one with `truce init`")
        );
    }
    let path = args.log.log_key.clone().unwrap_or_else(|| Folder::new(&args.ledger).key());
    let passphrase = PassphraseArgs::default();
    let passphrases = Passphrases::of_log(&args.log, &passphrase);
    let mut keys = vec![passphrases.open(&path)?];
    if let Some(next) = &args.log.next_log_key {
        keys.push(passphrases.open(next)?);
    }
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(truce_http::acceptor(certificate, key).map_err(|e| {
            Failure::new(Exit::Io, "tls", e).next("give a chain and its key, both in PEM form")
        })?),
        _ => None,
    };
    let settings = settings(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_start(truce_service::give_way)
        .build()
        .map_err(|e| Failure::new(Exit::Io, "io", format!("threads for the server: {e}")).next("end other programs or raise the limit of processes (`ulimit -u`), then run the command again"))?;
    // The addresses first: who gets them wrong should not have signed anything. They are kept while the store is opened
    // again: who comes meanwhile waits.
    let (listener, address) = runtime.block_on(listen(args.listen))?;
    let admin = args.admin.map(|address| runtime.block_on(listen(address))).transpose()?;
    let limits = Limits {
        connections: args.connections,
        connections_of_sender: args.address_connections,
        forwarded: args.forwarded,
        head_within: Duration::from_secs(args.patience),
        write_within: Some(Duration::from_secs(2 * args.patience)),
        farewell: FAREWELL,
        ..Limits::default()
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let served = runtime.block_on(async {
        // From here on, being asked to stop is no accident.
        let asked = stopped()?;
        if args.accept_clock {
            truce_log::accept_clock(&args.ledger)?;
        }
        let opened = open(&args.ledger, &keys, &settings, ServiceError::is_full, asked.clone()).await?;
        let Some(mut service) = opened else { return Ok(()) };
        output.result(
            || format!("{scheme}://{address}/"),
            || {
                json!({
                    "url": format!("{scheme}://{address}/"),
                    "admin": admin.as_ref().map(|(_, address)| format!("http://{address}/")),
                    "publish": args.publish,
                })
            },
        )?;
        loop {
            let server = Server { app: service.app(admin.is_none()), limits, tls: tls.clone() };
            let admin = admin.as_ref().map(|(listener, _)| again(listener)).transpose()?;
            let full = serve(&service, server, again(&listener)?, admin, asked.clone()).await?;
            service.close().await;
            if !full {
                return Ok(());
            }
            tracing::warn!("there is room on the disk again; the ledger is opened again");
            match open(&args.ledger, &keys, &settings, is_passing, asked.clone()).await? {
                Some(opened) => service = opened,
                None => return Ok(()),
            }
        }
    });
    runtime.shutdown_background();
    served
}

/// Between two tries to open the ledger anew.
const PAUSE: Duration = Duration::from_secs(1);

async fn start(ledger: &Path, keys: &[SecretKey], settings: &Settings) -> Result<Service, ServiceError> {
    let copies: Result<Vec<_>, _> = keys.iter().map(|key| SecretKey::from_seed(&key.seed())).collect();
    let keys = copies.map_err(|e| LogError::Altered { what: e.to_string() })?;
    Service::start(ledger, keys, Arc::new(SystemClock), settings.clone()).await
}

/// Opens the ledger. What `passes` is waited for, and said once: a service manager gives up on a program that ends a few
/// times, and a full disk takes longer. None where it is asked to stop meanwhile.
async fn open(
    ledger: &Path,
    keys: &[SecretKey],
    settings: &Settings,
    passes: fn(&ServiceError) -> bool,
    mut asked: watch::Receiver<bool>,
) -> Result<Option<Service>, Failure> {
    let mut said = "";
    loop {
        match start(ledger, keys, settings).await {
            Ok(service) => return Ok(Some(service)),
            Err(error) if passes(&error) => {
                if said != error.code() {
                    tracing::warn!(%error, "the ledger does not open yet");
                    said = error.code();
                }
            }
            Err(error) => return Err(error.into()),
        }
        if tokio::time::timeout(PAUSE, asked.wait_for(|asked| *asked)).await.is_ok() {
            return Ok(None);
        }
    }
}

/// True if opening anew may succeed a moment later: the disk filled again, a reader still holds the store of before, or
/// the place to publish to does not answer.
fn is_passing(error: &ServiceError) -> bool {
    error.is_full() || matches!(error.code(), "store-locked" | "publication")
}

/// Serves until it is asked to stop, or the disk that was full has room again: then true.
async fn serve(
    service: &Service,
    server: Server,
    listener: TcpListener,
    admin: Option<TcpListener>,
    mut asked: watch::Receiver<bool>,
) -> Result<bool, Failure> {
    let (ending, ended) = watch::channel(false);
    let admin = admin.map(|listener| {
        let limits = Limits { connections: 64, farewell: Duration::from_secs(1), ..Limits::default() };
        let server = Server { app: service.admin(), limits, tls: None };
        let mut ended = ended;
        tokio::spawn(server.run(listener, async move {
            let _ = ended.wait_for(|ended| *ended).await;
        }))
    });
    let mut full = false;
    let stop = async {
        tokio::select! {
            _ = asked.wait_for(|asked| *asked) => {}
            () = service.has_room_again() => full = true,
        }
        service.stop();
        ending.send_replace(true);
    };
    let done = server.run(listener, stop).await;
    if let Some(admin) = admin {
        let _ = admin.await;
    }
    done.map_err(stop::broken)?;
    Ok(full)
}

fn settings(args: &ServeArgs) -> Result<Settings, Failure> {
    let rate = |(per_second, burst)| Rate { per_second, burst };
    let policy = args.policy.as_deref().map(files::read).transpose()?;
    Ok(Settings {
        publish: args.publish.as_deref().map(|place| Target::parse(place, args.publish_gzip)).transpose()?,
        policy,
        of_key: rate(args.key_rate),
        of_address: rate(args.address_rate),
        places: usize::try_from(args.places).unwrap_or(usize::MAX),
        body_slack: (Duration::from_secs(args.patience) / 2).max(Duration::from_secs(1)),
        pace: Duration::from_millis(args.pace),
        witness_within: Duration::from_millis(args.witness_timeout),
        grace: Duration::from_secs(args.grace),
        ..Settings::default()
    })
}

async fn listen(address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), Failure> {
    let failed = |e: std::io::Error| {
        Failure::new(Exit::Io, "listen", format!("{address}: {e}"))
            .next("name another address, or stop what listens there")
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener.into_std().map_err(failed)?, address))
}

/// The same socket once more.
fn again(listener: &std::net::TcpListener) -> Result<TcpListener, Failure> {
    TcpListener::from_std(listener.try_clone().map_err(stop::broken)?).map_err(stop::broken)
}

/// True once the process is asked to stop.
fn stopped() -> Result<watch::Receiver<bool>, Failure> {
    let asked = stop::asked()?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        asked.await;
        stop.send_replace(true);
    });
    Ok(stopped)
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let exit = match error {
            ServiceError::Log(error) => return error.into(),
            ServiceError::Behind { .. } | ServiceError::Differs { .. } => Exit::Unverified,
            ServiceError::Policy(_) | ServiceError::Weaker(_) => Exit::Refused,
            _ => Exit::Io,
        };
        Self::new(exit, error.code(), &error).next(error.remedy())
    }
}
