//! Taking whatever is given: a statement's bytes, texts of QR codes, lines heard by radio, the latter two mixed.

use crate::error::{CarriageError, Flaw};
use crate::part::Part;
use crate::{MAX_CONTENT, qr, radio};

/// Most bytes of one input: every line of the largest statement a few times over.
pub const MAX_INPUT: usize = 4 << 20;

/// First bytes of a tagged `COSE_Sign1`. They are not UTF-8, so no text begins with them.
const STATEMENT: [u8; 2] = [0xd2, 0x84];

/// The parts that one input holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parts {
    /// The bytes of a statement, not parsed.
    pub content: Option<Vec<u8>>,
    /// Parts whose checksums are right, in the order they came.
    pub parts: Vec<Part>,
    /// Lines that are not parts.
    pub broken: Vec<Broken>,
}

/// A line that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken {
    /// Number of the line in its input, from 1.
    pub line: usize,
    /// Its flaw.
    pub flaw: Flaw,
    /// Its beginning, printable.
    pub beginning: String,
}

/// Looks at what was given and takes it apart. Nothing of the content is parsed.
///
/// Lines that are no parts are named in the result and disturb no others, so a whole radio log can be given.
///
/// # Errors
/// When the input is too large, or holds neither a statement nor any line that begins like a part.
pub fn read(input: &[u8]) -> Result<Parts, CarriageError> {
    if input.len() > MAX_INPUT {
        return Err(CarriageError::InputTooLarge { found: input.len() });
    }
    if input.starts_with(&STATEMENT) {
        if input.len() > MAX_CONTENT {
            return Err(CarriageError::TooLarge { found: input.len() });
        }
        return Ok(Parts { content: Some(input.to_vec()), ..Parts::default() });
    }
    let text = std::str::from_utf8(input).map_err(|_| CarriageError::NotCarriage)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Parts::default();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match part(line) {
            Ok(part) => found.parts.push(part),
            Err(flaw) => found.broken.push(Broken { line: number, flaw, beginning: beginning(line) }),
        }
    }
    let hopeless = found.broken.iter().all(|broken| broken.flaw == Flaw::NotAPart);
    if found.parts.is_empty() && hopeless { Err(CarriageError::NotCarriage) } else { Ok(found) }
}

fn part(line: &str) -> Result<Part, Flaw> {
    let begins = |prefix: &str| line.get(..prefix.len()).is_some_and(|l| l.eq_ignore_ascii_case(prefix));
    if begins(qr::PREFIX) {
        return qr::parse(line);
    }
    // Blanks may stand inside the prefix too.
    let mut letters = line.chars().filter(|c| !c.is_whitespace());
    if radio::PREFIX.chars().all(|c| letters.next().is_some_and(|l| l.eq_ignore_ascii_case(&c))) {
        return radio::parse(line);
    }
    Err(Flaw::NotAPart)
}

fn beginning(line: &str) -> String {
    line.chars().take(24).flat_map(char::escape_debug).collect()
}
