//! Work: what a compute set gives each tile to do, as a generator.
//!
//! A generator is a kernel and the placement that it runs over; the work of any tile and the classes of tiles with equal work
//! follow from it and are never stored beside it.

mod by_tile;
mod convolution;
mod pooling;
mod rearrangement;
mod reduction;
mod slicing;
mod uniform;
mod vector;

pub use convolution::{AxisRole, ConvolutionOperands, ConvolutionWork};
pub use pooling::{PoolingKernel, PoolingWork};
pub use rearrangement::RearrangementWork;
pub use reduction::{Channels, LocalReductionWork, PartialsWork, ReduceAddWork};
pub use slicing::{SliceCopy, Slicing};
pub use uniform::UniformWork;
pub use vector::{CopyPositions, Factor, VectorKernel, VectorWork};

use crate::Vertex;

/// The work of one compute set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Work {
    /// Partial convolutions.
    Convolution(ConvolutionWork),
    /// Sums of a convolution's partial sums.
    ReduceAdd(ReduceAddWork),
    /// Reductions of what a tile holds.
    LocalReduction(LocalReductionWork),
    /// Sums of partial results of a reduction.
    Partials(PartialsWork),
    /// Windowed pooling.
    Pooling(PoolingWork),
    /// A vector kernel over the elements that a tile holds.
    Vector(VectorWork),
    /// Copies to other places of a tensor.
    Rearrangement(RearrangementWork),
    /// A vector kernel with the same share on every tile.
    Uniform(UniformWork),
}

/// Tiles with equal work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkClass {
    /// What each of them does.
    pub vertex: Vertex,
    /// How many there are.
    pub tiles: u64,
}

impl Work {
    /// The classes of tiles that have work; their tiles add up to those with work.
    pub fn classes(&self) -> Vec<WorkClass> {
        match self {
            Self::Convolution(work) => work.classes(),
            Self::ReduceAdd(work) => work.classes(),
            Self::LocalReduction(work) => work.classes(),
            Self::Partials(work) => work.classes(),
            Self::Pooling(work) => work.classes(),
            Self::Vector(work) => work.classes(),
            Self::Rearrangement(work) => work.classes(),
            Self::Uniform(work) => work.classes(),
        }
    }
}

/// Groups equal keys, and makes the vertex of each group. Neighbours are mostly alike, so that few runs are to be sorted.
fn classes_of<K: Ord>(keys: &[K], vertex: impl Fn(&K) -> Option<Vertex>) -> Vec<WorkClass> {
    let mut runs: Vec<&[K]> = keys.chunk_by(|a, b| a == b).collect();
    runs.sort_unstable_by(|a, b| b[0].cmp(&a[0]));
    let mut classes = Vec::new();
    for same in runs.chunk_by(|a, b| a[0] == b[0]) {
        if let Some(vertex) = vertex(&same[0][0]) {
            classes.push(WorkClass {
                vertex,
                tiles: same.iter().map(|run| run.len() as u64).sum(),
            });
        }
    }
    classes
}
