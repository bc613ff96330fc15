//! Vectors by channel where others lie whose channels come earlier or later: joined vectors and their slices, seen through a window of
//! one kernel position and an offset. Property tests against intervals and plain counts.

use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;
use smallvec::smallvec;
use tilesim_geometry::Transfer;
use tilesim_geometry::{Axis, Cover, Extent, Grid, Operand, Placement, Spare, Window};

const SAMPLES: u8 = 0;
const CHANNELS: u8 = 1;
/// The kernel position, of one value.
const STILL: u8 = 2;

/// Channels cut over tiles, in whole grains.
#[derive(Debug, Clone, Copy)]
struct Cut {
    channels: u64,
    grain: u64,
    parts: u64,
    block: u64,
}

fn cut() -> impl Strategy<Value = Cut> {
    (1_u64..60, 1_u64..9, 1_u64..14, 1_u64..9).prop_map(|(channels, grain, parts, block)| Cut {
        channels,
        grain,
        parts,
        block,
    })
}

impl Cut {
    /// The channels of each tile.
    fn intervals(self) -> Vec<Range<i64>> {
        let grains = self.channels.div_ceil(self.grain);
        let end = |part: u64| (part * grains / self.parts * self.grain).min(self.channels);
        (0..self.parts)
            .map(|part| end(part).cast_signed()..end(part + 1).cast_signed())
            .collect()
    }

    /// A vector of so many channels, each where the channel lies that comes `offset` later.
    fn shifted(self, channels: u64, offset: i64) -> Placement {
        let window = Window {
            output: CHANNELS,
            kernel: STILL,
            stride: 1,
            kernel_dilation: 1,
            input_dilation: 1,
            padding_lower: offset,
            skips: false,
        };
        self.placement(channels, Cover::Window(window))
    }

    /// The vector itself.
    fn vector(self) -> Placement {
        self.placement(self.channels, Cover::Variables(smallvec![CHANNELS]))
    }

    fn placement(self, channels: u64, cover: Cover) -> Placement {
        Placement {
            grid: Arc::new(Grid::new(
                &[1, self.channels, 1],
                [Axis::single(CHANNELS, self.grain, self.parts)],
            )),
            operand: Arc::new(Operand {
                shape: smallvec![1, channels],
                covers: smallvec![Cover::Variables(smallvec![SAMPLES]), cover],
            }),
            spare: Spare::Shared,
            channel_block: self.block,
        }
    }
}

/// What each tile has of a vector of so many channels that lie `offset` channels earlier than those of the cut.
fn shifted_intervals(cut: Cut, channels: u64, offset: i64) -> Vec<Range<i64>> {
    let clipped = |channel: i64| (channel - offset).clamp(0, channels.cast_signed());
    cut.intervals()
        .into_iter()
        .map(|interval| clipped(interval.start)..clipped(interval.end))
        .collect()
}

fn common(left: &Range<i64>, right: &Range<i64>) -> u64 {
    left.clone().filter(|channel| right.contains(channel)).count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every tile has its own channels, moved by the offset, as far as the vector reaches.
    #[test]
    fn a_shifted_vector_lies_in_shifted_intervals(cut in cut(), channels in 1_u64..60, offset in -50_i64..50) {
        let placement = cut.shifted(channels, offset);
        let extents = placement.extents_by_tile();
        for (tile, expected) in shifted_intervals(cut, channels, offset).iter().enumerate() {
            let region = placement.region(tile as u64);
            let elements = expected.end - expected.start;
            prop_assert_eq!(region.elements().cast_signed(), elements);
            for cuboid in region.boxes() {
                prop_assert_eq!((cuboid[0].start, cuboid[0].end), (0, 1));
                prop_assert_eq!(cuboid[1].start.cast_signed()..cuboid[1].end.cast_signed(), expected.clone());
            }
            let elements = elements.cast_unsigned();
            let extent = Extent { elements, samples: elements.min(1), channels: elements };
            prop_assert_eq!(extents[tile], extent);
        }
    }

    /// A slice of a vector reaches every tile that has its channels, a piece from each tile that holds some of them.
    #[test]
    fn a_shifted_need_is_brought_piece_by_piece(held in cut(), needed in cut(), offset in -50_i64..50) {
        let transfer = Transfer {
            from: held.vector(),
            to: needed.shifted(held.channels, offset),
            element_bytes: 4,
            sample_block: 1,
        };
        let holds = held.intervals();
        let needs = shifted_intervals(needed, held.channels, offset);
        let none = 0..0;
        let tiles = transfer.by_tile(1);
        prop_assert_eq!(tiles.len(), holds.len().max(needs.len()));
        for (tile, traffic) in tiles.iter().enumerate() {
            let need = needs.get(tile).unwrap_or(&none);
            let hold = holds.get(tile).unwrap_or(&none);
            let pieces: Vec<u64> = holds
                .iter()
                .enumerate()
                .filter(|(holder, _)| *holder != tile)
                .map(|(_, hold)| common(need, hold))
                .filter(|channels| *channels > 0)
                .collect();
            prop_assert_eq!(traffic.resident_bytes, 4 * common(need, hold), "tile {}", tile);
            prop_assert_eq!(traffic.received_bytes, 4 * pieces.iter().sum::<u64>(), "tile {}", tile);
            prop_assert_eq!(traffic.messages, pieces.len() as u64, "tile {}", tile);
            prop_assert_eq!(traffic.senders, traffic.messages, "tile {}", tile);
            // A kernel of one position slides over nothing, so that what is there already may stay.
            prop_assert_eq!(traffic.joined_bytes, 0);
            // Every channel is needed by one tile at most.
            let sent: u64 = needs
                .iter()
                .enumerate()
                .filter(|(needer, _)| *needer != tile)
                .map(|(_, need)| common(need, hold))
                .sum();
            prop_assert_eq!(traffic.sent_bytes, 4 * sent, "tile {}", tile);
        }
    }
}
