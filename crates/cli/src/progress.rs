//! Progress on standard error.

use std::{
    io::IsTerminal,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console::complain;

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

    fn show_if_late(&self) {
        if !self.quiet && self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            // Hidden still where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl tilesim::Progress for Progress {
    fn total(&self, items: u64) {
        self.bar.set_length(items);
    }

    fn doing(&self, what: &str) {
        self.show_if_late();
        self.bar.set_message(what.to_owned());
    }

    fn advance(&self) {
        self.show_if_late();
        self.bar.inc(1);
    }
}

/// Progress through many items, with their rate and the time that is left: a bar on a terminal, lines elsewhere, as in the log of
/// a job.
pub(crate) struct Rate {
    bar: ProgressBar,
    quiet: bool,
    total: u64,
    started: Instant,
    /// When the next line is due, in seconds from the start.
    due: AtomicU64,
    done: AtomicU64,
}

/// Time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

impl Rate {
    /// Progress through `total` items of which `earlier` are done already; never shown where `quiet`.
    pub(crate) fn new(total: u64, earlier: u64, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if quiet || !terminal {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(total), target)
            .with_position(earlier)
            .with_elapsed(Duration::ZERO);
        bar.reset_eta();
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} points, {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        Self {
            bar,
            quiet: quiet || terminal,
            total: total - earlier,
            started: Instant::now(),
            due: AtomicU64::new(LINE_EVERY.as_secs()),
            done: AtomicU64::new(0),
        }
    }

    /// What was done in which time.
    pub(crate) fn total(&self) -> String {
        let (done, elapsed) = (self.done.load(Ordering::Relaxed), self.started.elapsed());
        let seconds = elapsed.as_secs_f64();
        format!(
            "{done} points in {seconds:.1} s, {:.1}/s",
            done as f64 / seconds.max(1e-9)
        )
    }

    fn line(&self, done: u64, elapsed: Duration) -> String {
        let rate = done as f64 / elapsed.as_secs_f64().max(1e-9);
        let left = self.total.saturating_sub(done) as f64 / rate;
        format!("{done} of {} points, {rate:.1}/s, {left:.0} s left", self.total)
    }
}

impl tilesim::Progress for Rate {
    fn advance(&self) {
        self.bar.inc(1);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.quiet {
            return;
        }
        let seconds = self.started.elapsed().as_secs();
        let due = self.due.load(Ordering::Relaxed);
        let next = seconds + LINE_EVERY.as_secs();
        // Of several threads one writes the line.
        let mine = seconds >= due
            && self
                .due
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            complain(&self.line(done, self.started.elapsed()));
        }
    }
}

impl Drop for Rate {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
