//! Admission: one statement against one register. The same function runs at the depositary and at every auditor.

use crate::case::{Case, plausible};
use crate::fact::{Fact, Recall, Recorded, Written};
use crate::misfit::Misfit;
use crate::register::Register;
use crate::step::{Admission, Change, Step};
use std::sync::Arc;
use truce_statement::body::agreement::Charter;
use truce_statement::refusal::{Code, Refusal};
use truce_statement::{Body, Entry, EntryHash, Kind, Signed};

impl Register {
    /// Decides whether `statement`, received at `received` (milliseconds UTC), may be recorded. A statement that is
    /// recorded already is answered with its position; nothing else is asked of it.
    ///
    /// Cheap: the signature has been verified by whoever made the [`Signed`]. Nothing is changed.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use truce_register::{Admission, Recall, Register};
    /// # use truce_statement::entry::entry_hash;
    /// # use truce_statement::{Draft, Entry, EntryHash, RootHash, SecretKey, Signed, Standing, StatementId, Subject};
    /// # struct Nothing;
    /// # impl Recall for Nothing {
    /// #     type Error = Infallible;
    /// #     fn fact(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Infallible> { Ok(None) }
    /// #     fn root_at(&self, _: u64) -> Result<Option<RootHash>, Infallible> { Ok(None) }
    /// # }
    /// # let (root, other) = (SecretKey::from_seed(&[1; 32])?, SecretKey::from_seed(&[2; 32])?);
    /// # let party = |id: &str, root: &SecretKey| {
    /// #     format!(r#"{{ "id": "{id}", "name": "{id}", "role": "state", "root": "{}" }}"#, root.public())
    /// # };
    /// # let parties = [party("north", &root), party("south", &other)].join(", ");
    /// # let log = "example.org/log+1c66b9ea+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    /// # let draft = format!(
    /// #     r#"{{ "kind": "charter", "body": {{ "title": "Ceasefire", "log": "{log}", "parties": [{parties}] }} }}"#
    /// # );
    /// # let subject = Subject::Origin("example.org/log".into());
    /// # let (party, prev) = ("north".parse()?, StatementId::ZERO);
    /// # let standing = Standing { party, subject, seq: 0, prev, seen: None, iat: 1_700_000_000 };
    /// # let charter = Signed::seal(&root, standing, Draft::from_json(&draft)?.into_saying())?;
    /// let (mut register, received) = (Register::new(), 1_700_000_000_000);
    /// let Admission::Next(step) = register.admit(&charter, received, &Nothing)? else { panic!("it is new") };
    /// let entry = Entry { prev: register.head(), received, statement: charter.bytes() }.encode();
    /// register.apply(&step, entry_hash(&entry));
    /// assert_eq!((register.size(), register.agreement()), (1, Some(charter.id().into())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Misfit::Refused`] with the first rule broken; [`Misfit::Recall`] when a look-up fails.
    pub fn admit<R: Recall>(
        &self,
        statement: &Signed,
        received: i64,
        recall: &R,
    ) -> Result<Admission, Misfit<R::Error>> {
        // Nothing is looked up for a statement that is ahead of its feed, as nearly all are.
        let behind = self.keys.get(&statement.header().kid).is_some_and(|key| statement.seq() < key.next_seq);
        if behind && let Some(recorded) = recall.recorded(&statement.id()).map_err(Misfit::Recall)? {
            return Ok(Admission::Recorded(recorded.position));
        }
        self.step(statement, received, recall).map(Admission::Next)
    }

