//! The tasks by name, and what each one proves.

use std::fmt::Write as _;

/// One task as `cargo xtask help` lists it.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    /// Arguments, as printed after the name.
    usage: &'static str,
    /// What a run that ends well shows, in lines of at most 80 characters.
    proves: &'static [&'static str],
    /// Who reads the arguments.
    arguments: Arguments,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Arguments {
    /// The program the task runs: they are passed through as they are.
    Program,
    /// The task itself, which knows these flags.
    Flags(&'static [&'static str]),
}

const NONE: Arguments = Arguments::Flags(&[]);

const TASKS: &[Task] = &[
    Task { name: "help", usage: "", proves: &["This list."], arguments: NONE },
    Task {
        name: "setup",
        usage: "",
        proves: &[
            "The requirements of RocksDB's build are there: libclang with its headers and a",
            "C++ compiler. Installs them on Debian and Ubuntu; elsewhere prints the command.",
            "Then compiles RocksDB, once, for xtask and for cargo run by hand.",
            "Every task below that needs RocksDB does this first.",
        ],
        arguments: NONE,
    },
    Task {
        name: "first-build",
        usage: "COMMIT",
        proves: &[
            "The first build, from a fresh clone to the end of `demo --once`, and an auditor's",
            "build from nothing: time and processor time beside those of an earlier commit, in",
            "turns. Takes up to three quarters of an hour; keep the machine idle.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "rocksdb",
        usage: "[--whole]",
        proves: &[
            "RocksDB's archive, which xtask compiles in groups of files, has the same sources",
            "and options as its package's own build, and defines the same symbols. Compares a",
            "sample of files; with --whole, all of them, which takes long.",
        ],
        arguments: Arguments::Flags(&["--whole"]),
    },
    Task {
        name: "demo",
        usage: "[--once]",
        proves: &[
            "All of Truce on real reports: parties accede, sign and submit, the ledger is",
            "verified, and forged, reordered and back-dated copies are caught.",
            "Ends by serving the explorer over it, until Ctrl-C. --once works in a temporary",
            "folder, serves nothing and leaves nothing behind, for scripts.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "test",
        usage: "[--quick]",
        proves: &[
            "Every check that a change must pass, cheapest first, with a table of stages and",
            "times at the end. --quick leaves out the long stages.",
        ],
        arguments: Arguments::Flags(&["--quick"]),
    },
    Task {
        name: "tamper",
        usage: "",
        proves: &[
            "Tampering: dozens of distinct attacks on a finished ledger are each detected with",
            "their own code or shown to be harmless; the last line counts the missed ones: 0.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "crash",
        usage: "[--kills N]",
        proves: &[
            "Durability: a process that appends is killed at random moments (200 times by",
            "default), the disk fills, fsync fails; every receipt ever returned is still good.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "hostile",
        usage: "[--requests N] [--seconds N] [--seed N]",
        proves: &[
            "Hostile clients: 100,000 malformed requests (by default) and held connections meet",
            "a real depositary and witness; every answer is the documented one, memory is flat,",
            "honest statements are receipted meanwhile, and the ledger holds exactly those.",
            "Then one sender forks its feed for 60 s (by default), stops 512 bodies short of",
            "their end, and opens 1,024 event streams: others are answered, p99 under 1 s, and",
            "the disk does not fill.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "dishonest",
        usage: "[WORDS]",
        proves: &[
            "A depositary cheats, among real witnesses, mirrors, submitters and a monitor: it",
            "forks, drops, back-dates, rolls back, withholds. Each run ends with an alarm, and if",
            "possible with a fraud proof; the last line counts the missed ones: 0.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "storm",
        usage: "[--seconds N] [--seed N]",
        proves: &[
            "Faults: the processes of a depositary, witnesses, submitters, mirrors and a monitor",
            "are killed, paused, given full disks and bad links (120 seconds by default). No",
            "acknowledged statement is lost or moved, all processes recover by themselves, and",
            "no monitor raises a false alarm.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "browser",
        usage: "[--all]",
        proves: &[
            "Every page of the explorer in Chromium, in light and dark, on a phone, in Arabic:",
            "no console message, no request elsewhere, no violation of accessibility rules, by",
            "keyboard, on paper, without scripts; keeps screenshots. Installs what it needs.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "liar",
        usage: "[WORDS]",
        proves: &[
            "The lying server: the answers of an explorer are altered in more than a hundred",
            "ways, and the page in Chromium says so; the last line counts the missed ones: 0.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "picture",
        usage: "",
        proves: &[
            "The picture of the explorer in the README, docs/explorer.png, shows the present",
            "pages: makes it anew in Chromium. A test says when words or styles have changed.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "api",
        usage: "",
        proves: &[
            "The explorer's interface agrees with its OpenAPI document: schemathesis makes sound",
            "and unsound requests from the document; no answer is 500 or more.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "s3",
        usage: "",
        proves: &[
            "Publication to two real object stores: the checkpoint comes last and never goes",
            "backwards, partial files are cleaned up, the log verifies over plain HTTP, outages",
            "are caught up with, refusals are clear and without secrets. Installs the servers.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "bench",
        usage: "[--json] [--quick] [--explorer-only] [--grants-only [--against TRUCE]]",
        proves: &[
            "Speed, as ratios measured in one run: durable appends and replay against raw",
            "signature checks, memory, open time, bytes on disk, proofs, at several sizes; the",
            "cost of an audit with twice the key grants, here and by another build; and the",
            "explorer under 64 readers over a million entries.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "vectors",
        usage: "[--check]",
        proves: &[
            "The test vectors in fixtures/vectors/ are what this code writes, byte for byte,",
            "and an independent Python script agrees with them. Without --check: writes them.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "schema",
        usage: "[--check]",
        proves: &[
            "JSON Schemas and the OpenAPI document under docs/ agree with the types.",
            "Without --check: writes them.",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "fuzz",
        usage: "[--seconds N]",
        proves: &[
            "No input makes a decoder panic, hang, or accept bytes that it would not write back",
            "(N seconds for each decoder).",
        ],
        arguments: Arguments::Program,
    },
    Task {
        name: "lint",
        usage: "",
        proves: &["Formatting is rustfmt's, and clippy (pedantic) gives no warning."],
        arguments: NONE,
    },
    Task {
        name: "deny",
        usage: "",
        proves: &[
            "Dependencies have no known vulnerabilities, allowed licences and sources, and no",
            "duplicate that deny.toml does not explain. Installs cargo-deny if it is missing.",
        ],
        arguments: NONE,
    },
    Task {
        name: "auditor",
        usage: "",
        proves: &[
            "An auditor needs neither RocksDB nor a server: `truce` without default features,",
            "built from nothing, links neither rocksdb nor tokio; prints the time.",
        ],
        arguments: NONE,
    },
];

impl Task {
    /// The task of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        let name = if matches!(name, "--help" | "-h") { "help" } else { name };
        TASKS.iter().find(|task| task.name == name)
    }

    /// Whether arguments, `--help` among them, belong to the program the task runs.
    pub(crate) fn passes_arguments(&self) -> bool {
        self.arguments == Arguments::Program
    }

    /// The first argument that neither the task nor a program of its would read.
    pub(crate) fn unknown_flag<'a>(&self, args: &'a [String]) -> Option<&'a str> {
        match self.arguments {
            Arguments::Program => None,
            Arguments::Flags(known) => args.iter().map(String::as_str).find(|arg| !known.contains(arg)),
        }
    }

    /// The entry of this task in the list.
    pub(crate) fn help(&self) -> String {
        let mut text = format!("  cargo xtask {} {}", self.name, self.usage).trim_end().to_owned();
        for line in self.proves {
            let _ = write!(text, "\n      {line}");
        }
        text
    }
}

/// The list of tasks as text.
pub(crate) fn overview() -> String {
    let mut text = String::from("Tasks, with the result that a good run shows:\n\n");
    for task in TASKS {
        text.push_str(&task.help());
        text.push_str("\n\n");
    }
    text.push_str(
        "Builds go to $CARGO_TARGET_DIR, or target/. The first one compiles RocksDB, once:\n\
         docs/building.md has the requirements.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{TASKS, Task, overview};

    #[test]
    fn every_task_is_listed_with_what_it_proves() {
        let text = overview();
        for task in TASKS {
            assert!(text.contains(&format!("cargo xtask {}", task.name)));
            assert!(!task.proves.is_empty());
            assert!(task.proves.iter().all(|line| line.len() <= 84), "{}", task.name);
        }
    }

    #[test]
    fn a_misspelt_flag_is_named() {
        let test = Task::named("test").unwrap();
        assert_eq!(test.unknown_flag(&["--quick".into()]), None);
        assert_eq!(test.unknown_flag(&["--qiuck".into()]), Some("--qiuck"));
    }

    #[test]
    fn programs_read_their_own_arguments() {
        let crash = Task::named("crash").unwrap();
        assert!(crash.passes_arguments());
        assert_eq!(crash.unknown_flag(&["--kills".into(), "3".into()]), None);
    }
}
