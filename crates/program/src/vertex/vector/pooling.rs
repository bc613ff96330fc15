//! Sliding-window pooling.

use tilesim_machine::ElementType;

/// What is pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolingKind {
    /// Sum, and with it the average.
    Sum,
    /// Largest.
    Maximum,
    /// Gradient of the largest.
    MaximumGradient,
}

/// Pools windows on one tile. An item is one output position with one row of its window; channels lie innermost in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolingVertex {
    /// What is pooled.
    pub kind: PoolingKind,
    /// Type of the elements.
    pub element_type: ElementType,
    /// Output positions of a group of channels that the tile sets to their first value; its workers share them.
    pub initial_elements: u64,
    /// Vectors of channels (data path wide) in a group.
    pub channel_vectors: u64,
    /// Groups of channels on the tile.
    pub channel_groups: u64,
    /// Rows that the slowest worker takes.
    pub rows_per_worker: u64,
    /// Items of a row.
    pub items_per_row: u64,
    /// Input elements of an item, at least one.
    pub elements_per_item: u64,
}
