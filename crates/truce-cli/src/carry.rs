//! `truce carry`: a statement out of the field without a network, and together again.

use crate::args::{CarryArgs, CarryAs};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{Output, write_bytes};
use crate::receipt_command::Transparent;
use serde_json::json;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use truce_carriage::{Assembled, Assembly, CarriageError, Incomplete, qr, radio, read};
use truce_statement::id::sha256;
use truce_statement::{Statement, StatementId};

/// Numbers of missing parts that are written out; what is left is counted.
const MOST_NAMED: usize = 40;

pub(crate) fn run(args: &CarryArgs, output: Output) -> Result<(), Failure> {
    if args.join {
        return join(args, output);
    }
    let [file] = args.files.as_slice() else {
        return Err(Failure::usage("one-statement", "one statement is carried at a time")
            .next("to put parts together, give --join"));
    };
    let Some(form) = args.form else {
        return Err(Failure::usage("which-form", "how is it to be carried?")
            .next("give --as qr, text, radio or file"));
    };
    if args.svg.is_some() && !matches!(form, CarryAs::Qr) {
        return Err(
            Failure::usage("svg-of-codes", "--svg is for --as qr").next("add --as qr, or leave out --svg")
        );
    }
    // Receipts stay behind: they are of use to whoever receives a statement from a log, not to the log.
    let Transparent { statement, .. } = Transparent::read(file)?;
    match form {
        CarryAs::Qr | CarryAs::Text => codes(args, form, &statement, output),
        CarryAs::Radio => {
            let lines = radio::lines(statement.bytes())?;
            let size = statement.bytes().len();
            output.note(&format!("statement {}, {size} bytes, {} lines", statement.id(), lines.len()));
            let text = lines.join("\n") + "\n";
            written(
                args.out.as_deref(),
                text.as_bytes(),
                output,
                || json!({ "statement": statement.id(), "bytes": size, "lines": lines }),
            )
        }
        CarryAs::File => written(
            args.out.as_deref(),
            statement.bytes(),
            output,
            || json!({ "statement": statement.id(), "hex": hex::encode(statement.bytes()) }),
        ),
    }
}

fn codes(args: &CarryArgs, form: CarryAs, statement: &Statement, output: Output) -> Result<(), Failure> {
    let texts = qr::texts(statement.bytes(), args.characters)?;
    let versions = texts.iter().map(|text| qr::version(text)).collect::<Result<Vec<_>, _>>()?;
    let (id, size) = (statement.id(), statement.bytes().len());
    let largest = versions.iter().max().copied().unwrap_or_default();
    output.note(&format!("statement {id}, {size} bytes, {} QR code(s) of version {largest}-L", texts.len()));
    let mut named = Vec::new();
    if let Some(folder) = &args.svg {
        fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
        for (text, number) in texts.iter().zip(1..) {
            let path = folder.join(format!("{}-{number}-of-{}.svg", short(&id), texts.len()));
            files::create(&path, qr::svg(text)?.as_bytes())?;
            named.push(path);
        }
    }
    let value = || {
        let code = |(text, version): (&String, &u8)| json!({ "text": text, "version": version });
        let codes: Vec<_> = texts.iter().zip(&versions).map(code).collect();
        json!({ "statement": id, "bytes": size, "codes": codes, "files": named })
    };
    if args.svg.is_some() {
        let text = || named.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n");
        return output.result(text, value);
    }
    let mut text = String::new();
    for (code, number) in texts.iter().zip(1..) {
        if matches!(form, CarryAs::Text) {
            let _ = writeln!(text, "{code}");
        } else {
            let drawn = qr::terminal(code)?;
            let _ = writeln!(text, "{drawn}\n{} code {number} of {}", short(&id), texts.len());
        }
    }
    written(args.out.as_deref(), text.as_bytes(), output, value)
}

/// The result: in the file that was named, or on standard output.
fn written(
    out: Option<&Path>,
    bytes: &[u8],
    output: Output,
    value: impl FnOnce() -> serde_json::Value,
) -> Result<(), Failure> {
    if let Some(out) = out {
        files::create(out, bytes)?;
        return output.result(|| out.display().to_string(), value);
    }
    if output.json { output.result(String::new, value) } else { write_bytes(bytes) }
}

/// Statements gathered from files, texts of codes and radio lines.
pub(crate) struct Gathered {
    /// The statements that are whole, each with the file that held it as it was signed, where one did.
    pub(crate) statements: Vec<(Statement, Option<PathBuf>)>,
    /// Sets with parts that are still missing.
    incomplete: Vec<Incomplete>,
    /// Lines that could not be used, for programs.
    pub(crate) unused: Vec<serde_json::Value>,
}

