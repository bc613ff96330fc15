//! Windowed pooling.

use smallvec::SmallVec;
use tilesim_graph::{Op, Pool, PoolKind};
use tilesim_program::{
    Work,
    geometry::Spare,
    vertex::vector::{BinaryOp, PoolingKind},
    work::PoolingWork,
};

use super::{elementwise::Chain, pool_space::PoolSpace};
use crate::{
    LowerError,
    layout::{Layout, Value},
    lowering::Lowering,
};

/// Every tile pools its share of the output positions and channel blocks; neighbours' inputs come to it.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, pool: &Pool) -> Result<(), LowerError> {
    let input = lowering.operand(op, 0)?;
    let data = lowering.data();
    let out_shape = lowering.graph.tensor(op.output).shape.clone();
    let in_shape = &lowering.graph.tensor(op.inputs[0]).shape;
    // Channels move in whole data paths at least.
    let block = input
        .placement()
        .channel_block
        .max(lowering.machine.vector_width(data));
    let space = PoolSpace::new(&out_shape, &pool.kernel, block, lowering.machine);
    let mut gathering = lowering.gather(format!("{} gather input", op.name));
    let gathered = gathering.bring(
        &format!("{}/input", op.name),
        &input,
        &Layout::by_channels(space.placement(PoolSpace::windows(pool, in_shape), Spare::Replicated)),
        data,
    );
    gathering.finish();
    let placement = space.placement(PoolSpace::held(&out_shape), Spare::Shared);
    let variable = lowering
        .emitter
        .temporary(format!("{}/output", op.name), &placement, data.bytes());
    lowering.emitter.compute(
        format!("{} pool", op.name),
        Work::Pooling(PoolingWork {
            over: placement.clone(),
            kind: match pool.kind {
                PoolKind::Max => PoolingKind::Maximum,
                PoolKind::Average => PoolingKind::Sum,
            },
            element_type: data,
            window: SmallVec::from_slice(&pool.kernel),
            stride: SmallVec::from_slice(&pool.stride),
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
        },
    );
    if pool.kind == PoolKind::Average {
        chain.scalar("divide", BinaryOp::Multiply);
    }
    chain.define(op.output);
    Ok(())
}
