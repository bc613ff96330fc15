//! Work that takes its time: without Python's lock, and stopped by Ctrl-C.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use pyo3::prelude::*;
use tilesim::Cancellation;

use crate::{
    error::{Error, raised},
    pool::Threads,
};

/// How often Python is asked whether to go on.
const INTERVAL: Duration = Duration::from_millis(50);

/// Works on the threads of this process while other threads of Python run. Ctrl-C asks the work to stop, and is raised when it has.
pub(crate) fn work<T: Send>(
    python: Python<'_>,
    job: impl FnOnce(&Cancellation) -> Result<T, tilesim::Error> + Send,
) -> PyResult<T> {
    work_with(python, &Threads::Shared, job)
}

/// As [`work`], on these threads.
pub(crate) fn work_with<T: Send>(
    python: Python<'_>,
    threads: &Threads,
    job: impl FnOnce(&Cancellation) -> Result<T, tilesim::Error> + Send,
) -> PyResult<T> {
    let taken = threads
        .taken()
        .map_err(|error| Error::new_err(error.to_string()))?;
    let cancellation = Cancellation::new();
    let (answer, interrupt) = python.detach(|| {
        let (sender, receiver) = channel();
        let (cancellation, taken) = (&cancellation, &taken);
        thread::scope(|scope| {
            scope.spawn(move || {
                // Whoever receives it waits for nothing else.
                let _ = sender.send(taken.install(|| job(cancellation)));
            });
            let mut interrupt = None;
            loop {
                match receiver.recv_timeout(INTERVAL) {
                    Ok(answer) => return (Some(answer), interrupt),
                    Err(RecvTimeoutError::Disconnected) => return (None, interrupt),
                    Err(RecvTimeoutError::Timeout) => {
                        #[expect(clippy::redundant_closure_for_method_calls, reason = "of any lifetime")]
                        let signals = Python::attach(|python| python.check_signals());
                        if let Err(signal) = signals {
                            cancellation.ask();
                            interrupt = Some(signal);
                        }
                    }
                }
            }
        })
    });
    threads.give_back(taken);
    match (interrupt, answer) {
        (Some(signal), _) => Err(signal),
        (None, Some(answer)) => answer.map_err(|error| raised(python, &error)),
        (None, None) => Err(Error::new_err("the simulator broke down")),
    }
}
