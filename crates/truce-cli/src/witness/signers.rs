//! The keys that sign for the logs of a witness: named on the command line, read from files and addresses, and read
//! again while the witness runs.

use crate::args::WitnessArgs;
use crate::exit::{Exit, Failure};
use crate::{files, vkey};
use std::path::{Path, PathBuf};
use truce_source::Place;
use truce_statement::Statement;
use truce_succession::{MAX_SUCCESSION_BYTES, Succession, SuccessionError, Terms};
use truce_tlog::{KeySchedule, KeyTurn, VKey};

/// How the program names itself to servers.
const PROGRAM: &str = concat!("truce-witness/", env!("CARGO_PKG_VERSION"));

/// The arguments that say which keys sign for which logs.
pub(super) struct Signers {
    logs: Vec<String>,
    policy: Option<PathBuf>,
    charters: Vec<PathBuf>,
    successions: Vec<String>,
}

/// Everything that the arguments say of keys at one moment.
pub(super) struct Known {
    /// The keys of each log over the sizes of its tree.
    pub(super) logs: Vec<KeySchedule>,
    /// Addresses that could not be reached, each with the reason.
    pub(super) unreached: Vec<String>,
}

impl Signers {
    pub(super) fn of(args: &WitnessArgs) -> Self {
        Self {
            logs: args.log.clone(),
            policy: args.policy.clone(),
            charters: args.charter.clone(),
            successions: args.succession.clone(),
        }
    }

    /// Says that what they name can change while the witness runs.
    pub(super) fn can_change(&self) -> bool {
        let names_a_file = |text: &String| Path::new(text).is_file();
        self.policy.is_some() || !self.successions.is_empty() || self.logs.iter().any(names_a_file)
    }

    /// Reads all of them.
    ///
    /// # Errors
    /// Where a file cannot be read, a succession does not follow from a charter, or a log is named twice with
    /// different keys.
    pub(super) fn read(&self) -> Result<Known, Failure> {
        let mut turns = Vec::new();
        let mut charters = Vec::new();
        for text in &self.logs {
            match charter(Path::new(text))? {
                Some(charter) => charters.push(charter),
                None => turns.push(turn(text)?),
            }
        }
        for path in &self.charters {
            let charter = charter(path)?.ok_or_else(|| {
                Failure::usage("not-a-charter", "this is no charter")
                    .in_file(path)
                    .next("give the charter's file: `truce show SOURCE 0 --raw > charter.cose` writes it")
            })?;
            charters.push(charter);
        }
        if let Some(path) = &self.policy {
            let policy = files::read_policy(path)?;
            turns.extend(policy.logs().iter().map(|log| always(log.vkey().clone())));
        }
        let (terms, unreached) = self.terms(&charters)?;
        for keys in terms {
            turns.extend(keys.turns().iter().cloned());
        }
        if turns.is_empty() {
            return Err(Failure::usage("no-log", "the policy names no log").next("name a log with --log"));
        }
        Ok(Known { logs: by_log(turns)?, unreached })
    }

    /// The keys that each charter and the successions given make.
    fn terms(&self, charters: &[Statement]) -> Result<(Vec<KeySchedule>, Vec<String>), Failure> {
        let refused = |e: &SuccessionError| Failure::unverified(e.code(), e).next(e.remedy());
        let terms = charters.iter().map(Terms::of_charter).collect::<Result<Vec<_>, _>>();
        let mut terms = terms.map_err(|e| refused(&e))?;
        let mut unreached = Vec::new();
        for text in &self.successions {
            let Some(bytes) = succession(text, &mut unreached)? else { continue };
            let read = Succession::parse(&bytes).map_err(|e| refused(&e).at(text.clone()))?;
            let mut why = None;
            let found =
                charters.iter().zip(terms.iter_mut()).any(|(charter, terms)| match read.verify(charter) {
                    Ok(later) if later.keys().follows(terms.keys()) => {
                        *terms = later;
                        true
                    }
                    Ok(_) => false,
                    Err(error) => {
                        why = Some(error);
                        false
                    }
                });
            if !found {
                return Err(why.map_or_else(
                    || {
                        Failure::usage("which-charter", format!("{text}: this follows from no charter given"))
                            .next("give the charter of its agreement with --charter")
                    },
                    |error| refused(&error).at(text.clone()),
                ));
            }
        }
        Ok((terms.iter().map(|terms| terms.keys().clone()).collect(), unreached))
    }
}

/// The charter that a file holds; `None` where the file holds something else, or there is none.
fn charter(path: &Path) -> Result<Option<Statement>, Failure> {
    if !path.is_file() {
        return Ok(None);
    }
    let Ok(statement) = Statement::parse(files::read(path)?) else { return Ok(None) };
    vkey::of_charter(&statement).map_err(|e| e.in_file(path))?;
    Ok(Some(statement))
}

