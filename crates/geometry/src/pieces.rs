//! In how many pieces what a tile needs lies in the memory of those that hold it.

use smallvec::SmallVec;

use crate::{Interval, boxes::Boxes};

/// The coordinate whose indices lie innermost in a tile's memory, in blocks of so many; around a block come the other coordinates
/// in order, and around those the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Innermost {
    /// The coordinate.
    pub(crate) coordinate: usize,
    /// Indices of a block.
    pub(crate) block: u64,
}

/// Contiguous pieces of memory that boxes over some coordinates consist of, depending on what lies within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pieces {
    /// Holders all of whose part is needed: one piece each, if all that lies within is needed too.
    whole: u64,
    /// Pieces of the others, if all that lies within is needed.
    partial: u64,
    /// Pieces if something within is not needed: one for each index.
    elements: u64,
    /// Pieces that what lies without cannot join, because blocks are cut.
    cut: u64,
    /// Holders that have any of it.
    holders: u64,
}

impl Pieces {
    /// One element.
    pub(crate) const ONE: Self = Self {
        whole: 1,
        partial: 0,
        elements: 1,
        cut: 0,
        holders: 1,
    };

    /// Of boxes over more coordinates, `outer` being those without.
    pub(crate) const fn within(self, outer: Self) -> Self {
        Self {
            whole: self.whole * outer.whole,
            partial: self.partial * outer.elements + self.whole * outer.partial,
            elements: self.elements * outer.elements,
            cut: self.cut * outer.elements + self.elements * outer.cut,
            holders: self.holders * outer.holders,
        }
    }

    /// All of them.
    pub(crate) const fn count(self) -> u64 {
        self.whole + self.partial + self.cut
    }

    /// Holders that have any of it.
    pub(crate) const fn holders(self) -> u64 {
        self.holders
    }

    pub(crate) const fn add(&mut self, other: Self) {
        self.whole += other.whole;
        self.partial += other.partial;
        self.elements += other.elements;
        self.cut += other.cut;
        self.holders += other.holders;
    }
}

/// Which coordinates of a block of them lie without which others: those with smaller numbers, but for the blocked one.
#[derive(Debug, Clone)]
pub(crate) struct MemoryOrder {
    /// Place of the innermost but the blocked one.
    innermost: Option<usize>,
    /// The one that lies innermost in blocks.
    blocked: Option<Blocked>,
}

/// The coordinate that lies innermost in blocks.
#[derive(Debug, Clone, Copy)]
struct Blocked {
    place: usize,
    block: u64,
    /// The logarithm of the block, where that is whole: most blocks are powers of two, and shifts are faster than divisions.
    shift: Option<u32>,
}

impl Blocked {
    /// Blocks that an interval touches.
    const fn blocks(&self, start: u64, end: u64) -> u64 {
        match self.shift {
            Some(shift) => ((end - 1) >> shift) - (start >> shift) + 1,
            None => (end - 1) / self.block - start / self.block + 1,
        }
    }

    /// Whether a block begins at an index.
    const fn is_border(&self, index: u64) -> bool {
        match self.shift {
            Some(shift) => index.trailing_zeros() >= shift,
            None => index.is_multiple_of(self.block),
        }
    }
}

impl MemoryOrder {
    /// The order of a block of coordinates.
    pub(crate) fn new(coordinates: &[usize], innermost: Option<Innermost>) -> Self {
        let blocked = innermost.and_then(|innermost| {
            let place = coordinates
                .iter()
                .position(|coordinate| *coordinate == innermost.coordinate)?;
            let block = innermost.block.max(1);
            Some(Blocked {
                place,
                block,
                shift: block.is_power_of_two().then(|| block.ilog2()),
            })
        });
        Self {
            innermost: (0..coordinates.len())
                .rev()
                .find(|place| blocked.is_none_or(|blocked| blocked.place != *place)),
            blocked,
        }
    }

