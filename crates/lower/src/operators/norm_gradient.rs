//! Gradients of norms, composed as the vendor's library composes them (PopLibs `Norms.cpp` `normGradients`,
//! `normStatisticsGradients`).

use tilesim_graph::{Norm, Op};
use tilesim_program::{
    Scalar,
    vertex::vector::{BinaryOp, ReduceOp},
    work::{Channels, Factor},
};

use super::{
    elementwise::Chain,
    norm,
    reduce::{Results, reduce_jointly},
    statistics::{self, Sharing},
};
use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Value},
};

/// With g = gradient · gamma and white x̂: (g + (x̂ · (−mean(g · x̂)) − mean g)) / deviation, where the activations of the forward pass
/// lie. The changes are worked out in a tensor of their own and added to a copy of g, as the library does.
pub(crate) fn lower(context: &mut Context, op: &Op, norm: &Norm) -> Result<(), LowerError> {
    let &[x, white, gradient, ref gamma @ ..] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a gradient of a norm of fewer than three operands",
            "x, x whitened, gradient of the output, and gamma",
        ));
    };
    let white_value = context.value(op, white)?;
    let mut statistics = statistics::known(context, x, norm);
    if statistics.is_none() {
        let value = context.value(op, x)?;
        statistics = statistics::of(context, &op.name, x, &value, norm);
    }
    let Some(statistics) = statistics else {
        return Err(unsupported(op, "a norm without statistics", "norms of x itself"));
    };

    let gradient_value = context.value(op, gradient)?;
    let mut scaled = Chain::moved(context, &op.name, &gradient_value, false, &white_value.layout);
    scaled.keep();
    norm::by_channel(
        &mut scaled,
        "scale",
        BinaryOp::Multiply,
        gamma.first().copied(),
        norm::ONE,
    );
    let mut along = scaled.branch("along");
    along.operand(
        "multiply by white",
        BinaryOp::Multiply,
        &white_value,
        white_value.shape(),
    );
    let along = along.finish();
    let scaled = scaled.finish();
    let data = white_value.element_type;
    let sharing = Sharing::new(context, norm.kind, white_value.shape(), data);
    let scale = 1.0 / sharing.elements as f64;
    let both = [along, scaled.clone()];
    let sums = sharing.sum(context, &op.name, &both, ReduceOp::Add, (scale, data));
    let [variance_change, mean_change] = sums.as_slice() else {
        return Ok(());
    };
    let name = format!("{} changes", op.name);
    sharing.over_replicas(context, &name, &[variance_change, mean_change]);
    let mut result = Chain::named(context, op.name.clone(), scaled, false);
    result.copy();
    let result = result.finish();
    let mut sign = Chain::own(
        context,
        format!("{}/variance change", op.name),
        variance_change.clone(),
    );
    sign.scalar("turn sign", BinaryOp::Multiply, -1.0);
    let variance_change = sign.finish();
    let mut change = Chain::not_own(context, format!("{}/change", op.name), white_value);
    change.operand(
        "multiply by change of variance",
        BinaryOp::Multiply,
        &variance_change,
        &sharing.shape,
    );
    change.operand(
        "subtract change of mean",
        BinaryOp::Subtract,
        mean_change,
        &sharing.shape,
    );
    let change = change.finish();
    let mut chain = Chain::new_at(context, op, result, true);
    chain.scaled_add("add change", 1.0, &change, Factor::Constant(Scalar::ONE), None);
    chain.operand(
        "divide by deviation",
        BinaryOp::Multiply,
        &statistics.inverse_deviation,
        &statistics.shape,
    );
    chain.define(op.output);
    Ok(())
}

/// Gradients of gamma and beta, a row each: Σ gradient · x̂ and Σ gradient over samples and positions, in one reduction.
pub(crate) fn parameters(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    let white = context.operand(op, 0)?.by_channel();
    let gradient = context.operand(op, 1)?;
    let gradient = Chain::moved(context, &op.name, &gradient, false, &white.layout).finish();
    let mut along = Chain::not_own(context, format!("{}/along", op.name), white.clone());
    along.operand(
        "multiply by gradient",
        BinaryOp::Multiply,
        &gradient,
        white.shape(),
    );
    let along = along.finish();
    let mut shape = vec![1; white.shape().len()];
    shape[1] = white.shape()[1];
    let word = u64::from(context.machine.exchange_bytes_per_cycle) / white.element_type.bytes();
    let layout = layout::spread(&shape, word.max(1), context.tiles());
    let slot = context.next_results(layout.placement.grid.tiles());
    let results = Results {
        shape: &shape,
        layout: &layout::moved(layout, slot),
        element_type: white.element_type,
        scale: 1.0,
        channels: Channels::Runs(1),
    };
    let rows = reduce_jointly(context, &op.name, &[along, gradient], ReduceOp::Add, &results);
    let row = |value: Value| match value.layout.reshaped(&[1, shape[1]]) {
        Some(layout) => Value { layout, ..value },
        None => value,
    };
    context
        .kept
        .rows
        .insert(op.output, rows.into_iter().map(row).collect());
    Ok(())
}
