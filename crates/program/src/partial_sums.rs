//! The staged reduction of a convolution's partial sums.

use crate::{TileTransfer, geometry::Placement};

/// One stage of a reduction: the tiles that hold partial sums of the same cell deal the cell out among groups of `depth` of
/// them, and each receives the others' partial sums of its share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartialSumsExchange {
    /// The cells of partial sums before the first stage: every tile along the axes that the operand does not depend on has
    /// its own.
    pub cells: Placement,
    /// Into how many shares earlier stages have cut a cell.
    pub divided: u64,
    /// Partial sums that this stage adds up.
    pub depth: u64,
    /// Bytes of one partial sum.
    pub element_bytes: u64,
}

impl PartialSumsExchange {
    /// Elements of every tile's cell that this stage leaves to it.
    pub fn outputs_by_tile(&self) -> Vec<u64> {
        let inputs = self.inputs_by_tile();
        (0..)
            .zip(inputs)
            .map(|(tile, held)| self.share(tile, held, self.divided, self.depth))
            .collect()
    }

    /// What every tile does.
    pub fn by_tile(&self) -> Vec<TileTransfer> {
        (0..)
            .zip(self.inputs_by_tile())
            .map(|(tile, held)| {
                let outputs = self.share(tile, held, self.divided, self.depth);
                if held == 0 {
                    return TileTransfer::default();
                }
                TileTransfer {
                    received_bytes: outputs * (self.depth - 1) * self.element_bytes,
                    shared_bytes: 0,
                    sent_bytes: (held - outputs) * self.element_bytes,
                    resident_bytes: outputs * self.element_bytes,
                    messages: if outputs == 0 { 0 } else { self.depth - 1 },
                }
            })
            .collect()
    }

    /// Elements that a tile holds before this stage.
    fn inputs_by_tile(&self) -> Vec<u64> {
        let cells = self.cells.elements_by_tile();
        if self.divided == 1 {
            return cells;
        }
        (0..)
            .zip(cells)
            .map(|(tile, cell)| self.share(tile, cell, 1, self.divided))
            .collect()
    }

    /// Index of a tile among those that have partial sums of the same cell.
    fn sharer(&self, tile: u64) -> u64 {
        let grid = &self.cells.grid;
        grid.axes
            .iter()
            .zip(grid.digits(tile))
            .filter(|(axis, _)| !self.cells.uses(axis))
            .fold(0, |index, (axis, digit)| index * axis.parts + digit)
    }

    /// The share of `elements` that falls to a tile when its sharers, `stride` apart, cut them into `parts`.
    fn share(&self, tile: u64, elements: u64, stride: u64, parts: u64) -> u64 {
        let index = self.sharer(tile) / stride % parts;
        (index + 1) * elements / parts - index * elements / parts
    }
}
