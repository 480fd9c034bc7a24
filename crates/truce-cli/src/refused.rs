//! The way on after a refusal: a statement that was signed has used up its number, and the next one waits behind it.
//!
//! ```text
//! refused --may be taken as it is, later--> what must come first, then the same command again
//!    '-----never as it is---> give up the number (`outbox forget`, `feed take-up --withdraw`) --> sign again
//! ```

use std::path::{Path, PathBuf};
use truce_field::feed;
use truce_statement::KeyId;

/// A refused statement, and where its signer stands.
#[derive(Debug)]
pub(crate) struct Refused<'a> {
    /// Code of the refusal.
    pub(crate) code: &'a str,
    /// The next step that the refusal itself names.
    pub(crate) remedy: &'a str,
    pub(crate) key: KeyId,
    pub(crate) seq: u64,
    /// File of the statement, where one is known: the key's file may lie beside it.
    pub(crate) file: Option<&'a Path>,
}

/// The way on which a refused statement was handed in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// Straight to a ledger's folder.
    #[cfg_attr(not(feature = "ledger"), expect(dead_code, reason = "such a build opens no ledger"))]
    Ledger(&'a Path),
    /// Through an outbox, in which the statement has this id.
    Outbox(&'a OutboxWay<'a>),
}

/// An outbox in commands: its option, and the short id of the statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutboxWay<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) id: &'a str,
}

impl Refused<'_> {
    /// The next commands, in the order in which they are given.
    pub(crate) fn next(&self, way: Way<'_>) -> String {
        let Self { code, remedy, seq, .. } = self;
        let (give_up, again) = (self.give_up(way), again(way));
        match *code {
            "feed-gap" => format!(
                "hand in the statements of this key before number {seq} first; if one of them was refused for good, give \
                 up what was signed from there on: {give_up}, and sign again"
            ),
            "feed-fork" => format!("{remedy}; if the one in the log is yours, continue after it: {give_up}"),
            "unknown-key" | "unknown-reference" => {
                format!("{remedy}; then {again}, or give number {seq} up: {give_up}, and sign again")
            }
            "unknown-checkpoint" => format!("{remedy}; number {seq} of this key is used up: {give_up}"),
            "malformed-cose" | "too-large" | "non-canonical" | "bad-signature" | "unknown-agreement" => {
                format!("{remedy}; if number {seq} of this key is used up by it: {give_up}")
            }
            _ => format!("number {seq} of this key is used up: {give_up}; then {remedy}"),
        }
    }

    /// The commands that give the statement up.
    pub(crate) fn give_up(&self, way: Way<'_>) -> String {
        match (self.key_file(), way) {
            (Some(key), Way::Ledger(ledger)) => {
                format!("`truce feed take-up {} {} --withdraw`", key.display(), ledger.display())
            }
            (None, Way::Ledger(ledger)) => {
                format!(
                    "`truce feed take-up KEY {} --withdraw`, KEY being the file of its key",
                    ledger.display()
                )
            }
            (Some(key), Way::Outbox(OutboxWay { folder, .. })) => {
                format!("`truce feed take-up {} --withdraw{}`", key.display(), option(folder))
            }
            // The key is on another machine, perhaps.
            (None, Way::Outbox(OutboxWay { folder, id })) => format!(
                "`truce outbox forget {id} --undelivered{}`, then `truce feed take-up KEY URL --withdraw` where the key is, URL \
                 being the depositary",
                option(folder)
            ),
        }
    }

    /// The file of the signing key, when it lies beside the statement or here.
    fn key_file(&self) -> Option<PathBuf> {
        let beside = self.file.and_then(Path::parent);
        beside.into_iter().chain([Path::new("")]).find_map(|folder| feed::key_in(folder, self.key))
    }
}

fn again(way: Way<'_>) -> String {
    match way {
        Way::Ledger(_) => "submit this one again".to_owned(),
        Way::Outbox(OutboxWay { folder, .. }) => format!("`truce outbox send --again{}`", option(folder)),
    }
}

/// The option that names an outbox, where it must be named.
pub(crate) fn option(folder: &Path) -> String {
    let default = folder == Path::new("outbox");
    let told = std::env::var_os("TRUCE_OUTBOX").is_some_and(|told| Path::new(&told) == folder);
    if default || told { String::new() } else { format!(" --outbox {}", folder.display()) }
}
