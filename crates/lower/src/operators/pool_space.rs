//! The iteration space of a pooling or of its gradient.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_codelets::{Count, vector};
use tilesim_geometry::{Axis, Cover, Extent, Grid, Operand, Placement, Spare, Window};
use tilesim_graph::Pool;
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{
    vertex::vector::{PoolingKind, VectorVertex},
    work::PoolingKernel,
};

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
    pub(super) fn new(
        shape: &[u64],
        kernel: &PoolingKernel,
        reads: Reads<'_>,
        channel_block: u64,
        machine: &Machine,
    ) -> Self {
        let sizes: SmallVec<[u64; 12]> = shape.iter().chain(&kernel.window).copied().collect();
        let cut = Cut::cheapest(shape, kernel, reads, channel_block, machine);
        let field = cut.field.iter().enumerate();
        let mut axes = vec![Axis::single(BATCH, 1, cut.batch)];
        axes.extend(field.map(|(d, parts)| Axis::single(FIELD + d as u8, 1, *parts)));
        axes.push(Axis::single(CHANNEL, channel_block, cut.channels));
        Self {
            grid: Arc::new(Grid::new(&sizes, axes)),
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
                    kernel_dilation: pool.dilation[d],
                    input_dilation: 1,
                    padding_lower: pool.padding_lower[d].cast_signed(),
                    skips: false,
                })
            }),
        )
    }

    /// The output of `pool`, as the elements of its input touch it: those of all windows that they lie in.
    ///
    /// With dilation `d` window position `k` of output `o` is input `i = s·o + d·k − p`, so `s·o = i + d·(K − 1 − k) − (d·(K − 1) − p)`.
    pub(super) fn windows_of_inputs(pool: &Pool, shape: &[u64]) -> Operand {
        operand(
            shape,
            (0..pool.kernel.len()).map(|d| {
                Cover::Window(Window {
                    output: FIELD + d as u8,
                    kernel: FIELD + (pool.kernel.len() + d) as u8,
                    stride: 1,
                    kernel_dilation: pool.dilation[d],
                    input_dilation: pool.stride[d],
                    padding_lower: pool.extent(d).cast_signed() - 1 - pool.padding_lower[d].cast_signed(),
                    skips: false,
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

/// The kernel of a pooling or of its gradient.
pub(super) fn kernel(
    pool: &Pool,
    kind: PoolingKind,
    element_type: ElementType,
    machine: &Machine,
) -> PoolingKernel {
    PoolingKernel {
        kind,
        element_type,
        window: SmallVec::from_slice(&pool.kernel),
        stride: match kind {
            PoolingKind::Sum | PoolingKind::Maximum => SmallVec::from_slice(&pool.stride),
            // Of the positions of a window, the distance of those that one input can have.
            PoolingKind::MaximumGradient => {
                let dilated = pool.stride.iter().zip(&pool.dilation);
                dilated
                    .map(|(stride, dilation)| stride / greatest_common_divisor(*stride, *dilation))
                    .collect()
            }
        },
        vector_width: machine.vector_width(element_type),
        workers: u64::from(machine.workers),
    }
}

const fn greatest_common_divisor(left: u64, right: u64) -> u64 {
    if right == 0 {
        left
    } else {
        greatest_common_divisor(right, left % right)
    }
}

/// What the kernel reads for each part of its result.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reads<'a> {
    /// The windows of outputs.
    OfOutputs(&'a Pool),
    /// For inputs, the outputs of all windows that they lie in.
    OfInputs(&'a Pool),
}

impl Reads<'_> {
    /// Elements that a part of `size` elements reads in a dimension.
    fn elements(self, d: usize, size: u64) -> u64 {
        match self {
            Self::OfOutputs(pool) => (size - 1) * pool.stride[d] + pool.extent(d),
            Self::OfInputs(pool) => (size + pool.extent(d) - 1).div_ceil(pool.stride[d]),
        }
    }
}

/// Into how many parts each dimension of a result is cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    batch: u64,
    field: SmallVec<[u64; 3]>,
    channels: u64,
}

impl Cut {
    /// The cut with the fewest cycles of the largest part: what it computes, and the exchange of all that it reads (PopLibs
    /// popnn `PoolPlan.cpp`). Of equal ones that with the fewest parts of samples, then of the field.
    fn cheapest(
        shape: &[u64],
        kernel: &PoolingKernel,
        reads: Reads<'_>,
        channel_block: u64,
        machine: &Machine,
    ) -> Self {
        let tiles = u64::from(machine.tiles);
        let mut spatial: Vec<(u64, SmallVec<[u64; 3]>)> = useful_parts(shape[0], tiles)
            .map(|batch| (batch, SmallVec::new()))
            .collect();
        for &size in &shape[2..] {
            spatial = spatial
                .into_iter()
                .flat_map(|(used, field)| {
                    useful_parts(size, tiles / used).map(move |parts| {
                        let mut field = field.clone();
                        field.push(parts);
                        (used * parts, field)
                    })
                })
                .collect();
        }
        let blocks = shape[1].div_ceil(channel_block);
        spatial
            .into_iter()
            .map(|(used, field)| {
                let of_field: u64 = field.iter().product();
                // As many parts as there is room for, but none that would leave the largest as it is.
                let of_tile = blocks.div_ceil((tiles / used).min(blocks).max(1));
                let cut = Self {
                    batch: used / of_field,
                    field,
                    channels: blocks.div_ceil(of_tile),
                };
                (cut.cycles(shape, kernel, reads, channel_block, machine), cut)
            })
            .min()
            .map_or_else(
                || Self {
                    batch: 1,
                    field: SmallVec::from_elem(1, shape.len() - 2),
                    channels: 1,
                },
                |(_, cut)| cut,
            )
    }

    /// Cycles of the largest part.
    fn cycles(
        &self,
        shape: &[u64],
        kernel: &PoolingKernel,
        reads: Reads<'_>,
        channel_block: u64,
        machine: &Machine,
    ) -> u64 {
        let samples = shape[0].div_ceil(self.batch);
        let blocks = shape[1].div_ceil(channel_block).div_ceil(self.channels);
        let channels = (blocks * channel_block).min(shape[1]);
        let sizes = shape[2..].iter().zip(&self.field);
        let field: SmallVec<[u64; 3]> = sizes.map(|(size, parts)| size.div_ceil(*parts)).collect();
        let positions: u64 = field.iter().product();
        let extent = Extent {
            elements: samples * positions * channels,
            samples,
            channels,
        };
        let vertex = VectorVertex::Pooling(kernel.vertex(extent, channel_block));
        let compute =
            vector::cost(machine, &vertex, Count::Machine).map_or(u64::MAX / 2, |cost| cost.cycles.total());
        let windows = field.iter().enumerate();
        let windows: u64 = windows.map(|(d, size)| reads.elements(d, *size)).product();
        let read = match kernel.kind {
            PoolingKind::Sum | PoolingKind::Maximum => windows,
            // The inputs themselves, and of the output and of its gradient the windows.
            PoolingKind::MaximumGradient => positions + 2 * windows,
        };
        let bytes = samples * channels * read * kernel.element_type.bytes();
        compute + bytes.div_ceil(u64::from(machine.exchange_bytes_per_cycle).max(1))
    }
}

/// Numbers of parts, each of which makes the largest part shorter than any fewer parts do.
fn useful_parts(size: u64, most: u64) -> impl Iterator<Item = u64> {
    let shortens = move |parts: &u64| *parts == 1 || size.div_ceil(*parts) < size.div_ceil(parts - 1);
    (1..=size.min(most).max(1)).filter(shortens)
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

#[cfg(test)]
mod tests {
    use tilesim_graph::PoolKind;

    use super::*;

    #[test]
    fn every_worker_has_a_position() {
        let machine = tilesim_test_support::machines::mk2();
        let pool = Pool::new(PoolKind::Max, &[3, 3], &[1, 1]).padded(&[1, 1], &[1, 1]);
        let kernel = kernel(&pool, PoolingKind::Maximum, ElementType::F16, &machine);
        let cut = Cut::cheapest(&[1, 768, 17, 17], &kernel, Reads::OfOutputs(&pool), 8, &machine);
        let positions: u64 = cut.field.iter().map(|parts| 17_u64.div_ceil(*parts)).product();
        assert!(positions >= 6, "{cut:?}");
        assert!(cut.channels > 1);
    }

    #[test]
    fn parts_that_shorten_nothing_are_left_out() {
        assert_eq!(useful_parts(7, 100).collect::<Vec<_>>(), [1, 2, 3, 4, 7]);
        assert_eq!(useful_parts(7, 3).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