    /// Pieces of what a holder's box and a needed one have in common.
    #[inline]
    pub(crate) fn pieces(&self, held: &[Interval], needed: &[Interval]) -> Pieces {
        // Of all coordinates but the blocked one, innermost first: elements, and those of the coordinates that lie without the first
        // one that is cut.
        let (mut elements, mut without, mut cut) = (1, 1, false);
        let (mut blocks, mut all_blocks, mut whole_blocks) = (1, true, true);
        for (place, (held, needed)) in held.iter().zip(needed).enumerate().rev() {
            let (start, end) = (held.start.max(needed.start), held.end.min(needed.end));
            if start >= end {
                return Pieces::default();
            }
            let all = start == held.start && end == held.end;
            if let Some(blocked) = &self.blocked
                && blocked.place == place
            {
                all_blocks = all;
                blocks = blocked.blocks(start, end);
                let is_edge = |index: u64, edge: u64| index == edge || blocked.is_border(index);
                whole_blocks = all || (is_edge(start, held.start) && is_edge(end, held.end));
                continue;
            }
            elements *= end - start;
            if cut {
                without *= end - start;
            }
            cut |= !all;
        }
        if !whole_blocks {
            return Pieces {
                cut: blocks * elements,
                holders: 1,
                ..Pieces::default()
            };
        }
        let (whole, partial) = match (cut, all_blocks) {
            (true, _) => (0, blocks * without),
            (false, true) => (1, 0),
            // Neighbouring blocks lie next to each other.
            (false, false) => (0, 1),
        };
        Pieces {
            whole,
            partial,
            elements: blocks * elements,
            cut: 0,
            holders: 1,
        }
    }

    /// Where the coordinates lie among others: those with smaller numbers within those with larger ones.
    pub(crate) fn rank(&self, coordinates: &[usize]) -> usize {
        self.innermost
            .map_or(usize::MAX, |place| usize::MAX - 1 - coordinates[place])
    }
}

/// Boxes of holders, no two of which have an element in common, in an order in which those that overlap a box are found.
pub(crate) struct Holders<'a> {
    order: &'a MemoryOrder,
    /// All boxes, by their intervals in the places of the levels.
    boxes: Vec<&'a [Interval]>,
    /// One for each coordinate, the one that leaves the fewest boxes for a need first.
    levels: SmallVec<[Level; 5]>,
    /// Over one coordinate: elements of all boxes before each.
    elements_before: Vec<u64>,
}

/// Boxes that have the same interval in the place of a level, and in those of the levels above.
struct Group {
    interval: Interval,
    within: Within,
}

/// What lies within a group: groups of the next level, or a box in the last.
#[derive(Clone, Copy)]
struct Within {
    first: usize,
    end: usize,
    /// The longest interval of any in the place of the next level.
    longest: u64,
}

/// The groups of a level, by where they begin within each group of the level above.
struct Level {
    place: usize,
    groups: Vec<Group>,
    /// All groups, for the first level.
    all: Within,
}

/// The distinct intervals of boxes in one place, in order.
struct Coordinate {
    place: usize,
    /// Where it is in a need.
    need_place: usize,
    intervals: Vec<Interval>,
}

impl Coordinate {
    fn new(boxes: &[&[Interval]], place: usize, need_place: usize) -> Self {
        // Neighbours are mostly alike.
        let runs = boxes.chunk_by(|left, right| left[place] == right[place]);
        let mut intervals: Vec<Interval> = runs.map(|run| run[0][place]).collect();
        intervals.sort_unstable();
        intervals.dedup();
        Self {
            place,
            need_place,
            intervals,
        }
    }

    /// About how many of all boxes a need overlaps here, in parts of 2^16.
    fn share_overlapped(&self, boxes: &[&[Interval]], needs: &[&[Interval]]) -> u64 {
        let mean = |boxes: &[&[Interval]], place: usize| {
            let sum: u64 = boxes.iter().map(|own| own[place].len()).sum();
            sum.saturating_mul(1 << 16) / boxes.len().max(1) as u64
        };
        let first = self.intervals.first().map_or(0, |interval| interval.start);
        let end = self
            .intervals
            .iter()
            .map(|interval| interval.end)
            .max()
            .unwrap_or(0);
        mean(boxes, self.place).saturating_add(mean(needs, self.need_place)) / (end - first).max(1)
    }

