//! Evaluates what is missing.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use rayon::ThreadPoolBuilder;

use crate::{Evaluation, Point, Row, SweepError, folder::SweepFolder};

/// Evaluates every point of the sweep that has no row yet, on as many threads as Rayon has; `done` is told of every point. Once
/// `stops` says so no further point is begun; chunks that are not complete by then are left for the next time.
///
/// Points are begun in order, so that neighbours, which often share work, are evaluated soon after each other. What is parallel
/// within an evaluation stays on its thread: there are points enough.
///
/// # Errors
/// Where rows cannot be stored; what is stored by then stays.
pub fn sweep(
    folder: &SweepFolder,
    evaluate: &(impl Fn(&Point) -> Evaluation + Sync),
    done: &(impl Fn() + Sync),
    stops: &(impl Fn() -> bool + Sync),
) -> Result<(), SweepError> {
    let missing = folder.missing();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failure: Mutex<Option<SweepError>> = Mutex::new(None);
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let Some(&chunk) = missing.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            let rows: Option<Vec<Row>> = folder
                .manifest()
                .points_of(chunk)
                .filter_map(|index| folder.points().get(index))
                .map(|point| {
                    if stops() {
                        return None;
                    }
                    let evaluation = evaluate(&point);
                    done();
                    Some(Row {
                        point: point.index,
                        values: point.values,
                        evaluation,
                    })
                })
                .collect();
            let Some(rows) = rows else {
                return;
            };
            if let Err(error) = folder.store(chunk, &rows) {
                stop.store(true, Ordering::Relaxed);
                failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            }
        }
    };
    let threads = rayon::current_num_threads().min(missing.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                // A pool of this thread alone; where it cannot be had, the global one does the same work.
                let _alone = ThreadPoolBuilder::new()
                    .num_threads(1)
                    .use_current_thread()
                    .build();
                work();
            });
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
