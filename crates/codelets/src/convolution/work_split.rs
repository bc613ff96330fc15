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

    /// The cycles of `longer` of the workers with a longer run and of the others with a shorter one.
    fn of_runs(workers: u64, longer: u64, cycles_of_longer: u64, cycles_of_shorter: u64) -> Self {
        let (slowest, fastest) = if longer == 0 {
            (cycles_of_shorter, cycles_of_shorter)
        } else {
            (
                cycles_of_shorter.max(cycles_of_longer),
                cycles_of_shorter.min(cycles_of_longer),
            )
        };
        Self {
            slowest,
            fastest,
            sum: longer * cycles_of_longer + (workers - longer) * cycles_of_shorter,
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
    let run = |length| if length == 0 { empty } else { item(length) };
    let positions = rows * width;
    let (short, longer) = (positions / workers, positions % workers);
    if rows == 1 {
        return WorkerCycles::of_runs(workers, longer, run(short + 1), run(short));
    }
    let whole_row = item(width);
    // Runs end at `worker * positions / workers`: remainders add up, and what is whole of them makes a run longer.
    let (mut remainders, mut column) = (0, 0);
    WorkerCycles::of(workers, |_| {
        let mut length = short;
        remainders += longer;
        if remainders >= workers {
            remainders -= workers;
            length += 1;
        }
        let first = width - column;
        if length <= first {
            column = if length == first { 0 } else { column + length };
            return run(length);
        }
        let beyond = length - first;
        let whole_rows = beyond / width;
        column = beyond % width;
        item(first) + whole_rows * whole_row + if column == 0 { 0 } else { item(column) }
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