    /// The step that `statement` makes at the next position of a log. Unlike [`Self::admit`], it refuses a statement that
    /// is recorded already: no log holds one twice.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn step<R: Recall>(
        &self,
        statement: &Signed,
        received: i64,
        recall: &R,
    ) -> Result<Step, Misfit<R::Error>> {
        self.key_of(statement)?;
        if received < self.received {
            return Err(Misfit::TimeWentBack { before: self.received, found: received });
        }
        let header = statement.header();
        let issued_ms =
            i64::try_from(header.iat).ok().and_then(|s| s.checked_mul(1000)).ok_or_else(|| {
                Refusal::new(Code::ImplausibleTime, "header.iat", format!("found {}", header.iat))
            })?;
        let mut facts = Vec::new();
        let changes = match (&self.agreement, statement.body()) {
            (None, Body::Charter(charter)) => {
                plausible(issued_ms, received, charter.clock_skew_ms(), None)?;
                vec![founding(statement, charter, issued_ms)?]
            }
            (Some(agreement), _) => {
                let unknown =
                    || Refusal::new(Code::UnknownKey, "header.kid", format!("found {}", header.kid));
                let key = self.keys.get(&header.kid).ok_or_else(unknown)?;
                let party = self.parties.get(key.party).ok_or_else(unknown)?;
                Case { register: self, agreement, key, party, statement, received, recall }
                    .judge(issued_ms, &mut facts)?
            }
            // `key_of` lets nothing but a charter pass where there is no agreement.
            (None, _) => return Err(Refusal::new(Code::UnknownAgreement, "header.sub", "").into()),
        };
        let to = if statement.kind() == Kind::Inquiry {
            statement.body().facets().to.to_vec()
        } else {
            Vec::new()
        };
        let recorded =
            Recorded { position: self.size, kind: statement.kind(), party: header.iss.clone(), to };
        facts.push(Written { key: Fact::Statement(statement.id()).key(), value: recorded.encode() });
        Ok(Step {
            position: self.size,
            received,
            id: statement.id(),
            key: header.kid,
            kind: statement.kind(),
            changes,
            facts,
        })
    }

    /// Carries out `step`, which this register made; `entry` is the hash of the entry that the statement was written in.
    pub fn apply(&mut self, step: &Step, entry: EntryHash) {
        for change in &step.changes {
            self.change(change, step);
        }
        if let Some(key) = self.keys.get_mut(&step.key) {
            key.next_seq += 1;
            key.last = step.id;
        }
        *self.counts.entry(step.kind).or_insert(0) += 1;
        self.note_facts(&step.facts);
        self.size = step.position + 1;
        self.head = *entry.as_bytes();
        self.received = step.received;
    }

    /// Checks that `entry` carries the hash of the last entry.
    ///
    /// # Errors
    /// [`Misfit::BrokenChain`].
    pub fn follows<E>(&self, entry: &Entry<'_>) -> Result<(), Misfit<E>> {
        if entry.prev == self.head() {
            Ok(())
        } else {
            Err(Misfit::BrokenChain { expected: self.head(), found: entry.prev })
        }
    }

    fn change(&mut self, change: &Change, step: &Step) {
        match change {
            Change::Founded { charter, issued_ms } => self.found(step.id.into(), charter, *issued_ms),
            Change::Acceded(party) => {
                if let Some(party) = Arc::make_mut(&mut self.parties).get_mut(*party) {
                    party.acceded = Some(step.position);
                }
            }
            Change::Granted { party, grant } => self.grant(grant, *party, step.position),
            Change::Revoked { key, revocation } => {
                if let Some(key) = self.keys.get_mut(key) {
                    key.revoked = Some(*revocation);
                }
            }
            Change::Proposed(_) | Change::Assented { .. } | Change::Enacted(_) => {
                if let Some(agreement) = self.agreement.as_mut().map(Arc::make_mut) {
                    agreement.terms.apply(change, step.position);
                }
            }
        }
    }
}

fn founding(statement: &Signed, charter: &Charter, issued_ms: i64) -> Result<Change, Refusal> {
    if statement.header().sub.to_string() != charter.origin() {
        let detail =
            format!("found `{}`; the log's key is named `{}`", statement.header().sub, charter.origin());
        return Err(Refusal::new(Code::BadHeader, "header.sub", detail));
    }
    if statement.seq() != 0 {
        return Err(Refusal::new(Code::FeedGap, "seq", "a charter opens the feed of the key that signs it"));
    }
    if !statement.refs().is_empty() || statement.seen().is_some() {
        return Err(Refusal::new(Code::BadReference, "refs", "nothing stands before a charter"));
    }
    Ok(Change::Founded { charter: Box::new(charter.clone()), issued_ms })
}
