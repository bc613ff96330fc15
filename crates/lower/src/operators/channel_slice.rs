//! Channels of a part of a vector by channel, `[1, C]`.

use std::sync::Arc;

use smallvec::smallvec;
use tilesim_geometry::{Cover, Grid, Operand, Placement, Window};
use tilesim_program::{
    VariableId, Work,
    work::{CopyPositions, VectorKernel, VectorWork},
};

use crate::{
    context::Context,
    layout::{Layout, Value},
};

/// Some channels of a vector, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChannelSlice {
    /// The first.
    pub(super) start: u64,
    /// How many.
    pub(super) size: u64,
}

/// Which way a slice is copied on the tiles that hold it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Direction {
    /// Out of the whole.
    Take,
    /// Into the whole.
    Put,
}

impl ChannelSlice {
    /// The slice, `[1, size]`, on the tiles that hold its channels of the whole.
    pub(super) fn where_whole_lies(self, whole: &Layout) -> Layout {
        shifted(whole, self.size, self.start.cast_signed())
    }

    /// The whole, `[1, total]`, as far as it is needed where the slice is to lie.
    pub(super) fn where_slice_lies(self, slice: &Layout, total: u64) -> Layout {
        shifted(slice, total, -self.start.cast_signed())
    }

    /// Copies the slice on the tiles where `part` lies.
    pub(super) fn copy(
        self,
        context: &mut Context,
        name: String,
        direction: Direction,
        part: &Value,
        from: VariableId,
        to: VariableId,
    ) {
        let positions = match direction {
            Direction::Take => CopyPositions::Take { start: self.start },
            Direction::Put => CopyPositions::Put { start: self.start },
        };
        context.emitter.compute(
            name,
            Work::Vector(VectorWork {
                over: part.placement().clone(),
                kernel: VectorKernel::Copy {
                    element_bytes: part.element_type.bytes(),
                    piece_bytes: u64::MAX,
                    positions,
                },
            }),
            vec![from],
            vec![to],
        );
    }
}

/// A vector of so many channels where those of another lie that come `distance` channels later.
fn shifted(other: &Layout, channels: u64, distance: i64) -> Layout {
    const CHANNELS: u8 = 1;
    let placement = &other.placement;
    let mut grid = Grid::clone(&placement.grid);
    let still = grid.sizes.len() as u8;
    grid.sizes.push(1);
    let window = Window {
        output: CHANNELS,
        kernel: still,
        stride: 1,
        kernel_dilation: 1,
        input_dilation: 1,
        padding_lower: distance,
        skips: false,
    };
    Layout::by_channels(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: smallvec![1, channels],
            covers: smallvec![Cover::Variables(smallvec![0]), Cover::Window(window)],
        }),
        spare: placement.spare,
        channel_block: placement.channel_block,
    })
}
