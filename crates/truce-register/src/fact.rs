//! Facts: small records that the fold derives and must be able to look up again.

use truce_statement::cbor::{Head, Reader, Writer};
use truce_statement::{Kind, PartyId, RootHash, StatementId};

/// The key of a derived record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// Record of a statement: [`Recorded`].
    Statement(StatementId),
    /// Statement that has taken the place of this one, or taken it back: 32 bytes, its id.
    Superseded(StatementId),
    /// Figure that a party's report printed for a region over the period that ends at this time (milliseconds UTC).
    Total {
        /// The reporting party.
        party: PartyId,
        /// The region, as printed.
        region: String,
        /// End of the period, milliseconds UTC.
        until: i64,
    },
}

impl Fact {
    /// The key as bytes: a letter for the type, then its parts.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Statement(id) => [b"s", id.as_bytes().as_slice()].concat(),
            Self::Superseded(id) => [b"x", id.as_bytes().as_slice()].concat(),
            Self::Total { party, region, until } => {
                let mut w = Writer::with_capacity(64);
                w.raw(b"t").text(party.as_str()).text(region).integer(*until);
                w.into_bytes()
            }
        }
    }
}

/// Position of a statement, and what later statements need to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the log.
    pub position: u64,
    /// Its kind.
    pub kind: Kind,
    /// Party that signed it.
    pub party: PartyId,
    /// Parties that it asks, when it is an inquiry; empty otherwise.
    pub to: Vec<PartyId>,
}

impl Recorded {
    /// `[position, kind, party, to...]` in canonical CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(48);
        w.head(Head::Array(3 + self.to.len() as u64));
        w.unsigned(self.position).text(self.kind.as_str()).text(self.party.as_str());
        for party in &self.to {
            w.text(party.as_str());
        }
        w.into_bytes()
    }

    /// Reads what [`Self::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let Ok(Head::Array(items @ 3..)) = r.head() else { return None };
        let position = r.unsigned().ok()?;
        let kind = r.text().ok()?.parse().ok()?;
        let party = r.text().ok()?.parse().ok()?;
        let to = (3..items).map(|_| r.text().ok()?.parse().ok()).collect::<Option<_>>()?;
        r.end().ok()?;
        Some(Self { position, kind, party, to })
    }
}

/// One derived record, written by a [`crate::Step`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// [`Fact::key`].
    pub key: Vec<u8>,
    /// The record; it replaces any before it under the same key.
    pub value: Vec<u8>,
}

/// Look-ups that the fold asks of whoever keeps the facts and the tree.
pub trait Recall {
    /// A failure to look something up. Never a reason to refuse: the fold stops and says so.
    type Error;

    /// The record under `key`, as last written.
    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The record of a statement; `None` where it is not in the log.
    fn recorded(&self, id: &StatementId) -> Result<Option<Recorded>, Self::Error> {
        Ok(self.fact(&Fact::Statement(*id).key())?.as_deref().and_then(Recorded::decode))
    }

    /// Root of the tree over the first `size` entries. Asked only for sizes up to the register's own.
    fn root_at(&self, size: u64) -> Result<Option<RootHash>, Self::Error>;
}
