//! Transfers of partial sums: every contributor's partials of an element move to the tile that adds them up.

use std::borrow::Cow;

use crate::{
    Boxes, Component, Factors, Fusion, Interval, Overlaps, Placement, Reach, Region, TileTransfer,
    joint_blocks, spreading::Spreading, views,
};

/// Partial sums on their way to be added up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartialResultsTransfer {
    /// Who has partial sums of what: every tile its own of each element of its cell, however many others have some too.
    /// Replicated along spare axes, which here means that each tile along them has its own.
    pub partials: Placement,
    /// Where they are added up: every element on one tile.
    pub to: Placement,
    /// Whether it is an intermediate stage of a reduction: where they are added up has one more dimension, whose indices share out the
    /// contributors of an element in runs of neighbouring tiles.
    pub in_runs: bool,
    /// Bytes of one partial sum.
    pub element_bytes: u64,
}

/// Figures of one tile, multiplied up over independent coordinates.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// Partials of the elements that it owns, its own ones among them.
    gathered: u64,
    /// Elements that it owns and has partials of.
    own: u64,
    /// Partials that it has of elements that are owned.
    wanted: u64,
    /// Runs of contributors to the elements that it owns.
    runs: u64,
}

impl PartialResultsTransfer {
    /// What every tile does, up to the last tile that takes part.
    ///
    /// A tile receives every other tile's partials of each element that it owns and sends its own partials of all others.
    /// Partials are for one tile each, so tiles on one exchange bus share nothing.
    pub fn by_tile(&self) -> Vec<TileTransfer> {
        if self.in_runs {
            return Spreading::new(self).by_tile(self.element_bytes);
        }
        let bytes = self.element_bytes;
        self.counts()
            .into_iter()
            .map(|count| {
                let received = count.gathered - count.own;
                let runs = if received == 0 {
                    0
                } else {
                    (count.runs - u64::from(count.own > 0)).max(1)
                };
                TileTransfer {
                    received_bytes: received * bytes,
                    shared_bytes: 0,
                    sent_bytes: (count.wanted - count.own) * bytes,
                    resident_bytes: count.own * bytes,
                    joined_bytes: 0,
                    messages: runs,
                    senders: runs,
                }
            })
            .collect()
    }

    /// The largest number of partials, its own among them, that every tile adds up for an element; 0 if it owns none.
    pub fn depth_by_tile(&self) -> Vec<u64> {
        if self.in_runs {
            return Spreading::new(self).depth_by_tile();
        }
        let [partials, to] = views([&self.partials, &self.to], Fusion::All);
        let (partials, to) = (Factors::new(&partials), Factors::new(&to));
        let contributors = self.partials.spare_parts() / self.partials.sharers();
        let (havers, owners) = (self.partials.grid.tiles() as usize, self.to.grid.tiles() as usize);
        let mut depths: Vec<u64> = (0..havers.max(owners))
            .map(|tile| if tile < owners { contributors } else { 0 })
            .collect();
        for block in &joint_blocks(&partials, &to) {
            let (own, own_entries) = to.block(block, |component| Cow::Borrowed(component.table()));
            let reaches = Reach::of(&partials, block);
            let deepest = |entry| {
                let boxes = own.entry(entry);
                boxes.map(|cuboid| reaches.iter().map(|reach| reach.max(cuboid)).product::<u64>())
            };
            let deepest: Vec<u64> = (0..own.len())
                .map(|entry| deepest(entry).max().unwrap_or(0))
                .collect();
            for (depth, entry) in depths.iter_mut().zip(&own_entries) {
                *depth *= deepest[*entry as usize];
            }
        }
        depths
    }

