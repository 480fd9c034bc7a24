//! One row as named cells. A cell is marked when it is read, so that what no layout reads is noticed.

use super::error::BadRow;
use super::source::Source;
use super::{Names, Row};
use std::{cell::Cell, collections::BTreeMap, str::FromStr};
use truce_statement::unit::{Known, Name, Tally, Text, True, UnitError, Word};

/// A table that is being read.
pub(super) struct Table<'a> {
    pub(super) source: &'a Source,
    pub(super) records: &'a [Record],
    pub(super) names: &'a Names,
    pub(super) bad: Vec<BadRow>,
}

impl Table<'_> {
    /// One statement for each record.
    pub(super) fn each(&mut self, row: impl Fn(&Record, &Names) -> Result<Row, BadRow>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.records.len());
        for record in self.records {
            match row(record, self.names) {
                Ok(row) => rows.push(row),
                Err(bad) => self.refuse(record, bad),
            }
        }
        rows
    }

    /// Keeps what is wrong with `record`. One fault is told for each row: what was not read because of it is no other.
    pub(super) fn refuse(&mut self, record: &Record, bad: BadRow) {
        record.skip_rest();
        self.bad.push(bad);
    }
}

/// One row as named cells; an empty cell is as good as none.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) line: u64,
    cells: BTreeMap<String, (String, Cell<bool>)>,
}

impl Record {
    pub(super) fn new(line: u64, cells: impl IntoIterator<Item = (String, String)>) -> Self {
        let filled = cells.into_iter().filter(|(_, value)| !value.is_empty());
        Self { line, cells: filled.map(|(column, value)| (column, (value, Cell::new(false)))).collect() }
    }

    /// The text in `column`.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let (value, read) = self.cells.get(column)?;
        read.set(true);
        Some(value)
    }

    /// The text in `column`, which must not be empty.
    pub(super) fn need_text(&self, column: &str, allowed: &str) -> Result<&str, BadRow> {
        self.text(column).ok_or_else(|| self.missing(column, allowed))
    }

    /// A value that is written as text.
    pub(super) fn get<T: FromStr<Err = UnitError>>(&self, column: &str) -> Result<Option<T>, BadRow> {
        self.text(column).map(str::parse).transpose().map_err(|error| self.wrong(column, error))
    }

    /// As [`Self::get`], where there has to be one.
    pub(super) fn need<T: FromStr<Err = UnitError>>(&self, column: &str, allowed: &str) -> Result<T, BadRow> {
        self.get(column)?.ok_or_else(|| self.missing(column, allowed))
    }

    /// A whole number within the limits of its type.
    pub(super) fn number<T: TryFrom<i64, Error = UnitError>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, BadRow> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let number = match text.parse::<i64>() {
            Ok(n) => T::try_from(n),
            Err(_) => Err(UnitError::new(format!("{text:?}"), "a whole number")),
        };
        number.map(Some).map_err(|error| self.wrong(column, error))
    }

    /// A figure that has to be there.
    pub(super) fn tally(&self, column: &str) -> Result<Tally, BadRow> {
        self.number(column)?.ok_or_else(|| self.missing(column, "a whole number"))
    }

    /// A yes or no; nothing stands for no.
    pub(super) fn mark(&self, column: &str) -> Result<Option<True>, BadRow> {
        self.one_of(column, &[("true", Some(True)), ("false", None)]).map(Option::flatten)
    }

    /// One of the words that the layout knows, as what it stands for.
    pub(super) fn one_of<T: Copy>(&self, column: &str, words: &[(&str, T)]) -> Result<Option<T>, BadRow> {
        let Some(text) = self.text(column) else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(self.bad(column, format!("{text:?}"), listed(words))),
        }
    }

    /// As [`Self::one_of`], where there has to be one.
    pub(super) fn need_one_of<T: Copy>(&self, column: &str, words: &[(&str, T)]) -> Result<T, BadRow> {
        self.one_of(column, words)?.ok_or_else(|| self.missing(column, &listed(words)))
    }

    /// A name, or that it is not known.
    pub(super) fn known_name(&self, column: &str) -> Result<Known<Name>, BadRow> {
        Ok(self.get(column)?.map_or(Known::NotKnown, Known::Is))
    }

    /// A word that sources write with blanks, capitals or underscores.
    pub(super) fn word(&self, column: &str) -> Result<Option<Word>, BadRow> {
        let Some(text) = self.text(column) else { return Ok(None) };
        slug(text).parse().map(Some).map_err(|error| self.wrong(column, error))
    }

    /// The published source. Every layout has it, because a figure without one proves little.
    pub(super) fn source(&self) -> Result<Option<Text>, BadRow> {
        self.need("source", "the published source").map(Some)
    }

    /// Reads over a column that says in each row what the layout says already.
    pub(super) fn is(&self, column: &str, value: &str) -> Result<(), BadRow> {
        self.one_of(column, &[(value, ())]).map(|_| ())
    }

    /// Columns `prefix.0`, `prefix.1` ... as far as they go.
    pub(super) fn list(&self, prefix: &str) -> Vec<&str> {
        (0..).map_while(|i| self.text(&format!("{prefix}.{i}"))).collect()
    }

    /// A value that does not fit its place.
    pub(super) fn wrong(&self, column: &str, error: UnitError) -> BadRow {
        self.bad(column, error.found, error.allowed)
    }

    /// As [`Self::wrong`].
    pub(super) fn bad(&self, column: &str, found: String, allowed: impl Into<String>) -> BadRow {
        BadRow {
            line: self.line,
            column: column.to_owned(),
            found,
            allowed: allowed.into(),
            code: "bad-value",
        }
    }

    /// Nothing where something has to stand.
    pub(super) fn missing(&self, column: &str, allowed: &str) -> BadRow {
        BadRow { code: "missing-value", ..self.bad(column, "nothing".to_owned(), allowed) }
    }

    /// Marks all cells as read.
    pub(super) fn skip_rest(&self) {
        self.cells.values().for_each(|(_, read)| read.set(true));
    }

    /// The first cell that was not read: a figure nobody would carry. `columns` are those the layout knows.
    pub(super) fn left_over(&self, columns: &[&str]) -> Option<BadRow> {
        let (column, (value, _)) = self.cells.iter().find(|(_, (_, read))| !read.get())?;
        let found = format!("{value:?}, which has no place in the statement of this row");
        let allowed = format!("nothing here; columns of the layout: {}", columns.join(", "));
        Some(BadRow { code: "unknown-column", ..self.bad(column, found, allowed) })
    }
}

/// A text as a code word: lower case, hyphens for blanks and underscores.
pub(super) fn slug(text: &str) -> String {
    text.to_lowercase().replace([' ', '_'], "-")
}

/// The text cut at a boundary between characters so that it fits a name.
pub(super) fn short(text: &str) -> &str {
    const MAX: usize = 200;
    text.get(..(0..=MAX.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0))
        .unwrap_or_default()
}

fn listed<T>(words: &[(&str, T)]) -> String {
    words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}
