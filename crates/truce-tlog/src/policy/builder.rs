//! Building a policy from its lines.

use std::collections::HashSet;

use super::{
    MAX_POLICY_GROUPS, MAX_POLICY_LOGS, MAX_POLICY_WITNESSES, Member, NONE, Policy, PolicyError, PolicyGroup,
    PolicyLog, PolicyName, PolicyWitness, Threshold, is_allowed, is_separator, shown,
};
use crate::encoding::parse_decimal;
use crate::key::{KeyError, KeyType, VKey};

/// Builds a policy line by line; every rule is checked as its line is added.
#[derive(Clone, Debug, Default)]
pub struct PolicyBuilder {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    /// Set by a quorum line; until then `quorum` means nothing.
    has_quorum: bool,
    quorum: Option<Member>,
    /// Witnesses and groups that are already a member of some group.
    placed: HashSet<Member>,
}

impl PolicyBuilder {
    /// Adds a log: a key of type 0x01 that no other log of the policy has.
    pub fn log(&mut self, vkey: VKey, url: Option<&[u8]>) -> Result<&mut Self, PolicyError> {
        if vkey.key_type() != KeyType::Ed25519 {
            return Err(PolicyError::KeyType { name: vkey.name().to_owned() });
        }
        if self.logs.len() >= MAX_POLICY_LOGS {
            return Err(PolicyError::TooMany { what: "logs", limit: MAX_POLICY_LOGS });
        }
        check_fresh(self.logs.iter().map(PolicyLog::vkey), &vkey)?;
        let url = check_url(url)?;
        self.logs.push(PolicyLog { vkey, url });
        Ok(self)
    }

    /// Adds a witness: a new name, and a key of type 0x04 that no other witness of the policy has.
    pub fn witness(
        &mut self,
        name: PolicyName,
        vkey: VKey,
        url: Option<&[u8]>,
    ) -> Result<&mut Self, PolicyError> {
        self.check_new_name(&name)?;
        if vkey.key_type() != KeyType::CosignatureV1 {
            return Err(PolicyError::KeyType { name: vkey.name().to_owned() });
        }
        if self.witnesses.len() >= MAX_POLICY_WITNESSES {
            return Err(PolicyError::TooMany { what: "witnesses", limit: MAX_POLICY_WITNESSES });
        }
        check_fresh(self.witnesses.iter().map(PolicyWitness::vkey), &vkey)?;
        let url = check_url(url)?;
        self.witnesses.push(PolicyWitness { name, vkey, url });
        Ok(self)
    }

    /// Adds a group of witnesses and groups added before, none of which is a member of a group yet.
    pub fn group(
        &mut self,
        name: PolicyName,
        threshold: Threshold,
        members: &[PolicyName],
    ) -> Result<&mut Self, PolicyError> {
        self.check_new_name(&name)?;
        if self.groups.len() >= MAX_POLICY_GROUPS {
            return Err(PolicyError::TooMany { what: "groups", limit: MAX_POLICY_GROUPS });
        }
        if members.is_empty() {
            return Err(PolicyError::EmptyGroup { name });
        }
        if let Threshold::AtLeast(count) = threshold
            && !(1..=members.len()).contains(&count)
        {
            return Err(PolicyError::Threshold { found: count.to_string(), members: members.len() });
        }
        let mut places = Vec::with_capacity(members.len());
        for member in members {
            let place =
                self.find(member).ok_or_else(|| PolicyError::UndefinedName { name: member.clone() })?;
            if self.placed.contains(&place) || places.contains(&place) {
                return Err(PolicyError::MemberTwice { name: member.clone() });
            }
            places.push(place);
        }
        self.placed.extend(&places);
        self.groups.push(PolicyGroup { name, threshold, members: places });
        Ok(self)
    }

    /// Sets the quorum to a witness or group added before, or with `None` to no cosignatures at all. Once only.
    pub fn quorum(&mut self, name: Option<&PolicyName>) -> Result<&mut Self, PolicyError> {
        if self.has_quorum {
            return Err(PolicyError::SecondQuorum);
        }
        self.quorum = match name {
            None => None,
            Some(name) => {
                Some(self.find(name).ok_or_else(|| PolicyError::UndefinedName { name: name.clone() })?)
            }
        };
        self.has_quorum = true;
        Ok(self)
    }

