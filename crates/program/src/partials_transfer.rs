//! Partial results of a reduction over tiles.

use crate::{TileTransfer, geometry::Placement};

/// Partial results go to the tile that adds them up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartialsTransfer {
    /// Who has partials of which elements.
    pub partials: Placement,
    /// Who adds them up.
    pub to: Placement,
    /// Bytes of one partial result.
    pub element_bytes: u64,
}

impl PartialsTransfer {
    /// What every tile does.
    pub fn by_tile(&self, _tiles_per_bus: u64) -> Vec<TileTransfer> {
        Vec::new()
    }

    /// Contributors.
    pub fn depth_by_tile(&self) -> Vec<u64> {
        Vec::new()
    }
}
