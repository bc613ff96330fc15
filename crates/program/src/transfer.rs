//! Transfers: a tensor moves from where it is held to where it is needed.

use std::borrow::Cow;

use crate::geometry::{
    Boxes, Component, Cover, Factors, Fusion, Held, Innermost, MemoryOrder, Pieces, Placement, Spare, View,
    joint_blocks, views,
};

/// One tensor's move within an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Where each element is: every element on one tile.
    pub from: Placement,
    /// Where elements are needed.
    pub to: Placement,
    /// Bytes of one element.
    pub element_bytes: u64,
    /// Samples (dimension 0) that lie next to each other innermost in the memory of the holders, instead of channels; 1 where
    /// channels do, in blocks as the placement says.
    pub sample_block: u64,
}

/// What one tile does in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TileTransfer {
    /// Bytes that it receives.
    pub received_bytes: u64,
    /// Of those: bytes that its neighbour on the same exchange bus receives too.
    pub shared_bytes: u64,
    /// Bytes that it sends; a byte for many listeners counts once.
    pub sent_bytes: u64,
    /// Bytes that it needs and holds already.
    pub resident_bytes: u64,
    /// Of those: bytes that it copies to where the rest arrives, because the kernel reads both as one.
    pub joined_bytes: u64,
    /// Messages that it receives: contiguous pieces of the senders' memory. Where they arrive one after the other is free.
    pub messages: u64,
}

impl Transfer {
    /// What every tile does, up to the last tile that takes part.
    ///
    /// Bytes received are exact, and so are messages where no two groups of dimensions that are cut together interleave in memory. A tile sends what it holds of the smallest box that all needs lie in, less what it alone
    /// needs; for windows over flattened positions nothing counts as needed by one tile alone. `tiles_per_bus` tiles with
    /// consecutive numbers share an exchange bus.
    pub fn by_tile(&self, tiles_per_bus: u64) -> Vec<TileTransfer> {
        let [from, to] = views([&self.from, &self.to], Fusion::Positions);
        let innermost = self.innermost(&from);
        let (from, to) = (Factors::new(&from), Factors::new(&to));
        let exclusive = if self.to.spare == Spare::Replicated && self.to.spare_parts() > 1 {
            Exclusive::Nothing
        } else if to.components.iter().all(Component::is_disjoint) {
            Exclusive::Everything
        } else {
            Exclusive::Some
        };
        let (holders, needers) = (self.from.grid.tiles() as usize, self.to.grid.tiles() as usize);
        let mut counts: Vec<Counts> = (0..holders.max(needers))
            .map(|tile| Counts::new(tile < holders, tile < needers))
            .collect();
        let blocks = joint_blocks(&from, &to);
        let mut blocks: Vec<Block<'_>> = blocks
            .iter()
            .map(|block| Block::new(block, &from, &to, innermost))
            .collect();
        // What has one index only is neither cut nor counted.
        blocks.retain(|block| !block.is_one_element());
        // Innermost in memory first.
        blocks.sort_by_key(|block| block.order.rank(block.coordinates));
        for block in &blocks {
            block.multiply_elements(&to, &mut counts);
            if exclusive == Exclusive::Some {
                block.multiply_exclusive(&to, &mut counts);
            }
        }
        if counts.iter().any(|count| count.needed > count.resident) {
            count_messages(&blocks, &mut counts);
        }
        let mut result: Vec<TileTransfer> = counts
            .iter()
            .map(|count| count.transfer(exclusive, self.element_bytes))
            .collect();
        if self.joins_windows() {
            for tile in &mut result {
                if tile.received_bytes > 0 {
                    tile.joined_bytes = tile.resident_bytes;
                }
            }
        }
        if tiles_per_bus == 2 {
            for (pair, tiles) in result.chunks_exact_mut(2).enumerate() {
                let needed = counts[2 * pair].needed;
                if needed == 0
                    || !blocks
                        .iter()
                        .all(|block| block.is_needed_alike(2 * pair, 2 * pair + 1))
                {
                    continue;
                }
                // What either tile of the pair holds itself, the other receives alone.
                let alone: u64 = tiles.iter().map(|tile| tile.resident_bytes).sum();
                let common = (needed * self.element_bytes).saturating_sub(alone);
                for tile in tiles {
                    tile.shared_bytes = common.min(tile.received_bytes);
                }
            }
        }
        result
    }

    /// What lies innermost in the memory of the holders, if that is a coordinate of its own.
    fn innermost(&self, from: &View<'_>) -> Option<Innermost> {
        if self.sample_block > 1 {
            return (from.sample_stride == 1).then_some(Innermost {
                coordinate: 0,
                block: self.sample_block,
            });
        }
        from.channel.map(|coordinate| Innermost {
            coordinate,
            block: self.from.channel_block,
        })
    }

    /// Whether what a tile holds already must lie next to what arrives.
    ///
    /// Kernels read blocks of channels through a pointer each (PopLibs `ConvVertices.cpp`), so that blocks may lie anywhere. Where
    /// windows slide over the field, the rows of neighbouring tiles belong to the same blocks as the tile's own.
    fn joins_windows(&self) -> bool {
        self.to.operand.covers.iter().any(|cover| match cover {
            Cover::Variables(_) => false,
            Cover::Window(window) => {
                window.kernel_dilation > 0 && self.to.grid.sizes[window.kernel as usize] > 1
            }
        })
    }

