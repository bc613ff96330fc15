//! How many of a table's intervals hold each index of one coordinate.

use smallvec::SmallVec;

use crate::{Interval, boxes::Boxes};

/// A step function over indices: the number of entries that hold each.
#[derive(Debug, Clone)]
pub(crate) struct Coverage {
    /// Where each step begins, in order; the last step is zero.
    steps: Vec<Step>,
    /// First indices of all runs, in order.
    starts: Vec<u64>,
    /// Ends of all runs, in order.
    ends: Vec<u64>,
}

/// One step of a [`Coverage`].
#[derive(Debug, Clone, Copy)]
struct Step {
    /// First index.
    start: u64,
    /// Entries that hold each index of the step.
    count: u64,
    /// Sum of the counts of all indices before the step.
    before: u64,
    /// Sum of the numbers of those entries: the entry, if it is one.
    entries: u64,
}

impl Coverage {
    /// The coverage by a table over one coordinate.
    pub(crate) fn new(table: &Boxes) -> Self {
        let mut events: Vec<(u64, bool, u64)> = Vec::with_capacity(2 * table.len());
        for entry in 0..table.len() {
            for run in table.intervals(entry) {
                events.push((run.start, true, entry as u64));
                events.push((run.end, false, entry as u64));
            }
        }
        events.sort_unstable();
        let mut steps: Vec<Step> = Vec::with_capacity(events.len());
        let mut now = Step {
            start: 0,
            count: 0,
            before: 0,
            entries: 0,
        };
        for &(at, begins, entry) in &events {
            now.before += now.count * (at - now.start);
            now.start = at;
            if begins {
                now.count += 1;
                now.entries += entry;
            } else {
                now.count -= 1;
                now.entries -= entry;
            }
            match steps.last_mut() {
                Some(last) if last.start == at => *last = now,
                _ => steps.push(now),
            }
        }
        let edges = |begins: bool| {
            events
                .iter()
                .filter(|event| event.1 == begins)
                .map(|event| event.0)
                .collect()
        };
        Self {
            steps,
            starts: edges(true),
            ends: edges(false),
        }
    }

    /// Sum of the counts of all indices before `end`.
    fn sum_before(&self, end: u64) -> u64 {
        let next = self.steps.partition_point(|step| step.start < end);
        next.checked_sub(1).map_or(0, |index| {
            let step = self.steps[index];
            step.before + step.count * (end - step.start)
        })
    }

    /// Sum of the counts of the indices of an interval.
    pub(crate) fn sum(&self, interval: Interval) -> u64 {
        self.sum_before(interval.end) - self.sum_before(interval.start)
    }

    /// Largest count of an index of an interval.
    pub(crate) fn max(&self, interval: Interval) -> u64 {
        let first = self
            .steps
            .partition_point(|step| step.start <= interval.start)
            .saturating_sub(1);
        self.steps[first..]
            .windows(2)
            .take_while(|pair| pair[0].start < interval.end)
            .filter(|pair| pair[1].start > interval.start)
            .map(|pair| pair[0].count)
            .max()
            .unwrap_or(0)
    }

    /// Runs of entries that hold an index of an interval.
    pub(crate) fn runs(&self, interval: Interval) -> u64 {
        let begun = self.starts.partition_point(|start| *start < interval.end);
        let ended = self.ends.partition_point(|end| *end <= interval.start);
        (begun - ended) as u64
    }

    /// The table of those indices that no other entry holds.
    pub(crate) fn exclusive(&self, entries: usize) -> Boxes {
        let mut alone: Vec<(u64, Interval)> = self
            .steps
            .windows(2)
            .filter(|pair| pair[0].count == 1)
            .map(|pair| (pair[0].entries, Interval::new(pair[0].start, pair[1].start)))
            .collect();
        alone.sort_unstable();
        let mut result = Boxes::with_capacity(1, entries);
        let mut rest = alone.as_slice();
        for entry in 0..entries as u64 {
            let own = rest.partition_point(|(owner, _)| *owner == entry);
            let mut runs: SmallVec<[Interval; 4]> = rest[..own].iter().map(|(_, run)| *run).collect();
            crate::region::join_runs(&mut runs);
            for run in runs {
                result.push(&[run]);
            }
            result.close();
            rest = &rest[own..];
        }
        result
    }
}
