//! Intervals, boxes and regions (disjoint unions of boxes) of tensor indices.

use smallvec::SmallVec;

/// Half-open range of indices of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval {
    /// First index.
    pub start: u64,
    /// One past the last index.
    pub end: u64,
}

impl Interval {
    /// The interval `[start, end)`; empty if `end <= start`.
    pub const fn new(start: u64, end: u64) -> Self {
        Self {
            start,
            end: if end > start { end } else { start },
        }
    }

    /// The whole of a dimension.
    pub const fn full(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// Part `index` of `parts` of `size` indices; parts differ by one index at most.
    pub(crate) const fn part(size: u64, index: u64, parts: u64) -> Self {
        Self::new(index * size / parts, (index + 1) * size / parts)
    }

    /// All parts of `size` indices in order: each as [`Self::part`] says.
    ///
    /// `⌊k·n/K⌋` is followed from part to part, as one division each would cost more than all else.
    pub(crate) fn parts(size: u64, parts: u64) -> impl Iterator<Item = Self> {
        let (whole, remainder) = (size / parts, size % parts);
        let (mut fraction, mut end) = (0, 0);
        (0..parts).map(move |_| {
            let start = end;
            end += whole;
            fraction += remainder;
            if fraction >= parts {
                fraction -= parts;
                end += 1;
            }
            Self::new(start, end)
        })
    }

    /// Number of indices.
    pub const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it holds no index.
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// Indices in both.
    #[must_use]
    #[inline]
    pub fn intersect(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self::new(start, self.end.min(other.end).max(start))
    }
}

/// One interval per dimension.
pub type Cuboid = SmallVec<[Interval; 5]>;

/// Elements of a box.
pub(crate) fn volume(cuboid: &[Interval]) -> u64 {
    cuboid.iter().map(|interval| interval.len()).product()
}

/// Elements in both boxes.
pub(crate) fn overlap(a: &[Interval], b: &[Interval]) -> u64 {
    let mut elements = 1;
    for (left, right) in a.iter().zip(b) {
        let start = left.start.max(right.start);
        let end = left.end.min(right.end);
        if end <= start {
            return 0;
        }
        elements *= end - start;
    }
    elements
}

/// Whether two boxes have an element in common; the last dimension first, as the field mostly tells them apart.
pub(crate) fn overlaps(a: &[Interval], b: &[Interval]) -> bool {
    let mut dimensions = a.iter().zip(b).rev();
    dimensions.all(|(left, right)| left.start.max(right.start) < left.end.min(right.end))
}

/// A set of indices as disjoint boxes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Region {
    boxes: SmallVec<[Cuboid; 4]>,
}

impl Region {
    /// The empty region.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Its boxes.
    pub fn boxes(&self) -> &[Cuboid] {
        &self.boxes
    }

    /// Number of indices.
    pub fn elements(&self) -> u64 {
        self.boxes.iter().map(|cuboid| volume(cuboid)).sum()
    }

    /// Number of indices that lie in both regions.
    pub fn overlap(&self, other: &Self) -> u64 {
        self.boxes
            .iter()
            .map(|mine| {
                other
                    .boxes
                    .iter()
                    .map(|theirs| overlap(mine, theirs))
                    .sum::<u64>()
            })
            .sum()
    }

    /// Elements of one box.
    pub fn box_elements(cuboid: &[Interval]) -> u64 {
        volume(cuboid)
    }

    /// Adds a box that is known to share no index with the region.
    pub(crate) fn push(&mut self, cuboid: Cuboid) {
        if volume(&cuboid) > 0 {
            self.boxes.push(cuboid);
        }
    }

    /// Adds those indices of a box that the region does not hold yet.
    pub(crate) fn push_union(&mut self, cuboid: Cuboid) {
        if volume(&cuboid) == 0 {
            return;
        }
        let mut pieces: SmallVec<[Cuboid; 4]> = SmallVec::new();
        pieces.push(cuboid);
        for present in &self.boxes {
            let mut rest: SmallVec<[Cuboid; 4]> = SmallVec::new();
            for piece in pieces {
                subtract(&piece, present, &mut rest);
            }
            pieces = rest;
            if pieces.is_empty() {
                return;
            }
        }
        self.boxes.extend(pieces);
    }

    /// The distinct indices of one dimension, as maximal intervals in order.
    pub(crate) fn touched(&self, dimension: usize) -> SmallVec<[Interval; 4]> {
        let mut intervals: SmallVec<[Interval; 4]> = self
            .boxes
            .iter()
            .filter_map(|cuboid| cuboid.get(dimension).copied())
            .collect();
        join_runs(&mut intervals);
        intervals
    }
}

impl FromIterator<Cuboid> for Region {
    /// The region of boxes that have no index in common.
    fn from_iter<T: IntoIterator<Item = Cuboid>>(boxes: T) -> Self {
        let mut region = Self::empty();
        boxes.into_iter().for_each(|cuboid| region.push(cuboid));
        region
    }
}

/// Sorts intervals and joins those that overlap or touch.
pub(crate) fn join_runs(runs: &mut SmallVec<[Interval; 4]>) {
    runs.sort_unstable_by_key(|run| run.start);
    let mut kept = 0;
    for index in 0..runs.len() {
        let run = runs[index];
        if kept > 0 && run.start <= runs[kept - 1].end {
            runs[kept - 1].end = runs[kept - 1].end.max(run.end);
        } else {
            runs[kept] = run;
            kept += 1;
        }
    }
    runs.truncate(kept);
}

/// `piece` without `hole`, as disjoint boxes.
fn subtract(piece: &Cuboid, hole: &Cuboid, rest: &mut SmallVec<[Cuboid; 4]>) {
    if overlap(piece, hole) == 0 {
        rest.push(piece.clone());
        return;
    }
    let mut core = piece.clone();
    for dimension in 0..core.len() {
        let common = core[dimension].intersect(hole[dimension]);
        let before = Interval::new(core[dimension].start, common.start);
        let after = Interval::new(common.end, core[dimension].end);
        for side in [before, after] {
            if !side.is_empty() {
                let mut part = core.clone();
                part[dimension] = side;
                rest.push(part);
            }
        }
        core[dimension] = common;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_order_are_the_parts_one_by_one() {
        for size in 0..40 {
            for parts in 1..50 {
                let one_by_one = (0..parts).map(|index| Interval::part(size, index, parts));
                assert!(Interval::parts(size, parts).eq(one_by_one), "{size} in {parts}");
            }
        }
    }
}