    /// Sorts boxes by their intervals; those with the same one stay in order. They are few, so that counting them is less work
    /// than comparing.
    fn sort(&self, boxes: &mut Vec<&[Interval]>) {
        if self.intervals.len() < 2 {
            return;
        }
        // Neighbours are mostly alike.
        let mut last = 0;
        let of_box: Vec<usize> = boxes
            .iter()
            .map(|own| {
                if self.intervals[last] != own[self.place] {
                    last = self
                        .intervals
                        .partition_point(|interval| *interval < own[self.place]);
                }
                last
            })
            .collect();
        let mut next = vec![0; self.intervals.len() + 1];
        for &interval in &of_box {
            next[interval + 1] += 1;
        }
        for interval in 1..next.len() {
            next[interval] += next[interval - 1];
        }
        let mut sorted: Vec<&[Interval]> = vec![&[]; boxes.len()];
        for (own, &interval) in boxes.iter().zip(&of_box) {
            sorted[next[interval]] = own;
            next[interval] += 1;
        }
        *boxes = sorted;
    }
}

impl Within {
    const NOTHING: Self = Self {
        first: 0,
        end: 0,
        longest: 0,
    };
}

impl<'a> Holders<'a> {
    /// What `hold` holds, to be asked for what entries of `need` need, whose coordinates lie in some `places` there.
    pub(crate) fn new(order: &'a MemoryOrder, hold: &'a Boxes, need: &Boxes, places: &[usize]) -> Self {
        let rank = places.len();
        let mut boxes: Vec<&[Interval]> = (0..hold.len()).flat_map(|entry| hold.entry(entry)).collect();
        if rank == 1 {
            boxes.sort_unstable_by_key(|own| own[0].start);
            let mut elements_before = vec![0];
            let mut sum = 0;
            for own in &boxes {
                sum += order.pieces(own, own).elements;
                elements_before.push(sum);
            }
            return Self {
                order,
                boxes,
                levels: SmallVec::new(),
                elements_before,
            };
        }
        let mut coordinates: SmallVec<[Coordinate; 5]> = places
            .iter()
            .enumerate()
            .map(|(place, need_place)| Coordinate::new(&boxes, place, *need_place))
            .collect();
        let needs: Vec<&[Interval]> = (0..need.len()).flat_map(|entry| need.entry(entry)).collect();
        coordinates.sort_by_cached_key(|coordinate| coordinate.share_overlapped(&boxes, &needs));
        for coordinate in coordinates.iter().rev() {
            coordinate.sort(&mut boxes);
        }
        let places: SmallVec<[usize; 5]> = coordinates.iter().map(|coordinate| coordinate.place).collect();
        let mut levels: SmallVec<[Level; 5]> = places
            .iter()
            .map(|&place| Level {
                place,
                groups: Vec::new(),
                all: Within::NOTHING,
            })
            .collect();
        let mut previous: Option<&[Interval]> = None;
        for (index, own) in boxes.iter().enumerate() {
            let same = previous.map_or(0, |previous| {
                let same = places.iter().take_while(|&&place| previous[place] == own[place]);
                same.count()
            });
            for depth in same..rank {
                let interval = own[places[depth]];
                let first = levels.get(depth + 1).map_or(index, |next| next.groups.len());
                let at = levels[depth].groups.len();
                let above = match depth.checked_sub(1) {
                    None => &mut levels[0].all,
                    Some(above) => {
                        let last = levels[above].groups.len() - 1;
                        &mut levels[above].groups[last].within
                    }
                };
                above.end = at + 1;
                above.longest = above.longest.max(interval.len());
                levels[depth].groups.push(Group {
                    interval,
                    within: Within {
                        first,
                        end: index + 1,
                        longest: 0,
                    },
                });
            }
            previous = Some(own);
        }
        Self {
            order,
            boxes,
            levels,
            elements_before: Vec::new(),
        }
    }

