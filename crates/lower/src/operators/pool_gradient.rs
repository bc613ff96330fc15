//! Gradients of windowed pooling.

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
    error::unsupported,
    layout::{Layout, Value},
};

/// Every tile takes its share of the input's positions and channel blocks. To it comes of the gradient, and for a largest element of
/// the output, every window that they lie in; for a largest element the inputs come too.
pub(crate) fn lower(context: &mut Context, op: &Op, pool: &Pool) -> Result<(), LowerError> {
    if pool.kind == PoolKind::Average && !pool.divides_alike() {
        return Err(unsupported(
            op,
            "the gradient of an average over windows of different sizes",
            "largest elements, and averages over windows of one size",
        ));
    }
    let gradient = context.operand(op, 0)?;
    let data = gradient.element_type;
    let vector_width = context.machine.vector_width(data);
    let in_shape = &context.graph.tensor(op.output).shape;
    let block = gradient.placement().channel_block.max(vector_width);
    let kind = match pool.kind {
        PoolKind::Average => PoolingKind::Sum,
        PoolKind::Max => PoolingKind::MaximumGradient,
    };
    let kernel = pool_space::kernel(pool, kind, data, context.machine);
    let space = PoolSpace::new(in_shape, &kernel, Reads::OfInputs(pool), block, context.machine);
    let placement = space.placement(Arc::new(PoolSpace::held(in_shape)), Spare::Shared);
    let windows = space.placement(
        Arc::new(PoolSpace::windows_of_inputs(pool, gradient.shape())),
        Spare::Replicated,
    );
    let mut needs = vec![("gradient", gradient, windows.clone())];
    if pool.kind == PoolKind::Max {
        needs.push(("input", context.operand(op, 1)?, placement.clone()));
        needs.push(("output", context.operand(op, 2)?, windows));
    }
    let input = PoolSpace::windows_of_inputs(pool, needs[0].1.shape());
    let mut gathering = context.gather(format!("{} gather operands", op.name));
    let gathered = needs
        .iter()
        .map(|(name, value, need)| {
            let need = Layout::by_channels(need.clone());
            gathering.bring(&format!("{}/{name}", op.name), value, &need)
        })
        .collect();
    gathering.finish();
    let variable = context
        .emitter
        .temporary(format!("{}/input gradient", op.name), &placement, data.bytes());
    context.emitter.compute(
        format!("{} pool gradient", op.name),
        Work::Pooling(PoolingWork {
            over: placement.clone(),
            input: Arc::new(input),
            kernel,
            divisor: None,
        }),
        gathered,
        vec![variable],
    );
    let value = Value {
        variable,
        layout: Layout::by_channels(placement),
        element_type: data,
    };
    let mut chain = Chain::own(context, op.name.clone(), value);
    if pool.kind == PoolKind::Average {
        let window: u64 = pool.kernel.iter().product();
        chain.scalar("divide", BinaryOp::Multiply, 1.0 / window as f64);
    }
    chain.define(op.output);
    Ok(())
}
