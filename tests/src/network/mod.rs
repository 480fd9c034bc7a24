//! A network of real processes of the program `truce` on the loopback address.

pub mod link;
pub mod process;
pub mod roles;
pub mod server;

use crate::world::World;
use process::truce;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _, VKey};

/// Below the ports that the system hands out by itself, so that nobody takes one while its process is dead.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// A free address that the system gives to nobody by itself.
///
/// # Panics
/// When there is none.
pub fn address() -> SocketAddr {
    let first = 12_000 + u16::try_from(std::process::id() % 8_000).expect("small");
    for _ in 0..10_000 {
        let port = first + NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port is free");
}

/// A witness: its files, its key, and where it listens.
pub struct Member {
    /// Its key as text.
    pub vkey: VKey,
    /// File of its private key.
    pub key: PathBuf,
    /// Folder of its state.
    pub state: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Member {
    /// Makes `count` witnesses with their files in `folder`.
    ///
    /// # Panics
    /// When `truce witness new` fails.
    #[must_use]
    pub fn make(folder: &Path, count: usize) -> Vec<Self> {
        (0..count)
            .map(|n| {
                let folder = folder.join(format!("witness-{n}"));
                std::fs::create_dir_all(&folder).expect("a folder");
                let (key, state) = (folder.join("witness.pem"), folder.join("state"));
                let name = format!("witness.example/{n}");
                let mut command = truce();
                command.args(["--json", "witness", "new", "--no-passphrase", "--name", &name, "--key"]);
                let output = command.arg(&key).arg("--state").arg(&state).output().expect("truce runs");
                let said: Value = serde_json::from_slice(&output.stdout)
                    .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
                let vkey = said["vkey"].as_str().expect("a vkey").parse().expect("a vkey");
                Self { vkey, key, state, address: address() }
            })
            .collect()
    }

    /// Arguments of its process.
    #[must_use]
    pub fn arguments(&self, charter: &Path) -> Vec<String> {
        let (key, state) = (self.key.display().to_string(), self.state.display().to_string());
        let (listen, charter) = (self.address.to_string(), charter.display().to_string());
        ["witness", "--key", &key, "--state", &state, "--log", &charter, "--listen", &listen]
            .map(str::to_owned)
            .to_vec()
    }
}

/// A policy that asks for `k` of the witnesses, each at its URL.
#[must_use]
pub fn policy(members: &[Member], urls: &[String], k: usize) -> String {
    let mut text = String::new();
    for (n, (member, url)) in members.iter().zip(urls).enumerate() {
        let _ = writeln!(text, "witness w{n} {} {url}", member.vkey);
    }
    let names: Vec<String> = (0..members.len()).map(|n| format!("w{n}")).collect();
    let _ = write!(text, "group all {k} {}\nquorum all\n", names.join(" "));
    text
}

/// Key of the log of a world.
///
/// # Panics
/// Never: the key is fixed.
#[must_use]
pub fn log_key(world: &World) -> VKey {
    signer(world).vkey().clone()
}

/// What the log of a world signs with.
///
/// # Panics
/// Never: the key is fixed.
#[must_use]
pub fn signer(world: &World) -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(crate::world::ORIGIN, &world.log.seed()).expect("a fixed key")
}

/// `SplitMix64`: enough to choose with, and repeatable.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit.max(1)
    }

    /// A number from `low` on and below `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low)
    }
}
