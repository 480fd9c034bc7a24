//! Verification: findings about statements of others. Four things stay apart: what was observed, how sure the reporter
//! is, whether a rule was broken, and who did it.

use crate::body::{Facets, Fault, KindBody};
use crate::id::PartyId;
use crate::kind::Kind;
use crate::shape::{Amount, EvidenceList, Place, When};
use crate::unit::{Name, NonEmpty, Percent, Text, True, Word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Figures one finding can set side by side.
pub const FIGURES_MAX: usize = 64;
/// Parties one finding can concern, and dissents it can carry.
pub const PARTIES_MAX: usize = 128;

/// A finding about one or more statements, which it names with `about`. A joint finding is one that the other signers
/// `support`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Anything else a reader should know, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The rule it is measured against; required where `breach` is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Time of the event found, or the period that the figures cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Mark an exercise of the system itself: shown as such and counted nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Place that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Judgement on the breach of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach: Option<Breach>,
    /// The published source it is taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Parties to the finding that do not agree, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dissent: Option<NonEmpty<Dissent, PARTIES_MAX>>,
    /// Figures set side by side: declared, required, found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<NonEmpty<Figure, FIGURES_MAX>>,
    /// Outcome of verification: observed, corroborated, not-corroborated, inconclusive, or {"suspended":
    /// {"reason": ...}}.
    pub outcome: FindingOutcome,
    /// Subject of the finding, in a word or two: a category of complaint, the name of an exercise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Name>,
    /// The finding, in full.
    pub summary: Text,
    /// Those whom the finding concerns, as the source names them. Says nothing about who did it: that is
    /// `attribution`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concerns: Option<NonEmpty<Name, PARTIES_MAX>>,
    /// Files that back it, named by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceList>,
    /// Confidence of the signers, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Percent>,
    /// Attribution to those who did it: "not-made", "not-possible" or {"party": ...}. Write "not-made" unless
    /// there is a reason not to.
    pub attribution: Attribution,
}

/// Outcomes of verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingOutcome {
    /// The signer observed it.
    Observed,
    /// Others' statements or evidence bear it out.
    Corroborated,
    /// Looked for, and not borne out.
    NotCorroborated,
    /// Could not be settled.
    Inconclusive,
    /// Put aside for a reason.
    Suspended(Suspended),
}

/// Reason for putting verification aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspended {
    /// The reason.
    pub reason: Text,
}

/// A rule of the agreement or of another regime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, such as VD-NOTIFY-LAND.
    pub id: Name,
    /// The text it stands in, such as "Vienna Document 2011".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<Name>,
    /// Version in force on the date of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Name>,
    /// Chapter and paragraph, such as "ch. V para 40.1".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paragraph: Option<Name>,
}

/// Judgements on whether a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Breach {
    /// It was broken.
    Breached,
    /// It was kept.
    NotBreached,
    /// Cannot be said.
    NotDetermined,
}

/// One quantity, as declared, as required and as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Anything that has to be said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Name>,
    /// Unit, such as days or percent; leave out for plain counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Word>,
    /// Quantity that is counted or measured: troops, notice, complaints, ruled-violation ...
    pub what: Word,
    /// As found or reported later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Amount>,
    /// As declared or stated by the party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Amount>,
    /// As the rule requires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Amount>,
}

/// A party to the finding that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dissent {
    /// The party, by its id.
    pub by: PartyId,
    /// Reasons for the dissent.
    pub text: Text,
}

/// Attribution to those who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attribution {
    /// No attribution: the ordinary case.
    NotMade,
    /// Tried, and not possible.
    NotPossible,
    /// Made to a party, by a standard of proof.
    Party(Attributed),
}

/// Attribution to a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attributed {
    /// The party, by its id.
    pub party: PartyId,
    /// Standard of proof that was met.
    pub standard: StandardOfProof,
}

/// Standard of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StandardOfProof {
    /// Reasonable grounds to suspect.
    ReasonableSuspicion,
    /// Reasonable grounds to believe.
    ReasonableGroundsToBelieve,
    /// More likely than not.
    BalanceOfProbabilities,
    /// Clear and convincing evidence.
    ClearAndConvincing,
    /// Beyond reasonable doubt.
    BeyondReasonableDoubt,
}

impl KindBody for Finding {
    const KIND: Kind = Kind::Finding;

    fn check(&self) -> Result<(), Fault> {
        self.when.as_ref().map_or(Ok(()), |when| when.check("when"))?;
        self.place.as_ref().map_or(Ok(()), |place| place.check("place"))?;
        if self.breach.is_some() && self.rule.is_none() {
            return Err(Fault::new("rule", "nothing", "the rule that `breach` speaks of"));
        }
        for (i, figure) in self.figures.iter().flatten().enumerate() {
            figure.check(&format!("figures[{i}]"))?;
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets {
            time: self.when.as_ref().map(When::start_ms),
            zones: self.place.iter().filter_map(Place::zone).collect(),
            drill: self.drill.is_some(),
            ..Facets::default()
        }
    }
}

impl Figure {
    fn check(&self, path: &str) -> Result<(), Fault> {
        let amounts = [("found", self.found), ("declared", self.declared), ("required", self.required)];
        if amounts.iter().all(|(_, amount)| amount.is_none()) {
            return Err(Fault::new(path, "no figure", "at least one of found, declared, required"));
        }
        for (name, amount) in amounts {
            amount.map_or(Ok(()), |amount| amount.check(&format!("{path}.{name}")))?;
        }
        Ok(())
    }
}
