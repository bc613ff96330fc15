//! Moving data on the tile.

use tilesim_machine::ElementType;

/// Copies data piece by piece: the rearrangement from one order to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CopyVertex {
    /// Bytes on the tile.
    pub bytes: u64,
    /// Bytes of one contiguous run, contiguous in both orders.
    pub piece_bytes: u64,
}

/// Copies `sub_elements` slices of `region_elements` each, at an offset known at run time (and the same in the other
/// direction: an update).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DynamicSliceVertex {
    /// Type of the elements.
    pub element_type: ElementType,
    /// Elements of one slice.
    pub region_elements: u64,
    /// Slices.
    pub sub_elements: u64,
}

/// Gathers rows at offsets known at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MultiSliceVertex {
    /// Type of the elements.
    pub element_type: ElementType,
    /// Elements of one row.
    pub row_elements: u64,
    /// Rows gathered.
    pub offsets: u64,
}

/// Transposes matrices, each of which lies contiguously.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransposeVertex {
    /// Type of the elements.
    pub element_type: ElementType,
    /// Matrices on the tile.
    pub matrices: u64,
    /// Rows of one matrix before the transposition.
    pub rows: u64,
    /// Columns of one matrix before the transposition.
    pub columns: u64,
}
