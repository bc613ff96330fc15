//! Work that is the same on a number of tiles.

use super::WorkClass;
use crate::{Vertex, vertex::vector::VectorVertex};

/// The same vertex on each of the first `tiles` tiles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UniformWork {
    /// What each does.
    pub vertex: VectorVertex,
    /// How many there are.
    pub tiles: u64,
}

impl UniformWork {
    /// The one class.
    pub fn classes(&self) -> Vec<WorkClass> {
        vec![WorkClass {
            vertex: Vertex::Vector(self.vertex),
            tiles: self.tiles,
        }]
    }
}
