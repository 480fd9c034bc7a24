//! References of one statement to another (`docs/spec/kinds.md`, Relations).

use crate::case::Case;
use crate::fact::{Fact, Recall, Recorded, Written};
use crate::misfit::Misfit;
use truce_statement::body::dialogue::DocumentClass;
use truce_statement::refusal::{Code, Refusal};
use truce_statement::{Body, Kind, Relation, Signed};

impl<R: Recall> Case<'_, R> {
    /// Checks every reference, and adds to `facts` those that they make.
    pub(crate) fn references(&self, facts: &mut Vec<Written>) -> Result<(), Misfit<R::Error>> {
        for (i, reference) in self.statement.refs().iter().enumerate() {
            let (relation, id) = (reference.0, reference.1);
            let at = format!("refs[{i}]");
            let Some(target) = self.recall.recorded(&id).map_err(Misfit::Recall)? else {
                return Err(Refusal::new(Code::UnknownReference, at, format!("found {id}")).into());
            };
            allowed(self.statement, relation, &target)
                .map_err(|detail| Refusal::new(Code::BadReference, at.clone(), detail))?;
            if matches!(relation, Relation::Corrects | Relation::Retracts) {
                let key = Fact::Superseded(id).key();
                if self.recall.fact(&key).map_err(Misfit::Recall)?.is_some()
                    || facts.iter().any(|f: &Written| f.key == key)
                {
                    let detail =
                        "that statement has been corrected or retracted already; refer to the latest one";
                    return Err(Refusal::new(Code::BadReference, at, detail).into());
                }
                facts.push(Written { key, value: self.statement.id().as_bytes().to_vec() });
            }
        }
        Ok(required(self.statement)?)
    }
}

fn allowed(statement: &Signed, relation: Relation, target: &Recorded) -> Result<(), String> {
    let kind = statement.kind();
    let same_party = statement.header().iss == target.party;
    let fault = |why: &str| {
        Err(format!("`{relation}` entry {} ({} of `{}`): {why}", target.position, target.kind, target.party))
    };
    match relation {
        Relation::Supports if kind == Kind::Endorsement && target.kind == Kind::Amendment => Ok(()),
        _ if kind == Kind::Endorsement => fault("an endorsement supports an amendment"),
        _ if kind.is_agreement() => {
            fault("statements about keys, accession and amendments carry no references")
        }
        Relation::Corrects | Relation::Retracts if target.kind.is_agreement() => {
            fault("accessions, key statements and amendments are changed by others of their kinds")
        }
        Relation::Corrects | Relation::Retracts if !same_party => fault("only the party that signed it may"),
        Relation::Corrects if kind != target.kind => fault("a correction is of the same kind"),
        Relation::Retracts if !retracts(statement) => {
            fault("a retraction is a document of class `retraction`, with its reason")
        }
        Relation::Retracts if kind == Kind::Notification && target.kind != kind => {
            fault("a notification cancels notifications only")
        }
        Relation::Answers if kind != Kind::Reply || target.kind != Kind::Inquiry => {
            fault("a reply answers an inquiry")
        }
        Relation::Answers if !target.to.contains(&statement.header().iss) => {
            fault("only a party that was asked may")
        }
        Relation::Fulfils if kind != Kind::Delivery || target.kind != Kind::Commitment => {
            fault("a delivery fulfils a commitment")
        }
        Relation::Fulfils if !same_party => fault("only the party that made the commitment may"),
        _ => Ok(()),
    }
}

/// Tells whether the statement can take another back: a retraction, or a notification that cancels an activity.
fn retracts(statement: &Signed) -> bool {
    match statement.body() {
        Body::Document(document) => document.class == DocumentClass::Retraction,
        Body::Notification(_) => true,
        _ => false,
    }
}

/// Relations without which a kind says nothing.
fn required(statement: &Signed) -> Result<(), Refusal> {
    let has = |wanted: &[Relation]| statement.refs().iter().filter(|r| wanted.contains(&r.0)).count();
    let refuse = |detail: &str| Err(Refusal::new(Code::BadReference, "refs", detail));
    match statement.body() {
        Body::Reply(_) if has(&[Relation::Answers]) != 1 => refuse("a reply answers exactly one inquiry"),
        Body::Delivery(_) if has(&[Relation::Fulfils]) != 1 => {
            refuse("a delivery fulfils exactly one commitment")
        }
        Body::Endorsement(_) if has(&[Relation::Supports]) != 1 => {
            refuse("an endorsement supports exactly one amendment")
        }
        Body::Document(document)
            if document.class == DocumentClass::Retraction && has(&[Relation::Retracts]) == 0 =>
        {
            refuse("a retraction retracts at least one statement")
        }
        Body::Response(_) if has(&[Relation::About, Relation::Disputes]) == 0 => {
            refuse("a response is about, or disputes, at least one statement")
        }
        Body::Finding(_) if has(&[Relation::About, Relation::Supports, Relation::Disputes]) == 0 => {
            refuse("a finding is about, supports or disputes at least one statement")
        }
        _ if has(&[Relation::Corrects]) > 1 => refuse("a statement corrects at most one other"),
        _ => Ok(()),
    }
}
