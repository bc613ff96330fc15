//! What tiles do in an exchange.

use tilesim_geometry::TileTransfer;

/// What tiles do in an exchange: neighbours mostly do the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// What so many tiles do, in order of tiles.
    pub(crate) runs: Vec<(TileTransfer, u32)>,
}

impl Moved {
    pub(crate) fn new(by_tile: &[TileTransfer]) -> Self {
        let runs = by_tile.chunk_by(|left, right| left == right);
        Self {
            runs: runs.map(|run| (run[0], run.len() as u32)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_all_tiles() {
        let some = TileTransfer {
            sent_bytes: 4,
            ..TileTransfer::default()
        };
        let moved = Moved::new(&[some, some, TileTransfer::default(), some]);
        assert_eq!(moved.runs, [(some, 2), (TileTransfer::default(), 1), (some, 1)]);
    }
}