    /// Pieces of a needed box, over all holders.
    pub(crate) fn pieces(&self, needed: &[Interval]) -> Pieces {
        let mut sum = Pieces::default();
        if self.elements_before.is_empty() {
            self.of_box(needed, &mut sum);
        } else {
            self.of_interval(needed, &mut sum);
        }
        sum
    }

    /// Over one coordinate all holders between the first and the last are needed whole.
    fn of_interval(&self, needed: &[Interval], sum: &mut Pieces) {
        let range = needed[0];
        let first = self.boxes.partition_point(|held| held[0].end <= range.start);
        let last = self.boxes.partition_point(|held| held[0].start < range.end);
        for held in self.boxes[first..last].iter().take(1) {
            sum.add(self.order.pieces(held, needed));
        }
        if last > first + 1 {
            sum.add(self.order.pieces(self.boxes[last - 1], needed));
            let between = (last - first - 2) as u64;
            sum.whole += between;
            sum.holders += between;
            sum.elements += self.elements_before[last - 1] - self.elements_before[first + 1];
        }
    }

    fn of_box(&self, needed: &[Interval], sum: &mut Pieces) {
        if let Some((level, levels)) = self.levels.split_first() {
            self.of_groups(level, levels, level.all, needed, sum);
        }
    }

    fn of_groups(
        &self,
        level: &Level,
        others: &[Level],
        within: Within,
        needed: &[Interval],
        sum: &mut Pieces,
    ) {
        let range = needed[level.place];
        let groups = &level.groups[within.first..within.end];
        let first = groups.partition_point(|group| group.interval.start + within.longest <= range.start);
        let overlapping = groups[first..]
            .iter()
            .take_while(|group| group.interval.start < range.end)
            .filter(|group| group.interval.end > range.start);
        for group in overlapping {
            match others.split_first() {
                Some((next, others)) => self.of_groups(next, others, group.within, needed, sum),
                None => sum.add(self.order.pieces(self.boxes[group.within.first], needed)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn interval(start: u64, end: u64) -> Interval {
        Interval::new(start, end)
    }

    /// Samples, channels, rows and columns of a holder; blocks of 16 channels.
    fn pieces(needed: [Interval; 4]) -> u64 {
        let order = MemoryOrder::new(
            &[0, 1, 2, 3],
            Some(Innermost {
                coordinate: 1,
                block: 16,
            }),
        );
        let held = [interval(0, 2), interval(32, 64), interval(4, 8), interval(0, 10)];
        Pieces::ONE.within(order.pieces(&held, &needed)).count()
    }

    #[test]
    fn all_that_a_holder_has_is_one_piece() {
        assert_eq!(
            pieces([interval(0, 9), interval(0, 99), interval(0, 9), interval(0, 10)]),
            1
        );
    }

    #[test]
    fn whole_rows_of_each_sample_and_block_are_a_piece() {
        assert_eq!(
            pieces([interval(0, 2), interval(0, 99), interval(6, 8), interval(0, 10)]),
            4
        );
        // One block, all of it.
        assert_eq!(
            pieces([interval(0, 2), interval(32, 48), interval(0, 9), interval(0, 10)]),
            1
        );
    }

    #[test]
    fn columns_are_cut_row_by_row() {
        assert_eq!(
            pieces([interval(0, 1), interval(32, 64), interval(4, 8), interval(0, 5)]),
            8
        );
    }

    #[test]
    fn channels_of_a_cut_block_are_cut_at_every_position() {
        assert_eq!(
            pieces([interval(0, 1), interval(32, 40), interval(4, 8), interval(0, 10)]),
            40
        );
    }
}
