//! Functions of an operand and another that is repeated along it.

use tilesim_machine::ElementType;

use super::BinaryOp;

/// Functions of an element and one scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScalarOp {
    /// A function of two operands, the second being the scalar.
    Binary(BinaryOp),
    /// 1/x² − ε.
    InverseStandardDeviationToVariance,
    /// 1/√(x + ε).
    VarianceToInverseStandardDeviation,
}

/// A function of every element of contiguous regions and a scalar of each region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BroadcastScalarVertex {
    /// The function.
    pub op: ScalarOp,
    /// Type of operand and result.
    pub element_type: ElementType,
    /// Whether the result overwrites the operand.
    pub in_place: bool,
    /// Elements on the tile.
    pub elements: u64,
    /// Regions that share them evenly.
    pub regions: u64,
}

/// A function of every element and the vector element of its channel, where the channels lie innermost: `slices` times
/// `broadcast_factor` rows of `slice_length` channels; every slice has a vector of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BroadcastVectorInnerVertex {
    /// The function.
    pub op: BinaryOp,
    /// Type of operands and result.
    pub element_type: ElementType,
    /// Whether the result overwrites the operand.
    pub in_place: bool,
    /// Channels that lie side by side.
    pub slice_length: u64,
    /// Rows per slice.
    pub broadcast_factor: u64,
    /// Slices: blocks of channels on the tile.
    pub slices: u64,
}

/// A function of every element and one scalar per row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BroadcastVectorOuterVertex {
    /// The function.
    pub op: BinaryOp,
    /// Type of operands and result.
    pub element_type: ElementType,
    /// Whether the result overwrites the operand.
    pub in_place: bool,
    /// Whether workers take whole rows (or else parts of every row).
    pub by_row: bool,
    /// Whether rows may begin off the data path's alignment.
    pub allow_misaligned: bool,
    /// Rows on the tile.
    pub rows: u64,
    /// Elements of a row.
    pub columns: u64,
}
