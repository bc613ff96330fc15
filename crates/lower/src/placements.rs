//! What lowering asks of placements, tile by tile.

use tilesim_geometry::Placement;
use tilesim_program::Variable;
use tilesim_terms::Memo;

use crate::layout::Layout;

/// What lowering asks of placements, tile by tile: of a network the same again and again, and of its variants. Answers are kept for as many
/// runs as there is room for; a run that finds its own there is lowered to the same program.
#[derive(Debug)]
pub struct SharedPlacements {
    elements: Memo<Placement, Elements>,
    fullest: Memo<Vec<(Placement, u64)>, u64>,
    stages: Memo<StageKey, Option<Layout>>,
}

/// Elements that tiles hold or need.
#[derive(Debug, Clone, Copy)]
struct Elements {
    /// Of the tile with most.
    most: u64,
    /// Of all tiles together.
    total: u64,
}

/// What a stage of a reduction depends on: partial results, tensors that lie so, the grain of a kernel's vectors, and tiles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct StageKey {
    pub(crate) partials: Placement,
    pub(crate) tensors: u64,
    pub(crate) grain: u64,
    pub(crate) tiles: u64,
}

impl SharedPlacements {
    /// Room for about so many bytes of answers; those about a network of a few hundred steps take a few hundred kilobytes.
    pub fn new(bytes: usize) -> Self {
        /// About what a grid and an operand take, of which others hold a part.
        const PLACEMENT: usize = 512;
        let part = bytes / 3;
        Self {
            elements: Memo::new(part, |_, _| PLACEMENT),
            fullest: Memo::new(part, |_, _| 2 * PLACEMENT),
            stages: Memo::new(part, |_, _| 2 * PLACEMENT),
        }
    }

    /// Elements of the tile that holds most.
    pub(crate) fn most_elements(&self, placement: &Placement) -> u64 {
        self.elements(placement).most
    }

    /// Elements that all tiles hold together.
    pub(crate) fn all_elements(&self, placement: &Placement) -> u64 {
        self.elements(placement).total
    }

    fn elements(&self, placement: &Placement) -> Elements {
        *self.elements.of(placement, Placement::clone, || {
            let by_tile = placement.elements_by_tile();
            Elements {
                most: by_tile.iter().copied().max().unwrap_or(0),
                total: by_tile.into_iter().sum(),
            }
        })
    }

    /// The most that a tile sets aside for placements together, each with the bytes of an element.
    pub(crate) fn fullest_bytes(&self, placements: &[(Placement, u64)]) -> u64 {
        let find = || {
            let mut sums: Vec<u64> = Vec::new();
            for (placement, element_bytes) in placements {
                let of_tiles = Variable::bytes_by_tile_for(placement, *element_bytes, |bytes| bytes);
                sums.resize(sums.len().max(of_tiles.len()), 0);
                for (sum, bytes) in sums.iter_mut().zip(of_tiles) {
                    *sum += bytes;
                }
            }
            sums.into_iter().max().unwrap_or(0)
        };
        *self.fullest.of(placements, <[_]>::to_vec, find)
    }

    /// A stage of a reduction, which `find` plans.
    pub(crate) fn stage(
        &self,
        key: &StageKey,
        find: impl FnOnce(&StageKey) -> Option<Layout>,
    ) -> Option<Layout> {
        let stage = self.stages.of(key, StageKey::clone, || find(key));
        Option::clone(&stage)
    }
}
