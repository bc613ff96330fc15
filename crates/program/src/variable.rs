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
        let whole_blocks = whole_blocks(&self.placement, self.placement.sharers() > 1);
        whole_blocks(extent.elements, extent.channels) * self.element_bytes
    }

    /// What `finish` makes of the bytes that every tile of the placement's grid sets aside.
    pub fn bytes_by_tile<T: Copy>(&self, finish: impl Fn(u64) -> T) -> Vec<T> {
        Self::bytes_by_tile_for(&self.placement, self.element_bytes, finish)
    }

    /// As [`Self::bytes_by_tile`], of something that is so placed.
    pub fn bytes_by_tile_for<T: Copy>(
        placement: &Placement,
        element_bytes: u64,
        finish: impl Fn(u64) -> T,
    ) -> Vec<T> {
        if placement.sharers() > 1 {
            return placement.by_elements(|elements| finish(elements * element_bytes));
        }
        let whole_blocks = whole_blocks(placement, false);
        placement.by_channels(|elements, channels| finish(whole_blocks(elements, channels) * element_bytes))
    }
}

/// Elements for which room is set aside, of elements and the channels that they touch: those of whole blocks, unless tiles have shares.
fn whole_blocks(placement: &Placement, shared: bool) -> impl Fn(u64, u64) -> u64 {
    let block = placement.channel_block.max(1);
    move |elements, channels| {
        if channels == 0 {
            0
        } else if shared {
            elements
        } else {
            // Where samples hold different channels the product of both would count too much; the elements are exact.
            (elements * channels.next_multiple_of(block)).div_ceil(channels)
        }
    }
}
