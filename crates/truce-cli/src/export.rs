//! `truce export`: a ledger published as a directory.

use crate::args::ExportArgs;
use crate::exit::Failure;
use crate::output::Output;
use crate::progress::Meter;
use serde_json::json;
use truce_log::{Ledger, export};

/// `truce export`.
pub(crate) fn run(args: &ExportArgs, output: Output) -> Result<(), Failure> {
    let ledger = Ledger::open(&args.ledger)?;
    let size = ledger.size();
    let mut meter = Meter::new("publishing", size);
    let exported = export(&ledger, &args.directory, |done| meter.at(done, size))?;
    meter.finish();
    let text = || {
        let new = exported.size - exported.before;
        format!("{}: {} entries published, {new} of them new", args.directory.display(), exported.size)
    };
    output.result(
        text,
        || json!({ "directory": args.directory, "size": exported.size, "before": exported.before }),
    )
}
