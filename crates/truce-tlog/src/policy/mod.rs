//! Policies: the logs that are known, and the cosignatures that a checkpoint needs (`c2sp.org/tlog-policy`).

mod builder;

use std::collections::HashSet;
use std::fmt;

use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::encoding::excerpt;
use crate::key::{KeyError, VKey};
use crate::note::Note;
use crate::schedule::KeySchedule;

pub use builder::PolicyBuilder;

/// The most bytes a policy file may have.
pub const MAX_POLICY_BYTES: usize = 1_000_000;

/// The most logs a policy may name; the specification asks for at least 32.
pub const MAX_POLICY_LOGS: usize = 256;

/// The most witnesses a policy may name; the specification asks for at least 32.
pub const MAX_POLICY_WITNESSES: usize = 256;

/// The most groups a policy may name; the specification asks for at least 32.
pub const MAX_POLICY_GROUPS: usize = 256;

/// The name that stands for a quorum without cosignatures.
const NONE: &[u8] = b"none";

/// Name of a witness or group within one policy: opaque octets, never folded or normalised.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PolicyName(Vec<u8>);

impl PolicyName {
    /// Takes octets as a name: at least one, and none that is white space or a control character.
    pub fn new(octets: &[u8]) -> Result<Self, PolicyError> {
        // A name beginning with `#` is no comment, because it never stands first on its line.
        let valid =
            !octets.is_empty() && octets.iter().all(|&octet| is_allowed(octet) && !is_separator(octet));
        if valid && !octets.contains(&b'\n') {
            Ok(Self(octets.to_vec()))
        } else {
            Err(PolicyError::Name { found: shown(octets) })
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.0))
    }
}

impl fmt::Debug for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyName({self})")
    }
}

/// A log the policy knows. The name of its key is its origin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyLog {
    vkey: VKey,
    url: Option<Vec<u8>>,
}

impl PolicyLog {
    /// The log's key, of type 0x01.
    #[must_use]
    pub const fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// Address of the log, as octets; its meaning belongs to the application.
    #[must_use]
    pub fn url(&self) -> Option<&[u8]> {
        self.url.as_deref()
    }
}

/// A witness the policy knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyWitness {
    name: PolicyName,
    vkey: VKey,
    url: Option<Vec<u8>>,
}

impl PolicyWitness {
    /// Name within the policy; the key has a name of its own.
    #[must_use]
    pub const fn name(&self) -> &PolicyName {
        &self.name
    }

    /// The witness's key, of type 0x04.
    #[must_use]
    pub const fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// Address of the witness, as octets.
    #[must_use]
    pub fn url(&self) -> Option<&[u8]> {
        self.url.as_deref()
    }
}

/// Number of members of a group that must have witnessed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Threshold {
    /// Every member.
    All,
    /// One member or more.
    Any,
    /// This many members or more; 1 to the number of members.
    AtLeast(usize),
}

/// A group of witnesses and earlier groups.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyGroup {
    name: PolicyName,
    threshold: Threshold,
    members: Vec<Member>,
}

impl PolicyGroup {
    /// Name within the policy.
    #[must_use]
    pub const fn name(&self) -> &PolicyName {
        &self.name
    }

    /// Number of members that must have witnessed.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }

    fn needed(&self) -> usize {
        match self.threshold {
            Threshold::All => self.members.len(),
            Threshold::Any => 1,
            Threshold::AtLeast(count) => count,
        }
    }
}

/// A witness or group by its place in the policy. Groups refer to earlier groups only, so there are no cycles.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// A whole policy: known logs, known witnesses, and the quorum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    quorum: Option<Member>,
}

