//! Style, scripts, words of the browser's verifier: files of `web/`, compiled in.

/// A file of `web/`.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Path below `web/`, with slashes.
    pub name: &'static str,
    /// Content type.
    pub kind: &'static str,
    /// Changes when the bytes do; 16 hex digits.
    pub version: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

/// By name, in order.
static ASSETS: &[Asset] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The asset of this name.
#[must_use]
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The version of an asset, for its address; nothing where there is no such asset.
#[must_use]
pub fn version_of(name: &str) -> &'static str {
    asset(name).map_or("", |asset| asset.version)
}
