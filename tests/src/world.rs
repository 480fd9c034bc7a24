//! A small agreement to test with: an observer mission, two states, a guarantor and a civil-society body, each with a
//! root key and a working key made from fixed seeds, so that the same calls make the same bytes on every machine.

use std::path::Path;
use std::sync::Arc;
use truce_log::{Clock, Depositary, LogError, Receipt};
use truce_statement::body::agreement::{Accession, Charter, Founder, KeyGrant, Zone};
use truce_statement::draft::Draft;
use truce_statement::unit::{NonEmpty, Text, Word};
use truce_statement::{
    AgreementId, Body, PartyId, Reference, Refusal, Role, Saying, SecretKey, Seen, Signed, Standing,
    StatementId, Subject,
};
use truce_tlog::{Ed25519NoteSigner, NoteSigner};

/// Origin of the test log.
pub const ORIGIN: &str = "truce.example/agreement-1";

/// When the charter is issued, seconds UTC: 1 January 2021.
pub const EPOCH: u64 = 1_609_459_200;

/// A key with the state of its feed: what a signing machine keeps.
pub struct Pen {
    /// The key.
    pub key: SecretKey,
    /// The party that it signs for.
    pub party: PartyId,
    /// The agreement.
    pub subject: Subject,
    /// Number of its next statement.
    pub seq: u64,
    /// Its last statement.
    pub prev: StatementId,
    /// Its clock, seconds UTC; moves on by one with each statement.
    pub clock: u64,
    /// The checkpoint that its statements say they saw.
    pub seen: Option<Seen>,
}

impl Pen {
    /// A pen with an empty feed.
    #[must_use]
    pub fn new(key: SecretKey, party: PartyId, subject: Subject) -> Self {
        Self { key, party, subject, seq: 0, prev: StatementId::ZERO, clock: EPOCH, seen: None }
    }

    /// Signs the next statement of the feed.
    pub fn sign(&mut self, body: impl Into<Body>, refs: Vec<Reference>) -> Result<Signed, Refusal> {
        let signed = Signed::seal(&self.key, self.standing(), Saying { refs, body: body.into() })?;
        self.seq += 1;
        self.prev = signed.id();
        self.clock += 1;
        Ok(signed)
    }

    /// Where the next statement of the feed stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            party: self.party.clone(),
            subject: self.subject.clone(),
            seq: self.seq,
            prev: self.prev,
            seen: self.seen,
            iat: self.clock,
        }
    }
}

/// One party: its root and its working key.
pub struct Member {
    /// Its role.
    pub role: Role,
    /// Root key.
    pub root: Pen,
    /// Working key.
    pub work: Pen,
}

/// The agreement with all its keys.
pub struct World {
    /// The log's private key.
    pub log: SecretKey,
    /// The signed charter.
    pub charter: Signed,
    /// Mission, two states, guarantor, civil-society body.
    pub members: Vec<Member>,
}

/// Party id and role of each member, in the charter's order.
pub const MEMBERS: [(&str, Role); 5] = [
    ("mission", Role::Mission),
    ("north", Role::State),
    ("south", Role::State),
    ("guarantor", Role::Guarantor),
    ("civil", Role::Civil),
];

/// A key from a fixed seed.
///
/// # Panics
/// Never for the seeds used here: only weak keys are refused.
#[must_use]
pub fn key(seed: u16) -> SecretKey {
    let mut bytes = [0x5a; 32];
    bytes[..2].copy_from_slice(&seed.to_be_bytes());
    SecretKey::from_seed(&bytes).expect("a seed makes a sound key")
}

/// A body from a draft in JSON.
///
/// # Panics
/// When the draft is faulty: fixtures are checked by use.
#[must_use]
pub fn body(draft: &str) -> Body {
    Draft::from_json(draft).unwrap_or_else(|e| panic!("{e}\n{draft}")).body
}

/// An observation of the violation table, told apart by `n`; `note` pads it to the size wanted.
#[must_use]
pub fn observation(n: u32, note: &str) -> Body {
    body(
        &serde_json::json!({
            "kind": "observation",
            "body": {
                "place": { "name": "Avdiivka" },
                "means": "heard",
                "count": { "n": n },
                "what": "explosion",
                "when": { "at": "2021-02-07T19:30:00+02:00" },
                "weapon": "not-known",
                "description": "undetermined",
                "position": { "name": "Horlivka" },
                "note": note,
            }
        })
        .to_string(),
    )
}

impl Default for World {
    fn default() -> Self {
        Self::new(ORIGIN)
    }
}

