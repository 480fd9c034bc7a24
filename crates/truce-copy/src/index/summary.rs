//! Summaries of statements, in parts that pages can put into any language: words of the specification, figures, and what
//! the signer wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_statement::Body;
use truce_statement::body::dialogue::Answer;
use truce_statement::body::measures::Planned;
use truce_statement::shape::{Count, When};
use truce_statement::unit::{Date, Known};

/// Characters of a signer's text that a list shows.
const MAX_TEXT: usize = 160;
/// Parts of one summary: a report can have 64 regions.
const MAX_PARTS: usize = 8;

/// One part of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// The field it is taken from, as the body names it.
    pub key: String,
    /// Value of the part.
    pub value: PartValue,
}

/// Value of a part of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartValue {
    /// A word of the specification, to be put into the reader's language.
    Word(String),
    /// Text of the signer, cut after 160 characters.
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

/// Time of what a statement tells of, as its signer states it: days as days, instants as instants. A day that was signed
/// has no time zone, and so no first instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSpan {
    /// Whole days, both included; one day is both.
    Days {
        /// First day, such as 2018-02-15.
        first: Date,
        /// Last day, which is included.
        last: Date,
    },
    /// An instant, or a span between two, milliseconds UTC.
    Instants {
        /// The instant, or the beginning.
        from: i64,
        /// The end, for a span.
        to: Option<i64>,
    },
}

impl TimeSpan {
    /// A moment for ordering, milliseconds UTC: the beginning; for days the first instant of the first day in UTC.
    #[must_use]
    pub fn begins(self) -> i64 {
        match self {
            Self::Days { first, .. } => first.start_ms(),
            Self::Instants { from, .. } => from,
        }
    }

    fn between(from: i64, to: i64) -> Self {
        Self::Instants { from, to: Some(to).filter(|to| *to != from) }
    }

    fn of(when: &When) -> Self {
        match when {
            When::At(at) | When::AsOf(at) => Self::Instants { from: at.ms(), to: None },
            When::Between(period) => Self::between(period.from.ms(), period.to.ms()),
            When::Days(days) => Self::Days { first: days.from, last: days.to },
            When::PartOfDay(part) => Self::Days { first: part.from, last: part.to },
        }
    }
}

/// The summary of a body.
pub(crate) fn of(body: &Body) -> Vec<Part> {
    let mut parts = Parts(Vec::new());
    parts.fill(body);
    parts.0.truncate(MAX_PARTS);
    parts.0
}

/// The time of a body, with its end. It begins when [`truce_statement::body::Facets::time`] says.
pub(crate) fn time(body: &Body) -> Option<TimeSpan> {
    match body {
        Body::Report(b) => Some(TimeSpan::between(b.period.from.ms(), b.period.to.ms())),
        Body::Notification(b) => Some(TimeSpan::between(b.period.from.ms(), b.period.to.ms())),
        Body::Commitment(b) => Some(TimeSpan::between(b.valid_from.ms(), b.valid_until.ms())),
        Body::Observation(b) => Some(TimeSpan::of(&b.when)),
        Body::Weapons(b) => Some(TimeSpan::of(&b.when)),
        Body::Harm(b) => Some(TimeSpan::of(&b.when)),
        Body::Finding(b) => b.when.as_ref().map(TimeSpan::of),
        Body::Inquiry(b) => b.when.as_ref().map(TimeSpan::of),
        Body::Signal(b) => {
            let horizon =
                || Some(TimeSpan::between(b.horizon.as_ref()?.from.ms(), b.horizon.as_ref()?.to.ms()));
            b.when.as_ref().map(TimeSpan::of).or_else(horizon)
        }
        Body::Restriction(b) => match b.arrived {
            Some(arrived) => Some(TimeSpan::between(arrived.ms(), b.left.unwrap_or(arrived).ms())),
            None => b.when.as_ref().map(TimeSpan::of),
        },
        Body::Calendar(b) => {
            let first = b.first_day();
            // Every year that can be written has a last day; were there none, the first is not wrong.
            let last = format!("{}-12-31", first.year()).parse().unwrap_or(first);
            Some(TimeSpan::Days { first, last })
        }
        Body::Document(b) => b.date.map(|day| TimeSpan::Days { first: day, last: day }),
        _ => body.facets().time.map(|from| TimeSpan::Instants { from, to: None }),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn days_stay_days_and_instants_stay_instants() {
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let days = TimeSpan::Days { first: day("2018-02-15"), last: day("2018-02-16") };
        let json = serde_json::to_value(days).expect("JSON");
        assert_eq!(json, serde_json::json!({ "days": { "first": "2018-02-15", "last": "2018-02-16" } }));
        let instant = TimeSpan::between(5, 5);
        let json = serde_json::to_value(instant).expect("JSON");
        assert_eq!(json, serde_json::json!({ "instants": { "from": 5, "to": null } }));
        for span in [days, instant, TimeSpan::between(5, 6)] {
            let mut bytes = Vec::new();
            span.serialize(&mut serde_cbor::Serializer::new(&mut bytes).packed_format()).expect("CBOR");
            assert_eq!(serde_cbor::from_slice::<TimeSpan>(&bytes).expect("the same"), span);
        }
    }
}
