//! Tables of small regions, stored without an allocation for each.

use smallvec::SmallVec;

use crate::Interval;
use crate::region::{join_runs, overlap, volume};

/// A list of regions; each is some disjoint, non-empty boxes over the same dimensions.
#[derive(Debug, Clone)]
pub(crate) struct Boxes {
    /// Dimensions.
    rank: usize,
    /// Where the boxes of each entry begin, and one past the last; counted in boxes.
    starts: Vec<u32>,
    /// Box after box, one interval per dimension.
    bounds: Vec<Interval>,
}

impl Boxes {
    /// No entries, with room for some of one box each.
    pub(crate) fn with_capacity(rank: usize, entries: usize) -> Self {
        let mut starts = Vec::with_capacity(entries + 1);
        starts.push(0);
        Self {
            rank: rank.max(1),
            starts,
            bounds: Vec::with_capacity(entries * rank.max(1)),
        }
    }

    /// Adds a box to the entry that is being written, unless it is empty.
    #[inline]
    pub(crate) fn push(&mut self, cuboid: &[Interval]) {
        debug_assert_eq!(cuboid.len(), self.rank);
        if cuboid.iter().all(|interval| !interval.is_empty()) {
            self.bounds.extend_from_slice(cuboid);
        }
    }

    /// Ends the entry that is being written.
    #[inline]
    pub(crate) fn close(&mut self) {
        self.starts.push((self.bounds.len() / self.rank) as u32);
    }

    /// Entries.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// All intervals of an entry, box after box.
    #[inline]
    pub(crate) fn intervals(&self, entry: usize) -> &[Interval] {
        &self.bounds[self.starts[entry] as usize * self.rank..self.starts[entry + 1] as usize * self.rank]
    }

    /// The boxes of an entry.
    #[inline]
    pub(crate) fn entry(&self, entry: usize) -> std::slice::Chunks<'_, Interval> {
        // All of them are whole. Exact chunks divide, each time that somebody asks.
        self.intervals(entry).chunks(self.rank)
    }

    /// Elements of an entry.
    #[inline]
    pub(crate) fn volume(&self, entry: usize) -> u64 {
        self.entry(entry).map(volume).sum()
    }

    /// Elements of an entry within a box.
    #[inline]
    pub(crate) fn within(&self, entry: usize, bounds: &[Interval]) -> u64 {
        self.entry(entry).map(|cuboid| overlap(cuboid, bounds)).sum()
    }

    /// Elements that an entry has in common with one of another table.
    #[inline]
    pub(crate) fn overlap(&self, entry: usize, other: &Self, other_entry: usize) -> u64 {
        if let ([left], [right]) = (self.intervals(entry), other.intervals(other_entry)) {
            return left.intersect(*right).len();
        }
        self.entry(entry)
            .map(|cuboid| other.within(other_entry, cuboid))
            .sum()
    }

    /// The number of distinct indices of one dimension in an entry, each interval of it seen through `coarser`.
    pub(crate) fn touched_len(
        &self,
        entry: usize,
        dimension: usize,
        coarser: impl Fn(Interval) -> Interval,
    ) -> u64 {
        let intervals = self.intervals(entry);
        if intervals.len() == self.rank {
            return coarser(intervals[dimension]).len();
        }
        let mut runs: SmallVec<[Interval; 4]> = SmallVec::new();
        runs.extend(self.entry(entry).map(|cuboid| coarser(cuboid[dimension])));
        join_runs(&mut runs);
        runs.iter().map(|run| run.len()).sum()
    }

    /// The table whose every entry is, within bounds, the union of those of the same number in tables of as many; disjoint ones.
    pub(crate) fn union(bounds: &[Interval], tables: &[Self]) -> Self {
        let rank = bounds.len();
        let entries = tables.first().map_or(0, Self::len);
        let mut result = Self::with_capacity(rank, entries);
        let mut runs: SmallVec<[Interval; 4]> = SmallVec::new();
        for entry in 0..entries {
            let boxes = tables.iter().flat_map(|table| table.entry(entry));
            if rank == 1 {
                // The runs of one coordinate are kept in order and as few as possible.
                runs.clear();
                runs.extend(boxes.map(|cuboid| cuboid[0].intersect(bounds[0])));
                join_runs(&mut runs);
                runs.iter().for_each(|run| result.push(&[*run]));
            } else {
                for cuboid in boxes {
                    let within = cuboid.iter().zip(bounds);
                    let within: SmallVec<[Interval; 8]> = within
                        .map(|(interval, bound)| interval.intersect(*bound))
                        .collect();
                    result.push(&within);
                }
            }
            result.close();
        }
        result
    }

    /// The table of all pairs of entries (of `self` outermost): boxes over the dimensions of both, where dimension `d` of
    /// `self` becomes `mine[d]` and dimension `d` of `other` becomes `theirs[d]`.
    pub(crate) fn product(&self, mine: &[usize], other: &Self, theirs: &[usize]) -> Self {
        let rank = mine.len() + theirs.len();
        let mut result = Self::with_capacity(rank, self.len() * other.len());
        let mut cuboid: SmallVec<[Interval; 8]> = SmallVec::from_elem(Interval::full(0), rank);
        for left in 0..self.len() {
            for right in 0..other.len() {
                for left_box in self.entry(left) {
                    for (place, interval) in mine.iter().zip(left_box) {
                        cuboid[*place] = *interval;
                    }
                    for right_box in other.entry(right) {
                        for (place, interval) in theirs.iter().zip(right_box) {
                            cuboid[*place] = *interval;
                        }
                        result.push(&cuboid);
                    }
                }
                result.close();
            }
        }
        result
    }
}

/// Overlaps of the entries of two tables, each counted once at most if there are few pairs.
#[derive(Debug)]
pub(crate) struct Overlaps<'a> {
    left: &'a Boxes,
    right: &'a Boxes,
    /// By pair of entries, those of `left` outermost; [`Self::UNKNOWN`] until counted. Empty if there are many pairs.
    known: Vec<u64>,
    /// The pair asked for last, and its overlap.
    last: ((u32, u32), u64),
}

impl<'a> Overlaps<'a> {
    const UNKNOWN: u64 = u64::MAX;

    /// The overlaps of two tables, to be asked for about as many pairs as stated.
    pub(crate) fn new(left: &'a Boxes, right: &'a Boxes, pairs: usize) -> Self {
        let all = left.len() * right.len();
        Self {
            left,
            right,
            known: if all <= pairs {
                vec![Self::UNKNOWN; all]
            } else {
                Vec::new()
            },
            last: ((u32::MAX, u32::MAX), 0),
        }
    }

    /// Elements in an entry of the left table and one of the right.
    #[inline]
    pub(crate) fn of(&mut self, left: u32, right: u32) -> u64 {
        if let Some(known) = self
            .known
            .get_mut(left as usize * self.right.len() + right as usize)
        {
            if *known == Self::UNKNOWN {
                *known = self.left.overlap(left as usize, self.right, right as usize);
            }
            return *known;
        }
        if self.last.0 != (left, right) {
            self.last = (
                (left, right),
                self.left.overlap(left as usize, self.right, right as usize),
            );
        }
        self.last.1
    }
}
