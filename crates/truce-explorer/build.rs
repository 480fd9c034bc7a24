//! Makes the table of what is compiled into the program and served under `/assets/`: every file below `web/` that a
//! browser may ask for. Tests, data for the server and notes for people stay out.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Content types by extension; other files are not served.
const SERVED: [(&str, &str); 5] = [
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
];

/// Folders of `web/` that are not for browsers.
const KEPT_BACK: [&str; 3] = ["test", "map", "node_modules"];

fn main() -> std::io::Result<()> {
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") else { return Ok(()) };
    let Some(out) = std::env::var_os("OUT_DIR") else { return Ok(()) };
    let web = PathBuf::from(manifest).join("web");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    walk(&web, &mut files)?;
    files.sort();
    let mut table = String::from("[\n");
    for file in &files {
        let Some(kind) = content_type(file) else { continue };
        let name = file.strip_prefix(&web).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let version = fnv(&fs::read(file)?);
        println!("cargo::rerun-if-changed={}", file.display());
        let _ = writeln!(
            table,
            "    Asset {{ name: {name:?}, kind: {kind:?}, version: \"{version:016x}\", bytes: include_bytes!({:?}) }},",
            file.display().to_string()
        );
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(out).join("assets.rs"), table)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !KEPT_BACK.contains(&name.as_str()) {
                walk(&path, files)?;
            }
        } else if !name.starts_with("package") {
            files.push(path);
        }
    }
    Ok(())
}

fn content_type(file: &Path) -> Option<&'static str> {
    let extension = file.extension()?.to_str()?;
    SERVED.iter().find(|(name, _)| *name == extension).map(|(_, kind)| *kind)
}

/// FNV-1a, 64 bits: tells versions of our own files apart, and guards nothing.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
