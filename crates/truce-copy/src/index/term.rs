//! Terms that records can be found by.

use super::Status;
use crate::order::ordered;
use truce_statement::{KeyId, Kind, PartyId, Role};

/// A condition with a list of positions of its own.
///
/// Days, months and years are of the time of the event (docs/spec/kinds.md, section 5), in UTC, so that a period is a
/// union of few terms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// Signed by this party.
    Party(PartyId),
    /// Records of this kind.
    Kind(Kind),
    /// Signed by this party and of this kind.
    PartyKind(PartyId, Kind),
    /// In this zone of the charter.
    Zone(String),
    /// Signed by a party of this role.
    Role(Role),
    /// On this day, counted from 1970-01-01.
    Day(i32),
    /// In this month: 12 times the year, and the month from 0.
    Month(i32),
    /// In this year.
    Year(i32),
    /// With this word in a text that was signed, as [`super::words`] writes it.
    Word(String),
    /// Signed with this key.
    Key(KeyId),
    /// Records of this status.
    Status(Status),
    /// With coordinates.
    Placed,
}

impl Term {
    /// The term as the beginning of a row's key. None is the beginning of another.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        self.write(&mut key);
        key
    }

    /// Appends [`Self::key`] to `key`.
    pub(crate) fn write(&self, key: &mut Vec<u8>) {
        let mut texts = |letter: u8, texts: &[&str]| {
            key.push(letter);
            for text in texts {
                key.extend_from_slice(text.as_bytes());
                key.push(0);
            }
        };
        match self {
            Self::Party(id) => texts(b'P', &[id.as_str()]),
            Self::Kind(kind) => texts(b'K', &[kind.as_str()]),
            Self::PartyKind(id, kind) => texts(b'Q', &[id.as_str(), kind.as_str()]),
            Self::Zone(zone) => texts(b'Z', &[zone]),
            Self::Role(role) => texts(b'R', &[role.as_str()]),
            Self::Day(day) => key.extend([&[DAY][..], &ordered(*day)].into_iter().flatten()),
            Self::Month(month) => key.extend([&b"M"[..], &ordered(*month)].into_iter().flatten()),
            Self::Year(year) => key.extend([&b"Y"[..], &ordered(*year)].into_iter().flatten()),
            Self::Word(word) => texts(WORD, &[word]),
            Self::Key(id) => key.extend([&b"I"[..], id.as_bytes()].into_iter().flatten()),
            Self::Status(status) => texts(b'S', &[status.as_str()]),
            Self::Placed => key.push(b'H'),
        }
    }

    /// True where the number of its positions is kept: terms of which there are few.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        !matches!(self, Self::Word(_) | Self::Day(_))
    }

    /// True where its positions come in any order: then each has a row of its own.
    pub(crate) const fn is_loose(&self) -> bool {
        match self {
            Self::Status(status) => {
                !matches!(status, Status::Drill | Status::Late | Status::Correction | Status::Retraction)
            }
            _ => false,
        }
    }
}

const DAY: u8 = b'D';
const WORD: u8 = b'W';

/// The same as [`Term::is_counted`], of a key.
pub(crate) fn is_counted(key: &[u8]) -> bool {
    !matches!(key.first(), Some(&(WORD | DAY)))
}
