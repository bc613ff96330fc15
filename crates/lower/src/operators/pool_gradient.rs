//! Gradients of maximum pooling.

use std::sync::Arc;

use tilesim_graph::{Op, Pool, PoolKind};
use tilesim_program::{Work, geometry::Spare, vertex::vector::PoolingKind, work::PoolingWork};

use super::pool_space::{self, PoolSpace};
use crate::{
    LowerError,
    layout::{Layout, Value},
    lowering::{Lowering, unsupported},
};

/// Every tile takes its share of the input's positions and channel blocks. To it come these inputs, and of the output and its
/// gradient all windows that they lie in.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, pool: &Pool) -> Result<(), LowerError> {
    if pool.kind != PoolKind::Max {
        return Err(unsupported(
            op,
            "the gradient of an average pool",
            "that of a maximum pool",
        ));
    }
    let operands = [
        lowering.operand(op, 0)?,
        lowering.operand(op, 1)?,
        lowering.operand(op, 2)?,
    ];
    let data = lowering.data();
    let vector_width = lowering.machine.vector_width(data);
    let in_shape = &lowering.graph.tensor(op.output).shape;
    let block = operands[0].placement().channel_block.max(vector_width);
    let kernel = pool_space::kernel(pool, PoolingKind::MaximumGradient, data, lowering.machine);
    let space = PoolSpace::new(in_shape, &kernel, block, lowering.machine);
    let placement = space.placement(Arc::new(PoolSpace::held(in_shape)), Spare::Shared);
    let windows = |value: &Value| {
        space.placement(
            Arc::new(PoolSpace::windows_of_inputs(pool, value.shape())),
            Spare::Replicated,
        )
    };
    let needs = [windows(&operands[0]), placement.clone(), windows(&operands[2])];
    let names = ["gradient", "input", "output"];
    let mut gathering = lowering.gather(format!("{} gather operands", op.name));
    let gathered = names
        .iter()
        .zip(&operands)
        .zip(needs)
        .map(|((name, value), need)| {
            let need = Layout::by_channels(need);
            gathering.bring(&format!("{}/{name}", op.name), value, &need, data)
        })
        .collect();
    gathering.finish();
    let variable =
        lowering
            .emitter
            .temporary(format!("{}/input gradient", op.name), &placement, data.bytes());
    lowering.emitter.compute(
        format!("{} pool gradient", op.name),
        Work::Pooling(PoolingWork {
            over: placement.clone(),
            input: Arc::new(PoolSpace::held(in_shape)),
            kernel,
            mean_inside: false,
        }),
        gathered,
        vec![variable],
    );
    let layout = Layout::by_channels(placement);
    lowering.define(op.output, Value { variable, layout });
    Ok(())
}
