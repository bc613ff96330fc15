//! How the output positions of a tile are shared out over its workers.

use super::extent::greatest_common_divisor;

/// Worker cycles of all workers of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WorkerCycles {
    /// Of the slowest worker.
    pub slowest: u64,
    /// Of the fastest worker.
    pub fastest: u64,
    /// Over all workers.
    pub sum: u64,
    /// Workers.
    pub workers: u64,
}

impl WorkerCycles {
    /// The cycles of `workers` workers, given worker by worker.
    pub(super) fn of(workers: u64, mut cycles: impl FnMut(u64) -> u64) -> Self {
        let (mut slowest, mut fastest, mut sum) = (0, u64::MAX, 0);
        for worker in 0..workers {
            let cycles = cycles(worker);
            slowest = slowest.max(cycles);
            fastest = fastest.min(cycles);
            sum += cycles;
        }
        Self {
            slowest,
            fastest,
            sum,
            workers,
        }
    }

    /// Tile cycles until the slowest worker is done: every worker has one in `workers` issue slots.
    pub(super) const fn tile_cycles(&self) -> u64 {
        self.workers * self.slowest
    }

    /// Tile cycles where the supervisor also waits `wait` cycles beyond the fastest worker (the last to start).
    pub(super) fn tile_cycles_after(&self, wait: u64) -> u64 {
        self.tile_cycles().max(self.workers * self.fastest + wait)
    }

    /// Tile cycles of the slowest worker beyond the mean one.
    pub(super) const fn imbalance(&self) -> u64 {
        self.tile_cycles() - self.sum
    }
}

/// First position of `worker` when `positions` are cut into contiguous runs, one a worker.
const fn run_start(worker: u64, workers: u64, positions: u64) -> u64 {
    worker * positions / workers
}

/// Cuts `rows` × `width` positions in row-major order into one contiguous run a worker, and each run into one item per row that it
/// touches (PopLibs `ConvUtilInternal.cpp` `partitionConvPartialByWorker`).
///
/// A worker's cycles are `item` summed over the lengths of its items, or `empty` without any.
pub(super) fn contiguous_runs(
    workers: u64,
    rows: u64,
    width: u64,
    empty: u64,
    item: impl Fn(u64) -> u64,
) -> WorkerCycles {
    let whole_row = item(width);
    let positions = rows * width;
    let mut end = 0;
    WorkerCycles::of(workers, |worker| {
        let start = end;
        end = run_start(worker + 1, workers, positions);
        if start == end {
            return empty;
        }
        let (first_row, last_row) = (start / width, (end - 1) / width);
        if first_row == last_row {
            return item(end - start);
        }
        let first = item((first_row + 1) * width - start);
        let last = item(end - last_row * width);
        first + (last_row - first_row - 1) * whole_row + last
    })
}

/// The most that one worker gets when rows are dealt whole and the rest in parts of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DealtRows {
    /// Parts that a row is cut into so that the parts deal out evenly.
    pub parts_per_row: u64,
    /// Whole rows of a worker.
    pub whole: u64,
    /// Parts of rows beyond them.
    pub parts: u64,
}

impl DealtRows {
    /// Deals `rows` to `workers` (PopLibs `PerformanceEstimation.hpp`
    /// `estimateConvPartialHorizontalMacInnerLoopCycles`, `estimateConvPartialVerticalMacInnerLoopCycles`).
    pub(super) const fn new(workers: u64, rows: u64) -> Self {
        let parts_per_row = workers / greatest_common_divisor(workers, rows);
        let parts = (rows * parts_per_row).div_ceil(workers);
        Self {
            parts_per_row,
            whole: parts / parts_per_row,
            parts: parts % parts_per_row,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions of every worker by enumeration.
    fn enumerated(workers: u64, rows: u64, width: u64, item: impl Fn(u64) -> u64) -> Vec<u64> {
        let positions = rows * width;
        (0..workers)
            .map(|worker| {
                let run = worker * positions / workers..(worker + 1) * positions / workers;
                let mut lengths = vec![0; rows as usize];
                for position in run {
                    lengths[(position / width) as usize] += 1;
                }
                lengths.into_iter().filter(|&length| length > 0).map(&item).sum()
            })
            .collect()
    }

    #[test]
    fn runs_agree_with_enumeration() {
        let item = |n: u64| 25 + 4 * n + n % 3;
        for workers in 1..9 {
            for rows in 1..12 {
                for width in 1..12 {
                    let runs = contiguous_runs(workers, rows, width, 0, item);
                    let all = enumerated(workers, rows, width, item);
                    assert_eq!(Some(&runs.slowest), all.iter().max());
                    assert_eq!(Some(&runs.fastest), all.iter().min());
                    assert_eq!(runs.sum, all.iter().sum::<u64>());
                }
            }
        }
    }

    #[test]
    fn dealt_rows_cover_all_rows() {
        for workers in 1..9 {
            for rows in 1..50 {
                let dealt = DealtRows::new(workers, rows);
                let parts = dealt.whole * dealt.parts_per_row + dealt.parts;
                assert!(parts * workers >= rows * dealt.parts_per_row);
                assert!(dealt.parts < dealt.parts_per_row);
            }
        }
    }
}
