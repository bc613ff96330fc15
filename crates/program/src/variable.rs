//! Variables: what occupies tile memory.

use crate::Source;
use tilesim_geometry::{Extent, Placement};

/// Something that lives in the memory of tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// What it is, such as `block2a/b/weights`.
    pub name: String,
    /// Whether it lives through the whole run (parameters), or from the first step that writes it to the last that reads it.
    pub always_live: bool,
    /// Where it lies.
    pub placement: Placement,
    /// Bytes of one element.
    pub element_bytes: u64,
    /// What it holds before the first step, where that is a parameter.
    pub source: Option<Source>,
}

impl Variable {
    /// Bytes that a tile sets aside for its part of the given size.
    ///
    /// What a kernel reads or writes has its channels in whole blocks; a share of a cell is kept without padding.
    pub fn bytes(&self, extent: Extent) -> u64 {
        self.bytes_where(extent.elements, extent.channels, self.placement.sharers() > 1)
    }

    /// What `finish` makes of the bytes that every tile of the placement's grid sets aside.
    pub fn bytes_by_tile<T: Copy>(&self, finish: impl Fn(u64) -> T) -> Vec<T> {
        if self.placement.sharers() > 1 {
            return self
                .placement
                .by_elements(|elements| finish(elements * self.element_bytes));
        }
        self.placement
            .by_channels(|elements, channels| finish(self.bytes_where(elements, channels, false)))
    }

    fn bytes_where(&self, elements: u64, channels: u64, shared: bool) -> u64 {
        if channels == 0 {
            return 0;
        }
        if shared {
            return elements * self.element_bytes;
        }
        let padded = channels.next_multiple_of(self.placement.channel_block.max(1));
        // Where samples hold different channels the product of both would count too much; the elements are exact.
        (elements * padded).div_ceil(channels) * self.element_bytes
    }
}