    /// The figures of every tile.
    fn counts(&self) -> Vec<Counts> {
        let [partials, to] = views([&self.partials, &self.to], Fusion::All);
        let (partials, to) = (Factors::new(&partials), Factors::new(&to));
        let contributors = self.partials.spare_parts() / self.partials.sharers();
        let (havers, owners) = (self.partials.grid.tiles() as usize, self.to.grid.tiles() as usize);
        let blocks = joint_blocks(&partials, &to);
        let tables: Vec<Tables<'_>> = blocks
            .iter()
            .map(|block| Tables::new(&partials, &to, block))
            .collect();
        let mut blocks: Vec<(&Tables<'_>, Overlaps<'_>)> = tables
            .iter()
            .map(|tables| {
                (
                    tables,
                    Overlaps::new(&tables.have, &tables.own, havers.max(owners)),
                )
            })
            .collect();
        let of_tile = |tile: usize| {
            let (has, owns) = (tile < havers, tile < owners);
            let mut count = Counts {
                gathered: if owns { contributors } else { 0 },
                own: u64::from(has && owns),
                wanted: u64::from(has),
                runs: if owns { contributors } else { 0 },
            };
            for (tables, overlaps) in &mut blocks {
                let had = tables.have_entries.get(tile);
                if let Some(had) = had {
                    count.wanted *= tables.wanted[*had as usize];
                }
                let Some(&entry) = tables.own_entries.get(tile) else {
                    continue;
                };
                let figures = &tables.gathered[entry as usize];
                count.gathered *= figures.elements;
                let Some(&had) = had else {
                    count.runs *= figures.runs;
                    continue;
                };
                let owned = overlaps.of(had, entry);
                count.own *= owned;
                count.runs *= if tables.disjoint && owned == figures.owned {
                    owned.min(1)
                } else {
                    figures.runs
                };
            }
            count
        };
        (0..havers.max(owners)).map(of_tile).collect()
    }
}

/// What tiles have and own of a block of coordinates.
struct Tables<'a> {
    have: Cow<'a, Boxes>,
    /// The entry that each tile has.
    have_entries: Vec<u32>,
    /// Elements of each that are owned by any tile.
    wanted: Vec<u64>,
    own: Cow<'a, Boxes>,
    /// The entry that each tile owns.
    own_entries: Vec<u32>,
    /// What each gathers.
    gathered: Vec<Receipt>,
    /// Where a tile has partials of all that it owns, and nobody else has, it is the only contributor.
    disjoint: bool,
}

impl<'a> Tables<'a> {
    fn new(partials: &'a Factors<'_>, to: &'a Factors<'_>, block: &[usize]) -> Self {
        let (have, have_entries) = partials.block(block, |component| Cow::Borrowed(component.table()));
        let (own, own_entries) = to.block(block, |component| Cow::Borrowed(component.table()));
        let anywhere = to.whole(block);
        let reaches = Reach::of(partials, block);
        Self {
            wanted: (0..have.len())
                .map(|entry| have.overlap(entry, &anywhere, 0))
                .collect(),
            gathered: (0..own.len())
                .map(|entry| Receipt::new(own.entry(entry), &reaches))
                .collect(),
            disjoint: partials.within(block).all(Component::is_disjoint),
            have,
            have_entries,
            own,
            own_entries,
        }
    }
}

/// What an entry of the owners' table gathers.
#[derive(Debug, Clone, Copy, Default)]
struct Receipt {
    /// Elements.
    owned: u64,
    /// Partials of them.
    elements: u64,
    /// Runs of contributors.
    runs: u64,
}

impl Receipt {
    /// What a region gathers from contributors that are the product of the given ones.
    fn new<'a>(boxes: impl Iterator<Item = &'a [Interval]>, reaches: &[Reach<'_>]) -> Self {
        boxes.fold(Self::default(), |total, cuboid| Self {
            owned: total.owned + Region::box_elements(cuboid),
            elements: total.elements + reaches.iter().map(|reach| reach.sum(cuboid)).product::<u64>(),
            runs: total.runs + reaches.iter().map(|reach| reach.runs(cuboid)).product::<u64>(),
        })
    }
}
