//! Fraud proofs, judged as anybody would: offline, by `truce verify`.

use serde_json::Value;
use std::path::Path;
use truce_tests::network::process::truce;
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _};

/// Places at which a proof is altered, spread over the whole of it.
const ALTERED: usize = 24;

/// The kind of a proof, if the file proves it of the log of `charter`, proves nothing of another log, and proves nothing
/// with one byte altered; and whether it is in doubt, for the key had ended by `succession`.
pub(super) fn judge(
    file: &Path,
    charter: &Path,
    succession: Option<&Path>,
) -> Result<(String, bool), String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let kind = text.lines().nth(1).and_then(|line| line.strip_prefix("kind ")).unwrap_or_default().to_owned();
    let charter = charter.display().to_string();
    let mut known = vec!["--charter", &charter];
    let succession = succession.map(|file| file.display().to_string());
    known.extend(succession.iter().flat_map(|file| ["--succession", file]));
    let (named, said) = decided(file, &known);
    let doubt = match (named, said.as_str()) {
        (Some(0), "fraud-proven") => false,
        (Some(3), "in-doubt") => true,
        _ => return Err(format!("truce verify ends with {named:?}, and the fraud is not proven")),
    };
    let honest = Ed25519NoteSigner::from_seed("honest.example/log", &[7; 32]).expect("a fixed key");
    let (other, said) = decided(file, &["--log", &honest.vkey().to_string()]);
    if other != Some(3) || !said.is_empty() {
        return Err(format!("of an honest log truce verify ends with {other:?}"));
    }
    let altered = file.with_extension("altered");
    for at in (0..text.len()).step_by((text.len() / ALTERED).max(1)) {
        // Whether a witness cosigned is no part of what is proven: its line may be anything.
        let line = text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if text.as_bytes()[line..].starts_with("\u{2014} witness.".as_bytes()) {
            continue;
        }
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        std::fs::write(&altered, &bytes).map_err(|e| e.to_string())?;
        let (ended, said) = decided(&altered, &known);
        if ended != Some(3) || !said.is_empty() {
            return Err(format!("with byte {at} altered truce verify ends with {ended:?}"));
        }
    }
    std::fs::remove_file(&altered).map_err(|e| e.to_string())?;
    Ok((kind, doubt))
}

/// Exit code and verdict of `truce verify`; no verdict where nothing is decided.
fn decided(file: &Path, known: &[&str]) -> (Option<i32>, String) {
    let mut command = truce();
    command.args(["--json", "verify"]).arg(file).args(known);
    let output = command.output().expect("truce runs");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), said["verdict"].as_str().unwrap_or_default().to_owned())
}
