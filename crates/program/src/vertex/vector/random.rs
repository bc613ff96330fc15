//! Random numbers.

use tilesim_machine::ElementType;

/// Writes random factors of dropout: 0, or the inverse of the probability of being kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RandomMaskVertex {
    /// Type of the factors.
    pub element_type: ElementType,
    /// Elements on the tile.
    pub elements: u64,
}
