//! From bytes to records: CSV with a header, or JSON Lines. Both come out as named cells of text.

use super::error::{BadRow, ImportError};
use super::record::Record;
use super::{FILE_MAX, Format, ROW_MAX, ROWS_MAX};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::{collections::BTreeSet, fmt, io::BufRead, io::Read as _};

/// A table as it was received, within the size limit and in UTF-8.
pub(super) struct Source {
    bytes: Vec<u8>,
    format: Format,
}

impl Source {
    pub(super) fn read(input: &mut dyn BufRead, format: Format) -> Result<Self, ImportError> {
        let mut bytes = Vec::new();
        // One byte past the limit is enough to know.
        input.take(FILE_MAX as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > FILE_MAX {
            return Err(ImportError::TooLarge);
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            ImportError::NotUtf8 { line: 1 + good.iter().map(|b| u64::from(*b == b'\n')).sum::<u64>() }
        })?;
        let format = match format {
            Format::Auto if without_mark(text).trim_start().starts_with('{') => Format::JsonLines,
            Format::Auto => Format::Csv,
            chosen => chosen,
        };
        Ok(Self { bytes, format })
    }

    /// The bytes as received.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Media type (RFC 4180; JSON Lines has none registered).
    pub(super) const fn media_type(&self) -> &'static str {
        match self.format {
            Format::JsonLines => "application/x-ndjson",
            Format::Csv | Format::Auto => "text/csv",
        }
    }

    /// The records, and the rows that are none.
    pub(super) fn records(&self) -> Result<(Vec<Record>, Vec<BadRow>), ImportError> {
        let text = without_mark(std::str::from_utf8(&self.bytes).unwrap_or_default());
        if text.trim().is_empty() {
            return Err(ImportError::Empty);
        }
        let mut into = Collected::default();
        match self.format {
            Format::JsonLines => json_lines(text, &mut into),
            Format::Csv | Format::Auto => comma_separated(text, &mut into)?,
        }
        if into.records.is_empty() && into.bad.is_empty() {
            return Err(ImportError::Empty);
        }
        Ok((into.records, into.bad))
    }
}

/// The text without the byte order mark that some programs write first.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

#[derive(Default)]
struct Collected {
    records: Vec<Record>,
    bad: Vec<BadRow>,
}

impl Collected {
    fn full(&mut self, line: u64) -> bool {
        let full = self.records.len() >= ROWS_MAX;
        if full {
            let allowed = format!("at most {ROWS_MAX} rows in one table");
            self.refuse(line, "too-many-rows", "another row", &allowed);
        }
        full
    }

    fn too_large(&mut self, line: u64, bytes: usize) -> bool {
        let large = bytes > ROW_MAX;
        if large {
            self.refuse(
                line,
                "row-too-large",
                &format!("a row of {bytes} bytes"),
                &format!("at most {ROW_MAX} bytes"),
            );
        }
        large
    }

    fn refuse(&mut self, line: u64, code: &'static str, found: &str, allowed: &str) {
        let (found, allowed) = (found.to_owned(), allowed.to_owned());
        self.bad.push(BadRow { line, column: String::new(), found, allowed, code });
    }
}

fn json_lines(text: &str, into: &mut Collected) {
    for (line, row) in (1..).zip(text.lines()) {
        if row.trim().is_empty() {
            continue;
        }
        if into.full(line) {
            return;
        }
        if into.too_large(line, row.len()) {
            continue;
        }
        match cells_of(row) {
            Ok(cells) => into.records.push(Record::new(line, cells)),
            Err(error) => {
                let what = error.to_string();
                let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
                let found = format!("{what} (character {})", error.column());
                into.refuse(line, "malformed-row", &found, "one JSON object with each field once");
            }
        }
    }
}

fn comma_separated(text: &str, into: &mut Collected) -> Result<(), ImportError> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    // The text is UTF-8 and held in memory, so nothing is left that reading a row could fail at.
    let wrong = |error: csv::Error| ImportError::Header { found: error.to_string() };
    let header = reader.headers().map_err(wrong)?.clone();
    let mut named = BTreeSet::new();
    for (i, column) in header.iter().enumerate() {
        if column.is_empty() {
            return Err(ImportError::Header { found: format!("no name for column {}", i + 1) });
        }
        if !named.insert(column) {
            return Err(ImportError::Header { found: format!("column {column} twice") });
        }
    }
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let line = row.position().map_or(0, csv::Position::line);
        if into.full(line) {
            break;
        }
        if into.too_large(line, row.as_slice().len()) {
            continue;
        }
        if row.len() != header.len() {
            let allowed = format!("{} fields, as in the header", header.len());
            into.refuse(line, "malformed-row", &format!("{} fields", row.len()), &allowed);
            continue;
        }
        let cells = header.iter().zip(&row).map(|(column, value)| (column.to_owned(), value.to_owned()));
        into.records.push(Record::new(line, cells));
    }
    Ok(())
}

/// The fields of an object by their paths (`event_location.direction`, `inspections.0.by`), as text; `null` as "".
fn cells_of(row: &str) -> Result<Vec<(String, String)>, serde_json::Error> {
    let mut cells = Vec::new();
    let mut from = serde_json::Deserializer::from_str(row);
    Fields { path: "", cells: &mut cells }.deserialize(&mut from)?;
    from.end()?;
    let mut seen = BTreeSet::new();
    match cells.iter().find(|(path, _)| !seen.insert(path.as_str())) {
        Some((path, _)) => Err(de::Error::custom(format!("the field {path} twice"))),
        None => Ok(cells),
    }
}

/// Reads any JSON value into the cells under `path`; at the top, an object only.
struct Fields<'a> {
    path: &'a str,
    cells: &'a mut Vec<(String, String)>,
}

impl Fields<'_> {
    fn inside(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn cell<E: de::Error>(self, value: String) -> Result<(), E> {
        if self.path.is_empty() {
            return Err(E::custom("a value that is no object"));
        }
        self.cells.push((self.path.to_owned(), value));
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let path = self.inside(&name);
            map.next_value_seed(Fields { path: &path, cells: &mut *self.cells })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.path.is_empty() {
            return Err(de::Error::custom("a list"));
        }
        for i in 0_usize.. {
            let path = self.inside(&i.to_string());
            if seq.next_element_seed(Fields { path: &path, cells: &mut *self.cells })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.cell(text.trim().to_owned())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.cell(value.to_string())
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<(), E> {
        self.cell(n.to_string())
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<(), E> {
        self.cell(n.to_string())
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<(), E> {
        // The shortest form that reads back the same: the decimal that was written.
        self.cell(n.to_string())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.cell(String::new())
    }
}
