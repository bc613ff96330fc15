//! Transfers: a tensor moves from where it is held to where it is needed.

use std::borrow::Cow;

use crate::{
    Boxes, Component, Cover, Demand, Factors, Fusion, Holdings, HoldingsOverlaps, Innermost, MemoryOrder,
    Pieces, Placement, Products, Spare, View, joint_blocks, views,
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
    /// Tiles that it receives from, one after the other. A need of several boxes counts a tile for each of them that it has a part of.
    pub senders: u64,
}

impl Transfer {
    /// What every tile does, up to the last tile that takes part.
    ///
    /// Bytes received are exact, and so are messages where no two groups of dimensions that are cut together interleave in memory.
    /// A tile sends what it holds of the smallest box that all needs lie in, less what it alone needs; for windows over flattened
    /// positions nothing counts as needed by one tile alone. Of `tiles_per_bus` tiles with consecutive numbers, two or one by itself,
    /// those on a bus receive what both need at once.
    pub fn by_tile(&self, tiles_per_bus: u64) -> Vec<TileTransfer> {
        let fusion = if self.sample_block > 1 {
            // The field lies around the samples of a block.
            Fusion::Field
        } else {
            Fusion::Positions
        };
        let [from, to] = views([&self.from, &self.to], fusion);
        let innermost = self.innermost(&from);
        let (from, to) = (Factors::new(&from), Factors::new(&to));
        let exclusive = if self.to.spare == Spare::Replicated && self.to.spare_parts() > 1 {
            Exclusive::Nothing
        } else if to.components.iter().all(Component::is_disjoint) {
            Exclusive::Everything
        } else {
            Exclusive::Some
        };
        let blocks = joint_blocks(&from, &to);
        let mut blocks: Vec<Block<'_>> = blocks
            .iter()
            .map(|block| Block::new(block, &from, &to, innermost))
            .collect();
        // What has one index only is neither cut nor counted.
        blocks.retain(|block| !block.held.is_one_element(&block.need));
        // Innermost in memory first.
        blocks.sort_by_key(|block| block.order.rank(block.coordinates));
        let mut figures: Vec<Figures<'_, '_>> = blocks
            .iter()
            .map(|block| Figures::new(block, &to, exclusive))
            .collect();
        let (holders, needers) = (self.from.grid.tiles() as usize, self.to.grid.tiles() as usize);
        let mut counts: Vec<Counts> = (0..holders.max(needers))
            .map(|tile| Counts::of_one_element(tile < holders, tile < needers))
            .collect();
        for figures in &mut figures {
            figures.multiply(&mut counts);
        }
        let messages = messages(&counts, &figures);
        // Where all tiles hold what they need nobody sends, however many hold it.
        let moves = counts.iter().any(|counts| counts.needed > counts.resident);
        let joins_windows = self.joins_windows();
        let mut result: Vec<TileTransfer> = counts
            .iter()
            .zip(messages)
            .map(|(counts, messages)| {
                let mut transfer = counts.transfer(messages, exclusive, self.element_bytes);
                if !moves {
                    transfer.sent_bytes = 0;
                }
                if joins_windows && transfer.received_bytes > 0 {
                    transfer.joined_bytes = transfer.resident_bytes;
                }
                transfer
            })
            .collect();
        if tiles_per_bus == 2 {
            for (pair, tiles) in result.chunks_exact_mut(2).enumerate() {
                let needed = tiles[0].received_bytes + tiles[0].resident_bytes;
                if needed == 0
                    || !blocks
                        .iter()
                        .all(|block| block.is_needed_alike(2 * pair, 2 * pair + 1))
                {
                    continue;
                }
                // What either tile of the pair holds itself, the other receives alone.
                let alone: u64 = tiles.iter().map(|tile| tile.resident_bytes).sum();
                let common = needed.saturating_sub(alone);
                for tile in tiles {
                    tile.shared_bytes = common.min(tile.received_bytes);
                }
            }
        }
        result
    }

    /// What lies innermost in the memory of the holders, if that is a coordinate of its own. Blocks of the only long dimension are one.
    fn innermost(&self, from: &View<'_>) -> Option<Innermost> {
        let (dimension, coordinate, block) = if self.sample_block > 1 {
            (0, 0, self.sample_block)
        } else {
            (1, from.channel?, self.from.channel_block)
        };
        let mut sizes = self.from.operand.shape.iter().enumerate();
        let alone = sizes.all(|(other, size)| other == dimension || *size == 1);
        Some(Innermost {
            coordinate,
            block: if alone { u64::MAX } else { block },
        })
    }

