//! The text of a fraud proof: written one way, and read only as it would be written.

use crate::decide::Undecided;
use crate::{Evidence, FraudKind, FraudProof};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use truce_statement::Entry;
use truce_tlog::{Checkpoint, Hash, Note, ProofFile};

/// First line of every fraud proof.
pub const FRAUD_HEADER: &str = "truce/fraud-proof@v1";

/// The most bytes a fraud proof may have: two of the largest entries in base64, two proofs, and room.
pub const MAX_FRAUD_PROOF_BYTES: usize = 512 << 10;

/// The most bytes a checkpoint in a fraud proof may have, with its signatures.
pub const MAX_CHECKPOINT_BYTES: usize = 64 << 10;

impl FraudProof {
    /// Tells by its first line whether a file is a fraud proof.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.strip_prefix(FRAUD_HEADER.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'\n'))
    }

    /// Reads a fraud proof. The result is well-formed, and proves nothing before [`FraudProof::decide`].
    ///
    /// # Errors
    /// [`Undecided::Malformed`], for whatever this type would not write byte for byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, Undecided> {
        if bytes.len() > MAX_FRAUD_PROOF_BYTES {
            let found = bytes.len();
            return Err(malformed(format!("{found} bytes exceed the limit of {MAX_FRAUD_PROOF_BYTES}")));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|e| malformed(format!("it is not UTF-8 at byte {}", e.valid_up_to())))?;
        let mut lines = Lines(text);
        if lines.next()? != FRAUD_HEADER {
            return Err(malformed(format!("the first line is not `{FRAUD_HEADER}`")));
        }
        let word = lines.field("kind")?;
        let kind = FraudKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        let kind = kind.ok_or_else(|| malformed("this program does not know what it claims (kind)"))?;
        let log = lines.field("log")?;
        let log = log.parse().map_err(|e| malformed(format!("the key of the log is refused: {e}")))?;
        let _says = lines.field("says")?;
        if !lines.next()?.is_empty() {
            return Err(malformed("there is no empty line behind the sentence"));
        }
        let evidence = match kind {
            FraudKind::Fork => {
                let (older, newer) = (lines.checkpoint()?, lines.checkpoint()?);
                let prefix = if lines.is_at("prefix ") {
                    let root = lines.hash("prefix")?;
                    let mut path = Vec::new();
                    while lines.is_at("hash ") {
                        if path.len() == truce_tlog::proof::MAX_PROOF_HASHES {
                            return Err(malformed("its path has too many hashes"));
                        }
                        path.push(lines.hash("hash")?);
                    }
                    Some((root, path))
                } else {
                    None
                };
                Evidence::Fork { older, newer, prefix }
            }
            FraudKind::TwoEntries => Evidence::TwoEntries([lines.leaf()?, lines.leaf()?]),
            FraudKind::BackDated => Evidence::BackDated([lines.entry()?, lines.entry()?]),
            FraudKind::BrokenChain => Evidence::BrokenChain { before: lines.leaf()?, after: lines.entry()? },
            FraudKind::BadSignature => {
                let key = lines.bytes("key")?;
                let key = key.try_into().map_err(|_| malformed("its key is not of 32 bytes"))?;
                Evidence::BadSignature { key, entry: lines.entry()? }
            }
        };
        if !lines.0.is_empty() {
            return Err(malformed("something follows its last line"));
        }
        let proof = Self { log, evidence };
        // One claim has one file. The sentence is part of it: a true proof cannot be made to say something else.
        if proof.to_string().as_bytes() != bytes {
            return Err(malformed(
                "it does not say what its evidence says, or not in the form of the format",
            ));
        }
        Ok(proof)
    }

    /// The claim in one sentence. It follows from the evidence, and is true if [`FraudProof::decide`] says so.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.evidence {
            Evidence::Fork { older, newer, prefix } => match (size(older), size(newer)) {
                (older, _) if prefix.is_none() => {
                    format!("the log signed two trees of {older} entries with different roots")
                }
                (older, newer) => format!(
                    "the log signed a tree of {older} entries, and a tree of {newer} entries that does not begin with them"
                ),
            },
            Evidence::TwoEntries([(_, first), _]) => {
                format!("the log signed for two different entries at position {}", first.index())
            }
            Evidence::BackDated([(before, first), (after, second)]) => format!(
                "the log recorded entry {} as received at {} ms, and entry {} before it as received at {} ms",
                second.index(),
                received(after),
                first.index(),
                received(before)
            ),
            Evidence::BrokenChain { before, after } => format!(
                "the log recorded entry {} without the hash of entry {}",
                after.1.index(),
                before.1.index()
            ),
            Evidence::BadSignature { entry, .. } => format!(
                "the log recorded at position {} a statement that is not signed with the key it names",
                entry.1.index()
            ),
        }
    }
}

