//! Progress on standard error, for whatever takes over a second, and only where somebody looks at it.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// Nothing is shown before this.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far something has come, and how fast.
pub(crate) struct Meter {
    started: Instant,
    what: &'static str,
    total: u64,
    terminal: bool,
    bar: Option<ProgressBar>,
}

impl Meter {
    /// Counts up to `total`, zero where it is not known yet.
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        Self { started: Instant::now(), what, total, terminal: io::stderr().is_terminal(), bar: None }
    }

    pub(crate) fn at(&mut self, done: u64, total: u64) {
        self.total = total;
        if !self.terminal || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style =
                ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}");
            let bar = ProgressBar::new(total).with_message(self.what).with_elapsed(self.started.elapsed());
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        bar.set_length(total);
        bar.set_position(done);
    }

    /// Takes the bar away again.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
