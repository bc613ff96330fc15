//! Bytes that a convolution kernel moves between the tile's SRAM and its units.

/// Bytes read from and written to SRAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Traffic {
    /// Inputs at every pass, weights at every load, partial sums where they are accumulated into.
    pub read_bytes: u64,
    /// Partial sums, cleared ones included.
    pub write_bytes: u64,
}
