//! `truce accept-clock`: the operator's word that the clock of this machine is right.

use crate::args::AcceptClockArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table, rfc3339, utc};
use serde_json::json;
use truce_log::{Folder, Ledger, accept_clock};

/// `truce accept-clock`.
pub(crate) fn run(args: &AcceptClockArgs, output: Output) -> Result<(), Failure> {
    if !Folder::is_ledger(&args.ledger) {
        let what = format!("{} is not a ledger (a folder with db/)", args.ledger.display());
        return Err(Failure::new(Exit::Io, "no-log", what).next("check the path"));
    }
    let last = Ledger::open(&args.ledger)?.register().received();
    let now = accept_clock(&args.ledger)?;
    let text = || {
        let mut table = Table::default();
        table.row("clock", utc(now)).row("last entry", utc(last));
        format!(
            "{}Accepted: the depositary goes on as soon as it is asked, or started within an hour.\n",
            table.render()
        )
    };
    output.result(text, || json!({ "clock": rfc3339(now), "last_received": rfc3339(last) }))
}
