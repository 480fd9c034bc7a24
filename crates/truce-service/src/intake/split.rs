//! Bounds of the statements of a sequence (RFC 8742), by heads alone: nothing is decoded here.

use super::Problem;
use std::ops::Range;
use truce_statement::cbor::{Flaw, Head, Reader};

/// Most statements of a sequence.
pub(crate) const MAX_STATEMENTS: usize = 256;

/// The `COSE_Sign1` tag (RFC 9052, section 4.2), in one byte.
const TAG: u8 = 0xd2;

/// The places of the statements in `bytes`; at least one.
pub(super) fn split(bytes: &[u8]) -> Result<Vec<Range<usize>>, Problem> {
    let mut places = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        if places.len() == MAX_STATEMENTS {
            return Err(Problem::too_large(super::body::MAX_SEQUENCE));
        }
        let rest = bytes.get(start..).unwrap_or_default();
        let length = length(rest).map_err(|flaw| Problem::sequence(start, &flaw))?;
        places.push(start..start + length);
        start += length;
    }
    if places.is_empty() {
        return Err(Problem::sequence(0, "it is empty"));
    }
    Ok(places)
}

/// Bytes of the statement at the beginning: a tag, and an array of two byte strings with a map and the payload between.
fn length(bytes: &[u8]) -> Result<usize, String> {
    let Some((&TAG, rest)) = bytes.split_first() else {
        return Err("a statement begins with the tag of COSE_Sign1".into());
    };
    let mut r = Reader::new(rest);
    let mut walk = || -> Result<(), Flaw> {
        r.array(4)?;
        r.byte_string()?;
        r.expect(Head::Map(0))?;
        r.byte_string()?;
        r.byte_string()?;
        Ok(())
    };
    walk().map_err(|flaw| flaw.to_string())?;
    Ok(1 + r.at())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use proptest::prelude::*;
    use truce_statement::cbor::Writer;

    fn item(payload: &[u8]) -> Vec<u8> {
        let mut w = Writer::with_capacity(100);
        w.head(Head::Array(4)).bytes(b"protected").head(Head::Map(0)).bytes(payload).bytes(&[7; 64]);
        [vec![TAG], w.into_bytes()].concat()
    }

    proptest! {
        #[test]
        fn a_sequence_comes_apart_where_it_was_put_together(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 1..20),
        ) {
            let items: Vec<Vec<u8>> = payloads.iter().map(|payload| item(payload)).collect();
            let bytes = items.concat();
            let places = split(&bytes).unwrap();
            let again: Vec<&[u8]> = places.into_iter().map(|place| &bytes[place]).collect();
            prop_assert_eq!(again, items.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = split(&bytes);
        }
    }

    #[test]
    fn what_is_no_sequence_is_refused_with_its_place() {
        let one = item(b"x");
        assert!(split(&[]).is_err());
        assert!(split(&one[..one.len() - 1]).is_err());
        let broken = [one.clone(), vec![0]].concat();
        assert_eq!(split(&broken).unwrap_err().into_view().place_for_tests(), format!("byte {}", one.len()));
        assert!(split(&one.repeat(MAX_STATEMENTS)).is_ok());
        assert!(split(&one.repeat(MAX_STATEMENTS + 1)).is_err());
    }
}
