//! The register as the store keeps it: each part in a row of its own. A batch writes the parts that it changed, so that
//! what it costs does not grow with the keys, parties and provisions there are.
//!
//! Rows of [`Space::State`]: `register` (the head), `register/agreement`, `register/parties`, `register/count/` and a
//! kind, `key/` and a key's id. Earlier builds kept all but the keys in `register`: such a store is read as it is, and
//! [`renew`] gives it these rows before anything is added.

use crate::error::LogError;
use std::ops::ControlFlow;
use truce_register::{NotARegister, Part, Register};
use truce_statement::{KeyId, Kind};
use truce_store::{Changes, ScanRange, Space, Store, StoreRead};

const HEAD: &[u8] = b"register";
const REST: &[u8] = b"register/";
const AGREEMENT: &[u8] = b"register/agreement";
const PARTIES: &[u8] = b"register/parties";
const COUNT: &[u8] = b"register/count/";
const KEY: &[u8] = b"key/";

/// Adds the rows of `parts` to what a batch writes.
pub(crate) fn keep(changes: &mut Changes, register: &Register, parts: impl IntoIterator<Item = Part>) {
    for part in parts {
        if let Some(bytes) = register.part(part) {
            changes.put(Space::State, &name(part), &bytes);
        }
    }
}

/// Reads the register back; empty where nothing was kept.
pub(crate) fn restore<S: StoreRead + ?Sized>(store: &S) -> Result<Register, LogError> {
    let altered = |e: NotARegister| LogError::altered(e.to_string());
    let Some(head) = store.get(Space::State, HEAD)? else { return Ok(Register::new()) };
    let mut register = Register::new();
    if is_in_one_piece(&head) {
        register = Register::decode(&head).map_err(altered)?;
    } else if head.get(..2) == register.part(Part::Head).unwrap_or_default().get(..2) {
        register.take_up(Part::Head, &head).map_err(altered)?;
    } else {
        return Err(LogError::OfAnEarlierBuild);
    }
    let mut flaw = None;
    for rows in [REST, KEY] {
        store.scan(Space::State, &ScanRange::prefix(rows), &mut |name, bytes| {
            let taken = match part(name) {
                Some(part) => register.take_up(part, bytes).map_err(altered),
                None => Err(LogError::altered(format!("row {} is no part", String::from_utf8_lossy(name)))),
            };
            flaw = flaw.take().or(taken.err());
            if flaw.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    let counted: u64 = Kind::ALL.iter().map(|kind| register.count(*kind)).sum();
    if flaw.is_none() && (counted != register.size() || register.agreement().is_none() && counted > 0) {
        flaw = Some(LogError::altered("a part of the register is missing"));
    }
    flaw.map_or(Ok(register), Err)
}

/// Writes the rows of `register`, read from `store`, where an earlier build kept it in one piece.
///
/// # Errors
/// When the store fails.
pub fn renew<S: Store + ?Sized>(store: &S, register: &Register) -> Result<(), LogError> {
    if store.get(Space::State, HEAD)?.is_some_and(|head| is_in_one_piece(&head)) {
        let mut changes = Changes::new();
        // Keys have rows of their own already.
        let parts = [Part::Head, Part::Agreement, Part::Parties];
        keep(&mut changes, register, parts.into_iter().chain(Kind::ALL.iter().copied().map(Part::Count)));
        store.apply(store.applied()?, &changes)?;
    }
    Ok(())
}

/// Tells by the first two bytes, the length of a list and a version, whether a row holds a register in one piece.
fn is_in_one_piece(head: &[u8]) -> bool {
    head.get(..2) == Register::new().encode().get(..2)
}

fn name(part: Part) -> Vec<u8> {
    match part {
        Part::Head => HEAD.to_vec(),
        Part::Agreement => AGREEMENT.to_vec(),
        Part::Parties => PARTIES.to_vec(),
        Part::Count(kind) => [COUNT, kind.as_str().as_bytes()].concat(),
        Part::Key(id) => [KEY, id.as_bytes()].concat(),
    }
}

fn part(name: &[u8]) -> Option<Part> {
    match name {
        AGREEMENT => Some(Part::Agreement),
        PARTIES => Some(Part::Parties),
        _ => match name.strip_prefix(COUNT) {
            Some(kind) => Some(Part::Count(std::str::from_utf8(kind).ok()?.parse().ok()?)),
            None => Some(Part::Key(KeyId::from_bytes(name.strip_prefix(KEY)?.try_into().ok()?))),
        },
    }
}