impl Policy {
    /// Reads a policy file. Every line must end in a newline.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLong { found: bytes.len() });
        }
        let mut builder = PolicyBuilder::default();
        let mut number = 0;
        let mut rest = bytes;
        while !rest.is_empty() {
            number += 1;
            let at_line = |error| PolicyError::Line { number, error: Box::new(error) };
            let end = rest.iter().position(|&octet| octet == b'\n');
            let end = end.ok_or_else(|| at_line(PolicyError::NoFinalNewline))?;
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            builder.parse_line(line).map_err(at_line)?;
        }
        builder.build()
    }

    /// The known logs.
    #[must_use]
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The known witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The groups, each after those it refers to.
    #[must_use]
    pub fn groups(&self) -> &[PolicyGroup] {
        &self.groups
    }

    /// Name of the witness or group that is the quorum; `None` when no cosignature is needed.
    #[must_use]
    pub fn quorum(&self) -> Option<&PolicyName> {
        self.quorum.and_then(|member| self.member_name(member))
    }

    /// Reports whether the quorum is reached when exactly the witnesses that `cosigned` accepts have
    /// cosigned.
    pub fn is_satisfied_by(&self, cosigned: impl Fn(&PolicyWitness) -> bool) -> bool {
        let witnesses: Vec<bool> = self.witnesses.iter().map(cosigned).collect();
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        let reached = |groups: &[bool], member: &Member| match *member {
            Member::Witness(place) => witnesses.get(place).copied().unwrap_or(false),
            Member::Group(place) => groups.get(place).copied().unwrap_or(false),
        };
        for group in &self.groups {
            let count = group.members.iter().filter(|member| reached(&groups, member)).count();
            groups.push(count >= group.needed());
        }
        self.quorum.is_none_or(|member| reached(&groups, &member))
    }

    /// Reports whether these verified cosigners reach the quorum.
    #[must_use]
    pub fn is_satisfied_by_keys(&self, cosigners: &[&VKey]) -> bool {
        self.is_satisfied_by(|witness| cosigners.contains(&&witness.vkey))
    }

    /// Verifies a checkpoint: signed by a log of the policy whose name is the origin, and cosigned by a quorum.
    pub fn check(&self, note: &Note) -> Result<SignedCheckpoint, PolicyError> {
        self.check_with(note, None)
    }

    /// The same with a log that is known from elsewhere, for a policy that names no logs: only `log` counts.
    pub fn check_for(&self, note: &Note, log: &VKey) -> Result<SignedCheckpoint, PolicyError> {
        self.check_with(note, Some(log))
    }

    /// The same with all the keys that must have signed a checkpoint of its size.
    pub fn check_by(&self, note: &Note, keys: &KeySchedule) -> Result<SignedCheckpoint, PolicyError> {
        let origin = Checkpoint::parse(note.text()).map_err(PolicyError::Checkpoint)?.origin().to_owned();
        if keys.origin() != origin {
            return Err(PolicyError::UnknownLog { origin });
        }
        let witnesses: Vec<VKey> = self.witnesses.iter().map(|witness| witness.vkey.clone()).collect();
        self.judge(keys.open(note, &witnesses).map_err(PolicyError::Checkpoint)?)
    }

    fn check_with(&self, note: &Note, only: Option<&VKey>) -> Result<SignedCheckpoint, PolicyError> {
        let origin = Checkpoint::parse(note.text()).map_err(PolicyError::Checkpoint)?.origin().to_owned();
        let logs: Vec<&VKey> = match only {
            Some(log) => vec![log],
            None => self.logs.iter().map(PolicyLog::vkey).collect(),
        };
        if !logs.iter().any(|log| log.name() == origin) {
            return Err(PolicyError::UnknownLog { origin });
        }
        let known = logs.iter().copied().chain(self.witnesses.iter().map(PolicyWitness::vkey));
        let verified =
            note.open(known).map_err(|error| PolicyError::Checkpoint(CheckpointError::Note(error)))?;
        let checkpoint =
            SignedCheckpoint::from_verified(verified, |key| key.name() == origin && logs.contains(&key))
                .map_err(PolicyError::Checkpoint)?;
        self.judge(checkpoint)
    }

    /// Accepts a checkpoint that a log has signed if the quorum has cosigned it.
    fn judge(&self, checkpoint: SignedCheckpoint) -> Result<SignedCheckpoint, PolicyError> {
        let cosigners: Vec<&VKey> =
            checkpoint.cosignatures().iter().map(|cosignature| &cosignature.cosigner).collect();
        if !self.is_satisfied_by_keys(&cosigners) {
            let quorum = self.quorum().map(ToString::to_string).unwrap_or_default();
            let found: HashSet<&VKey> = cosigners.into_iter().collect();
            return Err(PolicyError::NoQuorum { quorum, found: found.len() });
        }
        Ok(checkpoint)
    }

    /// The policy as a file: logs, witnesses, groups, quorum. Comments are not kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut lines: Vec<Vec<Vec<u8>>> = Vec::new();
        for log in &self.logs {
            let mut line = vec![b"log".to_vec(), log.vkey.to_string().into_bytes()];
            line.extend(log.url.clone());
            lines.push(line);
        }
        for witness in &self.witnesses {
            let mut line =
                vec![b"witness".to_vec(), witness.name.0.clone(), witness.vkey.to_string().into_bytes()];
            line.extend(witness.url.clone());
            lines.push(line);
        }
        for group in &self.groups {
            let threshold = match group.threshold {
                Threshold::All => "all".to_owned(),
                Threshold::Any => "any".to_owned(),
                Threshold::AtLeast(count) => count.to_string(),
            };
            let mut line = vec![b"group".to_vec(), group.name.0.clone(), threshold.into_bytes()];
            line.extend(
                group
                    .members
                    .iter()
                    .filter_map(|member| self.member_name(*member))
                    .map(|name| name.0.clone()),
            );
            lines.push(line);
        }
        let quorum = self.quorum().map_or(NONE, PolicyName::as_bytes);
        lines.push(vec![b"quorum".to_vec(), quorum.to_vec()]);
        lines.into_iter().flat_map(|line| [line.join(b" ".as_slice()), b"\n".to_vec()].concat()).collect()
    }

    fn member_name(&self, member: Member) -> Option<&PolicyName> {
        match member {
            Member::Witness(place) => self.witnesses.get(place).map(PolicyWitness::name),
            Member::Group(place) => self.groups.get(place).map(PolicyGroup::name),
        }
    }
}

