//! The threads that work.

use std::{
    process,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The threads of this process, and which process that is.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// The threads of this process. A process that was forked has none of its parent's, and gets its own.
pub(crate) fn pool() -> Result<Arc<ThreadPool>, ThreadPoolBuildError> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match &*pool {
        Some((owner, threads)) if *owner == process::id() => Ok(Arc::clone(threads)),
        _ => {
            let threads = Arc::new(ThreadPoolBuilder::new().build()?);
            // Those of the parent are not there to be joined: they are left alone.
            if let Some(inherited) = pool.replace((process::id(), Arc::clone(&threads))) {
                std::mem::forget(inherited);
            }
            Ok(threads)
        }
    }
}
