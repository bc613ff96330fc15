//! Gradients of norms, composed as the vendor's library composes them (PopLibs `Norms.cpp` `normGradients`,
//! `normStatisticsGradients`).

use tilesim_graph::{Norm, Op};
use tilesim_program::{
    Scalar,
    vertex::vector::{BinaryOp, ReduceOp},
    work::Factor,
};

use super::{
    elementwise::Chain,
    norm,
    statistics::{self, Sharing},
};
use crate::{LowerError, context::Context, error::unsupported};

/// With g = gradient · gamma and white x̂: (x̂ · (−mean(g · x̂)) − mean g + g) / deviation, where the activations of the forward pass
/// lie.
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
    let own = context.may_overwrite(gradient);
    let mut scaled = Chain::moved(context, &op.name, &gradient_value, own, &white_value.layout);
    match gamma.first() {
        Some(gamma) => scaled.parameter("scale", BinaryOp::Multiply, *gamma),
        None if norm.constant_affine => scaled.constant_by_channel("scale", BinaryOp::Multiply, norm::ONE),
        None => {}
    }
    let mut along = scaled.branch("along");
    along.operand(
        "multiply by white",
        BinaryOp::Multiply,
        &white_value,
        white_value.shape(),
    );
    let along = along.finish();
    let scaled = scaled.finish();
    let sharing = Sharing::new(context, norm.kind, white_value.shape());
    let scale = -1.0 / sharing.elements as f64;
    let along_name = format!("{}/along", op.name);
    let sums = [
        sharing.sum(context, &along_name, &along, ReduceOp::Add, scale),
        sharing.sum(context, &op.name, &scaled, ReduceOp::Add, scale),
    ];
    let own = context.may_overwrite(white);
    let mut chain = Chain::new_at(context, op, white_value, own);
    let [Some(variance_change), Some(mean_change)] = sums else {
        return Ok(());
    };
    let name = format!("{} changes", op.name);
    sharing.over_replicas(chain.context, &name, &[&variance_change, &mean_change]);
    chain.operand(
        "multiply by change of variance",
        BinaryOp::Multiply,
        &variance_change,
        &sharing.shape,
    );
    chain.operand("add change of mean", BinaryOp::Add, &mean_change, &sharing.shape);
    chain.scaled_add("add gradient", 1.0, &scaled, Factor::Constant(Scalar::ONE), None);
    chain.operand(
        "divide by deviation",
        BinaryOp::Multiply,
        &statistics.inverse_deviation,
        &statistics.shape,
    );
    chain.define(op.output);
    Ok(())
}
