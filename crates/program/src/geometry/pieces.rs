//! In how many pieces what a tile needs lies in the memory of those that hold it.

use smallvec::SmallVec;

use crate::geometry::{Interval, boxes::Boxes};

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
}

impl Pieces {
    /// One element.
    pub(crate) const ONE: Self = Self {
        whole: 1,
        partial: 0,
        elements: 1,
        cut: 0,
    };

    /// Of boxes over more coordinates, `outer` being those without.
    pub(crate) const fn within(self, outer: Self) -> Self {
        Self {
            whole: self.whole * outer.whole,
            partial: self.partial * outer.elements + self.whole * outer.partial,
            elements: self.elements * outer.elements,
            cut: self.cut * outer.elements + self.elements * outer.cut,
        }
    }

    /// All of them.
    pub(crate) const fn count(self) -> u64 {
        self.whole + self.partial + self.cut
    }

    fn add(&mut self, other: Self) {
        self.whole += other.whole;
        self.partial += other.partial;
        self.elements += other.elements;
        self.cut += other.cut;
    }
}

/// Which coordinates of a block of them lie without which others.
#[derive(Debug, Clone)]
pub(crate) struct MemoryOrder {
    /// Places of all but the blocked one, innermost first.
    others: SmallVec<[usize; 5]>,
    /// Place of the one that lies innermost in blocks, and its block.
    blocked: Option<(usize, u64)>,
}

impl MemoryOrder {
    /// The order of a block of coordinates.
    pub(crate) fn new(coordinates: &[usize], innermost: Option<Innermost>) -> Self {
        let blocked = innermost.and_then(|innermost| {
            let place = coordinates
                .iter()
                .position(|coordinate| *coordinate == innermost.coordinate)?;
            Some((place, innermost.block.max(1)))
        });
        Self {
            others: (0..coordinates.len())
                .rev()
                .filter(|place| blocked.is_none_or(|(blocked, _)| blocked != *place))
                .collect(),
            blocked,
        }
    }

    /// Pieces of what a holder's box and a needed one have in common.
    #[inline]
    pub(crate) fn pieces(&self, held: &[Interval], needed: &[Interval]) -> Pieces {
        let (mut elements, mut without_cut) = (1, None);
        for &place in self.others.as_slice() {
            let common = held[place].intersect(needed[place]);
            let length = common.len();
            if length == 0 {
                return Pieces::default();
            }
            elements *= length;
            match &mut without_cut {
                Some(pieces) => *pieces *= length,
                None if common != held[place] => without_cut = Some(1),
                None => {}
            }
        }
        let (blocks, whole_blocks, all_blocks) = self.blocked.map_or((1, true, true), |(place, block)| {
            let (held, common) = (held[place], held[place].intersect(needed[place]));
            if common.is_empty() {
                return (0, true, true);
            }
            let is_edge = |index: u64, edge: u64| index == edge || index.is_multiple_of(block);
            (
                common.end.div_ceil(block) - common.start / block,
                is_edge(common.start, held.start) && is_edge(common.end, held.end),
                common == held,
            )
        });
        if blocks == 0 {
            return Pieces::default();
        }
        if !whole_blocks {
            return Pieces {
                cut: blocks * elements,
                ..Pieces::default()
            };
        }
        let (whole, partial) = match without_cut {
            None if all_blocks => (1, 0),
            // Neighbouring blocks lie next to each other.
            None => (0, 1),
            Some(pieces) => (0, blocks * pieces),
        };
        Pieces {
            whole,
            partial,
            elements: blocks * elements,
            cut: 0,
        }
    }

    /// Where the coordinates lie among others: those with smaller numbers within those with larger ones.
    pub(crate) fn rank(&self, coordinates: &[usize]) -> usize {
        self.others
            .first()
            .map_or(usize::MAX, |place| usize::MAX - 1 - coordinates[*place])
    }
}

/// Boxes of holders, in an order in which those that overlap an interval are found.
pub(crate) struct Holders<'a> {
    order: &'a MemoryOrder,
    hold: &'a Boxes,
    /// The coordinate that tells them apart best.
    place: usize,
    /// By where they begin there.
    sorted: Vec<&'a [Interval]>,
    /// The longest interval of any there.
    longest: u64,
}

impl<'a> Holders<'a> {
    pub(crate) fn new(order: &'a MemoryOrder, hold: &'a Boxes, rank: usize) -> Self {
        let mut sorted: Vec<&[Interval]> = (0..hold.len()).flat_map(|entry| hold.entry(entry)).collect();
        let mut starts = Vec::with_capacity(sorted.len());
        let mut distinct = |place: usize| {
            starts.clear();
            starts.extend(sorted.iter().map(|own| own[place].start));
            starts.sort_unstable();
            starts.dedup();
            starts.len()
        };
        let place = if rank == 1 {
            0
        } else {
            (0..rank).max_by_key(|place| distinct(*place)).unwrap_or(0)
        };
        sorted.sort_by_key(|own| own[place].start);
        Self {
            order,
            hold,
            place,
            longest: sorted.iter().map(|own| own[place].len()).max().unwrap_or(0),
            sorted,
        }
    }

    /// Pieces of an entry of a table of needs, over all holders.
    pub(crate) fn pieces(&self, need: &Boxes, entry: usize) -> Pieces {
        let mut sum = Pieces::default();
        for needed in need.entry(entry) {
            let range = needed[self.place];
            let first = self
                .sorted
                .partition_point(|own| own[self.place].start + self.longest <= range.start);
            let candidates = self.sorted[first..]
                .iter()
                .take_while(|own| own[self.place].start < range.end);
            for held in candidates {
                sum.add(self.order.pieces(held, needed));
            }
        }
        sum
    }

    /// Pieces of an entry of a table of needs within one holder.
    pub(crate) fn own(&self, held: u32, need: &Boxes, needed: u32) -> Pieces {
        let mut sum = Pieces::default();
        for held in self.hold.entry(held as usize) {
            for needed in need.entry(needed as usize) {
                sum.add(self.order.pieces(held, needed));
            }
        }
        sum
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
