//! Layouts that no convolution decides, and needs that follow from another tensor's layout.

mod groups;
mod memory;
mod order;
mod stride;

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare};
use tilesim_machine::ElementType;
use tilesim_program::VariableId;

pub(crate) use groups::{by_group, by_remainder};
pub(crate) use memory::common_run;
pub(crate) use order::{Order, Rearrangement, greatest_common_divisor};

/// Where the elements of a tensor are, and in which order they lie there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Which tile holds or needs which elements.
    pub(crate) placement: Placement,
    /// What lies innermost.
    pub(crate) order: Order,
}

/// A tensor on the chip: every element on one tile.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// The memory that holds it.
    pub(crate) variable: VariableId,
    /// Where its elements are.
    pub(crate) layout: Layout,
    /// Type of its elements.
    pub(crate) element_type: ElementType,
}

impl Layout {
    /// Blocks of channels innermost.
    pub(crate) const fn by_channels(placement: Placement) -> Self {
        let order = Order::Channels {
            block: placement.channel_block,
        };
        Self { placement, order }
    }

    /// The same elements under a shape that only drops or adds dimensions of one element; `None` for any other shape.
    ///
    /// One dimension alone is that of channels, behind one sample: tiles share out channels in another way than samples.
    pub(crate) fn reshaped(&self, shape: &[u64]) -> Option<Self> {
        Some(Self {
            placement: reshaped(&self.placement, &by_channel(shape))?,
            order: self.order,
        })
    }
}

impl Value {
    /// Where its elements are.
    pub(crate) const fn placement(&self) -> &Placement {
        &self.layout.placement
    }

    /// The same under a shape in which one dimension alone is that of channels.
    pub(crate) fn by_channel(self) -> Self {
        match self.layout.reshaped(self.shape()) {
            Some(layout) => Self { layout, ..self },
            None => self,
        }
    }

    /// Its shape.
    pub(crate) fn shape(&self) -> &[u64] {
        &self.layout.placement.operand.shape
    }
}

/// A shape in which one dimension alone is that of channels.
pub(crate) fn by_channel(shape: &[u64]) -> SmallVec<[u64; 5]> {
    match shape {
        &[channels] => smallvec![1, channels],
        _ => SmallVec::from_slice(shape),
    }
}

/// Images as they come from the host: positions of all samples one after the other over all tiles, channels innermost.
pub(crate) fn linear_positions(shape: &[u64], tiles: u64) -> Layout {
    let sizes: SmallVec<[u64; 5]> = positions(shape).map(|(_, size)| size).collect();
    let variables: SmallVec<[u8; 4]> = (0..sizes.len() as u8).collect();
    let count: u64 = sizes.iter().product();
    let grid = Grid::new(&sizes, [Axis::flattened(&variables, 1, tiles.min(count))]);
    let mut covers: SmallVec<[Cover; 5]> = SmallVec::from_elem(Cover::Variables(smallvec![]), shape.len());
    for (variable, (dimension, _)) in positions(shape).enumerate() {
        covers[dimension] = Cover::Variables(smallvec![variable as u8]);
    }
    Layout::by_channels(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers,
        }),
        spare: Spare::Shared,
        channel_block: shape.get(1).copied().unwrap_or(1).max(1),
    })
}

/// Elements one after the other in row-major order over tiles, in whole grains.
pub(crate) fn row_major(shape: &[u64], grain: u64, tiles: u64) -> Layout {
    let variables: SmallVec<[u8; 4]> = (0..shape.len() as u8).collect();
    let grains = shape.iter().product::<u64>().div_ceil(grain);
    let innermost = if shape.len() == 2 { shape[1] } else { 1 };
    Layout::by_channels(Placement {
        grid: Arc::new(Grid::new(
            shape,
            [Axis::flattened(&variables, grain, tiles.min(grains))],
        )),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers: variables
                .iter()
                .map(|variable| Cover::Variables(smallvec![*variable]))
                .collect(),
        }),
        spare: Spare::Shared,
        channel_block: innermost.max(1),
    })
}

