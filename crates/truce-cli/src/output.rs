//! Output: the result and nothing else on standard output, as text for people or as one JSON document.

use crate::exit::Failure;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// The form of a command's result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// The result of a command: `text` for people, `value` for programs.
    pub(crate) fn result(
        self,
        text: impl FnOnce() -> String,
        value: impl FnOnce() -> Value,
    ) -> Result<(), Failure> {
        if self.json {
            let mut document = serde_json::to_string_pretty(&value()).unwrap_or_default();
            document.push('\n');
            write_bytes(document.as_bytes())
        } else {
            let mut text = text();
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            write_bytes(text.as_bytes())
        }
    }

    /// A remark for people, on standard error; programs get none.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "note: {text}");
        }
    }
}

/// True if this process writes for programs; set once, by `main`.
static FOR_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// Says in which form this process writes.
pub(crate) fn set_form(output: Output) {
    FOR_PROGRAMS.store(output.json, Ordering::Relaxed);
}

/// A warning for people, on standard error, from where no [`Output`] is at hand; programs get none.
pub(crate) fn warn(text: &str) {
    if !FOR_PROGRAMS.load(Ordering::Relaxed) {
        let _ = writeln!(io::stderr().lock(), "warning: {text}");
    }
}

/// Bytes on standard output, as they are.
pub(crate) fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|e| Failure::stdout(&e))
}

/// One line of a result that goes on: text for people, a JSON document for programs.
pub(crate) fn line(output: Output, text: &str, value: &Value) -> Result<(), Failure> {
    let line = if output.json { value.to_string() } else { text.to_owned() };
    write_bytes(format!("{line}\n").as_bytes())
}

/// A result that is written as it is found, so that a list of any length needs no memory.
pub(crate) struct Stream {
    out: io::BufWriter<io::StdoutLock<'static>>,
    json: bool,
    items: u64,
}

impl Stream {
    /// Opens the document: `{"<name>": [` when it is JSON.
    pub(crate) fn open(output: Output, name: &str) -> Result<Self, Failure> {
        let mut stream = Self { out: io::BufWriter::new(io::stdout().lock()), json: output.json, items: 0 };
        if stream.json {
            stream.write(&format!("{{\"{name}\": ["))?;
        }
        Ok(stream)
    }

    pub(crate) fn item(
        &mut self,
        text: impl FnOnce() -> String,
        value: impl FnOnce() -> Value,
    ) -> Result<(), Failure> {
        let item = match (self.json, self.items) {
            (true, 0) => format!("\n{}", value()),
            (true, _) => format!(",\n{}", value()),
            (false, _) => text(),
        };
        self.items += 1;
        self.write(&item)
    }

    /// A line for people only.
    pub(crate) fn heading(&mut self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.write(text) }
    }

    /// Closes the document with `fields` beside the list.
    pub(crate) fn close(mut self, fields: &[(&str, Value)]) -> Result<u64, Failure> {
        if self.json {
            let mut end = "\n]".to_owned();
            for (name, value) in fields {
                let _ = write!(end, ",\n\"{name}\": {value}");
            }
            end.push_str("}\n");
            self.write(&end)?;
        }
        self.out.flush().map_err(|e| Failure::stdout(&e))?;
        Ok(self.items)
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).map_err(|e| Failure::stdout(&e))
    }
}

/// Rows of a name and a value, the values aligned; a value of several lines stays under its first one.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<(String, String)>);

impl Table {
    // By value, so that rows are made of whatever is at hand.
    #[allow(clippy::needless_pass_by_value)]
    pub(crate) fn row(&mut self, name: impl Into<String>, value: impl ToString) -> &mut Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    pub(crate) fn render(&self) -> String {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for (name, value) in &self.0 {
            let mut lines = value.lines();
            let _ = writeln!(
                text,
                "{}",
                format!("{name:<width$}  {}", lines.next().unwrap_or_default()).trim_end()
            );
            for line in lines {
                let _ = writeln!(text, "{:<width$}  {line}", "");
            }
        }
        text
    }
}

/// Columns, each as wide as its widest cell; the last is not padded.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(i) {
                Some(known) => *known = width.max(*known),
                None => widths.push(width),
            }
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Milliseconds UTC as people read them: `2021-02-05 17:30:00Z`.
pub(crate) fn utc(ms: i64) -> String {
    truce_clock::Utc(ms).to_string()
}

/// Milliseconds UTC as programs read them (RFC 3339).
pub(crate) fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |moment| moment.to_string())
}

/// The first eight digits of an id; only where the whole id is one command away.
pub(crate) fn short(id: &impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_clean() {
        let rows = vec![vec!["a".into(), "é".into()], vec!["bbb".into(), "x".into()]];
        assert_eq!(columns(&rows), "a    é\nbbb  x\n");
    }

    #[test]
    fn values_of_several_lines_stay_under_the_first() {
        let mut table = Table::default();
        table.row("note", "one\ntwo").row("n", 1);
        assert_eq!(table.render(), "note  one\n      two\nn     1\n");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(utc(0), "1970-01-01 00:00:00Z");
        assert_eq!(utc(i64::MAX), format!("{} ms", i64::MAX));
    }
}
