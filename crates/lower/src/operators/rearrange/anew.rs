//! A layout of its own for a result.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Progression, Progressions, Spare};
use tilesim_graph::{Rearrangement, SourceIndex};
use tilesim_machine::Machine;

use super::Seen;
use crate::layout::{Layout, Value};

/// Bytes that a tile takes at least where channels are spread (PopLibs lib/poputil/TileMapping.cpp).
const LEAST_LINEAR_BYTES: u64 = 128;
/// Channels that stay together: the largest blocks of the convolution units.
const GRAIN: u64 = 16;

/// Positions of the result one after the other over tiles, channels innermost, and cut where that gives tiles less to do. Its tiles have
/// of every operand what they write.
pub(super) fn seen(
    rearrangement: &Rearrangement,
    values: &[Value],
    element_bytes: u64,
    machine: &Machine,
) -> Seen {
    const CHANNELS: usize = 1;
    let shape: SmallVec<[u64; 5]> = rearrangement.shape().into();
    let dimensions = || rearrangement.result.iter().enumerate();
    let positions: SmallVec<[u8; 4]> = dimensions()
        .filter(|(dimension, _)| *dimension != CHANNELS)
        .flat_map(|(_, variables)| variables.iter().copied())
        .collect();
    let own = rearrangement.result.get(CHANNELS);
    let channels = shape.get(CHANNELS).copied().unwrap_or(1).max(1);
    let cuts = Cuts::of(
        shape.iter().product::<u64>() / channels,
        channels,
        element_bytes,
        machine,
    );
    let grid = Arc::new(Grid::new(
        &rearrangement.sizes,
        [
            Axis::flattened(&positions, 1, cuts.positions),
            Axis::flattened(own.map_or(&[][..], Vec::as_slice), GRAIN, cuts.channels),
        ],
    ));
    let covers = dimensions().map(|(_, variables)| Cover::Variables(SmallVec::from_slice(variables)));
    let result = Layout::by_channels(Placement {
        grid: Arc::clone(&grid),
        operand: Arc::new(Operand {
            covers: covers.collect(),
            shape,
        }),
        spare: Spare::Shared,
        channel_block: cuts.block(channels),
    });
    let sources = rearrangement.sources.iter().zip(values).map(|(source, value)| {
        let order = value.layout.order;
        let covers = source.iter().map(cover);
        let operand = Operand {
            covers: covers.collect(),
            shape: SmallVec::from_slice(value.shape()),
        };
        Layout {
            placement: Placement {
                grid: Arc::clone(&grid),
                operand: Arc::new(operand),
                spare: Spare::Replicated,
                channel_block: order.channel_block(),
            },
            order,
        }
    });
    Seen {
        sources: sources.collect(),
        result,
    }
}

/// Parts that positions and channels are cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cuts {
    positions: u64,
    channels: u64,
}

impl Cuts {
    /// The parts with which the fullest tile has least to do, of equals the fewest parts of channels.
    ///
    /// Kernels deal a tile's positions to its workers, so that a few positions take as long as one for each worker.
    fn of(positions: u64, channels: u64, element_bytes: u64, machine: &Machine) -> Self {
        let tiles = u64::from(machine.tiles).max(1);
        let workers = u64::from(machine.workers).max(1);
        let grains = channels.div_ceil(GRAIN);
        let cuts = (1..=grains.min(tiles)).map(|parts| Self {
            positions: positions.min(tiles / parts),
            channels: parts,
        });
        let load = |cuts: &Self| {
            let rows = positions.div_ceil(cuts.positions);
            let own = (grains.div_ceil(cuts.channels) * GRAIN).min(channels);
            (rows, own)
        };
        cuts.filter(|cuts| {
            let (rows, own) = load(cuts);
            cuts.channels == 1 || rows * own * element_bytes >= LEAST_LINEAR_BYTES
        })
        .min_by_key(|cuts| {
            let (rows, own) = load(cuts);
            rows.next_multiple_of(workers) * own
        })
        .unwrap_or(Self {
            positions: positions.min(tiles),
            channels: 1,
        })
    }

    /// Channels that lie side by side: all that a tile has, where each has as many.
    const fn block(self, channels: u64) -> u64 {
        if self.channels == 1 {
            channels
        } else if channels.is_multiple_of(GRAIN * self.channels) {
            channels / self.channels
        } else {
            GRAIN
        }
    }
}

/// How a dimension of an operand depends on the iteration space.
fn cover(index: &SourceIndex) -> Cover {
    match index {
        SourceIndex::Digits(variables) => Cover::Variables(SmallVec::from_slice(variables)),
        SourceIndex::Progressions {
            variable,
            progressions,
        } => Cover::Progressions(Progressions {
            variable: *variable,
            pieces: progressions.iter().map(piece).collect(),
        }),
    }
}

fn piece(progression: &tilesim_graph::Progression) -> Progression {
    let tilesim_graph::Progression {
        first,
        every,
        count,
        index,
        step,
    } = *progression;
    Progression {
        first,
        every,
        count,
        index,
        step,
    }
}

#[cfg(test)]
mod tests {
    use tilesim_test_support::machines::mk2;

    use super::*;

    #[test]
    fn tiles_have_positions_for_their_workers() {
        let of = |positions, channels| {
            let cuts = Cuts::of(positions, channels, 2, &mk2());
            (cuts.positions, cuts.channels, cuts.block(channels))
        };
        // 5 or 6 positions of 32 channels are as soon done as 9 of 16.
        assert_eq!(of(14 * 14, 1024), (46, 32, 32));
        // Many positions of few channels.
        assert_eq!(of(224 * 224, 3), (1472, 1, 3));
        // Nobody gets less than 128 bytes of a vector.
        assert_eq!(of(1, 1000), (1, 16, 16));
        assert_eq!(of(1, 8), (1, 1, 8));
    }
}
