//! Reductions over dimensions.

use tilesim_machine::ElementType;

/// What is accumulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReduceOp {
    /// Sum.
    Add,
    /// Sum of squares.
    SquareAdd,
    /// Largest.
    Maximum,
}

/// How the partials lie, which decides the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReduceForm {
    /// The outputs lie side by side, and the partials of one output `stride` elements apart.
    Strided {
        /// Elements between partials of one output.
        stride: u64,
    },
    /// All partials of an output lie side by side.
    Contiguous,
    /// Regions of any size at any place.
    General,
}

/// A reduction on one tile: `outputs` results of `partials` elements each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReduceVertex {
    /// What is accumulated.
    pub op: ReduceOp,
    /// How the partials lie.
    pub form: ReduceForm,
    /// Type of the partials.
    pub partials_type: ElementType,
    /// Type of the results.
    pub out_type: ElementType,
    /// Whether results are added to what is there.
    pub update: bool,
    /// Results on the tile.
    pub outputs: u64,
    /// Elements reduced into one result.
    pub partials: u64,
}
