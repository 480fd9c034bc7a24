//! Three forged copies of the published log, as somebody might pass them on, and what `truce verify` says of each.

use super::truce::Truce;
use super::{Step, text};
use crate::scene::copy_all;
use std::fs;
use std::path::Path;
use truce_statement::Entry;
use truce_tlog::bundle;

pub(super) fn try_all(truce: &Truce, folder: &Path) -> Step<()> {
    type Forge = fn(&mut Vec<Vec<u8>>);
    let forgeries: [(&str, &str, Forge); 3] = [
        ("a report's figures changed", "forged", |entries| {
            let at = entries.iter().position(|e| has(e, b"violations")).unwrap_or(0);
            let entry = &mut entries[at];
            // The figure follows the key: 0x19 starts an integer of two bytes.
            let figure = entry.windows(10).position(|w| w == b"violations").unwrap_or(0) + 12;
            entry[figure] ^= 1;
        }),
        ("two reports in the other order", "reordered", |entries| entries.swap(30, 31)),
        ("a report dated back by a day", "back-dated", |entries| {
            let bytes = entries[40].clone();
            if let Ok(entry) = Entry::parse(&bytes) {
                entries[40] = Entry { received: entry.received - 86_400_000, ..entry }.encode();
            }
        }),
    ];
    for (what, name, forge) in forgeries {
        let copy = folder.join(name);
        copy_all(&folder.join("published"), &copy);
        let path = copy.join("tile/entries/000");
        let bytes = fs::read(&path).map_err(|e| e.to_string())?;
        let mut entries = bundle::decode_entries(&bytes)
            .map(|entry| entry.map(<[u8]>::to_vec).map_err(|e| e.to_string()))
            .collect::<Step<Vec<_>>>()?;
        forge(&mut entries);
        fs::write(&path, bundle::encode_bundle(&entries).map_err(|e| e.to_string())?)
            .map_err(|e| e.to_string())?;
        let report = truce.json_with(&["verify", name], &[3])?;
        let finding = &report["findings"][0];
        println!("   {what}: {} at entry {}", text(finding, "code")?, finding["entries"][0]);
    }
    Ok(())
}

fn has(entry: &[u8], what: &[u8]) -> bool {
    entry.windows(what.len()).any(|w| w == what)
}
