//! Text for QR codes: base45 (RFC 9285), whose letters are those of the codes' alphanumeric mode (ISO/IEC 18004).
//!
//! ```text
//! TRUCE1/3F9A11C2D0B47E65/1/2/<base45>/5D0A11BC
//! ```

use crc::{CRC_32_ISO_HDLC, Crc};
use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode, Version};

use crate::MAX_CONTENT;
use crate::error::{CarriageError, Flaw};
use crate::part::{Form, Part, Set, numbered, parse_numbers};

/// Most characters of one code: version 40 at level L, alphanumeric mode.
pub const MOST_CHARACTERS: usize = 4296;

/// Fewest characters that a code may be limited to: below, there is more frame than picture.
pub const LEAST_CHARACTERS: usize = 200;

/// Most codes of one statement: the largest one in the smallest codes.
pub const MOST_PARTS: usize = 500;

pub(crate) const PREFIX: &str = "TRUCE1/";

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Hex digits of the checksum.
const CHECKSUM_DIGITS: usize = 8;
const MARK_DIGITS: usize = 16;

/// The texts of the codes that carry `content`, as few as there can be with at most `limit` characters each, and of
/// about the same length.
///
/// # Errors
/// When there is nothing to carry or too much, or `limit` is not within [`LEAST_CHARACTERS`] and [`MOST_CHARACTERS`].
pub fn texts(content: &[u8], limit: usize) -> Result<Vec<String>, CarriageError> {
    if content.is_empty() {
        return Err(CarriageError::Empty);
    }
    if content.len() > MAX_CONTENT {
        return Err(CarriageError::TooLarge { found: content.len() });
    }
    if !(LEAST_CHARACTERS..=MOST_CHARACTERS).contains(&limit) {
        return Err(CarriageError::Characters { found: limit });
    }
    let of = (1..=3).find_map(|digits| parts_needed(content.len(), limit, digits));
    let of = of.ok_or(CarriageError::TooLarge { found: content.len() })?;
    // Two bytes make three characters; only the last part may have an odd byte, which takes two.
    let each = content.len().div_ceil(of).next_multiple_of(2);
    let set = Set::of_content(Form::Qr, content, u16::try_from(of).unwrap_or(u16::MAX));
    Ok(content.chunks(each).zip(1..).map(|(chunk, number)| text(&set, number, of, chunk)).collect())
}

/// Number of parts that a content needs if their count has at most so many digits; `None` if it has more.
fn parts_needed(content: usize, limit: usize, digits: usize) -> Option<usize> {
    let frame = PREFIX.len() + MARK_DIGITS + CHECKSUM_DIGITS + 2 * digits + 4;
    let bytes = limit.checked_sub(frame)? / 3 * 2;
    let of = content.div_ceil(bytes);
    (of.to_string().len() <= digits && of <= MOST_PARTS).then_some(of)
}

pub(crate) fn text(set: &Set, number: usize, of: usize, payload: &[u8]) -> String {
    let body = format!("{PREFIX}{}/{}/{}", set.mark(), numbered(number, of), base45::encode(payload));
    let checksum = CHECKSUM.checksum(body.as_bytes());
    format!("{body}/{checksum:08X}")
}

/// Reads the text of one code, in either case; the prefix has been seen.
pub(crate) fn parse(line: &str) -> Result<Part, Flaw> {
    if line.len() > MOST_CHARACTERS {
        return Err(Flaw::Shape);
    }
    let line = line.to_ascii_uppercase();
    // The base45 may itself hold slashes: the fields are taken from both ends.
    let (body, checksum) = line.rsplit_once('/').ok_or(Flaw::Shape)?;
    let mut fields = body.strip_prefix(PREFIX).ok_or(Flaw::NotAPart)?.splitn(4, '/');
    let (Some(mark), Some(number), Some(of), Some(encoded)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(Flaw::Shape);
    };
    if checksum.len() != CHECKSUM_DIGITS || !checksum.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Flaw::Shape);
    }
    if u32::from_str_radix(checksum, 16) != Ok(CHECKSUM.checksum(body.as_bytes())) {
        return Err(Flaw::Checksum);
    }
    let (number, of) = parse_numbers(number, of, MOST_PARTS)?;
    let set = Set::of_hex(Form::Qr, mark, of)?;
    let payload = base45::decode(encoded).map_err(|_| Flaw::Shape)?;
    // A part has one spelling.
    if payload.is_empty() || base45::encode(&payload) != encoded {
        return Err(Flaw::Shape);
    }
    Ok(Part { set, number, payload })
}

/// The version, 1 to 40, of the code that a text makes: its side has `17 + 4·version` modules.
pub fn version(text: &str) -> Result<u8, CarriageError> {
    match code(text)?.version() {
        Version::Normal(version) | Version::Micro(version) => {
            u8::try_from(version).map_err(|_| CarriageError::NotACode)
        }
    }
}

/// A code as SVG, with its quiet zone, black on white.
pub fn svg(text: &str) -> Result<String, CarriageError> {
    Ok(code(text)?.render::<svg::Color<'_>>().module_dimensions(4, 4).build())
}

/// A code for a terminal, two modules to a character, with its quiet zone. Dark modules are the terminal's background,
/// as most terminals are dark: light blocks are drawn.
pub fn terminal(text: &str) -> Result<String, CarriageError> {
    let code = code(text)?;
    let mut image = code.render::<unicode::Dense1x2>();
    Ok(image.dark_color(unicode::Dense1x2::Light).light_color(unicode::Dense1x2::Dark).build())
}

fn code(text: &str) -> Result<QrCode, CarriageError> {
    QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| CarriageError::NotACode)
}
