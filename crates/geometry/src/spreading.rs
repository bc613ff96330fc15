//! An intermediate stage of a reduction: the contributors of every element in runs, each of which one tile adds up.

use std::collections::BTreeMap;

use crate::{Contributors, Interval, PartialResultsTransfer, TileTransfer, contributors::runs_of};

/// What tiles do in such a stage.
pub(crate) struct Spreading {
    contributors: Contributors,
    /// What every tile adds up: runs of elements, and which run of their contributors.
    shares: Vec<Vec<(Interval, u64)>>,
    /// Runs of contributors.
    runs: u64,
    /// Tiles that have partial sums, or would.
    havers: usize,
}

impl Spreading {
    pub(crate) fn new(transfer: &PartialResultsTransfer) -> Self {
        let shape = &transfer.partials.operand.shape;
        let runs = transfer.to.operand.shape.last().copied().unwrap_or(1);
        let (regions, of_tile) = transfer.to.distinct_regions();
        let shares = of_tile.iter().map(|region| {
            let mut shares = Vec::new();
            for cuboid in regions[*region as usize].boxes() {
                let (elements, own) = cuboid.split_at(shape.len());
                let own = own.first().copied().unwrap_or_else(|| Interval::full(1));
                for run in own.start..own.end {
                    runs_of(elements, shape, &mut |elements| shares.push((elements, run)));
                }
            }
            shares
        });
        Self {
            shares: shares.collect(),
            contributors: Contributors::of(&transfer.partials),
            runs,
            havers: transfer.partials.grid.tiles() as usize,
        }
    }

    /// The contributors that a tile adds up for a share of its own, stretch by stretch, with how many elements these are.
    fn gathered(&self, (elements, run): (Interval, u64)) -> impl Iterator<Item = (u64, &[u32])> {
        self.contributors.within(elements).map(move |(elements, tiles)| {
            let own = Contributors::run(tiles.len() as u64, run, self.runs);
            (elements, &tiles[own.start as usize..own.end as usize])
        })
    }

    pub(crate) fn depth_by_tile(&self) -> Vec<u64> {
        let mut depths = vec![0; self.shares.len().max(self.havers)];
        for (depth, shares) in depths.iter_mut().zip(&self.shares) {
            let gathered = shares.iter().flat_map(|share| self.gathered(*share));
            *depth = gathered.map(|(_, tiles)| tiles.len() as u64).max().unwrap_or(0);
        }
        depths
    }

    /// A message is what one tile sends of neighbouring elements.
    pub(crate) fn by_tile(&self, element_bytes: u64) -> Vec<TileTransfer> {
        let idle = TileTransfer {
            received_bytes: 0,
            shared_bytes: 0,
            sent_bytes: 0,
            resident_bytes: 0,
            joined_bytes: 0,
            messages: 0,
            senders: 0,
        };
        let mut tiles = vec![idle; self.shares.len().max(self.havers)];
        for (owner, shares) in self.shares.iter().enumerate() {
            for share in shares {
                let mut senders: BTreeMap<u32, u64> = BTreeMap::new();
                for (elements, from) in self.gathered(*share) {
                    for tile in from {
                        *senders.entry(*tile).or_default() += elements * element_bytes;
                    }
                }
                for (sender, bytes) in senders {
                    if sender as usize == owner {
                        tiles[owner].resident_bytes += bytes;
                    } else {
                        tiles[sender as usize].sent_bytes += bytes;
                        tiles[owner].received_bytes += bytes;
                        tiles[owner].messages += 1;
                        tiles[owner].senders += 1;
                    }
                }
            }
        }
        tiles
    }
}
