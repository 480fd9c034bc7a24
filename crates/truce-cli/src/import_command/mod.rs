//! `truce import`: many rows of a table, signed one after another, and recorded in groups.

#[cfg(feature = "ledger")]
mod recorded;

use crate::args::ImportArgs;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::import::{self, ImportError, Names, Row};
use crate::output::{Output, columns, short};
use crate::progress::Meter;
use crate::sign::{Origin, Signer};
use crate::text::one_line;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use truce_statement::{Signed, StatementId};

/// Statements that are signed, put on disk as used and handed out together.
const GROUP: usize = 1024;

/// `truce import`.
pub(crate) fn run(args: &ImportArgs, output: Output) -> Result<(), Failure> {
    #[cfg(not(feature = "ledger"))]
    if args.ledger.is_some() {
        return Err(crate::source::needs_ledger());
    }
    let rows = read(args)?;
    #[cfg(feature = "ledger")]
    if let Some(ledger) = &args.ledger {
        return recorded::run(args, ledger, &rows, output);
    }
    written(args, &rows, output)
}

fn read(args: &ImportArgs) -> Result<Vec<Row>, Failure> {
    let names = Names { parties: pairs(&args.name)?, zones: pairs(&args.zone)? };
    let mut input: Box<dyn BufRead> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(files::open(&args.file)?))
    };
    import::read_with(args.layout, &mut input, args.format, &names).map_err(|e| unreadable(&args.file, &e))
}

fn unreadable(path: &Path, error: &ImportError) -> Failure {
    let exit = if error.code() == "io" { Exit::Io } else { Exit::Refused };
    let place =
        error.rows().first().map(|row| format!("line {}, {}", row.line, row.column)).unwrap_or_default();
    Failure::new(exit, error.code(), format!("{}: {error}", path.display())).at(place).next(error.remedy())
}

/// `NAME=VALUE` options.
fn pairs<T: std::str::FromStr>(given: &[String]) -> Result<BTreeMap<String, T>, Failure>
where
    T::Err: std::fmt::Display,
{
    let pair = |text: &String| {
        let wrong = |e: &dyn std::fmt::Display| {
            Failure::usage("bad-name", format!("`{text}`: {e}"))
            .next("write the name in the table, =, and the id it stands for; `truce import --help` has examples")
        };
        let (name, value) = text.split_once('=').ok_or_else(|| wrong(&"expected NAME=VALUE"))?;
        Ok((name.to_owned(), value.parse().map_err(|e| wrong(&e))?))
    };
    given.iter().map(pair).collect()
}

/// True if the options choose this row.
fn chosen(args: &ImportArgs, row: &Row) -> bool {
    args.role.is_none_or(|role| row.role == role)
        && args.signer.as_deref().is_none_or(|signer| row.signer.as_deref() == Some(signer))
}

/// A row that was refused.
#[derive(Debug)]
struct Refused {
    line: u64,
    title: String,
    failure: Failure,
}

impl Refused {
    fn new(row: &Row, failure: Failure) -> Self {
        Self { line: row.line, title: one_line(&row.title), failure }
    }

    fn to_json(&self) -> Value {
        json!({ "line": self.line, "title": self.title, "error": self.failure.to_json() })
    }

    fn to_text(&self) -> String {
        format!("line {} ({})\n{}", self.line, self.title, self.failure.to_text())
    }
}

/// Signs rows in order. A row that is refused uses up no number: it is signed again by nobody.
struct Signing<'a> {
    args: &'a ImportArgs,
    signer: Signer,
    /// Ids of the rows signed so far, by their index.
    ids: BTreeMap<usize, StatementId>,
    refused: Vec<Refused>,
    /// Rows that the options leave to others.
    left_out: usize,
}

