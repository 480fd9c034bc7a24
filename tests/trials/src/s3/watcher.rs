//! A reader that looks at a bucket all the while, without keys, over plain HTTP.

use super::signed::Client;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use truce_tlog::tile::{self, TilePath};
use truce_tlog::{SignedCheckpoint, VKey};

/// What it has seen.
#[derive(Default)]
pub(super) struct Watcher {
    /// Checkpoints that were new to it, each looked at with all files under it that are new.
    pub(super) checkpoints: u64,
    pub(super) files: u64,
    /// Checkpoints that the store cut: see [`Self::look`].
    pub(super) cut: u64,
    size: u64,
    pub(super) faults: Vec<String>,
}

impl Watcher {
    /// Looks until `over`.
    pub(super) fn watch(client: &Client, base: &str, log: &VKey, over: &AtomicBool) -> Self {
        let mut watcher = Self::default();
        while !over.load(Ordering::Relaxed) && watcher.faults.len() < 10 {
            watcher.look(client, base, log);
            std::thread::sleep(Duration::from_millis(15));
        }
        watcher
    }

    fn look(&mut self, client: &Client, base: &str, log: &VKey) {
        // While the store is down nobody sees anything.
        let Ok(answer) = client.get(&format!("{base}/checkpoint")) else { return };
        if answer.status != 200 {
            return;
        }
        let Ok(checkpoint) = SignedCheckpoint::parse(&answer.body, log, &[]) else {
            // The gateway asks how long a file is before it reads it. One that is replaced in between comes under the old
            // length: without its last newline, when its size has one digit more.
            if SignedCheckpoint::parse(&[&answer.body[..], b"\n"].concat(), log, &[]).is_ok() {
                self.cut += 1;
            } else {
                self.faults.push(format!("no whole checkpoint: {}", answer.text()));
            }
            return;
        };
        let (old, size) = (self.size, checkpoint.size());
        if size < old {
            self.faults.push(format!("the checkpoint went back from {old} to {size}"));
        }
        if size <= old {
            return;
        }
        let tiles = tile::new_tiles(old, size).map(TilePath::from);
        for path in tiles.chain(tile::new_bundles(old, size).map(TilePath::from)) {
            match Self::is_there(client, base, path) {
                Some(true) => self.files += 1,
                Some(false) => self.faults.push(format!("{path} is missing under the checkpoint of {size}")),
                // The store went down in between; what was seen is looked at again.
                None => return,
            }
        }
        (self.size, self.checkpoints) = (size, self.checkpoints + 1);
    }

    /// As a reader asks: for the file, and where that is a partial one and gone, for the full one.
    fn is_there(client: &Client, base: &str, path: TilePath) -> Option<bool> {
        let full = match path {
            TilePath::Tile(coord) => coord.full().to_string(),
            TilePath::Entries(coord) => coord.full().to_string(),
        };
        for path in [path.to_string(), full] {
            match client.get(&format!("{base}/{path}")).ok()?.status {
                200 => return Some(true),
                404 => {}
                _ => return None,
            }
        }
        Some(false)
    }
}
