//! The threads that work.

use std::{
    mem, process,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Threads, and the process that they are of. Those of another process are not there to be joined, and are left alone.
#[derive(Debug)]
struct Owned<T> {
    process: u32,
    threads: T,
}

impl<T: Default> Owned<T> {
    /// The threads of this process: a process that was forked has none of its parent's, and gets its own.
    fn of_this_process(owned: &mut Option<Self>) -> &mut T {
        let process = process::id();
        if owned.as_ref().is_some_and(|owned| owned.process != process) {
            mem::forget(owned.take());
        }
        let fresh = || Self {
            process,
            threads: T::default(),
        };
        &mut owned.get_or_insert_with(fresh).threads
    }
}

/// The threads that all calls share.
static SHARED: Mutex<Option<Owned<Option<Arc<ThreadPool>>>>> = Mutex::new(None);

fn shared() -> Result<Arc<ThreadPool>, ThreadPoolBuildError> {
    let mut owned = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = Owned::of_this_process(&mut owned);
    match pool {
        Some(threads) => Ok(Arc::clone(threads)),
        None => Ok(Arc::clone(
            pool.insert(Arc::new(ThreadPoolBuilder::new().build()?)),
        )),
    }
}

/// With which threads calls work.
#[derive(Debug, Default)]
pub(crate) enum Threads {
    /// With all processors, whoever else calls.
    #[default]
    Shared,
    /// With so many, and none of another call's: what waits for the one does not wait for the other.
    Own {
        /// Threads of a call.
        each: usize,
        idle: Idle,
    },
}

/// Threads that no call works with just now.
#[derive(Debug, Default)]
pub(crate) struct Idle(Mutex<Option<Owned<Vec<Arc<ThreadPool>>>>>);

impl Idle {
    fn with<T>(&self, of: impl FnOnce(&mut Vec<Arc<ThreadPool>>) -> T) -> T {
        let mut owned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        of(Owned::of_this_process(&mut owned))
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let owned = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        Owned::of_this_process(owned);
    }
}

impl Threads {
    /// So many for each call; all processors, shared, where nothing is said.
    pub(crate) fn new(each: Option<usize>) -> Self {
        match each {
            None => Self::Shared,
            Some(each) => Self::Own {
                each,
                idle: Idle::default(),
            },
        }
    }

    /// Threads for one call.
    pub(crate) fn taken(&self) -> Result<Arc<ThreadPool>, ThreadPoolBuildError> {
        match self {
            Self::Shared => shared(),
            Self::Own { each, idle } => match idle.with(Vec::pop) {
                Some(threads) => Ok(threads),
                None => Ok(Arc::new(ThreadPoolBuilder::new().num_threads(*each).build()?)),
            },
        }
    }

    /// Takes them back: there are as many as calls have been under way at a time.
    pub(crate) fn give_back(&self, threads: Arc<ThreadPool>) {
        if let Self::Own { idle, .. } = self {
            idle.with(|idle| idle.push(threads));
        }
    }
}
