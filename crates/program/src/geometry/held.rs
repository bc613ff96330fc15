//! What tiles hold of coordinates that a need cuts together, in parts that the holders cut independently.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::geometry::Interval;
use crate::geometry::boxes::{Boxes, Overlaps};
use crate::geometry::factors::{Component, Factors};
use crate::geometry::partition::places;
use crate::geometry::pieces::{Holders, Innermost, MemoryOrder, Pieces};

/// What tiles hold of a block of coordinates: the product of what they hold of its parts.
///
/// Tables of parts have as many entries as the holders are cut into, that of their product as many as there are tiles.
pub(crate) struct Held<'a> {
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
    held: &'h Held<'a>,
    holders: SmallVec<[Holders<'h>; 2]>,
}

impl<'a> Held<'a> {
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

    /// Tiles that hold something.
    pub(crate) fn tiles(&self) -> usize {
        self.parts.first().map_or(0, |part| part.entries.len())
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

    /// Tells of every tile how many of its elements some tile needs.
    pub(crate) fn for_each_wanted(&self, to: &Factors<'_>, mut tell: impl FnMut(usize, u64)) {
        for part in &self.parts {
            let anywhere = to.whole(&part.coordinates);
            let wanted: Vec<u64> = (0..part.table.len())
                .map(|entry| part.table.overlap(entry, &anywhere, 0))
                .collect();
            for (tile, entry) in part.entries.iter().enumerate() {
                tell(tile, wanted[*entry as usize]);
            }
        }
    }

    /// Tells of every tile how many elements it holds of its own entry in a table of needs.
    pub(crate) fn for_each_overlap(&self, need: &Boxes, needed: &[u32], mut tell: impl FnMut(usize, u64)) {
        if let [part] = self.parts.as_slice() {
            let mut overlaps = Overlaps::new(&part.table, need, needed.len());
            for (tile, (held, needed)) in part.entries.iter().zip(needed).enumerate() {
                tell(tile, overlaps.of(*held, *needed));
            }
            return;
        }
        for (tile, entry) in needed.iter().enumerate().take(self.tiles()) {
            let of_parts = |needed: &[Interval]| {
                let parts = self.parts.iter();
                parts
                    .map(|part| part.within(part.entries[tile], needed))
                    .product::<u64>()
            };
            tell(tile, need.entry(*entry as usize).map(of_parts).sum());
        }
    }

    /// Pieces of an entry of a table of needs in the memory of a tile.
    pub(crate) fn own(&self, tile: usize, need: &Boxes, entry: u32) -> Pieces {
        let mut sum = Pieces::default();
        for needed in need.entry(entry as usize) {
            let mut pieces = Pieces::ONE;
            for part in &self.parts {
                let needed = part.own(needed);
                let mut of_part = Pieces::default();
                for held in part.table.entry(part.entries[tile] as usize) {
                    of_part.add(part.order.pieces(held, &needed));
                }
                pieces = pieces.within(of_part);
            }
            sum.add(pieces);
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
    fn own(&self, cuboid: &[Interval]) -> SmallVec<[Interval; 5]> {
        self.places.iter().map(|place| cuboid[*place]).collect()
    }

    /// Elements of an entry within a box over the block.
    fn within(&self, entry: u32, cuboid: &[Interval]) -> u64 {
        self.table.within(entry as usize, &self.own(cuboid))
    }
}

impl PartHolders<'_, '_> {
    /// Pieces of every entry of a table of needs, over all holders.
    ///
    /// What holders have in common with a box is the product of what those of each part have, and so are the pieces.
    pub(crate) fn pieces(&self, need: &Boxes) -> Vec<Pieces> {
        // Neighbouring needs mostly differ in one part.
        let mut last: SmallVec<[(SmallVec<[Interval; 5]>, Pieces); 2]> =
            SmallVec::from_elem((SmallVec::new(), Pieces::default()), self.holders.len());
        let mut of_box = |needed: &[Interval]| {
            let parts = self.held.parts.iter().zip(&self.holders);
            parts
                .zip(&mut last)
                .fold(Pieces::ONE, |pieces, ((part, holders), last)| {
                    let needed = part.own(needed);
                    if last.0 != needed {
                        *last = (needed.clone(), holders.pieces(&needed));
                    }
                    pieces.within(last.1)
                })
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