impl World {
    /// The agreement kept by the log `origin`.
    ///
    /// # Panics
    /// Never: the charter is fixed.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self::with_witnesses(origin, None)
    }

    /// The agreement kept by the log `origin`, whose charter holds `policy`, a C2SP tlog-policy.
    ///
    /// # Panics
    /// When the policy is no text of a charter.
    #[must_use]
    pub fn with_witnesses(origin: &str, policy: Option<&str>) -> Self {
        let log = key(0xffff);
        let vkey =
            Ed25519NoteSigner::from_seed(origin, &log.seed()).expect("a fixed origin").vkey().to_string();
        let text = |s: &str| Text::new(s).expect("a fixed text");
        let charter = Charter {
            log: text(&vkey),
            drill: None,
            roles: None,
            title: text("Ceasefire and data exchange, test agreement"),
            zones: Some(
                NonEmpty::new(vec![zone("donetsk", "Donetsk"), zone("luhansk", "Luhansk")])
                    .expect("two zones"),
            ),
            parties: NonEmpty::new(
                MEMBERS
                    .iter()
                    .zip(0..)
                    .map(|((id, role), i)| Founder {
                        id: id.parse().expect("a fixed id"),
                        name: text(id),
                        role: *role,
                        root: key(i).public().clone(),
                    })
                    .collect(),
            )
            .expect("five parties"),
            review_by: None,
            witnesses: policy.map(text),
            amended_by: None,
            valid_until: None,
            clock_skew_s: None,
            proof_of_possession: None,
        };
        let party = |i: usize| -> PartyId { MEMBERS[i].0.parse().expect("a fixed id") };
        let mut founder = Pen::new(key(0), party(0), Subject::Origin(origin.to_owned()));
        let signed = founder.sign(charter, Vec::new()).expect("a sound charter");
        let subject = Subject::Agreement(signed.agreement());
        let members = (0..MEMBERS.len())
            .map(|i| {
                let seed = u16::try_from(i).expect("few members");
                let mut root = Pen::new(key(seed), party(i), subject.clone());
                if i == 0 {
                    (root.seq, root.prev) = (founder.seq, founder.prev);
                }
                let work = Pen::new(key(100 + seed), party(i), subject.clone());
                Member { role: MEMBERS[i].1, root, work }
            })
            .collect();
        Self { log, charter: signed, members }
    }

    /// The agreement id.
    #[must_use]
    pub fn agreement(&self) -> AgreementId {
        self.charter.agreement()
    }

    /// The accession of every member, each granting its working key and the `extra` keys (of the mission only).
    ///
    /// # Panics
    /// Never: the accessions are fixed.
    pub fn accessions(&mut self, extra: &[SecretKey]) -> Vec<Signed> {
        let grant = |key: &SecretKey| KeyGrant {
            key: key.public().clone(),
            drill: None,
            kinds: None,
            label: None,
            proof: None,
            valid_until: None,
        };
        self.members
            .iter_mut()
            .enumerate()
            .map(|(i, member)| {
                let mut keys = vec![grant(&member.work.key)];
                if i == 0 {
                    keys.extend(extra.iter().map(grant));
                }
                let accession = Accession {
                    keys: Some(NonEmpty::new(keys).expect("one key at least")),
                    note: None,
                    drill: None,
                };
                member.root.sign(accession, Vec::new()).expect("a sound accession")
            })
            .collect()
    }

    /// Makes a ledger in `folder` with the charter and every accession.
    pub fn found(
        &mut self,
        folder: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<(Depositary, Vec<Receipt>), LogError> {
        let (depositary, first) = Depositary::create(folder, self.charter.bytes(), &self.log, clock)?;
        let mut receipts = vec![first];
        for accession in self.accessions(&[]) {
            let receipt = depositary.submit_blocking(accession.bytes().to_vec());
            receipts.push(receipt.unwrap_or_else(|e| panic!("an accession is admitted: {e}")));
        }
        Ok((depositary, receipts))
    }
}

fn zone(id: &str, name: &str) -> Zone {
    Zone {
        id: Word::new(id).expect("a fixed zone"),
        area: None,
        name: Text::new(name).expect("a fixed zone"),
    }
}

/// A clock that starts at the test epoch and moves on by one second whenever it is asked.
#[must_use]
pub fn ticking() -> Arc<dyn Clock> {
    let now = std::sync::atomic::AtomicI64::new(i64::try_from(EPOCH).unwrap_or(0) * 1000 + 3_600_000);
    Arc::new(move || now.fetch_add(1000, std::sync::atomic::Ordering::Relaxed))
}
