//! Figures of a finding, and the file that a finding speaks of.

use super::super::Row;
use super::super::source::Source;
use truce_statement::body::dialogue::{Document, DocumentClass};
use truce_statement::body::verification::{FIGURES_MAX, Figure};
use truce_statement::id::sha256;
use truce_statement::shape::{Amount, Evidence, Range};
use truce_statement::unit::{FileSize, Name, NonEmpty, Tally, UnitError};
use truce_statement::{FileHash, Role};

/// Figures side by side. A figure that the row does not have is left out.
#[derive(Default)]
pub(in super::super) struct Figures(Vec<Named>);

#[derive(Default)]
struct Named {
    what: &'static str,
    unit: Option<&'static str>,
    found: Option<Amount>,
    declared: Option<Amount>,
    required: Option<Amount>,
}

impl Figures {
    /// As found or reported.
    pub(in super::super) fn found(self, what: &'static str, n: Option<Tally>) -> Self {
        self.with(Named { what, found: n.map(Amount::Exactly), ..Named::default() })
    }

    /// As found, rounded.
    pub(super) fn about(self, what: &'static str, n: Option<Tally>) -> Self {
        self.with(Named { what, found: n.map(Amount::About), ..Named::default() })
    }

    /// As found, from one figure to another.
    pub(super) fn between(self, what: &'static str, low: Tally, high: Tally) -> Self {
        self.with(Named { what, found: Some(Amount::Between(Range { low, high })), ..Named::default() })
    }

    /// As found, in percent.
    pub(super) fn percent(self, what: &'static str, n: Option<Tally>) -> Self {
        self.with(Named { what, unit: Some("percent"), found: n.map(Amount::Exactly), ..Named::default() })
    }

    /// As declared by the state, beside what was found.
    pub(super) fn declared(self, what: &'static str, declared: Option<Tally>, found: Option<Tally>) -> Self {
        let (declared, found) = (declared.map(Amount::Exactly), found.map(Amount::Exactly));
        self.with(Named { what, found, declared, ..Named::default() })
    }

    /// As the rule requires.
    pub(super) fn required(self, what: &'static str, unit: Option<&'static str>, n: Option<Tally>) -> Self {
        self.with(Named { what, unit, required: n.map(Amount::Exactly), ..Named::default() })
    }

    fn with(mut self, figure: Named) -> Self {
        if figure.found.is_some() || figure.declared.is_some() || figure.required.is_some() {
            self.0.push(figure);
        }
        self
    }

    pub(super) fn into_list(self) -> Result<Option<NonEmpty<Figure, FIGURES_MAX>>, UnitError> {
        let figures = self.0.into_iter().map(|figure| {
            Ok(Figure {
                note: None,
                unit: figure.unit.map(str::parse).transpose()?,
                what: figure.what.parse()?,
                found: figure.found,
                declared: figure.declared,
                required: figure.required,
            })
        });
        let figures = figures.collect::<Result<Vec<Figure>, UnitError>>()?;
        if figures.is_empty() { Ok(None) } else { NonEmpty::new(figures).map(Some) }
    }
}

/// A document that names the imported file by its hash, to be signed by `role`. Nothing only for a title that is none.
pub(in super::super) fn source_file(source: &Source, role: Role, title: &str) -> Option<Row> {
    let name: Name = title.parse().ok()?;
    let file = Evidence {
        note: None,
        bytes: FileSize::try_from(i64::try_from(source.bytes().len()).ok()?).ok()?,
        device: None,
        sha256: FileHash::from_bytes(sha256(source.bytes())),
        captured: None,
        media_type: source.media_type().parse().ok()?,
    };
    let document = Document {
        date: None,
        file: Some(file),
        note: None,
        text: None,
        class: DocumentClass::Other,
        drill: None,
        title: name,
        number: None,
        reason: None,
        source: None,
        language: "en".parse().ok()?,
        replaces: None,
    };
    Some(Row::new(0, role, title, document))
}
