//! The work of every single tile: what the classes are the quotient of.

use super::Work;
use crate::{Vertex, vertex::vector::VectorVertex};
use tilesim_geometry::Extent;

impl Work {
    /// Which tiles have work: those for which [`Self::by_tile`] has a vertex, without the vertices.
    pub fn tiles_with_work(&self) -> Vec<bool> {
        let some = |elements: Vec<u64>| elements.into_iter().map(|elements| elements > 0).collect();
        match self {
            Self::Convolution(work) => work.grid.tiles_with_parts(),
            Self::ReduceAdd(work) => {
                let shares = work.stage.shares_by_tile();
                shares.into_iter().map(|share| share.outputs > 0).collect()
            }
            Self::LocalReduction(work) => some(work.over.elements_by_tile()),
            Self::Partials(work) => some(work.transfer.to.elements_by_tile()),
            Self::Pooling(work) => some(work.over.elements_by_tile()),
            Self::Vector(work) => some(work.over.elements_by_tile()),
            Self::Rearrangement(work) => some(work.elements_by_tile()),
            Self::Uniform(work) => vec![true; work.tiles as usize],
        }
    }

    /// What every tile does, up to the last tile that may take part; `None` for tiles without work.
    ///
    /// Grows with the tiles. [`Self::classes`] says the same in a few entries, for whoever needs not know which tile is which.
    pub fn by_tile(&self) -> Vec<Option<Vertex>> {
        match self {
            Self::Convolution(work) => (0..work.grid.tiles())
                .map(|tile| {
                    let parts = work.grid.parts_of(tile);
                    let has_work = parts.iter().all(|part| part.length > 0);
                    has_work
                        .then(|| work.work(tile))
                        .flatten()
                        .map(Vertex::Convolution)
                })
                .collect(),
            Self::ReduceAdd(work) => {
                let shares = work.stage.shares_by_tile();
                shares.into_iter().map(|share| work.vertex(share)).collect()
            }
            Self::LocalReduction(work) => work
                .shares_by_tile()
                .into_iter()
                .map(|share| work.vertex(share))
                .collect(),
            Self::Partials(work) => work
                .shares_by_tile()
                .into_iter()
                .map(|share| work.vertex(share))
                .collect(),
            Self::Pooling(work) => of_extents(work.over.extents_by_tile(), |extent| {
                VectorVertex::Pooling(work.vertex(extent))
            }),
            Self::Vector(work) => of_extents(work.over.extents_by_tile(), |extent| work.vertex(extent)),
            Self::Rearrangement(work) => {
                let elements = work.elements_by_tile().into_iter();
                elements.map(|elements| work.vertex(elements)).collect()
            }
            Self::Uniform(work) => vec![Some(Vertex::Vector(work.vertex)); work.tiles as usize],
        }
    }
}

fn of_extents(extents: Vec<Extent>, vertex: impl Fn(Extent) -> VectorVertex) -> Vec<Option<Vertex>> {
    extents
        .into_iter()
        .map(|extent| (extent.elements > 0).then(|| Vertex::Vector(vertex(extent))))
        .collect()
}
