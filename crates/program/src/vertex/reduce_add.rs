//! Sums of partial sums that other tiles computed.

use tilesim_machine::ElementType;

/// One tile's share of a reduction of partial sums (`ReduceAdd`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReduceAddVertex {
    /// Type of the partial sums.
    pub partials_type: ElementType,
    /// Type of the outputs.
    pub output_type: ElementType,
    /// Outputs of this tile.
    pub outputs: u64,
    /// Partial sums of each output, the tile's own included.
    pub depth: u64,
    /// Whether the partial sums that were received lie one behind the other, beside the tile's own.
    pub single_input: bool,
    /// Whether they also lie in interleaved memory, from which twice as much is loaded per cycle.
    pub interleaved: bool,
}

impl ReduceAddVertex {
    /// A vertex of the same kernel without sizes.
    pub(super) const fn kernel(self) -> Self {
        Self {
            outputs: 0,
            depth: 0,
            ..self
        }
    }
}
