//! Statements as a person names them: a file, a whole id, or the beginning of one that nothing else begins with.

use crate::exit::Failure;
use crate::files;
use std::path::Path;
use truce_statement::StatementId;

/// Fewest hex digits that are taken for the beginning of an id.
const SHORTEST: usize = 4;
/// Ids that are listed when several begin alike.
const MOST_LISTED: usize = 8;
/// Digits of an id, written out.
const DIGITS: usize = 64;

/// A statement as it was named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The id is known: it was given whole, or by the statement's file.
    Whole(StatementId),
    /// The first digits of an id, in lower case.
    Beginning(String),
}

impl Named {
    /// Reads an id, the beginning of one, or the file of a statement.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Whole(id));
        }
        let path = Path::new(text);
        if path.is_file() {
            return Ok(Self::Whole(files::read_statement(path)?.id()));
        }
        // As it stands in the examples: `3f9a...`.
        let digits = text.trim_end_matches(['.', '\u{2026}']).to_ascii_lowercase();
        let plausible = (SHORTEST..DIGITS).contains(&digits.len());
        if plausible && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self::Beginning(digits));
        }
        let message = format!(
            "`{text}` is neither a statement id (64 hex digits, or at least its first {SHORTEST}) nor a statement's file"
        );
        Err(Failure::usage("bad-id", message).next("`truce list SOURCE` prints ids"))
    }

    /// The id, where nothing is at hand to complete it from.
    pub(crate) fn whole(self) -> Result<StatementId, Failure> {
        match self {
            Self::Whole(id) => Ok(id),
            Self::Beginning(digits) => Err(Failure::usage(
                "bad-id",
                format!(
                    "`{digits}` is only the beginning of an id, and there is no log here to complete it from"
                ),
            )
            .next(format!("give all 64 digits: `truce show SOURCE {digits}` prints them"))),
        }
    }

    /// The one of `ids` that is meant; `place` says in words what they are the ids of.
    pub(crate) fn among(
        self,
        ids: impl IntoIterator<Item = StatementId>,
        place: &str,
        list: &str,
    ) -> Result<StatementId, Failure> {
        let digits = match self {
            Self::Whole(id) => return Ok(id),
            Self::Beginning(digits) => digits,
        };
        let found: Vec<String> =
            ids.into_iter().map(|id| id.to_string()).filter(|id| id.starts_with(&digits)).collect();
        match found.as_slice() {
            [only] => only.parse().map_err(|e| Failure::usage("bad-id", format!("{only}: {e}"))),
            [] => Err(Failure::usage(
                "no-such-statement",
                format!("no statement of {place} has an id that begins with {digits}"),
            )
            .next(format!("`{list}` shows what there is"))),
            several => Err(ambiguous(&digits, several)),
        }
    }
}

fn ambiguous(digits: &str, ids: &[String]) -> Failure {
    // Each as far as it must be written to be told from the others.
    let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let told = |id: &String| {
        let longest = ids.iter().filter(|other| *other != id).map(|other| shared(id, other)).max();
        id.chars().take(longest.unwrap_or(0).saturating_add(1).max(12)).collect::<String>()
    };
    let mut listed: Vec<String> = ids.iter().take(MOST_LISTED).map(told).collect();
    if let Some(more) = ids.len().checked_sub(MOST_LISTED).filter(|more| *more > 0) {
        listed.push(format!("{more} more"));
    }
    let message = format!("{} ids begin with {digits}: {}", ids.len(), listed.join(", "));
    Failure::usage("ambiguous-id", message).next("give more digits of the one that is meant")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(beginning: &str) -> StatementId {
        format!("{beginning:0<64}").parse().unwrap()
    }

    fn find(text: &str) -> Result<StatementId, Failure> {
        Named::read(text)?.among([id("abcd12"), id("abcd13"), id("00ff")], "the log", "truce list")
    }

    #[test]
    fn a_beginning_that_is_unique_is_enough() {
        assert_eq!(find("abcd12").unwrap(), id("abcd12"));
        assert_eq!(find("00FF").unwrap(), id("00ff"));
        assert_eq!(find("00ff...").unwrap(), id("00ff"));
        assert_eq!(find(&id("12").to_string()).unwrap(), id("12"), "a whole id is not looked up");
    }

    #[test]
    fn one_that_is_not_is_answered_with_what_it_may_mean() {
        let several = find("abcd1").unwrap_err();
        assert_eq!(several.code(), "ambiguous-id");
        assert!(several.to_text().contains("abcd12000000, abcd13000000"), "{}", several.to_text());
        assert_eq!(find("1234").unwrap_err().code(), "no-such-statement");
        for bad in ["abc", "xyz1", "", "abcd 12"] {
            assert_eq!(find(bad).unwrap_err().code(), "bad-id", "{bad}");
        }
        assert_eq!(Named::read("abcd12").unwrap().whole().unwrap_err().code(), "bad-id");
    }
}
