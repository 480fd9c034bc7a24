//! Two object stores of other people's, as processes on this machine. What they keep lies in a folder, so that they can be
//! stopped and started again.

use super::signed::{Client, Keys};
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use truce_tests::network::process::{signal, wait};

/// The longest that a store takes to answer after it was started.
const READY: Duration = Duration::from_secs(30);

/// What the gateway of `JuiceFS` says when it has read keys and rules. Its port is open before, and rules that are made by then are
/// forgotten.
const INITIALISED: &str = "IAM initialization complete";

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `juicefs gateway`: the S3 of `MinIO` (keys, signatures, policies) in front of files. Drops `Content-Encoding`.
    Juicefs,
    /// `rclone serve s3`: another implementation. Keeps `Content-Encoding`; here it lets everybody read and write.
    Rclone,
}

/// A store, running or not. It is ended when this is dropped.
pub(super) struct Store {
    kind: Kind,
    programs: PathBuf,
    folder: PathBuf,
    pub(super) client: Client,
    child: Option<Child>,
}

impl Store {
    /// Makes one in `folder` and starts it. `programs` is where they are.
    pub(super) fn start(kind: Kind, programs: &Path, folder: &Path, keys: &Keys) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        // Free now; nobody else takes ports of the system's choice at random in between.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
        let client = Client { address, keys: keys.clone() };
        let mut store =
            Self { kind, programs: programs.to_owned(), folder: folder.to_owned(), client, child: None };
        if kind == Kind::Juicefs {
            let mut format = store.program("juicefs");
            format.args(["format", "--storage", "file", "--trash-days", "0", "--bucket"]);
            format.arg(folder.join("blobs/")).args([store.database(), "truce".into()]);
            let done = format.stdout(Stdio::null()).stderr(store.log()).status().expect("juicefs runs");
            assert!(done.success(), "juicefs format: {}", store.said());
        }
        store.start_again();
        store
    }

    /// Starts it, where it was before.
    pub(super) fn start_again(&mut self) {
        let address = self.client.address.to_string();
        let mut command = match self.kind {
            Kind::Juicefs => {
                let mut command = self.program("juicefs");
                command.args(["gateway", "--no-banner", "--no-usage-report", "--multi-buckets"]);
                command.args(["--keep-etag", "--object-meta", "--backup-meta", "0"]);
                command.args(["--metrics", "127.0.0.1:0"]).arg("--log").arg(self.folder.join("gateway.log"));
                command.arg("--cache-dir").arg(self.folder.join("cache"));
                command.args([self.database(), address.clone()]);
                let keys = &self.client.keys;
                command.env("MINIO_ROOT_USER", &keys.id).env("MINIO_ROOT_PASSWORD", &keys.secret);
                command
            }
            Kind::Rclone => {
                let mut command = self.program("rclone");
                command.args(["serve", "s3", "--config", "/dev/null", "--addr", &address]);
                command.arg(self.folder.join("data"));
                command
            }
        };
        std::fs::create_dir_all(self.folder.join("data")).expect("a folder");
        let before = self.said().matches(INITIALISED).count();
        self.child = Some(command.stdout(self.log()).stderr(self.log()).spawn().expect("the store runs"));
        let begun = Instant::now();
        let initialised = |said: &str| said.matches(INITIALISED).count() > before;
        while !self.answers() || self.kind == Kind::Juicefs && !initialised(&self.said()) {
            assert!(begun.elapsed() < READY, "{:?} does not answer: {}", self.kind, self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        self.client.signed("GET", "/", "", b"").is_ok_and(|answer| answer.status == 200)
    }

    /// Ends it as an operator would.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        signal(&child, "TERM");
        wait(&mut child, Duration::from_secs(20));
    }

    /// Ends it in the middle of whatever it does.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.client.address
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join("bin").join(name));
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn database(&self) -> String {
        format!("sqlite3://{}", self.folder.join("meta.db").display())
    }

    fn log(&self) -> File {
        let path = self.folder.join("said.txt");
        File::options().create(true).append(true).open(path).expect("a file for what it says")
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("said.txt")).unwrap_or_default()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.kill();
    }
}