/// Elements one after the other over tiles, in whole grains: blocks of channels outermost, then samples and positions, then the
/// channels of a block.
pub(crate) fn channel_blocks(shape: &[u64], block: u64, grain: u64, tiles: u64) -> Layout {
    const INNER: u8 = 0;
    const BLOCKS: u8 = 1;
    let channels = shape.get(1).copied().unwrap_or(1);
    let block = block.clamp(1, channels);
    let mut sizes: SmallVec<[u64; 5]> = smallvec![block, channels.div_ceil(block)];
    let mut flattened: SmallVec<[u8; 4]> = smallvec![BLOCKS];
    let mut covers: SmallVec<[Cover; 5]> =
        SmallVec::from_elem(Cover::Variables(smallvec![BLOCKS, INNER]), shape.len());
    for (dimension, size) in positions(shape) {
        let variable = sizes.len() as u8;
        sizes.push(size);
        flattened.push(variable);
        covers[dimension] = Cover::Variables(smallvec![variable]);
    }
    // Whole blocks stay together without being cut.
    let (grain, grains) = if grain.is_multiple_of(block) {
        (
            grain / block,
            sizes[1..].iter().product::<u64>().div_ceil(grain / block),
        )
    } else {
        flattened.push(INNER);
        (grain, sizes.iter().product::<u64>().div_ceil(grain))
    };
    Layout::by_channels(Placement {
        grid: Arc::new(Grid::new(
            &sizes,
            [Axis::flattened(&flattened, grain, tiles.min(grains))],
        )),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers,
        }),
        spare: Spare::Shared,
        channel_block: block,
    })
}

/// All dimensions but the channels.
fn positions(shape: &[u64]) -> impl Iterator<Item = (usize, u64)> {
    shape
        .iter()
        .copied()
        .enumerate()
        .filter(|(dimension, _)| *dimension != 1)
}

/// Results of a reduction: positions of all samples and blocks of channels spread over as many tiles as there are.
pub(crate) fn spread(shape: &[u64], channel_block: u64, tiles: u64) -> Layout {
    let channels = shape.get(1).copied().unwrap_or(1);
    let block = channel_block.clamp(1, channels);
    let mut sizes: SmallVec<[u64; 5]> = positions(shape).map(|(_, size)| size).collect();
    let variables: SmallVec<[u8; 4]> = (0..sizes.len() as u8).collect();
    let channel = sizes.len() as u8;
    let position_parts = sizes.iter().product::<u64>().min(tiles);
    let channel_parts = channels.div_ceil(block).min(tiles / position_parts).max(1);
    sizes.push(channels);
    let grid = Grid::new(
        &sizes,
        [
            Axis::flattened(&variables, 1, position_parts),
            Axis::single(channel, block, channel_parts),
        ],
    );
    let mut covers: SmallVec<[Cover; 5]> =
        SmallVec::from_elem(Cover::Variables(smallvec![channel]), shape.len());
    for (variable, (dimension, _)) in positions(shape).enumerate() {
        covers[dimension] = Cover::Variables(smallvec![variable as u8]);
    }
    Layout::by_channels(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers,
        }),
        spare: Spare::Shared,
        channel_block: block,
    })
}

/// Partial results of a tensor of `shape`, in so many runs of contributors, which one more dimension numbers: samples, positions, blocks
/// of channels and runs one after the other over tiles.
pub(crate) fn in_runs(shape: &[u64], channel_block: u64, runs: u64, tiles: u64) -> Layout {
    let channels = shape.get(1).copied().unwrap_or(1);
    let mut sizes: SmallVec<[u64; 5]> = positions(shape).map(|(_, size)| size).collect();
    let (blocks, run, inner) = (sizes.len() as u8, sizes.len() as u8 + 1, sizes.len() as u8 + 2);
    sizes.extend([channels.div_ceil(channel_block), runs, channel_block]);
    let flattened: SmallVec<[u8; 4]> = (0..=run).collect();
    let pieces: u64 = flattened
        .iter()
        .map(|variable| sizes[usize::from(*variable)])
        .product();
    let mut covers: SmallVec<[Cover; 5]> =
        SmallVec::from_elem(Cover::Variables(smallvec![blocks, inner]), shape.len());
    for (variable, (dimension, _)) in positions(shape).enumerate() {
        covers[dimension] = Cover::Variables(smallvec![variable as u8]);
    }
    covers.push(Cover::Variables(smallvec![run]));
    let mut own: SmallVec<[u64; 5]> = SmallVec::from_slice(shape);
    own.push(runs);
    Layout::by_channels(Placement {
        grid: Arc::new(Grid::new(
            &sizes,
            [Axis::flattened(&flattened, 1, tiles.min(pieces))],
        )),
        operand: Arc::new(Operand { shape: own, covers }),
        spare: Spare::Shared,
        channel_block,
    })
}

