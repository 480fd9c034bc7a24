//! `truce recover`: what a restored ledger lacks, taken back from copies of the log, verified.

use crate::args::RecoverArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table};
use crate::progress::Meter;
use serde_json::json;
use truce_log::{Folder, RecoverError, rebuild, recover};
use truce_source::{Place, Source};

/// Name of this program to servers.
const PROGRAM: &str = concat!("truce/", env!("CARGO_PKG_VERSION"));

/// `truce recover`.
pub(crate) fn run(args: &RecoverArgs, output: Output) -> Result<(), Failure> {
    if !Folder::is_ledger(&args.ledger) {
        return Err(Failure::new(Exit::Io, "no-log", format!("{} is not a ledger", args.ledger.display()))
            .next("put a backup back first, with `truce restore`"));
    }
    if args.rebuild {
        return anew(args, output);
    }
    let sources: Vec<_> = args.from.iter().map(|from| Place::of(from).open(PROGRAM)).collect();
    let sources: Vec<&dyn Source> = sources.iter().map(|source| &**source as &dyn Source).collect();
    let mut meter = Meter::new("recovering", 0);
    let recovered = recover(&args.ledger, &sources, |done, total| meter.at(done, total));
    meter.finish();
    let recovered = recovered?;
    let text = || {
        let mut table = Table::default();
        table.row("ledger", args.ledger.display()).row("entries before", recovered.before);
        table.row("taken back", recovered.size - recovered.before).row("entries", recovered.size);
        format!("{}It may sign again.\n", table.render())
    };
    output.result(
        text,
        || json!({ "ledger": args.ledger, "before": recovered.before, "entries": recovered.size, "signs": true }),
    )
}

/// `truce recover --rebuild`.
fn anew(args: &RecoverArgs, output: Output) -> Result<(), Failure> {
    let mut meter = Meter::new("rebuilding", 0);
    let rebuilt = rebuild(&args.ledger, |done, total| meter.at(done, total));
    meter.finish();
    let rebuilt = rebuilt.map_err(|error| match error {
        RecoverError::Finding { .. } => Failure::from(error)
            .next("keep this store as evidence, and restore from a backup or a mirror that verifies"),
        other => other.into(),
    })?;
    let text = || {
        let mut table = Table::default();
        table.row("ledger", args.ledger.display()).row("entries", rebuilt.size);
        format!("{}Everything that follows from the entries was made anew from them.\n", table.render())
    };
    output.result(
        text,
        || json!({ "ledger": args.ledger, "entries": rebuilt.size, "rebuilt_before": rebuilt.before }),
    )
}

impl From<RecoverError> for Failure {
    fn from(error: RecoverError) -> Self {
        let (code, remedy) = (error.code(), error.remedy());
        match error {
            RecoverError::Log(error) => Self::from(error).next(remedy),
            RecoverError::Source(error) => error.into(),
            error => Self::unverified(code, error).next(remedy),
        }
    }
}
