//! A layout of its own for a result.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Progression, Progressions, Spare};
use tilesim_graph::{Rearrangement, SourceIndex};

use super::Seen;
use crate::layout::{Layout, Value};

/// Bytes that a tile takes at least of channels that are spread (PopLibs lib/poputil/TileMapping.cpp).
const LEAST_LINEAR_BYTES: u64 = 128;
/// Bytes of channels that stay together: a word of the exchange's widest path.
const GRAIN_BYTES: u64 = 8;

/// Positions of the result one after the other over all tiles, channels innermost; where there are fewer positions than tiles,
/// channels are cut too. Its tiles have of every operand what they write.
pub(super) fn seen(rearrangement: &Rearrangement, values: &[Value], element_bytes: u64, tiles: u64) -> Seen {
    const CHANNELS: usize = 1;
    let shape: SmallVec<[u64; 5]> = rearrangement.shape().into();
    let dimensions = || rearrangement.result.iter().enumerate();
    let positions: SmallVec<[u8; 4]> = dimensions()
        .filter(|(dimension, _)| *dimension != CHANNELS)
        .flat_map(|(_, variables)| variables.iter().copied())
        .collect();
    let own = rearrangement.result.get(CHANNELS);
    let channels = shape.get(CHANNELS).copied().unwrap_or(1);
    let position_count: u64 = shape.iter().product::<u64>() / channels.max(1);
    let position_parts = position_count.min(tiles);
    let grain = (GRAIN_BYTES / element_bytes).max(1);
    let channel_parts = (tiles / position_parts.max(1))
        .min(channels * element_bytes / LEAST_LINEAR_BYTES)
        .min(channels.div_ceil(grain))
        .max(1);
    let grid = Arc::new(Grid::new(
        &rearrangement.sizes,
        [
            Axis::flattened(&positions, 1, position_parts.max(1)),
            Axis::flattened(own.map_or(&[][..], Vec::as_slice), grain, channel_parts),
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
        channel_block: channels.max(1),
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
