//! Work tile by tile, for whoever looks at single tiles.

use super::{ConvolutionWork, PartialsWork, PoolingWork, ReduceAddWork, UniformWork, VectorWork, Work};
use crate::{Vertex, geometry::Extent, vertex::vector::VectorVertex};

impl Work {
    /// What every tile up to the last with work does, `None` where it has nothing to do. As many have work as [`Work::classes`]
    /// counts.
    pub fn by_tile(&self) -> Vec<Option<Vertex>> {
        match self {
            Self::Convolution(work) => convolution(work),
            Self::ReduceAdd(work) => reduce_add(work),
            Self::Partials(work) => partials(work),
            Self::Pooling(work) => pooling(work),
            Self::Vector(work) => vector(work),
            Self::Uniform(work) => uniform(work),
        }
    }
}

fn convolution(work: &ConvolutionWork) -> Vec<Option<Vertex>> {
    (0..work.grid.tiles())
        .map(|tile| {
            let empty = work.grid.parts_of(tile).iter().any(|part| part.length == 0);
            work.work(tile).filter(|_| !empty).map(Vertex::Convolution)
        })
        .collect()
}

fn reduce_add(work: &ReduceAddWork) -> Vec<Option<Vertex>> {
    let shares = work.stage.shares_by_tile();
    shares.into_iter().map(|share| work.vertex(share)).collect()
}

fn partials(work: &PartialsWork) -> Vec<Option<Vertex>> {
    work.shares_by_tile()
        .into_iter()
        .map(|share| work.vertex(share))
        .collect()
}

fn pooling(work: &PoolingWork) -> Vec<Option<Vertex>> {
    of_extents(&work.over.extents_by_tile(), |extent| work.vertex(extent))
}

fn vector(work: &VectorWork) -> Vec<Option<Vertex>> {
    of_extents(&work.over.extents_by_tile(), |extent| {
        Vertex::Vector(work.vertex(extent))
    })
}

fn uniform(work: &UniformWork) -> Vec<Option<Vertex>> {
    vec![Some(Vertex::Vector(work.vertex)); work.tiles as usize]
}

fn of_extents(extents: &[Extent], vertex: impl Fn(Extent) -> Vertex) -> Vec<Option<Vertex>> {
    extents
        .iter()
        .map(|&extent| (extent.elements > 0).then(|| vertex(extent)))
        .collect()
}
