//! What tiles hold of coordinates that a need cuts together, in parts that the holders cut independently.

use std::{borrow::Cow, ops::Range};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::boxes::{Boxes, Overlaps};
use crate::factors::{Component, Factors};
use crate::partition::places;
use crate::pieces::{Holders, Innermost, MemoryOrder, Pieces};
use crate::{Cuboid, Interval};

/// What tiles hold of a block of coordinates: the product of what they hold of its parts.
///
/// Tables of parts have as many entries as the holders are cut into, that of their product as many as there are tiles.
pub(crate) struct Holdings<'a> {
    /// Innermost in memory first.
    parts: SmallVec<[Part<'a>; 2]>,
}

/// Some coordinates of a block.
struct Part<'a> {
    coordinates: SmallVec<[usize; 5]>,
    /// Where they are in the block.
    places: SmallVec<[usize; 5]>,
    order: MemoryOrder,
    table: Cow<'a, Boxes>,
    /// The entry of the table that each tile holds.
    entries: Vec<u32>,
}

/// The holders of each part, to be asked for the pieces of a need.
pub(crate) struct PartHolders<'a, 'h> {
    held: &'h Holdings<'a>,
    holders: SmallVec<[Holders<'h>; 2]>,
}

/// Elements that tiles hold and some tile needs: the product of those of their entries of each part.
pub(crate) struct Demand<'a, 'h>(SmallVec<[(&'h Part<'a>, Vec<u64>); 2]>);

/// Elements that tiles hold of needs.
pub(crate) struct HoldingsOverlaps<'a, 'h> {
    held: &'h Holdings<'a>,
    need: &'h Boxes,
    /// Where there is one part.
    table: Option<Overlaps<'h>>,
}

impl Demand<'_, '_> {
    /// Looks at every part: the entry that each tile holds, and the elements of each entry.
    pub(crate) fn each(&self, mut look: impl FnMut(&[u32], &[u64])) {
        for (part, wanted) in &self.0 {
            look(&part.entries, wanted);
        }
    }
}

impl HoldingsOverlaps<'_, '_> {
    /// Of a tile that holds something, and an entry of the table of needs.
    #[inline]
    pub(crate) fn of(&mut self, tile: usize, needed: u32) -> u64 {
        match (&mut self.table, self.held.parts.as_slice()) {
            (Some(table), [part]) => table.of(part.entries[tile], needed),
            _ => self.held.overlap(tile, self.need, needed),
        }
    }
}

impl<'a> Holdings<'a> {
    /// What a factored placement holds of a block of coordinates.
    pub(crate) fn new(from: &'a Factors<'_>, block: &[usize], innermost: Option<Innermost>) -> Self {
        let part = |coordinates: &[usize]| {
            let (table, entries) = from.block(coordinates, |component| Cow::Borrowed(component.table()));
            Part {
                coordinates: SmallVec::from_slice(coordinates),
                places: places(coordinates, block),
                order: MemoryOrder::new(coordinates, innermost),
                table,
                entries,
            }
        };
        let mut parts: SmallVec<[Part<'a>; 2]> = SmallVec::new();
        if from.within(block).all(Component::is_disjoint) {
            parts.extend(from.within(block).map(|component| part(&component.coordinates)));
            parts.sort_by_key(|part| part.order.rank(&part.coordinates));
        }
        // Parts that interleave in memory are not counted one by one.
        let in_order = parts
            .iter()
            .flat_map(|part| outwards(&part.coordinates, innermost))
            .eq(outwards(block, innermost));
        if !in_order {
            parts.clear();
            parts.push(part(block));
        }
        Self { parts }
    }

    /// Whether all tiles hold the same single element, which is all that is needed.
    pub(crate) fn is_one_element(&self, need: &Boxes) -> bool {
        let is_one = |table: &Boxes| table.len() == 1 && table.volume(0) == 1;
        is_one(need)
            && self.parts.iter().all(|part| is_one(&part.table))
            && need
                .entry(0)
                .all(|needed| self.parts.iter().all(|part| part.within(0, needed) == 1))
    }

    /// How many elements of every tile any tile needs.
    pub(crate) fn wanted<'h>(&'h self, to: &Factors<'_>) -> Demand<'a, 'h> {
        let of_part = |part: &'h Part<'a>| {
            let anywhere = to.whole(&part.coordinates);
            let entries = 0..part.table.len();
            let wanted = entries.map(|entry| part.table.overlap(entry, &anywhere, 0));
            (part, wanted.collect())
        };
        Demand(self.parts.iter().map(of_part).collect())
    }

    /// How many elements tiles hold of entries in a table of needs, to be asked for about as many pairs as stated.
    pub(crate) fn overlaps<'h>(&'h self, need: &'h Boxes, pairs: usize) -> HoldingsOverlaps<'a, 'h> {
        let table = match self.parts.as_slice() {
            [part] => Some(Overlaps::new(&part.table, need, pairs)),
            _ => None,
        };
        HoldingsOverlaps {
            held: self,
            need,
            table,
        }
    }

