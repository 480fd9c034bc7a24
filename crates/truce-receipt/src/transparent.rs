//! Receipts inside a statement: the unprotected header of the statement carries label 394.
//!
//! The log records, hashes and names a statement by its bytes with an **empty** unprotected header. A statement with
//! receipts is for handing on; its statement is what [`extract`] gives.

use truce_statement::cbor::{Flaw, FlawKind, Head, Reader, Writer};
use truce_statement::cose::MAX_STATEMENT;

use crate::envelope::{LABEL_RECEIPTS, MAX_RECEIPT};
use crate::error::{ReceiptCode, ReceiptError};
use crate::inclusion::Receipt;

/// Most receipts in one statement.
pub const MAX_RECEIPTS: usize = 8;

/// Most bytes of a statement with receipts: the statement, the receipts, and the heads around them.
pub const MAX_TRANSPARENT: usize = MAX_STATEMENT + MAX_RECEIPTS * (MAX_RECEIPT + 5) + 8;

const COSE_SIGN1: u64 = 18;

/// Puts receipts into a statement. Without receipts it is the statement as it was.
///
/// That they are of this statement is for whoever verifies them.
///
/// # Errors
/// `malformed-cose` when `statement` is no tagged `COSE_Sign1` with an empty unprotected header; `too-large`,
/// `too-many-receipts`.
pub fn embed(statement: &[u8], receipts: &[Receipt]) -> Result<Vec<u8>, ReceiptError> {
    let (parts, found) = take_apart(statement)?;
    if found.is_some() {
        return Err(ReceiptError::new(ReceiptCode::NotAStatement, "it carries receipts already"));
    }
    if receipts.is_empty() {
        return Ok(statement.to_vec());
    }
    check_count(receipts.len())?;
    let mut w = Writer::with_capacity(statement.len() + 1024 * receipts.len());
    w.head(Head::Map(1)).integer(LABEL_RECEIPTS).head(Head::Array(receipts.len() as u64));
    for receipt in receipts {
        w.bytes(&receipt.to_bytes());
    }
    Ok(parts.assemble(&w.into_bytes()))
}

/// Takes receipts out of a statement: the statement as the log recorded it, with its unprotected header emptied, and the
/// receipts in their order. A statement without receipts comes back as it is, with none.
///
/// `embed` of what this returns gives the same bytes again.
///
/// # Errors
/// As [`embed`], and what [`Receipt::parse`] refuses.
pub fn extract(bytes: &[u8]) -> Result<(Vec<u8>, Vec<Receipt>), ReceiptError> {
    let (parts, found) = take_apart(bytes)?;
    Ok((parts.assemble(&[0xa0]), found.unwrap_or_default()))
}

/// The bytes before and behind the unprotected header.
struct Parts<'a> {
    before: &'a [u8],
    behind: &'a [u8],
}

impl Parts<'_> {
    fn assemble(&self, unprotected: &[u8]) -> Vec<u8> {
        [self.before, unprotected, self.behind].concat()
    }
}

/// `18([protected, {} or {394: [+ receipt]}, payload, signature of 64])`, canonical throughout.
fn take_apart(bytes: &[u8]) -> Result<(Parts<'_>, Option<Vec<Receipt>>), ReceiptError> {
    if bytes.len() > MAX_TRANSPARENT {
        return Err(ReceiptError::new(ReceiptCode::TooLarge, format!("{} bytes", bytes.len())));
    }
    let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::NotAStatement);
    let mut r = Reader::new(bytes);
    r.expect(Head::Tag(COSE_SIGN1)).map_err(shape)?;
    r.array(4).map_err(shape)?;
    r.byte_string().map_err(shape)?;
    let start = r.at();
    let receipts = match r.head().map_err(shape)? {
        Head::Map(0) => None,
        Head::Map(1) => {
            match r.integer() {
                Ok(LABEL_RECEIPTS) => {}
                _ => {
                    return Err(ReceiptError::new(
                        ReceiptCode::NotAStatement,
                        "the unprotected header is neither empty nor receipts",
                    ));
                }
            }
            Some(array_of_receipts(&mut r)?)
        }
        _ => return Err(shape(Flaw { at: start, kind: FlawKind::OtherType })),
    };
    let end = r.at();
    r.byte_string().map_err(shape)?;
    r.fixed::<64>().map_err(shape)?;
    r.end().map_err(shape)?;
    let parts = Parts {
        before: bytes.get(..start).unwrap_or_default(),
        behind: bytes.get(end..).unwrap_or_default(),
    };
    let statement = parts.before.len() + 1 + parts.behind.len();
    if statement > MAX_STATEMENT {
        return Err(ReceiptError::new(ReceiptCode::TooLarge, format!("the statement has {statement} bytes")));
    }
    Ok((parts, receipts))
}

fn array_of_receipts(r: &mut Reader<'_>) -> Result<Vec<Receipt>, ReceiptError> {
    let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::NotAStatement);
    let Head::Array(count) = r.head().map_err(shape)? else {
        return Err(ReceiptError::new(ReceiptCode::NotAStatement, "label 394 is no array"));
    };
    if count == 0 {
        return Err(ReceiptError::new(ReceiptCode::NoReceipts, ""));
    }
    check_count(usize::try_from(count).unwrap_or(usize::MAX))?;
    (0..count).map(|_| Receipt::parse(r.byte_string().map_err(shape)?)).collect()
}

fn check_count(found: usize) -> Result<(), ReceiptError> {
    if found > MAX_RECEIPTS {
        return Err(ReceiptError::new(
            ReceiptCode::TooManyReceipts,
            format!("found {found}, at most {MAX_RECEIPTS}"),
        ));
    }
    Ok(())
}
