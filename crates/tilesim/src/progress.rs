//! How long work tells of its progress, and is told to stop.

use crate::Cancellation;

/// Somebody who watches: a progress bar, a log, a notebook, or nobody.
///
/// All methods have defaults, so that whoever wants to know one thing implements one method. `()` watches nothing.
pub trait Progress: Sync {
    /// So many items are to be done.
    fn total(&self, items: u64) {
        let _ = items;
    }

    /// This is being done now, in a few words.
    fn doing(&self, what: &str) {
        let _ = what;
    }

    /// One item more is done.
    fn advance(&self) {}

    /// Whether the work is to stop: it ends with [`Error::Cancelled`](crate::Error::Cancelled) as soon as it can.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Progress for () {}

impl Progress for Cancellation {
    fn is_cancelled(&self) -> bool {
        self.is_asked()
    }
}

/// An error where whoever watches wants no more.
pub(crate) fn check(progress: &dyn Progress) -> Result<(), crate::Error> {
    if progress.is_cancelled() {
        return Err(crate::Error::Cancelled);
    }
    Ok(())
}