/// The bytes of a succession: a file, or what a log publishes as `succession`. `None` where the log publishes none, having
/// changed nothing, or cannot be reached: that must not keep a witness of several logs from its work.
fn succession(text: &str, unreached: &mut Vec<String>) -> Result<Option<Vec<u8>>, Failure> {
    let path = Path::new(text);
    let (place, name) = match Place::of(text) {
        Place::Directory(_) if !path.is_dir() => {
            let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            (Place::Directory(folder.unwrap_or(Path::new(".")).to_owned()), path.file_name())
        }
        place => (place, None),
    };
    let name = name.map_or(Some("succession"), |name| name.to_str()).unwrap_or_default();
    match (place.file(name, MAX_SUCCESSION_BYTES as u64, PROGRAM), &place) {
        (Ok(None), Place::Directory(folder)) if folder.as_path() != path => {
            Err(Failure::file(path, &std::io::Error::from(std::io::ErrorKind::NotFound)))
        }
        (Ok(bytes), _) => Ok(bytes),
        (Err(error), Place::Url(_)) => {
            unreached.push(format!("{text}: {error}"));
            Ok(None)
        }
        (Err(error), Place::Directory(_)) => Err(Failure::new(Exit::Io, "no-succession", error)
            .next("give the file `succession` from beside the log's checkpoint")),
    }
}

/// A key with the sizes that it signs: `VKEY`, `VKEY@FROM-UNTIL`, `VKEY@FROM-`, or a file that holds one of these.
fn turn(text: &str) -> Result<KeyTurn, Failure> {
    let path = Path::new(text);
    if path.is_file() {
        let bytes = files::read(path)?;
        return bounded(String::from_utf8_lossy(&bytes).trim()).map_err(|e| e.in_file(path));
    }
    bounded(text)
}

fn bounded(text: &str) -> Result<KeyTurn, Failure> {
    let Some((key, (from, until))) =
        text.rsplit_once('@').and_then(|(key, sizes)| Some((key, sizes.split_once('-')?)))
    else {
        return vkey::named(text).map(always);
    };
    let size = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>());
    match (size(from), size(until)) {
        // An @ in the name of a key, which may stand there.
        (None, _) | (_, None) => vkey::named(text).map(always),
        (Some(Ok(from)), Some(end)) if end.is_ok() || until.is_empty() => {
            let until = end.ok();
            if until.is_some_and(|until| until < from) {
                return Err(bad_sizes(text, "the greatest size is below the least"));
            }
            Ok(KeyTurn { key: vkey::named(key)?, from, until })
        }
        _ => Err(bad_sizes(text, "a size is a decimal below 2^64")),
    }
}

fn bad_sizes(text: &str, why: &str) -> Failure {
    Failure::usage("bad-sizes", format!("{text}: {why}")).next(
        "give the sizes that `truce status LOG` prints: VKEY@FROM-UNTIL, or VKEY@FROM- for the newest key",
    )
}

const fn always(key: VKey) -> KeyTurn {
    KeyTurn { key, from: 0, until: None }
}

/// The turns by the log whose name the keys bear, each key once.
fn by_log(turns: Vec<KeyTurn>) -> Result<Vec<KeySchedule>, Failure> {
    let mut logs: Vec<Vec<KeyTurn>> = Vec::new();
    for turn in turns {
        let of_log =
            logs.iter_mut().find(|turns| turns.iter().any(|other| other.key.name() == turn.key.name()));
        let Some(of_log) = of_log else {
            logs.push(vec![turn]);
            continue;
        };
        match of_log.iter().find(|other| other.key == turn.key) {
            None => of_log.push(turn),
            Some(same) if *same == turn => {}
            Some(_) => {
                let message = format!("{} is given with different sizes", turn.key);
                return Err(Failure::usage("bad-sizes", message).next("name each key once"));
            }
        }
    }
    Ok(logs.into_iter().map(KeySchedule::of_turns).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use truce_tlog::{Ed25519NoteSigner, NoteSigner as _};

    #[test]
    fn a_key_has_the_sizes_behind_its_last_at_sign() {
        for name in ["log.example", "a@b.example"] {
            let key = Ed25519NoteSigner::from_seed(name, &[1; 32]).unwrap().vkey().clone();
            let turn = |sizes: &str| bounded(&format!("{key}{sizes}"));
            for (sizes, from, until) in
                [("", 0, None), ("@0-5", 0, Some(5)), ("@6-", 6, None), ("@4-4", 4, Some(4))]
            {
                assert_eq!(turn(sizes).ok(), Some(KeyTurn { key: key.clone(), from, until }), "{sizes}");
            }
            for sizes in [
                "@5-4",
                "@-",
                "@-5",
                "@18446744073709551616-",
                "@1-18446744073709551616",
                "@1",
                "@a-b",
                "@",
                "@1-2-3",
            ] {
                assert!(turn(sizes).is_err(), "{sizes}");
            }
        }
    }
}
