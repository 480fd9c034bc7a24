//! The browser: a child process that opens pages as it is told and says what they said.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What a page said of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// `good`, `bad`, `unchecked`; or what kept it from saying anything.
    pub(super) verdict: String,
    /// Its first sentence.
    pub(super) first: String,
    /// The steps that failed, in their order.
    pub(super) failed: Vec<String>,
}

/// The browser at work. It ends when this is dropped.
pub(super) struct Driver {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    pub(super) version: String,
}

impl Driver {
    pub(super) fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../browser/drive.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("node could not be started: {e}"));
        let orders = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut driver = Self { child, orders, answers, version: String::new() };
        let ready = driver.answer();
        ready["ready"].as_str().expect("the browser's version").clone_into(&mut driver.version);
        driver
    }

    /// Opens a page; `fresh` in a browser that remembers nothing.
    pub(super) fn visit(&mut self, url: &str, fresh: bool) -> Said {
        self.order(&json!({ "do": "visit", "url": url, "fresh": fresh }))
    }

    /// Saves the page that is open as evidence, and opens the file without a network; with each `from` in it replaced.
    pub(super) fn saved(&mut self, replaced: Option<(&str, &str)>) -> Said {
        match replaced {
            Some((from, to)) => self.order(&json!({ "do": "save", "from": from, "to": to })),
            None => self.order(&json!({ "do": "save" })),
        }
    }

    fn order(&mut self, order: &Value) -> Said {
        writeln!(self.orders, "{order}").expect("the browser takes orders");
        let answer = self.answer();
        let text = |name: &str| answer[name].as_str().unwrap_or("none").to_owned();
        let failed = answer["failed"].as_array().into_iter().flatten();
        Said {
            verdict: text("verdict"),
            first: text("first"),
            failed: failed.filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        }
    }

    fn answer(&mut self) -> Value {
        let line = self.answers.next().expect("the browser is alive").expect("it writes text");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("the browser said {line:?}: {e}"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It closes the browser and leaves; if it cannot be told, it sees the end of its input.
        drop(writeln!(self.orders, "{}", json!({ "do": "end" })));
        drop(self.child.wait());
    }
}