    /// Contiguous bytes that survive the change of layout: the unit in which data must be copied on the tile.
    ///
    /// With equal channel blocks whole rows of blocks move; otherwise only the channels that both blocks keep together.
    pub fn atom_bytes(&self) -> u64 {
        let (held, needed) = (self.from.channel_block, self.to.channel_block);
        greatest_common_divisor(held, needed) * self.element_bytes
    }

    /// Whether held and needed data lie in the same order, so that no copy on the tile is due.
    pub fn keeps_order(&self) -> bool {
        self.from.channel_block == self.to.channel_block
    }
}

/// What of a tile's need no other tile needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exclusive {
    /// Other tiles need all of it too.
    Nothing,
    /// It has to be counted.
    Some,
    /// All of it.
    Everything,
}

/// Coordinates that are cut independently of all others: what tiles hold and need of them.
struct Block<'a> {
    coordinates: &'a [usize],
    order: MemoryOrder,
    held: Held<'a>,
    need: Cow<'a, Boxes>,
    /// The entry that each tile needs.
    needed: Vec<u32>,
}

impl<'a> Block<'a> {
    fn new(
        coordinates: &'a [usize],
        from: &'a Factors<'_>,
        to: &'a Factors<'_>,
        innermost: Option<Innermost>,
    ) -> Self {
        let (need, needed) = to.block(coordinates, |component| Cow::Borrowed(component.table()));
        Self {
            coordinates,
            order: MemoryOrder::new(coordinates, innermost),
            held: Held::new(from, coordinates, innermost),
            need,
            needed,
        }
    }

    fn multiply_elements(&self, to: &Factors<'_>, counts: &mut [Counts]) {
        self.held
            .for_each_wanted(to, |tile, wanted| counts[tile].wanted *= wanted);
        let volumes: Vec<u64> = (0..self.need.len())
            .map(|entry| self.need.volume(entry))
            .collect();
        for (count, needed) in counts.iter_mut().zip(&self.needed) {
            count.needed *= volumes[*needed as usize];
        }
        self.held
            .for_each_overlap(&self.need, &self.needed, |tile, overlap| {
                counts[tile].resident *= overlap;
            });
    }

    /// Whether all tiles hold and need the same single element.
    fn is_one_element(&self) -> bool {
        self.held.is_one_element(&self.need)
    }

    fn multiply_exclusive(&self, to: &Factors<'_>, counts: &mut [Counts]) {
        let (alone, _) = to.block(self.coordinates, Component::exclusive);
        self.held.for_each_overlap(&alone, &self.needed, |tile, overlap| {
            counts[tile].kept *= overlap;
        });
    }

    /// Whether two tiles need the same boxes.
    fn is_needed_alike(&self, left: usize, right: usize) -> bool {
        match (self.needed.get(left), self.needed.get(right)) {
            (Some(left), Some(right)) => {
                left == right || self.need.intervals(*left as usize) == self.need.intervals(*right as usize)
            }
            _ => false,
        }
    }
}

/// Counts the contiguous pieces of other tiles' memory that every tile needs. `blocks` are in order, innermost in memory first.
fn count_messages(blocks: &[Block<'_>], counts: &mut [Counts]) {
    let of_blocks: Vec<Vec<Pieces>> = blocks
        .iter()
        .map(|block| block.held.holders(&block.need).pieces(&block.need))
        .collect();
    for (tile, count) in counts.iter_mut().enumerate() {
        if count.needed <= count.resident {
            continue;
        }
        let (mut all, mut own) = (Pieces::ONE, Pieces::ONE);
        for (block, pieces) in blocks.iter().zip(&of_blocks) {
            let Some(needed) = block.needed.get(tile) else {
                continue;
            };
            all = all.within(pieces[*needed as usize]);
            if count.resident > 0 && tile < block.held.tiles() {
                own = own.within(block.held.own(tile, &block.need, *needed));
            }
        }
        let own = if count.resident > 0 { own.count() } else { 0 };
        count.messages = all.count().saturating_sub(own).max(1);
    }
}

/// Elements of one tile, multiplied up over independent coordinates.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// That it needs.
    needed: u64,
    /// That it needs and holds.
    resident: u64,
    /// That it holds and only it needs, where that has to be counted.
    kept: u64,
    /// That it holds and some tile needs.
    wanted: u64,
    /// Pieces of the memory of others that it needs.
    messages: u64,
}

impl Counts {
    /// Before any coordinate is counted, for a tile that holds or needs elements, or not.
    fn new(holds: bool, needs: bool) -> Self {
        Self {
            needed: u64::from(needs),
            resident: u64::from(holds && needs),
            kept: u64::from(holds && needs),
            wanted: u64::from(holds),
            messages: 0,
        }
    }

    /// What the tile does.
    fn transfer(&self, exclusive: Exclusive, bytes: u64) -> TileTransfer {
        let kept = match exclusive {
            Exclusive::Nothing => 0,
            Exclusive::Some => self.kept,
            Exclusive::Everything => self.resident,
        };
        let received = self.needed - self.resident;
        TileTransfer {
            received_bytes: received * bytes,
            shared_bytes: 0,
            sent_bytes: (self.wanted - kept) * bytes,
            resident_bytes: self.resident * bytes,
            joined_bytes: 0,
            messages: self.messages,
        }
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}
