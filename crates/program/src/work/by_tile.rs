//! Work tile by tile, for whoever looks at single tiles.

use std::collections::BTreeMap;

use super::{ConvolutionWork, PartialsWork, PoolingWork, ReduceAddWork, UniformWork, VectorWork, Work};
use crate::{Vertex, geometry::Extent, vertex::vector::VectorVertex};

/// What every tile does; tiles with equal work share a vertex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkByTile {
    /// The distinct vertices.
    pub vertices: Vec<Vertex>,
    /// For each tile up to the last with work: index into `vertices`, or `None` where it has nothing to do.
    pub of_tile: Vec<Option<usize>>,
}

impl Work {
    /// What every tile does; as many tiles have work as [`Work::classes`] counts.
    pub fn by_tile(&self) -> WorkByTile {
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

fn convolution(work: &ConvolutionWork) -> WorkByTile {
    let lengths = |tile| -> Vec<u64> {
        work.grid
            .parts_of(tile)
            .iter()
            .map(|part| part.length)
            .collect()
    };
    assigned((0..work.grid.tiles()).map(lengths), |lengths, tile| {
        if lengths.contains(&0) {
            return None;
        }
        work.work(tile).map(Vertex::Convolution)
    })
}

fn reduce_add(work: &ReduceAddWork) -> WorkByTile {
    assigned(work.stage.shares_by_tile().into_iter(), |&share, _| work.vertex(share))
}

fn partials(work: &PartialsWork) -> WorkByTile {
    assigned(work.shares().into_iter(), |&share, _| work.vertex(share))
}

fn pooling(work: &PoolingWork) -> WorkByTile {
    of_extents(&work.over.extents_by_tile(), |extent| work.vertex(extent))
}

fn vector(work: &VectorWork) -> WorkByTile {
    of_extents(&work.over.extents_by_tile(), |extent| Vertex::Vector(work.vertex(extent)))
}

fn uniform(work: &UniformWork) -> WorkByTile {
    WorkByTile {
        vertices: vec![Vertex::Vector(work.vertex)],
        of_tile: vec![Some(0); work.tiles as usize],
    }
}

fn of_extents(extents: &[Extent], vertex: impl Fn(Extent) -> Vertex) -> WorkByTile {
    assigned(extents.iter().copied(), |&extent, _| (extent.elements > 0).then(|| vertex(extent)))
}

/// Gives equal keys the same vertex, made of the first tile that has the key.
fn assigned<K: Ord>(
    keys: impl Iterator<Item = K>,
    vertex: impl Fn(&K, u64) -> Option<Vertex>,
) -> WorkByTile {
    let mut vertices = Vec::new();
    let mut index_of: BTreeMap<K, Option<usize>> = BTreeMap::new();
    let of_tile = keys
        .zip(0_u64..)
        .map(|(key, tile)| {
            if let Some(&index) = index_of.get(&key) {
                return index;
            }
            let index = vertex(&key, tile).map(|vertex| {
                vertices.push(vertex);
                vertices.len() - 1
            });
            index_of.insert(key, index);
            index
        })
        .collect();
    WorkByTile { vertices, of_tile }
}
