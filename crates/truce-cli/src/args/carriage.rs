//! Without a network: `carry`.

use clap::Args;
use std::path::PathBuf;

/// A form in which a statement is carried.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum CarryAs {
    /// QR codes in the terminal, or as SVG files
    Qr,
    /// The texts of the QR codes, one on each line
    Text,
    /// Lines of hex for reading aloud
    Radio,
    /// The statement's own bytes
    File,
}

/// Carry a statement by QR code, radio or file, and join the parts
#[derive(Debug, Args)]
#[command(after_help = "\
Parts may come in any order, repeatedly, and from several files; missing or miswritten parts are named. The formats are
in docs/spec/carriage.md.

Examples:
  truce carry seen.cose --as qr
  truce carry seen.cose --as qr --svg codes --characters 1000
  truce carry seen.cose --as radio
  truce carry --join heard.txt scanned.txt --out seen.cose")]
pub(crate) struct CarryArgs {
    /// The statement; with --join, files with its parts (- is standard input)
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Form in which it is carried
    #[arg(long = "as", value_enum, value_name = "FORM", required_unless_present = "join")]
    pub(crate) form: Option<CarryAs>,
    /// Folder for the QR codes as SVG files, instead of the terminal
    #[arg(long, value_name = "FOLDER", conflicts_with = "join")]
    pub(crate) svg: Option<PathBuf>,
    /// Most characters in one QR code: fewer characters make more codes, which are easier to photograph
    #[arg(long, value_name = "N", default_value_t = truce_carriage::qr::MOST_CHARACTERS, conflicts_with = "join")]
    pub(crate) characters: usize,
    /// Join parts into statements again
    #[arg(long, conflicts_with = "form", requires = "out")]
    pub(crate) join: bool,
    /// File to write; a folder that exists gets each statement under its id
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
