//! Refuses an archive of RocksDB that was compiled from another version of its package than Cargo.lock names.
//!
//! `cargo xtask setup` compiles the archive and tells cargo where it is. After an update of the package, cargo run by hand
//! would link the old archive with the new bindings.

use std::env;
use std::fs;
use std::path::Path;

const PACKAGE: &str = "librocksdb-sys";

fn main() {
    println!("cargo::rerun-if-env-changed=ROCKSDB_LIB_DIR");
    let folder = env::var_os("CARGO_FEATURE_ROCKSDB").and_then(|_| env::var_os("ROCKSDB_LIB_DIR"));
    let Some(folder) = folder else { return };
    // An archive of the user's own has no such file, and is the user's to keep up to date.
    let Ok(archive) = fs::read_to_string(Path::new(&folder).join("package-version")) else { return };
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let locked = fs::read_to_string(lock).unwrap_or_default();
    let named = locked
        .split_once(&format!("name = \"{PACKAGE}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'));
    if let Some((locked, _)) = named.filter(|(locked, _)| *locked != archive) {
        println!(
            "cargo::error=RocksDB's archive was compiled from {PACKAGE} {archive}, Cargo.lock names {locked}; \
             type `cargo xtask setup`"
        );
    }
}