    /// How many elements a tile holds of an entry in a table of needs.
    pub(crate) fn overlap(&self, tile: usize, need: &Boxes, entry: u32) -> u64 {
        let of_parts = |needed: &[Interval]| {
            let parts = self.parts.iter();
            parts
                .map(|part| part.within(part.entries[tile], needed))
                .product::<u64>()
        };
        need.entry(entry as usize).map(of_parts).sum()
    }

    /// Pieces of an entry of a table of needs in the memory of a tile.
    pub(crate) fn own(&self, tile: usize, need: &Boxes, entry: u32) -> Pieces {
        let mut sum = Pieces::default();
        if let [part] = self.parts.as_slice() {
            for needed in need.entry(entry as usize) {
                sum.add(part.pieces(part.entries[tile], needed));
            }
            return sum;
        }
        for needed in need.entry(entry as usize) {
            let parts = self.parts.iter();
            sum.add(parts.fold(Pieces::ONE, |pieces, part| {
                pieces.within(part.pieces(part.entries[tile], &part.own(needed)))
            }));
        }
        sum
    }

    /// The holders, to be asked for what entries of `need` need.
    pub(crate) fn holders<'h>(&'h self, need: &Boxes) -> PartHolders<'a, 'h> {
        let parts = self.parts.iter();
        PartHolders {
            held: self,
            holders: parts
                .map(|part| Holders::new(&part.order, &part.table, need, &part.places))
                .collect(),
        }
    }
}

impl Part<'_> {
    /// The intervals of its own coordinates in a box over the block.
    fn own(&self, cuboid: &[Interval]) -> Cuboid {
        self.places.iter().map(|place| cuboid[*place]).collect()
    }

    /// Where its coordinates are in the block, if they are neighbours there, in order.
    fn neighbours(&self) -> Option<Range<usize>> {
        let first = *self.places.first()?;
        let range = first..first + self.places.len();
        self.places.iter().copied().eq(range.clone()).then_some(range)
    }

    /// Pieces of a box over its own coordinates in an entry.
    #[inline]
    fn pieces(&self, entry: u32, needed: &[Interval]) -> Pieces {
        let mut sum = Pieces::default();
        for held in self.table.entry(entry as usize) {
            sum.add(self.order.pieces(held, needed));
        }
        sum
    }

    /// Elements of an entry within a box over the block.
    #[inline]
    fn within(&self, entry: u32, cuboid: &[Interval]) -> u64 {
        let of_box = |held: &[Interval]| {
            let places = held.iter().zip(&self.places);
            places
                .map(|(held, place)| held.intersect(cuboid[*place]).len())
                .product::<u64>()
        };
        self.table.entry(entry as usize).map(of_box).sum()
    }
}

impl PartHolders<'_, '_> {
    /// Pieces of every entry of a table of needs, over all holders.
    ///
    /// What holders have in common with a box is the product of what those of each part have, and so are the pieces.
    pub(crate) fn pieces(&self, need: &Boxes) -> Vec<Pieces> {
        // Many needs differ in one part only, neighbours most of all.
        let mut last: SmallVec<[(Cuboid, Pieces); 2]> =
            SmallVec::from_elem((Cuboid::new(), Pieces::default()), self.holders.len());
        let mut known: SmallVec<[FxHashMap<Cuboid, Pieces>; 2]> =
            SmallVec::from_elem(FxHashMap::default(), self.holders.len());
        let several = self.holders.len() > 1;
        let mut of_box = |needed: &[Interval]| {
            let parts = self.held.parts.iter().zip(&self.holders);
            let mut pieces = Pieces::ONE;
            for (((part, holders), last), known) in parts.zip(&mut last).zip(&mut known) {
                let own;
                let needed = if let Some(places) = part.neighbours() {
                    &needed[places]
                } else {
                    own = part.own(needed);
                    own.as_slice()
                };
                if last.0.as_slice() != needed {
                    let of_part = if several && needed.len() > 1 {
                        known.get(needed).copied().unwrap_or_else(|| {
                            let of_part = holders.pieces(needed);
                            known.insert(Cuboid::from_slice(needed), of_part);
                            of_part
                        })
                    } else {
                        holders.pieces(needed)
                    };
                    *last = (Cuboid::from_slice(needed), of_part);
                }
                pieces = pieces.within(last.1);
            }
            pieces
        };
        (0..need.len())
            .map(|entry| {
                let mut sum = Pieces::default();
                need.entry(entry).for_each(|needed| sum.add(of_box(needed)));
                sum
            })
            .collect()
    }
}

/// Coordinates from the innermost in memory outwards: the last first, and the one that lies in blocks at the end, where the blocks
/// are.
fn outwards(coordinates: &[usize], innermost: Option<Innermost>) -> impl Iterator<Item = usize> {
    let is_blocked =
        move |coordinate: &usize| innermost.is_some_and(|innermost| innermost.coordinate == *coordinate);
    let others = coordinates.iter().rev().filter(move |own| !is_blocked(own));
    others
        .chain(coordinates.iter().filter(move |own| is_blocked(own)))
        .copied()
}
