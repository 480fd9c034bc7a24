//! Lines for radio: short, numbered, each with a checksum, to be read aloud in groups of four and written down by hand.
//!
//! ```text
//! TR1 3F9A 07/32: D284 58A4 A401 3203 7827 6170 706C 6963 : B21C
//! ```
//!
//! One wrong, missing or added character, and two neighbours swapped, are found in every line, not just nearly: each
//! field has a fixed width, and a CRC of 16 bits finds every error within 16 neighbouring bits.

use crc::{CRC_16_IBM_3740, Crc};
use truce_statement::id::sha256;

use crate::MAX_CONTENT;
use crate::error::{CarriageError, Flaw};
use crate::part::{Form, Part, Set, numbered, parse_numbers};

/// Bytes in one line; fewer in the last.
pub const LINE_BYTES: usize = 16;

/// Bytes of the content's SHA-256 that follow the content.
pub const SEAL_BYTES: usize = 8;

/// Most lines of one statement.
pub const MOST_LINES: usize = (MAX_CONTENT + SEAL_BYTES).div_ceil(LINE_BYTES);

pub(crate) const PREFIX: &str = "TR1";

const CHECKSUM: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
const CHECKSUM_DIGITS: usize = 4;
const MARK_DIGITS: usize = 4;
/// Longest line that is looked at, blanks included.
const LONGEST: usize = 256;

/// The lines that carry `content`, and behind it the first 8 bytes of its SHA-256.
///
/// # Errors
/// When there is nothing to carry, or too much.
pub fn lines(content: &[u8]) -> Result<Vec<String>, CarriageError> {
    if content.is_empty() {
        return Err(CarriageError::Empty);
    }
    if content.len() > MAX_CONTENT {
        return Err(CarriageError::TooLarge { found: content.len() });
    }
    let mut sealed = content.to_vec();
    sealed.extend(sha256(content).iter().take(SEAL_BYTES));
    let of = sealed.len().div_ceil(LINE_BYTES);
    let set = Set::of_content(Form::Radio, content, u16::try_from(of).unwrap_or(u16::MAX));
    Ok(sealed.chunks(LINE_BYTES).zip(1..).map(|(chunk, number)| line(&set, number, of, chunk)).collect())
}

pub(crate) fn line(set: &Set, number: usize, of: usize, payload: &[u8]) -> String {
    let (mark, numbers) = (set.mark(), numbered(number, of));
    let body = format!("{PREFIX}{mark}{numbers}:{}", hex::encode_upper(payload));
    let groups: Vec<String> = payload.chunks(2).map(hex::encode_upper).collect();
    let checksum = CHECKSUM.checksum(body.as_bytes());
    format!("{PREFIX} {mark} {numbers}: {} : {checksum:04X}", groups.join(" "))
}

/// Reads one line, in either case and with blanks anywhere; the prefix has been seen.
pub(crate) fn parse(line: &str) -> Result<Part, Flaw> {
    if line.len() > LONGEST {
        return Err(Flaw::Shape);
    }
    let line: String = line.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let (body, checksum) = line.rsplit_once(':').ok_or(Flaw::Shape)?;
    let (front, payload) = body.split_once(':').ok_or(Flaw::Shape)?;
    let front = front.strip_prefix(PREFIX).ok_or(Flaw::NotAPart)?;
    let (mark, numbers) = front.split_at_checked(MARK_DIGITS).ok_or(Flaw::Shape)?;
    let (number, of) = numbers.split_once('/').ok_or(Flaw::Shape)?;
    if checksum.len() != CHECKSUM_DIGITS || !checksum.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Flaw::Shape);
    }
    if u16::from_str_radix(checksum, 16) != Ok(CHECKSUM.checksum(body.as_bytes())) {
        return Err(Flaw::Checksum);
    }
    let (number, of) = parse_numbers(number, of, MOST_LINES)?;
    let set = Set::of_hex(Form::Radio, mark, of)?;
    let payload = hex::decode(payload).map_err(|_| Flaw::Shape)?;
    let whole = payload.len() == LINE_BYTES || (number == of && (1..LINE_BYTES).contains(&payload.len()));
    if whole { Ok(Part { set, number, payload }) } else { Err(Flaw::Shape) }
}
