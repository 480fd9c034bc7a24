//! Fraud proofs, judged as anybody would: offline, by `truce verify`.

use crate::network::process::truce;
use std::path::Path;
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _};

/// Places at which a proof is altered, spread over the whole of it.
const ALTERED: usize = 24;

/// The kind of a proof, if the file proves it of the log of `charter`, proves nothing of another log, and proves nothing
/// with one byte altered.
pub(super) fn judge(file: &Path, charter: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let kind = text.lines().nth(1).and_then(|line| line.strip_prefix("kind ")).unwrap_or_default().to_owned();
    let charter = charter.display().to_string();
    let named = exit(file, &["--charter", &charter]);
    if named != Some(0) {
        return Err(format!("truce verify ends with {named:?}, and the fraud is not proven"));
    }
    let honest = Ed25519NoteSigner::from_seed("honest.example/log", &[7; 32]).expect("a fixed key");
    let other = exit(file, &["--log", &honest.vkey().to_string()]);
    if other != Some(3) {
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
        let ended = exit(&altered, &["--charter", &charter]);
        if ended != Some(3) {
            return Err(format!("with byte {at} altered truce verify ends with {ended:?}"));
        }
    }
    std::fs::remove_file(&altered).map_err(|e| e.to_string())?;
    Ok(kind)
}

fn exit(file: &Path, known: &[&str]) -> Option<i32> {
    let mut command = truce();
    command.arg("verify").arg(file).args(known);
    command.output().expect("truce runs").status.code()
}