/// Tab, space to tilde, and everything with the high bit set.
const fn is_allowed(octet: u8) -> bool {
    matches!(octet, b'\t' | 0x20..=0x7e | 0x80..=0xff)
}

const fn is_separator(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

fn shown(octets: &[u8]) -> String {
    excerpt(&String::from_utf8_lossy(octets))
}

/// Reasons for which a policy, or a checkpoint under one, is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum PolicyError {
    /// Something on a line of the file.
    #[error("line {number}: {error}")]
    Line {
        /// Line, from 1.
        number: usize,
        /// The fault on that line.
        error: Box<PolicyError>,
    },
    /// Longer than [`MAX_POLICY_BYTES`].
    #[error("a policy of {found} bytes exceeds the limit of {MAX_POLICY_BYTES}")]
    TooLong {
        /// Bytes of the file.
        found: usize,
    },
    /// More of something than its limit.
    #[error("the policy names more {what} than the limit of {limit}")]
    TooMany {
        /// Logs, witnesses or groups.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The last line does not end in a newline.
    #[error("the last line of the policy does not end in a newline")]
    NoFinalNewline,
    /// An octet that is not allowed.
    #[error("octet {found:#04x} is not allowed in a policy")]
    Octet {
        /// The octet.
        found: u8,
    },
    /// A line that begins with none of the keywords.
    #[error("`{found}` is not one of log, witness, group and quorum")]
    Keyword {
        /// First item of the line.
        found: String,
    },
    /// Too few or too many items on a line.
    #[error("a {keyword} line does not take {found} items")]
    ItemCount {
        /// First item of the line.
        keyword: String,
        /// Items after it.
        found: usize,
    },
    /// Octets that cannot be a name or URL.
    #[error(
        "`{found}` is not a name or URL: it must not be empty or contain white space or control characters"
    )]
    Name {
        /// The octets.
        found: String,
    },
    /// A witness or group named `none`.
    #[error("the name `none` is reserved")]
    ReservedName,
    /// A name defined again.
    #[error("the name `{name}` is defined twice")]
    NameTwice {
        /// The name.
        name: PolicyName,
    },
    /// A name that is used before it is defined, or never defined.
    #[error("the name `{name}` is not defined on an earlier line")]
    UndefinedName {
        /// The name.
        name: PolicyName,
    },
    /// A name that is a member of a group for the second time.
    #[error("`{name}` is listed as a group member twice")]
    MemberTwice {
        /// The name.
        name: PolicyName,
    },
    /// A group without members.
    #[error("the group `{name}` has no members")]
    EmptyGroup {
        /// The group.
        name: PolicyName,
    },
    /// A threshold that is not `all`, `any` or a number the group can reach.
    #[error("the threshold `{found}` is not `all`, `any` or a number from 1 to {members}")]
    Threshold {
        /// The text that was found.
        found: String,
        /// Members of the group.
        members: usize,
    },
    /// A key that cannot be read.
    #[error("a key is refused: {0}")]
    Key(#[source] KeyError),
    /// A log key that is not of type 0x01, or a witness key that is not of type 0x04.
    #[error("the key of {name} is not of its role's type: 0x01 for logs, 0x04 for witnesses")]
    KeyType {
        /// Name of the key.
        name: String,
    },
    /// A public key, or a name and id, that another log or witness has.
    #[error("the key of {name} is listed twice")]
    KeyTwice {
        /// Name of the key.
        name: String,
    },
    /// More than one quorum line.
    #[error("the policy has more than one quorum line")]
    SecondQuorum,
    /// No quorum line.
    #[error("the policy has no quorum line")]
    NoQuorumLine,
    /// The checkpoint itself.
    #[error("the checkpoint is refused")]
    Checkpoint(#[source] CheckpointError),
    /// The checkpoint is of a log the policy does not know.
    #[error("the policy knows no log named {origin}")]
    UnknownLog {
        /// Origin of the checkpoint.
        origin: String,
    },
    /// Too few cosignatures.
    #[error("cosignatures of {found} known witnesses do not reach the quorum `{quorum}`")]
    NoQuorum {
        /// Name of the quorum.
        quorum: String,
        /// Known witnesses that cosigned.
        found: usize,
    },
}
