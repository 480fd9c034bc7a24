//! The register as the store keeps it: all but its keys under `register`, each key under `key/` and its id. A batch
//! writes the keys that it changed, so that what it costs does not grow with the keys there are.

use crate::error::LogError;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use truce_register::Register;
use truce_statement::KeyId;
use truce_store::{Changes, ScanRange, Space, StoreRead};

const REGISTER: &[u8] = b"register";
const KEY: &[u8] = b"key/";

/// Adds what a batch has changed: the changed keys, and the rest of the register.
pub(crate) fn keep(changes: &mut Changes, register: &Register, keys: &BTreeSet<KeyId>) {
    for id in keys {
        if let Some(bytes) = register.encode_key(id) {
            changes.put(Space::State, &[KEY, id.as_bytes()].concat(), &bytes);
        }
    }
    changes.put(Space::State, REGISTER, &register.encode_without_keys());
}

/// Reads the register back; empty where nothing was kept.
pub(crate) fn restore<S: StoreRead + ?Sized>(store: &S) -> Result<Register, LogError> {
    let Some(bytes) = store.get(Space::State, REGISTER)? else { return Ok(Register::new()) };
    // A register begins with its length as an array and its version.
    if bytes.get(..2) != Register::new().encode_without_keys().get(..2) {
        return Err(LogError::OfAnEarlierBuild);
    }
    let altered = |e: truce_register::NotARegister| LogError::altered(e.to_string());
    let mut register = Register::decode(&bytes).map_err(altered)?;
    let mut flaw = None;
    store.scan(Space::State, &ScanRange::prefix(KEY), &mut |name, bytes| {
        let taken = register.take_up_key(bytes).map_err(altered).and_then(|id| {
            let named = name.strip_prefix(KEY) == Some(id.as_bytes().as_slice());
            if named {
                Ok(())
            } else {
                Err(LogError::altered(format!("key {id} is kept under another name")))
            }
        });
        match taken {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                flaw = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    flaw.map_or(Ok(register), Err)
}
