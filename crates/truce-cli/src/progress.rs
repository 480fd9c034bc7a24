//! Progress on standard error, for whatever takes over a second, and only where somebody looks at it.

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// Nothing is shown before this.
const PATIENCE: Duration = Duration::from_secs(1);

/// A progress meter: how far something has come, and how fast.
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
            let style = ProgressStyle::with_template(
                "{msg} {wide_bar} {human_pos}/{human_len} {rate} {left}",
            )
            .map(|style| {
                // Over the whole of the work: indicatif's own rate looks at the last moments alone, and the bar
                // appears with a jump.
                style
                    .with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
                        let _ = write!(to, "{}/s", HumanCount(rate(state)));
                    })
                    .with_key("left", |state: &ProgressState, to: &mut dyn Write| {
                        let left = state.len().unwrap_or_default().saturating_sub(state.pos());
                        let _ = write!(to, "{} s left", left / rate(state).max(1));
                    })
            });
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

/// Items per second since the work began.
fn rate(state: &ProgressState) -> u64 {
    let milliseconds = state.elapsed().as_millis().max(1);
    u64::try_from(u128::from(state.pos()) * 1000 / milliseconds).unwrap_or(u64::MAX)
}