    /// Whether what a tile holds already must lie next to what arrives.
    ///
    /// Kernels read blocks of channels through a pointer each (PopLibs `ConvVertices.cpp`), so that blocks may lie anywhere. Where
    /// windows slide over the field, the rows of neighbouring tiles belong to the same blocks as the tile's own.
    fn joins_windows(&self) -> bool {
        self.to.operand.covers.iter().any(|cover| match cover {
            Cover::Variables(_) | Cover::Progressions(_) => false,
            Cover::Window(window) => {
                window.kernel_dilation > 0 && self.to.grid.sizes[window.kernel as usize] > 1
            }
        })
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
    held: Holdings<'a>,
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
            held: Holdings::new(from, coordinates, innermost),
            need,
            needed,
        }
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

/// Figures of a block: those of each entry once, those of pairs as they are asked for.
struct Figures<'a, 'b> {
    block: &'b Block<'a>,
    /// Elements of the holders that some tile needs.
    wanted: Demand<'a, 'b>,
    /// Elements of each need.
    volumes: Vec<u64>,
    /// Elements that tiles hold of what they need.
    resident: HoldingsOverlaps<'a, 'b>,
    /// What each need alone is, where that has to be counted.
    alone: Option<Cow<'b, Boxes>>,
}

impl<'a, 'b> Figures<'a, 'b> {
    fn new(block: &'b Block<'a>, to: &'b Factors<'_>, exclusive: Exclusive) -> Self {
        let entries = 0..block.need.len();
        let alone =
            (exclusive == Exclusive::Some).then(|| to.block(block.coordinates, Component::exclusive).0);
        Self {
            block,
            wanted: block.held.wanted(to),
            volumes: entries.map(|entry| block.need.volume(entry)).collect(),
            resident: block.held.overlaps(&block.need, block.needed.len()),
            alone,
        }
    }

    /// Multiplies what every tile has of this block to what it has of others: figure by figure, so that every loop is short.
    fn multiply(&mut self, counts: &mut [Counts]) {
        let Block { held, needed, .. } = self.block;
        self.wanted.each(|entries, wanted| {
            for (counts, entry) in counts.iter_mut().zip(entries) {
                counts.wanted *= wanted[*entry as usize];
            }
        });
        for (counts, entry) in counts.iter_mut().zip(needed) {
            counts.needed *= self.volumes[*entry as usize];
        }
        // Most tiles hold nothing of what they need.
        let some = |(_, (counts, _)): &(usize, (&mut Counts, &u32))| counts.resident > 0;
        for (tile, (counts, entry)) in counts.iter_mut().zip(needed).enumerate().filter(some) {
            if let Some(alone) = &self.alone {
                counts.kept *= held.overlap(tile, alone, *entry);
            }
            counts.resident *= self.resident.of(tile, *entry);
        }
    }
}

/// Contiguous pieces of other tiles' memory that every tile needs, which holds some of its need itself, or nothing. Blocks are in
/// order, innermost in memory first.
fn messages(counts: &[Counts], blocks: &[Figures<'_, '_>]) -> Vec<Messages> {
    if counts.iter().all(|counts| counts.needed == counts.resident) {
        return vec![Messages::default(); counts.len()];
    }
    // Of every need, over all holders.
    let of_holders = |figures: &Figures<'_, '_>| {
        let Block { held, need, .. } = figures.block;
        held.holders(need).pieces(need)
    };
    let needers = blocks
        .first()
        .map_or(counts.len(), |figures| figures.block.needed.len());
    let mut all = Products::new(Pieces::ONE, needers);
    for figures in blocks {
        all.multiply(&of_holders(figures), &figures.block.needed, Pieces::within);
    }
    let all = all.finish(|pieces| Messages {
        pieces: pieces.count(),
        senders: pieces.holders(),
    });
    let of_tile = |(tile, counts): (usize, &Counts)| {
        if counts.needed == counts.resident {
            return Messages::default();
        }
        let all = all[tile];
        let own = if counts.resident > 0 {
            let of_block = |figures: &Figures<'_, '_>| {
                let Block {
                    held, need, needed, ..
                } = figures.block;
                held.own(tile, need, needed[tile])
            };
            let own = blocks.iter().map(of_block).reduce(Pieces::within);
            own.unwrap_or(Pieces::ONE)
        } else {
            Pieces::default()
        };
        let others = |all: u64, own: u64| all.saturating_sub(own).max(1);
        Messages {
            pieces: others(all.pieces, own.count()),
            senders: others(all.senders, own.holders()),
        }
    };
    counts.iter().enumerate().map(of_tile).collect()
}

/// What a tile receives piece by piece.
#[derive(Debug, Clone, Copy, Default)]
struct Messages {
    pieces: u64,
    senders: u64,
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
}

impl Counts {
    /// Of a tile that holds or needs elements, or not, where they have one index of every coordinate.
    fn of_one_element(holds: bool, needs: bool) -> Self {
        Self {
            needed: u64::from(needs),
            resident: u64::from(holds && needs),
            kept: u64::from(holds && needs),
            wanted: u64::from(holds),
        }
    }

    /// What the tile does.
    fn transfer(&self, messages: Messages, exclusive: Exclusive, bytes: u64) -> TileTransfer {
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
            messages: messages.pieces,
            senders: messages.senders,
        }
    }
}