    /// The policy, if it has a quorum.
    pub fn build(self) -> Result<Policy, PolicyError> {
        if !self.has_quorum {
            return Err(PolicyError::NoQuorumLine);
        }
        Ok(Policy { logs: self.logs, witnesses: self.witnesses, groups: self.groups, quorum: self.quorum })
    }

    /// Reads one line of a policy file, without its newline.
    pub(super) fn parse_line(&mut self, line: &[u8]) -> Result<(), PolicyError> {
        if let Some(&octet) = line.iter().find(|&&octet| !is_allowed(octet)) {
            return Err(PolicyError::Octet { found: octet });
        }
        let items: Vec<&[u8]> =
            line.split(|&octet| is_separator(octet)).filter(|item| !item.is_empty()).collect();
        let Some((keyword, items)) = items.split_first() else { return Ok(()) };
        if keyword.starts_with(b"#") {
            return Ok(());
        }
        match (*keyword, items) {
            (b"log", [vkey]) => self.log(parse_vkey(vkey)?, None)?,
            (b"log", [vkey, url]) => self.log(parse_vkey(vkey)?, Some(url))?,
            (b"witness", [name, vkey]) => self.witness(PolicyName::new(name)?, parse_vkey(vkey)?, None)?,
            (b"witness", [name, vkey, url]) => {
                self.witness(PolicyName::new(name)?, parse_vkey(vkey)?, Some(url))?
            }
            (b"group", [name, threshold, members @ ..]) => {
                let members: Vec<PolicyName> =
                    members.iter().map(|member| PolicyName::new(member)).collect::<Result<_, _>>()?;
                self.group(PolicyName::new(name)?, parse_threshold(threshold, members.len())?, &members)?
            }
            (b"quorum", [NONE]) => self.quorum(None)?,
            (b"quorum", [name]) => self.quorum(Some(&PolicyName::new(name)?))?,
            (b"log" | b"witness" | b"group" | b"quorum", items) => {
                return Err(PolicyError::ItemCount { keyword: shown(keyword), found: items.len() });
            }
            _ => return Err(PolicyError::Keyword { found: shown(keyword) }),
        };
        Ok(())
    }

    fn check_new_name(&self, name: &PolicyName) -> Result<(), PolicyError> {
        if name.0 == NONE {
            return Err(PolicyError::ReservedName);
        }
        if self.find(name).is_some() {
            return Err(PolicyError::NameTwice { name: name.clone() });
        }
        Ok(())
    }

    fn find(&self, name: &PolicyName) -> Option<Member> {
        let witness = self.witnesses.iter().position(|witness| witness.name == *name).map(Member::Witness);
        witness.or_else(|| self.groups.iter().position(|group| group.name == *name).map(Member::Group))
    }
}

/// Refuses a public key seen before, whatever its name, and a name and id that would fit two keys.
fn check_fresh<'k>(mut seen: impl Iterator<Item = &'k VKey>, vkey: &VKey) -> Result<(), PolicyError> {
    let same = |other: &VKey| {
        other.public_key() == vkey.public_key() || (other.id() == vkey.id() && other.name() == vkey.name())
    };
    if seen.any(same) { Err(PolicyError::KeyTwice { name: vkey.name().to_owned() }) } else { Ok(()) }
}

fn check_url(url: Option<&[u8]>) -> Result<Option<Vec<u8>>, PolicyError> {
    url.map(|url| PolicyName::new(url).map(|octets| octets.0)).transpose()
}

fn parse_vkey(octets: &[u8]) -> Result<VKey, PolicyError> {
    let text =
        std::str::from_utf8(octets).map_err(|_| PolicyError::Key(KeyError::Name { found: shown(octets) }))?;
    text.parse().map_err(PolicyError::Key)
}

fn parse_threshold(octets: &[u8], members: usize) -> Result<Threshold, PolicyError> {
    match octets {
        b"all" => Ok(Threshold::All),
        b"any" => Ok(Threshold::Any),
        _ => std::str::from_utf8(octets)
            .ok()
            .and_then(parse_decimal)
            .and_then(|count| usize::try_from(count).ok())
            .map(Threshold::AtLeast)
            .ok_or_else(|| PolicyError::Threshold { found: shown(octets), members }),
    }
}
