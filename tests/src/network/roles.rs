//! What the processes of a network are started with.

use std::net::SocketAddr;
use std::path::Path;

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A depositary with its ledger and what it publishes in `home`, which listens there and is soon impatient.
#[must_use]
pub fn depositary(home: &Path, listen: SocketAddr) -> Vec<String> {
    [
        "serve",
        "--ledger",
        &text(&home.join("ledger")),
        "--publish",
        &text(&home.join("published")),
        "--listen",
        &listen.to_string(),
        "--witness-timeout",
        "1500",
        "--patience",
        "5",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A mirror that follows the log at `url`, and looks `every` so often.
#[must_use]
pub fn mirror(url: &str, copy: &Path, charter: &Path, every: &str) -> Vec<String> {
    ["--json", "mirror", url, &text(copy), "--follow", "--every", every, "--agreement", &text(charter)]
        .map(str::to_owned)
        .to_vec()
}

/// A monitor of the log at `url`, with this patience; what it watches besides is for the caller to add.
#[must_use]
pub fn monitor(
    url: &str,
    state: &Path,
    charter: &Path,
    policy: &Path,
    every: &str,
    max_age: &str,
) -> Vec<String> {
    [
        "--json",
        "monitor",
        "--log",
        url,
        "--state",
        &text(state),
        "--agreement",
        &text(charter),
        "--policy",
        &text(policy),
        "--every",
        every,
        "--max-age",
        max_age,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The same argument for each value.
#[must_use]
pub fn each(name: &str, values: impl IntoIterator<Item = String>) -> Vec<String> {
    values.into_iter().flat_map(|value| [name.to_owned(), value]).collect()
}
