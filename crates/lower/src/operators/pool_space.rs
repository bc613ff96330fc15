//! The iteration space of a pooling or of its gradient.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_graph::Pool;
use tilesim_machine::Machine;
use tilesim_program::geometry::{Axis, Cover, Grid, Operand, Placement, Spare, Window};

/// Samples, channels, positions of the result, positions of the window.
pub(super) struct PoolSpace {
    grid: Arc<Grid>,
    channel_block: u64,
}

const BATCH: u8 = 0;
const CHANNEL: u8 = 1;
const FIELD: u8 = 2;

impl PoolSpace {
    /// The space of a result of `shape`, cut over tiles.
    pub(super) fn new(shape: &[u64], kernel: &[u64], channel_block: u64, machine: &Machine) -> Self {
        let sizes: SmallVec<[u64; 12]> = shape.iter().chain(kernel).copied().collect();
        let positions: u64 = shape[0] * shape[2..].iter().product::<u64>();
        let (position_parts, channel_parts) = cut(positions, shape[1].div_ceil(channel_block), machine);
        let mut flattened: SmallVec<[u8; 4]> = smallvec![BATCH];
        flattened.extend((0..kernel.len()).map(|d| FIELD + d as u8));
        Self {
            grid: Arc::new(Grid::new(
                &sizes,
                [
                    Axis::flattened(&flattened, 1, position_parts),
                    Axis::single(CHANNEL, channel_block, channel_parts),
                ],
            )),
            channel_block,
        }
    }

    /// A tensor of the positions of the result.
    pub(super) fn held(shape: &[u64]) -> Operand {
        let positions = (2..shape.len()).map(|d| Cover::Variables(smallvec![d as u8]));
        operand(shape, positions)
    }

    /// The input of `pool`, as the windows of its outputs touch it.
    pub(super) fn windows(pool: &Pool, shape: &[u64]) -> Operand {
        operand(
            shape,
            (0..pool.kernel.len()).map(|d| {
                Cover::Window(Window {
                    output: FIELD + d as u8,
                    kernel: FIELD + (pool.kernel.len() + d) as u8,
                    stride: pool.stride[d].cast_signed(),
                    kernel_dilation: 1,
                    input_dilation: 1,
                    padding_lower: pool.padding_lower[d].cast_signed(),
                })
            }),
        )
    }

    /// The output of `pool`, as the elements of its input touch it: those of all windows that they lie in.
    ///
    /// Window position `k` of output `o` is input `i = s·o + k − p`, so `s·o = i + (K − 1 − k) − (K − 1 − p)`.
    pub(super) fn windows_of_inputs(pool: &Pool, shape: &[u64]) -> Operand {
        operand(
            shape,
            (0..pool.kernel.len()).map(|d| {
                Cover::Window(Window {
                    output: FIELD + d as u8,
                    kernel: FIELD + (pool.kernel.len() + d) as u8,
                    stride: 1,
                    kernel_dilation: 1,
                    input_dilation: pool.stride[d],
                    padding_lower: pool.kernel[d].cast_signed() - 1 - pool.padding_lower[d].cast_signed(),
                })
            }),
        )
    }

    /// Where tiles hold or need an operand.
    pub(super) fn placement(&self, operand: Arc<Operand>, spare: Spare) -> Placement {
        Placement {
            grid: Arc::clone(&self.grid),
            operand,
            spare,
            channel_block: self.channel_block,
        }
    }
}

fn operand(shape: &[u64], spatial: impl Iterator<Item = Cover>) -> Operand {
    let mut covers: SmallVec<[Cover; 5]> = smallvec![
        Cover::Variables(smallvec![BATCH]),
        Cover::Variables(smallvec![CHANNEL]),
    ];
    covers.extend(spatial);
    Operand {
        shape: SmallVec::from_slice(shape),
        covers,
    }
}

/// Parts of positions and of channel blocks so that the slowest worker's share is least, as a tile's workers share its positions
/// but not its channels; then the largest tile's share; with as few parts of channels as that takes.
fn cut(positions: u64, blocks: u64, machine: &Machine) -> (u64, u64) {
    let (tiles, workers) = (u64::from(machine.tiles), u64::from(machine.workers));
    let share = |channel_parts: u64| {
        let position_parts = (tiles / channel_parts).min(positions).max(1);
        let of_tile = positions.div_ceil(position_parts);
        let blocks_of_tile = blocks.div_ceil(channel_parts);
        (
            of_tile.div_ceil(workers) * blocks_of_tile,
            of_tile * blocks_of_tile,
            channel_parts,
            position_parts,
        )
    };
    let (_, _, channel_parts, position_parts) = (2..=blocks.min(tiles))
        .map(share)
        .fold(share(1), std::cmp::Ord::min);
    (position_parts, channel_parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_worker_has_a_position() {
        let machine = tilesim_machine::load("mk2").expect("a bundled machine").machine;
        let (position_parts, channel_parts) = cut(17 * 17, 96, &machine);
        assert!(289_u64.div_ceil(position_parts) >= 6);
        assert!(channel_parts > 1);
    }
}
