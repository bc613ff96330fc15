//! A progress bar on standard error for whatever takes longer than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// Progress through a known number of items. It shows on a terminal only.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    quiet: bool,
}

impl Progress {
    /// Progress through `items`; never shown where `quiet`.
    pub(crate) fn new(items: usize, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(items as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            started: Instant::now(),
            quiet,
        }
    }

    /// Says what is being done.
    pub(crate) fn doing(&self, what: String) {
        self.show_if_late();
        self.bar.set_message(what);
    }

    /// One item more is done.
    pub(crate) fn advance(&self) {
        self.show_if_late();
        self.bar.inc(1);
    }

    fn show_if_late(&self) {
        if !self.quiet && self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            // Hidden still where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
