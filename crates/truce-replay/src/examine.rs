//! Everything about an entry that needs no order.

use crate::finding::{Finding, Flaw};
use truce_register::{KnownKeys, Misfit, Register};
use truce_statement::{Computed, Entry, EntryHash, Refusal, Signed, Statement};
use truce_tlog::{BundleCoord, EntryBundle, Hash, leaf_hash, tile};

/// The entries of one bundle, examined.
pub struct Batch<P> {
    /// Position of the first.
    pub first: u64,
    /// The entries, in order.
    pub entries: Vec<Examined<P>>,
}

/// One entry, as far as it can be judged without those before it. `P` is what the caller prepares from each statement.
pub struct Examined<P> {
    leaf: Hash,
    prev: EntryHash,
    received: i64,
    judged: Judged<P>,
}

enum Judged<P> {
    /// Parsed, and verified with the key that its header names.
    Signed(Box<(Signed, P)>),
    /// Parsed; its key was not known yet.
    Unverified(Box<(Statement, P)>),
    Refused(Refusal),
    /// The bytes are no entry.
    Malformed(String),
}

/// Reason that an entry may not stand where it stands. `E` is the error of the caller's look-ups.
#[derive(Debug)]
pub enum Unfit<E> {
    /// The bytes are no entry.
    Malformed(String),
    /// It does not fit the entries before it.
    Misfit(Misfit<E>),
}

impl<E> From<Misfit<E>> for Unfit<E> {
    fn from(misfit: Misfit<E>) -> Self {
        Self::Misfit(misfit)
    }
}

impl<P> Examined<P> {
    /// Leaf hash of the entry's bytes (RFC 6962).
    #[must_use]
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// Time at which it says that it was received, milliseconds UTC.
    #[must_use]
    pub fn received(&self) -> i64 {
        self.received
    }

    /// The statement, whose signature holds, in an entry that carries the hash of the last one of `register`; with what
    /// was prepared from it. Whether it may be admitted is still to be asked.
    ///
    /// # Errors
    /// [`Unfit`], never with a failed look-up.
    pub fn verified<E>(self, register: &Register) -> Result<(Signed, P), Unfit<E>> {
        if let Judged::Malformed(what) = self.judged {
            return Err(Unfit::Malformed(what));
        }
        register.follows(&Entry { prev: self.prev, received: self.received, statement: &[] })?;
        let refused = |refusal| Unfit::Misfit(Misfit::Refused(refusal));
        match self.judged {
            Judged::Signed(both) => Ok(*both),
            Judged::Unverified(both) => {
                let (statement, prepared) = *both;
                let key = register.key_of(&statement).map_err(refused)?.clone();
                Ok((statement.verify_named(&key).map_err(refused)?, prepared))
            }
            Judged::Refused(refusal) => Err(refused(refusal)),
            Judged::Malformed(what) => Err(Unfit::Malformed(what)),
        }
    }
}

/// Hashes and parses the entries of a bundle, those before position `from` left out, and verifies the signatures whose keys
/// are in `keys`. `prepare` is called for every statement.
///
/// # Errors
/// `malformed-bundle`: nothing is known of its entries.
pub fn examine<P>(
    bytes: &[u8],
    coord: BundleCoord,
    from: u64,
    keys: &KnownKeys,
    prepare: impl Fn(&Statement) -> P,
) -> Result<Batch<P>, Box<Finding>> {
    let begins = coord.index() * u64::from(tile::TILE_WIDTH);
    let bundle = EntryBundle::parse_prefix(bytes, coord)
        .map_err(|e| Box::new(Finding::new(Flaw::MalformedBundle, format!("{coord}: {e}")).at(begins)))?;
    let skip = usize::try_from(from.saturating_sub(begins)).unwrap_or(usize::MAX);
    let entries = bundle.entries().get(skip..).unwrap_or_default();
    // Signatures are computed one by one and settled together: those that wait for the verdict say so by `Ok`.
    let mut computed = Vec::with_capacity(entries.len());
    let mut examined = Vec::with_capacity(entries.len());
    for bytes in entries {
        let (prev, received, judged) = match Entry::parse(bytes) {
            Err(e) => (EntryHash::ZERO, 0, Err(Judged::Malformed(e.to_string()))),
            Ok(entry) => {
                let judged = match Statement::parse(entry.statement) {
                    Err(refusal) => Err(Judged::Refused(refusal)),
                    Ok(statement) => {
                        let prepared = prepare(&statement);
                        match keys.get(&statement.header().kid) {
                            None => Err(Judged::Unverified(Box::new((statement, prepared)))),
                            Some(key) => {
                                computed.push(statement.compute(key));
                                Ok(prepared)
                            }
                        }
                    }
                };
                (entry.prev, entry.received, judged)
            }
        };
        examined.push((leaf_hash(bytes), prev, received, judged));
    }
    let waiting = computed.len();
    let verdicts = Computed::settle(computed);
    debug_assert_eq!(verdicts.len(), waiting, "a verdict for each signature");
    let mut verdicts = verdicts.into_iter();
    // A verdict short would end the batch, never let a statement pass.
    let entries = examined.into_iter().map_while(|(leaf, prev, received, judged)| {
        let judged = match judged {
            Err(judged) => judged,
            Ok(prepared) => match verdicts.next()? {
                Ok(signed) => Judged::Signed(Box::new((signed, prepared))),
                Err(refusal) => Judged::Refused(refusal),
            },
        };
        Some(Examined { leaf, prev, received, judged })
    });
    Ok(Batch { first: begins.max(from), entries: entries.collect() })
}