/// Reads all of `files`, in any order and mixture.
pub(crate) fn gather(files: &[PathBuf], output: Output) -> Result<Gathered, Failure> {
    let mut assembly = Assembly::default();
    let (mut unused, mut whole) = (Vec::new(), HashMap::new());
    for path in files {
        let parts = read(&files::read(path)?).map_err(|e| Failure::from(e).in_file(path))?;
        for broken in &parts.broken {
            let (flaw, line) = (broken.flaw, broken.line);
            output.note(&format!(
                "{}, line {line}: `{}`: {flaw} ({})",
                path.display(),
                broken.beginning,
                flaw.code()
            ));
            unused.push(json!({ "file": path, "line": line, "code": flaw.code() }));
        }
        if let Some(bytes) = &parts.content {
            Statement::parse(bytes.as_slice()).map_err(|e| Failure::from(e).in_file(path))?;
            whole.insert(sha256(bytes), path.clone());
        }
        assembly.add(parts)?;
    }
    let Assembled { contents, incomplete, .. } = assembly.assembled();
    // What comes together is a statement or nothing: a hash that is right says only that it arrived as it was sent.
    let statements = contents
        .into_iter()
        .map(|bytes| {
            let path = whole.remove(&sha256(&bytes));
            Ok((Statement::parse(bytes)?, path))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    if statements.is_empty() && incomplete.is_empty() {
        return Err(Failure::new(
            Exit::Refused,
            "nothing-whole",
            format!("no line of {} can be used", unused.len()),
        )
        .next("have the lines sent again"));
    }
    Ok(Gathered { statements, incomplete, unused })
}

impl Gathered {
    /// Fails if parts are missing.
    pub(crate) fn complete(&self) -> Result<(), Failure> {
        if self.incomplete.is_empty() {
            return Ok(());
        }
        let mut message: Vec<String> = self.incomplete.iter().map(missing).collect();
        if !self.unused.is_empty() {
            message.push(format!("{} line(s) could not be used", self.unused.len()));
        }
        Err(Failure::new(Exit::Refused, "incomplete", message.join("; "))
            .at(self.incomplete.iter().map(|i| i.set.mark()).collect::<Vec<_>>().join(", "))
            .next("have the missing parts sent again, and join them with what there is"))
    }
}

fn join(args: &CarryArgs, output: Output) -> Result<(), Failure> {
    let out = args.out.as_deref().ok_or_else(|| {
        Failure::usage("which-file", "--join needs --out")
            .next("name a file that the statement goes to, with --out FILE")
    })?;
    let gathered = gather(&args.files, output)?;
    let statements: Vec<&Statement> = gathered.statements.iter().map(|(statement, _)| statement).collect();
    let named = place(&statements, out)?;
    files::create_all(named.iter().zip(&statements).map(|(path, s)| (path.as_path(), s.bytes())))?;
    gathered.complete()?;
    let text = || {
        let line = |(path, s): (&PathBuf, &&Statement)| {
            format!("{}: statement {}, {} bytes", path.display(), s.id(), s.bytes().len())
        };
        named.iter().zip(&statements).map(line).collect::<Vec<_>>().join("\n")
    };
    let ids: Vec<StatementId> = statements.iter().map(|s| s.id()).collect();
    output.result(text, || json!({ "statements": ids, "files": named, "unused": gathered.unused }))
}

/// File for each statement: one into the file named, any number into a folder.
fn place(statements: &[&Statement], out: &Path) -> Result<Vec<PathBuf>, Failure> {
    let named: Vec<PathBuf> = if out.is_dir() {
        statements.iter().map(|s| out.join(format!("{}.cose", s.id()))).collect()
    } else if statements.len() > 1 {
        return Err(Failure::usage("several", format!("the parts are of {} statements", statements.len()))
            .next("name a folder with --out"));
    } else {
        statements.iter().map(|_| out.to_owned()).collect()
    };
    for path in &named {
        files::must_be_new(path)?;
    }
    Ok(named)
}

fn missing(incomplete: &Incomplete) -> String {
    let Incomplete { set, missing } = incomplete;
    if missing.is_empty() {
        return format!("{set}: all came, but they do not fit together");
    }
    let mut numbers: Vec<String> = missing.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    if missing.len() > MOST_NAMED {
        numbers.push(format!("and {} more", missing.len() - MOST_NAMED));
    }
    format!("{set}: missing {}", numbers.join(", "))
}

impl From<CarriageError> for Failure {
    fn from(error: CarriageError) -> Self {
        let exit = match error {
            CarriageError::Characters { .. } => Exit::Usage,
            _ => Exit::Refused,
        };
        Self::new(exit, error.code(), &error).next(error.remedy())
    }
}

fn short(id: &StatementId) -> String {
    crate::output::short(id)
}