impl Signing<'_> {
    /// Signs the row, unless `admit` would not have it.
    fn row(
        &mut self,
        index: usize,
        row: &Row,
        admit: impl FnOnce(&Signed) -> Result<(), Failure>,
    ) -> Option<Signed> {
        if !chosen(self.args, row) {
            self.left_out += 1;
            return None;
        }
        let ids = &self.ids;
        let Some(saying) = row.saying_with(self.args.correct_known, |of| ids.get(&of).copied()) else {
            let failure = Failure::new(
                Exit::Refused,
                "unknown-reference",
                "the row refers to one that was not signed here",
            );
            self.refused.push(Refused::new(
                row,
                failure.next("import the rows that it refers to with the same key first"),
            ));
            return None;
        };
        let signed = match self.signer.feed.sign(&self.signer.key, saying, None) {
            Ok(signed) => signed,
            Err(refusal) => {
                let mut failure = Failure::from(refusal);
                if row.fault.is_some() && row.corrected.is_some() && !self.args.correct_known {
                    failure = failure.next("a known fault of the source: --correct-known signs it corrected, and keeps what was printed");
                }
                self.refused.push(Refused::new(row, failure));
                return None;
            }
        };
        if let Err(failure) = admit(&signed) {
            self.signer.feed.take_back(&signed);
            self.refused.push(Refused::new(row, failure));
            return None;
        }
        self.ids.insert(index, signed.id());
        Some(signed)
    }

    /// Says on standard error what was refused.
    fn finish(self, of: usize, output: Output) -> Result<(), Failure> {
        let Some(first) = self.refused.first() else { return Ok(()) };
        if !output.json {
            for refused in &self.refused {
                eprint_quietly(&refused.to_text());
            }
        }
        let message = format!("{} of {of} rows were refused", self.refused.len());
        Err(Failure::new(Exit::Refused, first.failure.code(), message)
            .at(format!("line {}", first.line))
            .next("the other rows were signed; correct these and import them by themselves"))
    }
}

fn eprint_quietly(text: &str) {
    let _ = io::Write::write_all(&mut io::stderr().lock(), text.as_bytes());
}

/// `--out`: the statements as files, to be submitted later.
fn written(args: &ImportArgs, rows: &[Row], output: Output) -> Result<(), Failure> {
    let folder = args.out.as_deref().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
    let agreement = args.agreement.as_deref().map(files::agreement_id).transpose()?;
    let whose = (agreement, args.party.as_ref());
    let signer = Signer::with(&args.key, &(&args.passphrase).into(), whose, None, Origin::Unknown, output)?;
    let mut signing = Signing { args, signer, ids: BTreeMap::new(), refused: Vec::new(), left_out: 0 };
    let mut meter = Meter::new("signing", rows.len() as u64);
    let mut done: Vec<(u64, Signed, PathBuf)> = Vec::new();
    for (group, start) in rows.chunks(GROUP).zip((0..).step_by(GROUP)) {
        let from = done.len();
        for (index, row) in (start..).zip(group) {
            if let Some(signed) = signing.row(index, row, |_| Ok(())) {
                let file = folder.join(format!("{:06}-{}.cose", signed.seq(), signed.kind()));
                files::must_be_new(&file)?;
                done.push((row.line, signed, file));
            }
        }
        let group = done.get(from..).unwrap_or_default();
        let committed: Vec<_> =
            group.iter().map(|(_, signed, file)| (signed, Some(file.as_path()))).collect();
        signing.signer.feed.commit(&committed)?;
        files::create_all(group.iter().map(|(_, signed, file)| (file.as_path(), signed.bytes())))?;
        signing.signer.feed.handed_out()?;
        meter.at(done.len() as u64, rows.len() as u64);
    }
    meter.finish();
    let text = || {
        let mut table = vec![["line", "number", "id", "file"].map(str::to_owned).to_vec()];
        table.extend(done.iter().map(|(line, signed, file)| {
            vec![line.to_string(), signed.seq().to_string(), short(&signed.id()), file.display().to_string()]
        }));
        format!("{}{} signed, {} refused\n", columns(&table), done.len(), signing.refused.len())
    };
    let value = || {
        let list: Vec<_> = done
            .iter()
            .map(|(line, signed, file)| json!({ "line": line, "statement": signed.id(), "seq": signed.seq(), "file": file }))
            .collect();
        summary("signed", &list, &signing)
    };
    output.result(text, value)?;
    signing.finish(rows.len(), output)
}

fn summary(name: &str, done: &[Value], signing: &Signing<'_>) -> Value {
    let refused: Vec<_> = signing.refused.iter().map(Refused::to_json).collect();
    json!({ name: done, "refused": refused, "left_out": signing.left_out })
}
