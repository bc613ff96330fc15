//! The order of a tile's elements, as digits of the variables of its iteration space.

use tilesim_geometry::{Cover, Operand};

use super::{Layout, Order};

/// `size` values of a variable, `weight` apart, by which elements lie one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Digit {
    variable: u8,
    weight: u64,
    size: u64,
    /// How many of them lie side by side, where the variable indexes a dimension in pieces; nothing lies beside a piece.
    pieces: Option<u64>,
}

impl Digit {
    /// How many values of it a tile has that has so many of the variable.
    fn extent(&self, extents: &[u64]) -> u64 {
        extents[usize::from(self.variable)]
            .div_ceil(self.weight)
            .min(self.size)
    }
}

/// Elements that lie side by side both in an operand and in the result, on the tile that has most of the result: both are seen over
/// one grid.
pub(crate) fn common_run(source: &Layout, result: &Layout) -> u64 {
    let grid = &result.placement.grid;
    let boxes = result.placement.indices(result.placement.largest_tile());
    let lengths = |iteration: &[tilesim_geometry::Interval]| -> Vec<u64> {
        iteration.iter().map(|interval| interval.len()).collect()
    };
    let Some(extents) = boxes
        .iter()
        .map(|iteration| lengths(iteration))
        .max_by_key(|lengths| lengths.iter().product::<u64>())
    else {
        return 1;
    };
    let digits = |layout: &Layout| {
        let digits = innermost_first(&layout.placement.operand, layout.order, &grid.sizes);
        digits
            .into_iter()
            .filter(|digit| digit.extent(&extents) > 1)
            .collect::<Vec<_>>()
    };
    let mut run = 1;
    for (from, to) in digits(source).into_iter().zip(digits(result)) {
        if (from.variable, from.weight) != (to.variable, to.weight) {
            break;
        }
        let (read, written) = (from.extent(&extents), to.extent(&extents));
        let length = read.min(written).min(from.pieces.unwrap_or(u64::MAX));
        run *= length.max(1);
        // Beyond it the one or the other goes on elsewhere.
        if length < read.max(written) || from.pieces.is_some() {
            break;
        }
    }
    run
}

/// The digits of an operand's order, innermost first.
fn innermost_first(operand: &Operand, order: Order, sizes: &[u64]) -> Vec<Digit> {
    let (blocked, block) = match order {
        Order::Channels { block } => (1, block),
        Order::Samples { block } => (0, block),
    };
    let of = |dimension: usize| {
        operand
            .covers
            .get(dimension)
            .map(|cover| of_dimension(cover, sizes))
            .unwrap_or_default()
    };
    let (mut digits, blocks) = cut(of(blocked), block.max(1));
    let others = (0..operand.covers.len()).rev();
    digits.extend(others.filter(|dimension| *dimension != blocked).flat_map(of));
    digits.extend(blocks);
    digits
}

/// The digits of one dimension, innermost first.
fn of_dimension(cover: &Cover, sizes: &[u64]) -> Vec<Digit> {
    let whole = |variable: &u8| Digit {
        variable: *variable,
        weight: 1,
        size: sizes[usize::from(*variable)],
        pieces: None,
    };
    match cover {
        Cover::Variables(variables) => variables.iter().rev().map(whole).collect(),
        Cover::Progressions(progressions) => {
            let count: u64 = progressions.pieces.iter().map(|piece| piece.count).sum();
            let rises = |step: i64, every: u64| step == 1 && every == 1;
            let even = progressions
                .pieces
                .iter()
                .all(|piece| piece.count == 1 || rises(piece.step, piece.every));
            vec![Digit {
                // What a tile holds already is read where it lies, with all that is left out between.
                pieces: Some(if even {
                    count / (progressions.pieces.len() as u64).max(1)
                } else {
                    1
                }),
                ..whole(&progressions.variable)
            }]
        }
        // Windows touch what others touch too: nothing is said about their order.
        Cover::Window(_) => Vec::new(),
    }
}

/// The digits within a block, and those of the blocks.
fn cut(digits: Vec<Digit>, block: u64) -> (Vec<Digit>, Vec<Digit>) {
    let (mut inner, mut outer) = (Vec::new(), Vec::new());
    let mut product = 1;
    for digit in digits {
        let room = block / product;
        if room <= 1 {
            outer.push(digit);
        } else if digit.size <= room {
            inner.push(digit);
        } else {
            inner.push(Digit { size: room, ..digit });
            outer.push(Digit {
                weight: digit.weight * room,
                size: digit.size.div_ceil(room),
                ..digit
            });
        }
        product *= digit.size;
    }
    (inner, outer)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use smallvec::smallvec;
    use tilesim_geometry::{Axis, Grid, Placement, Progression, Progressions, Spare};

    use super::*;

    /// Rows of 4 positions of 6 channels on each of two tiles, seen through these covers.
    fn layout(covers: [Cover; 3], block: u64) -> Layout {
        let sizes = [2, 6, 4];
        Layout::by_channels(Placement {
            grid: Arc::new(Grid::new(&sizes, [Axis::single(0, 1, 2)])),
            operand: Arc::new(Operand {
                shape: smallvec![2, 6, 4],
                covers: covers.into_iter().collect(),
            }),
            spare: Spare::Shared,
            channel_block: block,
        })
    }

    fn of(variable: u8) -> Cover {
        Cover::Variables(smallvec![variable])
    }

    #[test]
    fn runs_end_where_either_order_does() {
        let plain = |block| layout([of(0), of(1), of(2)], block);
        // All that a tile has.
        assert_eq!(common_run(&plain(6), &plain(6)), 24);
        assert_eq!(common_run(&plain(1), &plain(1)), 24);
        // Blocks of 3 beside blocks of 6, and beside single channels.
        assert_eq!(common_run(&plain(3), &plain(6)), 3);
        assert_eq!(common_run(&plain(3), &plain(1)), 1);
        // Channels and positions have changed places: 6 channels are innermost in one, 4 positions in the other.
        let mut turned = layout([of(0), of(2), of(1)], 4);
        Arc::make_mut(&mut turned.placement.operand).shape = smallvec![2, 4, 6];
        assert_eq!(common_run(&plain(6), &turned), 1);
        // Of single positions channels are innermost, too.
        turned.order = Order::Channels { block: 1 };
        assert_eq!(common_run(&plain(6), &turned), 24);
    }

    #[test]
    fn runs_end_where_an_operand_does() {
        let part = |pieces: &[Progression]| {
            let progressions = Progressions {
                variable: 1,
                pieces: pieces.into(),
            };
            layout([of(0), Cover::Progressions(progressions), of(2)], 6)
        };
        let piece = |first, count, index, step| Progression {
            first,
            every: 1,
            count,
            index,
            step,
        };
        let whole = layout([of(0), of(1), of(2)], 6);
        assert_eq!(common_run(&part(&[piece(2, 4, 0, 1)]), &whole), 4);
        assert_eq!(common_run(&part(&[piece(0, 6, 0, 1)]), &whole), 6);
        assert_eq!(common_run(&part(&[piece(0, 3, 0, 2)]), &whole), 1);
        assert_eq!(common_run(&part(&[piece(0, 6, 5, -1)]), &whole), 1);
        assert_eq!(
            common_run(&part(&[piece(0, 4, 1, 1), piece(4, 2, 0, 1)]), &whole),
            3
        );
    }
}