impl fmt::Display for FraudProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FRAUD_HEADER}\nkind {}\nlog {}\nsays {}\n", self.kind(), self.log, self.sentence())?;
        match &self.evidence {
            Evidence::Fork { older, newer, prefix } => {
                block(f, "checkpoint", &older.to_string())?;
                block(f, "checkpoint", &newer.to_string())?;
                if let Some((root, path)) = prefix {
                    writeln!(f, "prefix {}", root.to_base64())?;
                    path.iter().try_for_each(|hash| writeln!(f, "hash {}", hash.to_base64()))?;
                }
                Ok(())
            }
            Evidence::TwoEntries(sides) => sides.iter().try_for_each(|side| leaf(f, side)),
            Evidence::BackDated(sides) => sides.iter().try_for_each(|side| entry(f, side)),
            Evidence::BrokenChain { before, after } => {
                leaf(f, before)?;
                entry(f, after)
            }
            Evidence::BadSignature { key, entry: side } => {
                writeln!(f, "key {}", STANDARD.encode(key))?;
                entry(f, side)
            }
        }
    }
}

fn leaf(f: &mut fmt::Formatter<'_>, (hash, proof): &(Hash, ProofFile)) -> fmt::Result {
    writeln!(f, "leaf {}", hash.to_base64())?;
    block(f, "proof", &proof.to_string())
}

fn entry(f: &mut fmt::Formatter<'_>, (bytes, proof): &(Vec<u8>, ProofFile)) -> fmt::Result {
    writeln!(f, "entry {}", STANDARD.encode(bytes))?;
    block(f, "proof", &proof.to_string())
}

/// A text of several lines, behind a line that counts them.
fn block(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    writeln!(f, "{name} {}", text.matches('\n').count())?;
    f.write_str(text)
}

/// The size that a checkpoint states; zero where it states none, which no proof survives.
fn size(note: &Note) -> u64 {
    Checkpoint::parse(note.text()).map_or(0, |checkpoint| checkpoint.size())
}

fn received(entry: &[u8]) -> i64 {
    Entry::parse(entry).map_or(0, |entry| entry.received)
}

fn malformed(why: impl Into<String>) -> Undecided {
    Undecided::Malformed { why: why.into() }
}

/// The rest of the text.
struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a str, Undecided> {
        let (line, rest) = self.0.split_once('\n').ok_or_else(|| malformed("it ends too early"))?;
        self.0 = rest;
        Ok(line)
    }

    fn is_at(&self, start: &str) -> bool {
        self.0.starts_with(start)
    }

    /// `name`, a space, and what is returned.
    fn field(&mut self, name: &str) -> Result<&'a str, Undecided> {
        let line = self.next()?;
        let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
        value.ok_or_else(|| malformed(format!("there is no line `{name}` where one is due")))
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, Undecided> {
        let value = self.field(name)?;
        STANDARD.decode(value).map_err(|_| malformed(format!("its {name} is not in standard base64")))
    }

    fn hash(&mut self, name: &str) -> Result<Hash, Undecided> {
        Hash::from_base64(self.field(name)?).map_err(|_| malformed(format!("its {name} is no hash")))
    }

    /// As many whole lines as the line `name` counts.
    fn block(&mut self, name: &str) -> Result<&'a str, Undecided> {
        let count = self.field(name)?;
        let count: usize =
            count.parse().map_err(|_| malformed(format!("its {name} does not count lines")))?;
        let text = self.0;
        for _ in 0..count {
            self.next()?;
        }
        Ok(text.get(..text.len() - self.0.len()).unwrap_or_default())
    }

    fn checkpoint(&mut self) -> Result<Note, Undecided> {
        let text = self.block("checkpoint")?;
        note(text)
    }

    fn proof(&mut self) -> Result<ProofFile, Undecided> {
        let proof = ProofFile::parse(self.block("proof")?.as_bytes())
            .map_err(|e| malformed(format!("a proof of inclusion is malformed: {e}")))?;
        if proof.extra().is_some() {
            return Err(malformed("a proof of inclusion has a line `extra`"));
        }
        note(&proof.checkpoint().to_string())?;
        Ok(proof)
    }

    fn leaf(&mut self) -> Result<(Hash, ProofFile), Undecided> {
        Ok((self.hash("leaf")?, self.proof()?))
    }

    fn entry(&mut self) -> Result<(Vec<u8>, ProofFile), Undecided> {
        Ok((self.bytes("entry")?, self.proof()?))
    }
}

fn note(text: &str) -> Result<Note, Undecided> {
    if text.len() > MAX_CHECKPOINT_BYTES {
        return Err(malformed(format!("a checkpoint is longer than {MAX_CHECKPOINT_BYTES} bytes")));
    }
    let note =
        Note::parse(text.as_bytes()).map_err(|e| malformed(format!("a checkpoint is malformed: {e}")))?;
    Checkpoint::parse(note.text())
        .and_then(|checkpoint| checkpoint.refuse_extensions())
        .map_err(|e| malformed(format!("a checkpoint is malformed: {e}")))?;
    Ok(note)
}
