//! The time that a command may take.

use std::{
    process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::{console::complain, exit::TIME_LIMIT};

/// Whether the answer is there, and is being written.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Ends the process once the time has passed, whatever it is doing: files take their places whole, so that none is left half-written.
/// Nothing happens where it has an answer by then.
#[expect(
    clippy::exit,
    reason = "whatever the command does then does not look at a clock"
)]
pub(crate) fn end_after(limit: Duration) {
    let watch = move || {
        thread::sleep(limit);
        if !ANSWERED.load(Ordering::Relaxed) {
            complain(&format!(
                "error: the time limit of {} s has passed",
                limit.as_secs_f64()
            ));
            process::exit(TIME_LIMIT.into());
        }
    };
    // Without a thread there is no limit, and nothing that needs one either.
    let _ = thread::Builder::new().name("time limit".to_owned()).spawn(watch);
}

/// The command has its answer, which is printed however long that takes.
pub(crate) fn answered() {
    ANSWERED.store(true, Ordering::Relaxed);
}
