//! Dialogue between parties: inquiries and replies, the right of reply, published documents.

use super::reports::Urgency;
use crate::body::{Facets, Fault, KindBody};
use crate::id::{PartyId, StatementId};
use crate::kind::Kind;
use crate::shape::{Evidence, EvidenceList, Place, When};
use crate::unit::{Date, Language, Name, NonEmpty, Stamp, Text, True};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parties one inquiry can be addressed to.
pub const TO_MAX: usize = 128;
/// Longest text a document can carry itself, in bytes; longer ones are files.
pub const DOCUMENT_TEXT_MAX: usize = 32_000;

/// A question to other parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inquiry {
    /// Parties asked, by their ids.
    pub to: NonEmpty<PartyId, TO_MAX>,
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Time of the matter in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Place of the matter in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// One line.
    pub title: Name,
    /// Kind of question.
    pub topic: InquiryTopic,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Urgency: how soon it should be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// The question, in full.
    pub question: Text,
    /// Moment by which an answer is asked for; the agreement's own time holds where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Stamp>,
}

/// Kinds of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InquiryTopic {
    /// Clarification of a statement or an activity.
    Clarification,
    /// Unusual military activity (Vienna Document 2011, chapter III).
    UnusualActivity,
    /// Hazardous incident (Vienna Document 2011, chapter III).
    HazardousIncident,
    /// Request for an inspection or evaluation visit.
    Visit,
    /// Call on a hotline.
    Hotline,
    /// Complaint of a violation.
    Complaint,
    /// Request for relief or passage.
    Relief,
}

/// The answer to an inquiry, which it names with `answers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// The answer: one of answered, partly-answered, declined, needs-more-time.
    pub answer: Answer,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
}

/// An answer. Declining and asking for time are answers too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Answered in full.
    Answered(Answered),
    /// Answered in part; the rest may follow.
    PartlyAnswered(Answered),
    /// Declined.
    Declined(Declined),
    /// More time is needed.
    NeedsMoreTime(NeedsMoreTime),
}

/// An answer that is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The answer, in full.
    pub text: Text,
}

/// A refusal to answer, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// The reason, where one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

/// A request for more time, with its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedsMoreTime {
    /// Moment by which the answer will be given.
    pub until: Stamp,
    /// The reason, where one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

/// Right of reply to a report or a finding, named with `about` or `disputes`; shown beside it for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The reply, in full.
    pub text: Text,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Position of the party on the statement it replies to.
    pub position: Position,
}

/// Positions that a party can take on the statement it replies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Accepts it.
    Accepts,
    /// Accepts it in part.
    AcceptsInPart,
    /// Disputes it.
    Disputes,
    /// Adds to it or explains it, without taking a position.
    Comments,
}

/// A published text, or the hash of one. Also the form of a retraction, with `retracts` and a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Date the text bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The file, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Evidence>,
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The text itself, at most 32,000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<DOCUMENT_TEXT_MAX>>,
    /// Kind of document.
    pub class: DocumentClass,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Its title.
    pub title: Name,
    /// Number or symbol, such as FSC.DOC/1/11.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Name>,
    /// Reason for issuing it; required for a retraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Language of the text: en, uk, sr-Latn ...
    pub language: Language,
    /// Statement id of the document it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<StatementId>,
}

/// Kinds of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentClass {
    /// Minutes of a meeting.
    Minutes,
    /// Criteria by which something is judged.
    Criteria,
    /// Mandate of a mission or body.
    Mandate,
    /// Assessment.
    Assessment,
    /// Protocol or procedure.
    Protocol,
    /// Guidance.
    Guidance,
    /// Lesson learned.
    Lesson,
    /// Report of an audit.
    AuditReport,
    /// Legal justification.
    LegalJustification,
    /// Decision.
    Decision,
    /// Takes back a statement, with a reason.
    Retraction,
    /// Anything else.
    Other,
}

impl KindBody for Inquiry {
    const KIND: Kind = Kind::Inquiry;

    fn check(&self) -> Result<(), Fault> {
        self.when.as_ref().map_or(Ok(()), |when| when.check("when"))?;
        self.place.as_ref().map_or(Ok(()), |place| place.check("place"))
    }

    fn facets(&self) -> Facets<'_> {
        Facets {
            time: self.when.as_ref().map(When::start_ms),
            zones: self.place.iter().filter_map(Place::zone).collect(),
            to: &self.to,
            drill: self.drill.is_some(),
        }
    }
}

impl KindBody for Reply {
    const KIND: Kind = Kind::Reply;

    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for Response {
    const KIND: Kind = Kind::Response;

    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for Document {
    const KIND: Kind = Kind::Document;

    fn check(&self) -> Result<(), Fault> {
        match self.class {
            DocumentClass::Retraction if self.reason.is_none() => {
                Err(Fault::new("reason", "nothing", "the reason for the retraction"))
            }
            DocumentClass::Retraction => Ok(()),
            _ if self.text.is_none() && self.file.is_none() => {
                Err(Fault::new("text", "nothing", "the text, the file, or both"))
            }
            _ => Ok(()),
        }
    }

    fn facets(&self) -> Facets<'_> {
        Facets { time: self.date.map(Date::start_ms), drill: self.drill.is_some(), ..Facets::default() }
    }
}
