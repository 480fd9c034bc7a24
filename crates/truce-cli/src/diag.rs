//! CBOR diagnostic notation (RFC 8949, section 8): a statement byte for byte, for people who check encodings.
//!
//! The protected header and the payload are byte strings that hold CBOR; they are shown as `<< ... >>` (RFC 8610,
//! appendix G.3).

use std::fmt::Write as _;
use truce_statement::cbor::{Flaw, Head, Reader, check};

/// Deeper than any statement: the envelope adds a tag, an array and a byte string to the payload's own limit.
const MAX_DEPTH: usize = truce_statement::cbor::MAX_DEPTH + 4;

/// One CBOR item in diagnostic notation, indented.
pub(crate) fn notation(bytes: &[u8]) -> Result<String, Flaw> {
    let mut text = String::new();
    let mut reader = Reader::new(bytes);
    item(&mut reader, &mut text, 0)?;
    reader.end()?;
    text.push('\n');
    Ok(text)
}

fn item(reader: &mut Reader<'_>, text: &mut String, depth: usize) -> Result<(), Flaw> {
    let at = reader.at();
    if depth > MAX_DEPTH {
        return Err(Flaw { at, kind: truce_statement::cbor::FlawKind::TooDeep });
    }
    // Strings are read whole, so the head is looked at through a copy.
    match reader.clone().head()? {
        Head::Bytes(_) => {
            let bytes = reader.byte_string()?;
            if is_embedded(bytes) {
                text.push_str("<< ");
                item(&mut Reader::new(bytes), text, depth)?;
                text.push_str(" >>");
            } else {
                let _ = write!(text, "h'{}'", hex::encode(bytes));
            }
        }
        Head::Text(_) => {
            // JSON escapes are those of diagnostic notation.
            text.push_str(&serde_json::Value::from(reader.text()?).to_string());
        }
        Head::Unsigned(n) => {
            reader.head()?;
            let _ = write!(text, "{n}");
        }
        Head::Negative(n) => {
            reader.head()?;
            let _ = write!(text, "{}", -1 - i128::from(n));
        }
        Head::Bool(value) => {
            reader.head()?;
            let _ = write!(text, "{value}");
        }
        Head::Tag(tag) => {
            reader.head()?;
            let _ = write!(text, "{tag}(");
            item(reader, text, depth)?;
            text.push(')');
        }
        Head::Array(0) => {
            reader.head()?;
            text.push_str("[]");
        }
        Head::Map(0) => {
            reader.head()?;
            text.push_str("{}");
        }
        Head::Array(n) => {
            reader.head()?;
            text.push('[');
            for i in 0..n {
                separate(text, i, depth + 1);
                item(reader, text, depth + 1)?;
            }
            close(text, depth, ']');
        }
        Head::Map(n) => {
            reader.head()?;
            text.push('{');
            for i in 0..n {
                separate(text, i, depth + 1);
                item(reader, text, depth + 1)?;
                text.push_str(": ");
                item(reader, text, depth + 1)?;
            }
            close(text, depth, '}');
        }
    }
    Ok(())
}

/// True if a byte string holds CBOR (a map that is canonical throughout) rather than a hash or a signature.
fn is_embedded(bytes: &[u8]) -> bool {
    matches!(Reader::new(bytes).head(), Ok(Head::Map(n)) if n > 0) && check(bytes).is_ok()
}

fn separate(text: &mut String, i: u64, depth: usize) {
    if i > 0 {
        text.push(',');
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
}

fn close(text: &mut String, depth: usize, bracket: char) {
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(bracket);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn examples_of_rfc_8949_appendix_a() {
        for (hex, diagnostic) in [
            ("00", "0"),
            ("3903e7", "-1000"),
            ("3bffffffffffffffff", "-18446744073709551616"),
            ("f5", "true"),
            ("4401020304", "h'01020304'"),
            ("62225c", "\"\\\"\\\\\""),
            ("83010203", "[\n  1,\n  2,\n  3\n]"),
            ("a201020304", "{\n  1: 2,\n  3: 4\n}"),
            ("c1184b", "1(75)"),
            ("a0", "{}"),
        ] {
            assert_eq!(notation(&hex::decode(hex).unwrap()).unwrap().trim_end(), diagnostic);
        }
    }

    #[test]
    fn maps_inside_byte_strings_are_shown() {
        assert_eq!(notation(&hex::decode("43a10102").unwrap()).unwrap().trim_end(), "<< {\n  1: 2\n} >>");
    }

    #[test]
    fn no_bytes_panic() {
        for bytes in [&[][..], &[0x5f], &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0x81; 64]]
        {
            assert!(notation(bytes).is_err());
        }
    }
}
