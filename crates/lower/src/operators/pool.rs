//! Windowed pooling.

use std::sync::Arc;

use tilesim_geometry::Spare;
use tilesim_graph::{Op, Pool, PoolKind};
use tilesim_program::{
    Work,
    vertex::vector::{BinaryOp, PoolingKind},
    work::PoolingWork,
};

use super::{
    elementwise::Chain,
    pool_space::{self, PoolSpace, Reads},
};
use crate::{
    LowerError,
    context::Context,
    layout::{Layout, Value},
};

/// Every tile pools its share of the output positions and channel blocks; neighbours' inputs come to it.
pub(crate) fn lower(context: &mut Context, op: &Op, pool: &Pool) -> Result<(), LowerError> {
    let value = context.operand(op, 0)?;
    let data = value.element_type;
    let out_shape = context.graph.tensor(op.output).shape.clone();
    let in_shape = &context.graph.tensor(op.inputs[0]).shape;
    // Channels move in whole data paths at least.
    let block = value
        .placement()
        .channel_block
        .max(context.machine.vector_width(data));
    let kernel = pool_space::kernel(
        pool,
        match pool.kind {
            PoolKind::Max => PoolingKind::Maximum,
            PoolKind::Average => PoolingKind::Sum,
        },
        data,
        context.machine,
    );
    let reads = Reads::OfOutputs(pool);
    let space = PoolSpace::new(&out_shape, &kernel, reads, block, context.machine);
    let input = Arc::new(PoolSpace::windows(pool, in_shape));
    let mut gathering = context.gather(format!("{} gather input", op.name));
    let gathered = gathering.bring(
        &format!("{}/input", op.name),
        &value,
        &Layout::by_channels(space.placement(Arc::clone(&input), Spare::Replicated)),
    );
    gathering.finish();
    let placement = space.placement(Arc::new(PoolSpace::held(&out_shape)), Spare::Shared);
    // One constant divides all sums where all windows are whole, or padding counts.
    let divisor = (pool.kind == PoolKind::Average && !pool.divides_alike())
        .then(|| (0..pool.kernel.len()).map(|d| pool.counted_padding(d)).collect());
    let divides_inside = divisor.is_some();
    let variable = context
        .emitter
        .temporary(format!("{}/output", op.name), &placement, data.bytes());
    context.emitter.compute(
        format!("{} pool", op.name),
        Work::Pooling(PoolingWork {
            over: placement.clone(),
            input,
            kernel,
            divisor,
        }),
        vec![gathered],
        vec![variable],
    );
    let mut chain = Chain::own(
        context,
        op.name.clone(),
        Value {
            variable,
            layout: Layout::by_channels(placement),
            element_type: data,
        },
    );
    if pool.kind == PoolKind::Average && !divides_inside {
        let window: u64 = pool.kernel.iter().product();
        chain.scalar("divide", BinaryOp::Multiply, 1.0 / window as f64);
    }
    chain.define(op.output);
    Ok(())
}