/// The same on other tiles: as many as it takes, counted `slot` times over, lie before them. A tensor of one element stays.
///
/// An axis over a variable of one value has its only element in its last part.
pub(crate) fn moved(mut layout: Layout, slot: u64) -> Layout {
    let placement = &mut layout.placement;
    let mut operand = Operand::clone(&placement.operand);
    let mut grid = Grid::clone(&placement.grid);
    let variable = grid.sizes.len() as u8;
    let mut dimensions = operand.covers.iter_mut().zip(&operand.shape);
    // A dimension that every tile has whole is none that could be numbered.
    let numbered = |cover: &Cover| matches!(cover, Cover::Variables(digits) if !digits.is_empty());
    let found = dimensions.find(|(cover, size)| **size > 1 && numbered(cover));
    let Some((Cover::Variables(digits), _)) = found else {
        return layout;
    };
    digits.insert(0, variable);
    grid.sizes.push(1);
    grid.axes.insert(0, Axis::single(variable, 1, slot + 1));
    placement.grid = Arc::new(grid);
    placement.operand = Arc::new(operand);
    layout
}

/// A tensor of one element on the tile with a number.
pub(crate) fn on_tile(shape: &[u64], tile: u64) -> Layout {
    let dimensions = shape.len() as u8;
    let mut sizes: SmallVec<[u64; 5]> = SmallVec::from_slice(shape);
    sizes.push(1);
    // An axis over a variable of one value has its only element in its last part.
    let grid = Grid::new(&sizes, [Axis::single(dimensions, 1, tile + 1)]);
    Layout::by_channels(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers: (0..dimensions)
                .map(|variable| {
                    let digits = if variable == 0 {
                        smallvec![dimensions, variable]
                    } else {
                        smallvec![variable]
                    };
                    Cover::Variables(digits)
                })
                .collect(),
        }),
        spare: Spare::Shared,
        channel_block: 1,
    })
}

/// `[samples, C]` with every channel on one tile, with all its samples: channels spread over as many tiles as there are.
pub(crate) fn channels_apart(shape: &[u64], tiles: u64) -> Layout {
    let channels = shape.get(1).copied().unwrap_or(1);
    let block = channels.div_ceil(tiles);
    let grid = Grid::new(
        shape,
        [
            Axis::single(0, 1, 1),
            Axis::single(1, block, channels.div_ceil(block)),
        ],
    );
    Layout::by_channels(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers: (0..shape.len() as u8)
                .map(|variable| Cover::Variables(smallvec![variable]))
                .collect(),
        }),
        spare: Spare::Shared,
        channel_block: block,
    })
}

/// A whole tensor on every tile.
pub(crate) fn everywhere(shape: &[u64], tiles: u64) -> Layout {
    let dimensions = shape.len() as u8;
    let mut sizes: SmallVec<[u64; 5]> = SmallVec::from_slice(shape);
    sizes.push(tiles);
    let grid = Grid::new(&sizes, [Axis::single(dimensions, 1, tiles)]);
    Layout::by_channels(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers: (0..dimensions)
                .map(|variable| Cover::Variables(smallvec![variable]))
                .collect(),
        }),
        spare: Spare::Replicated,
        channel_block: 1,
    })
}

/// What the tiles that hold an activation touch of a tensor of `shape` that is broadcast along it: dimensions of one element
/// are the same for all.
///
/// The broadcast tensor lies in the order of the activation, so that the kernel finds both side by side.
pub(crate) fn along(activation: &Layout, shape: &[u64], spare: Spare) -> Layout {
    let placement = &activation.placement;
    let mut operand = Operand::clone(&placement.operand);
    for ((size, cover), own) in operand.shape.iter_mut().zip(&mut operand.covers).zip(shape) {
        if *own == 1 {
            *size = 1;
            *cover = Cover::Variables(smallvec![]);
        }
    }
    let order = match activation.order {
        // Constant over samples: only the channels are left, one by one.
        Order::Samples { .. } if operand.shape[0] == 1 => Order::Channels { block: 1 },
        order => order,
    };
    let mut grid = Arc::clone(&placement.grid);
    if spare == Spare::Shared {
        for axis in &mut Arc::make_mut(&mut grid).axes {
            leave_own_variables(axis, &operand);
        }
    }
    Layout {
        placement: Placement {
            grid,
            operand: Arc::new(operand),
            spare,
            channel_block: order.channel_block(),
        },
        order,
    }
}

