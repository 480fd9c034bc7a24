//! What a statement says, in parts that pages can put into any language: words of the specification, figures, and what
//! the signer wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_statement::Body;
use truce_statement::body::dialogue::Answer;
use truce_statement::body::measures::Planned;
use truce_statement::shape::{Count, When};
use truce_statement::unit::Known;

/// Characters of a signer's text that a list shows.
const MAX_TEXT: usize = 160;
/// Parts of one summary: a report can have 64 regions.
const MAX_PARTS: usize = 8;

/// One part of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// The field it is taken from, as the body names it.
    pub key: String,
    /// What it says.
    pub value: PartValue,
}

/// What a part says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartValue {
    /// A word of the specification, to be put into the reader's language.
    Word(String),
    /// What the signer wrote, cut after 160 characters.
    Text(String),
    /// A figure.
    Number {
        /// The figure.
        n: i64,
        /// Marked as approximate.
        about: bool,
    },
    /// Asked, and not known.
    NotKnown,
    /// A moment, milliseconds UTC.
    Time(i64),
}

/// When what a statement tells of happened, milliseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeSpan {
    /// The moment, or the beginning.
    pub from: i64,
    /// The end, where there is one.
    pub to: Option<i64>,
}

/// The summary of a body.
pub(crate) fn of(body: &Body) -> Vec<Part> {
    let mut parts = Parts(Vec::new());
    parts.fill(body);
    parts.0.truncate(MAX_PARTS);
    parts.0
}

/// The time of a body, with its end.
pub(crate) fn time(body: &Body) -> Option<TimeSpan> {
    let from = body.facets().time?;
    let to = match body {
        Body::Report(b) => Some(b.period.to.ms()),
        Body::Notification(b) => Some(b.period.to.ms()),
        Body::Commitment(b) => Some(b.valid_until.ms()),
        Body::Observation(b) => end(&b.when),
        Body::Weapons(b) => end(&b.when),
        Body::Harm(b) => end(&b.when),
        Body::Finding(b) => b.when.as_ref().and_then(end),
        Body::Inquiry(b) => b.when.as_ref().and_then(end),
        Body::Signal(b) => b.when.as_ref().and_then(end),
        Body::Restriction(b) => b.left.map(truce_statement::unit::Stamp::ms),
        _ => None,
    };
    Some(TimeSpan { from, to: to.filter(|to| *to != from) })
}

fn end(when: &When) -> Option<i64> {
    const DAY_MS: i64 = crate::aggregate::DAY_MS;
    match when {
        When::At(_) | When::AsOf(_) => None,
        When::Between(period) => Some(period.to.ms()),
        When::Days(days) => Some(days.to.start_ms() + DAY_MS),
        When::PartOfDay(part) => Some(part.to.start_ms() + DAY_MS),
    }
}

struct Parts(Vec<Part>);

impl Parts {
    fn push(&mut self, key: &str, value: PartValue) {
        self.0.push(Part { key: key.to_owned(), value });
    }

