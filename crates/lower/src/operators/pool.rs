//! Windowed pooling.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_graph::{Op, Pool, PoolKind};
use tilesim_program::{
    Work,
    geometry::{Axis, Cover, Grid, Operand, Placement, Spare, Window},
    vertex::vector::{BinaryOp, PoolingKind},
    work::PoolingWork,
};

use super::elementwise::Chain;
use crate::{
    LowerError,
    layout::{Layout, Value},
    lowering::Lowering,
};

/// Every tile pools its share of the output positions and channel blocks; neighbours' inputs come to it.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, pool: &Pool) -> Result<(), LowerError> {
    let value = lowering.operand(op, 0)?;
    let data = value.element_type;
    let out_shape = lowering.graph.tensor(op.output).shape.clone();
    let in_shape = &lowering.graph.tensor(op.inputs[0]).shape;
    // Channels move in whole data paths at least.
    let block = value
        .placement()
        .channel_block
        .max(lowering.machine.vector_width(data));
    let space = Space::new(pool, in_shape, &out_shape, block, lowering.tiles());
    let input = Arc::new(space.input(pool, in_shape));
    let mut gathering = lowering.gather(format!("{} gather input", op.name));
    let gathered = gathering.bring(
        &format!("{}/input", op.name),
        &value,
        &Layout::by_channels(space.placement(Arc::clone(&input), Spare::Replicated)),
    );
    gathering.finish();
    let placement = space.placement(Arc::new(space.output(&out_shape)), Spare::Shared);
    // Without padding every window is whole, and one constant divides all.
    let padded = pool
        .padding_lower
        .iter()
        .chain(&pool.padding_upper)
        .any(|&zeros| zeros > 0);
    let mean_inside = pool.kind == PoolKind::Average && !pool.count_include_pad && padded;
    let variable = lowering
        .emitter
        .temporary(format!("{}/output", op.name), &placement, data.bytes());
    lowering.emitter.compute(
        format!("{} pool", op.name),
        Work::Pooling(PoolingWork {
            over: placement.clone(),
            input,
            kind: match pool.kind {
                PoolKind::Max => PoolingKind::Maximum,
                PoolKind::Average => PoolingKind::Sum,
            },
            mean_inside,
            element_type: data,
            window: SmallVec::from_slice(&pool.kernel),
            vector_width: lowering.machine.vector_width(data),
            workers: u64::from(lowering.machine.workers),
        }),
        vec![gathered],
        vec![variable],
    );
    let mut chain = Chain::own(
        lowering,
        op.name.clone(),
        Value {
            variable,
            layout: Layout::by_channels(placement),
            element_type: data,
        },
    );
    if pool.kind == PoolKind::Average && !mean_inside {
        let window: u64 = pool.kernel.iter().product();
        chain.scalar("divide", BinaryOp::Multiply, 1.0 / window as f64);
    }
    chain.define(op.output);
    Ok(())
}

/// The iteration space of a pooling: samples, channels, output positions, window positions.
struct Space {
    grid: Arc<Grid>,
    dimensions: usize,
    channel_block: u64,
}

const BATCH: u8 = 0;
const CHANNEL: u8 = 1;
const FIELD: u8 = 2;

impl Space {
    fn new(pool: &Pool, in_shape: &[u64], out_shape: &[u64], channel_block: u64, tiles: u64) -> Self {
        let dimensions = pool.kernel.len();
        let channels = in_shape[1];
        let sizes: SmallVec<[u64; 12]> = out_shape.iter().chain(&pool.kernel).copied().collect();
        let positions: u64 = out_shape[0] * out_shape[2..].iter().product::<u64>();
        let (position_parts, channel_parts) = cut(positions, channels.div_ceil(channel_block), tiles);
        let mut flattened: SmallVec<[u8; 4]> = smallvec![BATCH];
        flattened.extend((0..dimensions).map(|d| FIELD + d as u8));
        Self {
            grid: Arc::new(Grid::new(
                &sizes,
                [
                    Axis::flattened(&flattened, 1, position_parts),
                    Axis::single(CHANNEL, channel_block, channel_parts),
                ],
            )),
            dimensions,
            channel_block,
        }
    }

    fn input(&self, pool: &Pool, shape: &[u64]) -> Operand {
        let windows = (0..self.dimensions).map(|d| {
            Cover::Window(Window {
                output: FIELD + d as u8,
                kernel: FIELD + (self.dimensions + d) as u8,
                stride: pool.stride[d].cast_signed(),
                kernel_dilation: 1,
                input_dilation: 1,
                padding_lower: pool.padding_lower[d].cast_signed(),
            })
        });
        Self::operand(shape, windows)
    }

    fn output(&self, shape: &[u64]) -> Operand {
        let positions = (0..self.dimensions).map(|d| Cover::Variables(smallvec![FIELD + d as u8]));
        Self::operand(shape, positions)
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

    fn placement(&self, operand: Arc<Operand>, spare: Spare) -> Placement {
        Placement {
            grid: Arc::clone(&self.grid),
            operand,
            spare,
            channel_block: self.channel_block,
        }
    }
}

/// Parts of positions and of channel blocks so that the largest share is least; with as few parts of channels as that takes.
fn cut(positions: u64, blocks: u64, tiles: u64) -> (u64, u64) {
    let share = |channel_parts: u64| {
        let position_parts = (tiles / channel_parts).min(positions).max(1);
        (
            positions.div_ceil(position_parts) * blocks.div_ceil(channel_parts),
            channel_parts,
            position_parts,
        )
    };
    let (_, channel_parts, position_parts) = (2..=blocks.min(tiles))
        .map(share)
        .fold(share(1), std::cmp::Ord::min);
    (position_parts, channel_parts)
}
