//! One part of a statement, and the set that it belongs to.

use std::fmt;

use truce_statement::id::sha256;

use crate::error::Flaw;
use crate::{qr, radio};

/// The form in which parts are written.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Form {
    /// Text of a QR code.
    Qr,
    /// Line for radio.
    Radio,
}

/// A set of parts that belong together: same form, mark and count.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Set {
    /// Form of its parts.
    pub form: Form,
    /// The first bytes of the SHA-256 of the content, which is the statement id: 8 in QR codes, 2 by radio. The rest are
    /// zero.
    pub(crate) mark: [u8; 8],
    /// Number of parts, from 1.
    pub of: u16,
}

impl Set {
    /// Bytes of the mark.
    pub(crate) const fn mark_bytes(form: Form) -> usize {
        match form {
            Form::Qr => 8,
            Form::Radio => 2,
        }
    }

    /// The set of a content in `of` parts.
    pub(crate) fn of_content(form: Form, content: &[u8], of: u16) -> Self {
        let mut mark = [0; 8];
        mark.iter_mut().zip(sha256(content)).take(Self::mark_bytes(form)).for_each(|(to, from)| *to = from);
        Self { form, mark, of }
    }

    /// The set whose mark is written as `hex`, upper case.
    pub(crate) fn of_hex(form: Form, hex: &str, of: u16) -> Result<Self, Flaw> {
        let mut mark = [0; 8];
        let bytes = mark.get_mut(..Self::mark_bytes(form)).ok_or(Flaw::Shape)?;
        hex::decode_to_slice(hex, bytes).map_err(|_| Flaw::Shape)?;
        Ok(Self { form, mark, of })
    }

    /// The mark in upper-case hex: the beginning of the statement id.
    #[must_use]
    pub fn mark(&self) -> String {
        hex::encode_upper(self.mark.get(..Self::mark_bytes(self.form)).unwrap_or_default())
    }

    /// True if the mark is that of `content`.
    pub(crate) fn is_of(&self, content: &[u8]) -> bool {
        self.mark == Self::of_content(self.form, content, self.of).mark
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.form {
            Form::Qr => "QR codes",
            Form::Radio => "radio lines",
        };
        write!(f, "{} of {} {what}", self.mark(), self.of)
    }
}

/// One part whose checksum is right.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Part {
    /// The set it belongs to.
    pub set: Set,
    /// Its number in the set, from 1.
    pub number: u16,
    pub(crate) payload: Vec<u8>,
}

/// The part as it is written.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, of) = (usize::from(self.number), usize::from(self.set.of));
        f.write_str(&match self.set.form {
            Form::Qr => qr::text(&self.set, number, of, &self.payload),
            Form::Radio => radio::line(&self.set, number, of, &self.payload),
        })
    }
}

/// `07` of `32`: a number at the width of the count.
pub(crate) fn numbered(number: usize, of: usize) -> String {
    let width = of.to_string().len();
    format!("{number:0width$}/{of}")
}

/// Reads what [`numbered`] writes, in its only form.
pub(crate) fn parse_numbers(number: &str, of: &str, most: usize) -> Result<(u16, u16), Flaw> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(number) || !digits(of) || number.len() != of.len() || of.len() > 5 || of.starts_with('0') {
        return Err(Flaw::Shape);
    }
    let parse = |text: &str| text.parse::<u16>().map_err(|_| Flaw::Numbers);
    let (number, of) = (parse(number)?, parse(of)?);
    if number == 0 || number > of || usize::from(of) > most { Err(Flaw::Numbers) } else { Ok((number, of)) }
}