    fn word(&mut self, key: &str, value: &impl Serialize) {
        let word = match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => word,
            // A choice with contents: its name.
            Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
            _ => return,
        };
        self.push(key, PartValue::Word(word));
    }

    fn text(&mut self, key: &str, value: impl std::fmt::Display) {
        let text: String = value.to_string().chars().take(MAX_TEXT).collect();
        self.push(key, PartValue::Text(text));
    }

    fn number(&mut self, key: &str, n: impl Into<i64>) {
        self.push(key, PartValue::Number { n: n.into(), about: false });
    }

    fn count(&mut self, key: &str, count: Known<Count>) {
        let value = match count {
            Known::Is(count) => PartValue::Number { n: count.n.get().into(), about: count.about.is_some() },
            Known::NotKnown => PartValue::NotKnown,
        };
        self.push(key, value);
    }

    #[allow(clippy::too_many_lines)] // One arm for each kind.
    fn fill(&mut self, body: &Body) {
        match body {
            Body::Charter(b) => {
                self.text("title", &b.title);
                self.number("parties", i64::try_from(b.parties.len()).unwrap_or(i64::MAX));
            }
            Body::Accession(b) => {
                let keys = b.keys.as_ref().map_or(0, |keys| keys.len());
                self.number("keys", i64::try_from(keys).unwrap_or(i64::MAX));
            }
            Body::KeyGrant(b) => {
                if let Some(label) = &b.label {
                    self.text("label", label);
                }
            }
            Body::KeyRevocation(b) => self.word("reason", &b.reason),
            Body::Amendment(b) => self.text("title", &b.title),
            Body::Endorsement(b) => {
                if let Some(note) = &b.note {
                    self.text("note", note);
                }
            }
            Body::Report(b) => {
                self.text("number", &b.number);
                for region in &b.regions {
                    self.text("region", &region.region);
                    match region.violations {
                        Known::Is(n) => self.number("violations", n.get()),
                        Known::NotKnown => self.push("violations", PartValue::NotKnown),
                    }
                }
            }
            Body::Observation(b) => {
                self.count("count", b.count);
                self.word("what", &b.what);
                if let Some(assessed) = &b.assessed_as {
                    self.word("assessed_as", assessed);
                }
            }
            Body::Restriction(b) => self.word("outcome", &b.outcome),
            Body::Weapons(b) => {
                self.count("count", b.count);
                match &b.weapon {
                    Known::Is(weapon) => self.text("weapon", weapon),
                    Known::NotKnown => self.push("weapon", PartValue::NotKnown),
                }
                self.word("category", &b.category);
            }
            Body::Harm(b) => {
                for group in b.people.iter().flat_map(|people| people.iter()) {
                    self.count("count", group.count);
                    self.word("effect", &group.effect);
                }
                if let Some(deaths) = &b.deaths {
                    self.number("deaths", deaths.best.get());
                }
                for object in b.objects.iter().flat_map(|objects| objects.iter()) {
                    self.text("what", &object.what);
                }
            }
            Body::Signal(b) => {
                self.text("title", &b.title);
                self.word("urgency", &b.urgency);
            }
            Body::Notification(b) => {
                self.text("designation", &b.designation);
                self.word("activity", &b.activity);
            }
            Body::Calendar(b) => {
                self.number("year", i64::from(b.year.get()));
                match &b.planned {
                    Planned::NilReturn => self.push("planned", PartValue::Word("nil-return".to_owned())),
                    Planned::Activities(all) => {
                        self.number("activities", i64::try_from(all.len()).unwrap_or(i64::MAX));
                    }
                }
            }
            Body::Commitment(b) => {
                self.text("title", &b.title);
                self.word("topic", &b.topic);
                self.push("valid_until", PartValue::Time(b.valid_until.ms()));
            }
            Body::Delivery(b) => {
                self.number("item", b.item.get());
                if let Some(summary) = &b.summary {
                    self.text("summary", summary);
                }
            }
            Body::Inquiry(b) => {
                self.text("title", &b.title);
                self.word("topic", &b.topic);
            }
            Body::Reply(b) => {
                self.word("answer", &b.answer);
                match &b.answer {
                    Answer::Answered(a) | Answer::PartlyAnswered(a) => self.text("text", &a.text),
                    Answer::Declined(d) => d.reason.iter().for_each(|reason| self.text("reason", reason)),
                    Answer::NeedsMoreTime(n) => self.push("until", PartValue::Time(n.until.ms())),
                }
            }
            Body::Response(b) => {
                self.word("position", &b.position);
                self.text("text", &b.text);
            }
            Body::Document(b) => {
                self.word("class", &b.class);
                self.text("title", &b.title);
            }
            Body::Finding(b) => {
                self.word("outcome", &b.outcome);
                self.text("summary", &b.summary);
            }
        }
    }
}
