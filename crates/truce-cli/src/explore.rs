//! `truce explore`: follows a log, keeps a verified copy of it, and shows it to whoever looks, read-only.
//!
//! Standard output has one line, the address. What becomes of the log goes to standard error, a line each time it
//! changes.

use crate::args::ExploreArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, utc};
use crate::{files, stop};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use truce_copy::source::Location;
use truce_copy::{CopyError, Explorer, Level, Options, State, Status};
use truce_explorer::model::Reading;
use truce_explorer::server::{Limits, PublicUrl, serve};
use truce_explorer::site;
use truce_statement::id::sha256;

/// Steps of tasks after which a busy thread looks for new requests. One step can be a page.
const EVENT_INTERVAL: u32 = 8;

/// `truce explore`.
pub(crate) fn run(args: &ExploreArgs, output: Output) -> Result<(), Failure> {
    let public_url = args.public_url.as_deref().map(str::parse::<PublicUrl>).transpose().map_err(|e| {
        Failure::usage("bad-url", e)
            .next("name it as readers type it: --public-url https://truce.example.org")
    })?;
    let from = Location::find(&args.from).map_err(|e| {
        Failure::new(Exit::Io, "no-log", e).next("name a ledger's folder, a published log, or its URL")
    })?;
    let copy = match &args.copy {
        Some(copy) => copy.clone(),
        None => cache_folder(&from)?,
    };
    let mut options = Options::new(from, copy);
    options.agreement = args.agreement.as_deref().map(files::agreement_id).transpose()?;
    // Answers are made on these threads, as many at a time as there are processors: one more takes in what is asked
    // meanwhile, so that the order of asking is known.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors + 1)
        .event_interval(EVENT_INTERVAL)
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Io, "io", format!("threads for the server: {e}")).next("end other programs or raise the limit of processes (`ulimit -u`), then run the command again"))?;
    // The address first: who gets it wrong should not wait for a copy.
    let listener = runtime.block_on(TcpListener::bind(args.listen)).map_err(|e| {
        Failure::new(Exit::Io, "listen", format!("{}: {e}", args.listen))
            .next("name another address with --listen, or stop what listens there")
    })?;
    let address = listener.local_addr().map_err(stop::broken)?;
    let explorer = Explorer::start(&options).map_err(|e| {
        Failure::from(e).instead("store-locked", "give this explorer a copy of its own: --copy FOLDER")
    })?;
    let url = public_url.unwrap_or_else(|| address.into());
    output.result(
        || format!("http://{address}/"),
        || json!({ "url": format!("http://{address}/"), "copy": options.copy, "from": options.from.to_string() }),
    )?;
    let app = site(&Reading::of(&explorer), &url);
    let limits = Limits { forwarded: args.forwarded, ..Limits::default() };
    let served = runtime.block_on(async {
        let asked = stop::asked()?;
        let told = tokio::spawn(tell(explorer.watch(), output));
        let served = serve(listener, app, limits, asked).await;
        told.abort();
        served.map_err(stop::broken)
    });
    // The follower finishes the batch it is at; what it has written is complete.
    explorer.stop();
    runtime.shutdown_background();
    served
}

/// Where the copy of a log is kept, where no folder is named: one folder for each log.
fn cache_folder(from: &Location) -> Result<PathBuf, Failure> {
    let none =
        || Failure::usage("no-copy", "there is no cache folder here").next("name a folder with --copy");
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache =
        cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache"))).ok_or_else(none)?;
    let place = match from {
        Location::Ledger(path) | Location::Published(path) => {
            path.canonicalize().map_err(|e| Failure::file(path, &e))?.to_string_lossy().into_owned()
        }
        Location::Url(url) => url.clone(),
    };
    let name: String = hex::encode(sha256(place.as_bytes())).chars().take(16).collect();
    Ok(cache.join("truce").join("explorer").join(name))
}

/// Says on standard error what becomes of the log, as long as there is anything to say.
async fn tell(mut states: tokio::sync::watch::Receiver<Arc<State>>, output: Output) {
    let mut said = String::new();
    loop {
        let line = sentence(&states.borrow_and_update().status);
        if line != said {
            let now = utc(truce_clock::now_ms());
            let level = line.as_str();
            let text = if output.json {
                json!({ "at": now, "state": level }).to_string()
            } else {
                format!("{now}  {line}")
            };
            let _ = writeln!(std::io::stderr().lock(), "{text}");
            said = line;
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}

/// The state in a line.
fn sentence(status: &Status) -> String {
    let level = match status.level {
        Level::Green => "verified",
        Level::Amber => "attention",
        Level::Red => "DOES NOT VERIFY",
    };
    let why = status.why.and_then(|why| serde_json::to_value(why).ok());
    let why = why.as_ref().and_then(|why| why.as_str()).map(|why| format!(", {why}")).unwrap_or_default();
    let mut line = format!("{level}: {} entries{why}", status.size);
    // Writing to a string does not fail.
    if let Some(finding) = status.findings.first() {
        let _ = write!(line, ": {finding}");
    } else if let Some((code, what)) = &status.trouble {
        let _ = write!(line, ": {code}: {what}");
    }
    line
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Store(error) => error.into(),
            CopyError::Log(error) => error.into(),
            error => Self::new(Exit::Io, error.code(), &error).next(error.remedy()),
        }
    }
}
