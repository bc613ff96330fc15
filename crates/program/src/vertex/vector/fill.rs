//! Writing one value.

use tilesim_machine::ElementType;

/// Writes one value to every element of a contiguous region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FillVertex {
    /// Type of the elements.
    pub element_type: ElementType,
    /// Elements on the tile.
    pub elements: u64,
}