/// The same of a tensor without channels, whose positions lie side by side, whatever the order of the activation's channels.
pub(crate) fn beside(activation: &Layout, shape: &[u64], spare: Spare) -> Layout {
    let mut layout = along(activation, shape, spare);
    let has_positions = shape.iter().skip(2).any(|&size| size > 1);
    if has_positions && shape.get(1) == Some(&1) && matches!(layout.order, Order::Channels { .. }) {
        layout.order = Order::Channels { block: 1 };
        layout.placement.channel_block = 1;
    }
    layout
}

/// What the tiles that hold an activation need of a tensor of `shape` that repeats along it; of fewer channels, where channel c takes that
/// of c modulo their number.
pub(crate) fn repeated(activation: &Layout, shape: &[u64]) -> Layout {
    let mut layout = beside(activation, shape, Spare::Replicated);
    let channels = |shape: &[u64]| shape.get(1).copied().unwrap_or(1);
    let groups = channels(shape);
    if (2..channels(&activation.placement.operand.shape)).contains(&groups) {
        layout.placement = by_remainder(&layout.placement, groups);
        layout.order = match layout.order {
            Order::Channels { block } => Order::Channels {
                block: block.min(groups),
            },
            samples @ Order::Samples { .. } => samples,
        };
    }
    layout
}

/// Leaves an axis the variables that an operand depends on, if any: parts that differ in others alone would hold the same elements.
pub(crate) fn leave_own_variables(axis: &mut Axis, operand: &Operand) {
    if axis
        .variables
        .iter()
        .any(|variable| operand.depends_on(*variable))
    {
        axis.variables.retain(|variable| operand.depends_on(*variable));
    }
}

/// The same elements under a shape that only drops or adds dimensions of one element; `None` for any other shape.
///
/// Every tile goes on holding what it holds: variables of a dimension that is dropped, of one value each, join those of another.
fn reshaped(placement: &Placement, shape: &[u64]) -> Option<Placement> {
    let operand = &placement.operand;
    let mut covers: SmallVec<[Cover; 5]> = SmallVec::new();
    let mut dropped: SmallVec<[u8; 4]> = SmallVec::new();
    let mut old = operand.shape.iter().zip(&operand.covers).peekable();
    for size in shape {
        // Dimensions of one element before one of more elements are dropped.
        while *size != 1
            && let Some((_, cover)) = old.next_if(|(old_size, _)| **old_size == 1)
        {
            dropped.extend_from_slice(variables(cover)?);
        }
        match old.next_if(|(old_size, _)| *old_size == size) {
            Some((_, cover)) => covers.push(cover.clone()),
            None if *size == 1 => covers.push(Cover::Variables(smallvec![])),
            None => return None,
        }
    }
    for (size, cover) in old {
        if *size != 1 {
            return None;
        }
        dropped.extend_from_slice(variables(cover)?);
    }
    if !dropped.is_empty() {
        // A dimension that no variable cuts would be cut by those that join it.
        let others = covers.iter_mut().find_map(|cover| match cover {
            Cover::Variables(variables) if !variables.is_empty() => Some(variables),
            Cover::Variables(_) | Cover::Window(_) | Cover::Progressions(_) => None,
        });
        match others {
            Some(others) => others.extend(dropped),
            None if is_uncut(placement, &dropped) => {}
            None => return None,
        }
    }
    Some(Placement {
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(shape),
            covers,
        }),
        ..placement.clone()
    })
}

/// The variables of a cover that is no window.
fn variables(cover: &Cover) -> Option<&[u8]> {
    match cover {
        Cover::Variables(variables) => Some(variables),
        Cover::Window(_) | Cover::Progressions(_) => None,
    }
}

/// Whether no axis tells tiles apart by these variables alone.
fn is_uncut(placement: &Placement, variables: &[u8]) -> bool {
    let mut cutting = placement.grid.axes.iter().filter(|axis| axis.parts > 1);
    cutting.all(|axis| !axis.variables.iter().any(|variable| variables.contains(variable)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dropped sample must not join channels that nothing cuts: of those a single one would be left.
    #[test]
    fn channels_that_nothing_cuts_stay_whole_without_their_sample() {
        let image = linear_positions(&[1, 3, 4, 4], 8);
        let view = image
            .reshaped(&[3, 4, 4])
            .expect("only a dimension of one element goes");
        let held = |layout: &Layout| layout.placement.elements_by_tile();
        assert_eq!(held(&view), held(&image));
    }
}
