//! The loss and its gradient, in floats (PopLibs `Loss.cpp`).

use tilesim_geometry::Spare;
use tilesim_graph::Op;
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Work,
    vertex::vector::{BinaryOp, ReduceOp},
    work::{Channels, VectorKernel, VectorWork},
};

use super::{
    elementwise::Chain,
    fill,
    reduce::{Results, reduce},
    softmax,
};
use crate::{
    LowerError,
    context::{Context, Distributions},
    error::unsupported,
    layout::{self, Value},
};

pub(crate) fn lower(context: &mut Context, op: &Op, label_smoothing: f64) -> Result<(), LowerError> {
    let Distributions {
        probabilities,
        targets,
    } = distributions(context, op, label_smoothing)?;
    let mut losses = Chain::not_own(context, op.name.clone(), probabilities);
    losses.apply("cross entropy", &[targets.variable], |element_type, _| {
        VectorKernel::CrossEntropy { element_type }
    });
    let losses = losses.finish();
    let shape = vec![1; losses.shape().len()];
    let to = layout::spread(&shape, 1, context.tiles());
    let results = Results {
        shape: &shape,
        layout: &to,
        element_type: ElementType::F32,
        scale: 1.0 / losses.shape()[0] as f64,
        channels: Channels::Runs(1),
    };
    let wanted = context.element_type(op.output);
    if let Some(loss) = reduce(context, &op.name, &losses, ReduceOp::Add, &results) {
        let mut chain = Chain::own(context, op.name.clone(), loss);
        chain.cast(wanted);
        let mut loss = chain.finish();
        if let Some(layout) = loss.layout.reshaped(&context.graph.tensor(op.output).shape) {
            loss.layout = layout;
        }
        context.define(op.output, loss);
    }
    Ok(())
}

/// scale · (probability − target) / samples.
pub(crate) fn gradient(
    context: &mut Context,
    op: &Op,
    label_smoothing: f64,
    scale: f64,
) -> Result<(), LowerError> {
    let Distributions {
        probabilities,
        targets,
    } = distributions(context, op, label_smoothing)?;
    let shape = probabilities.shape().to_vec();
    let samples = shape.first().copied().unwrap_or(1);
    let wanted = context.element_type(op.output);
    let mut chain = Chain::not_own(context, op.name.clone(), probabilities);
    chain.operand("subtract targets", BinaryOp::Subtract, &targets, &shape);
    chain.scalar("scale", BinaryOp::Multiply, scale / samples as f64);
    chain.cast(wanted);
    chain.define(op.output);
    Ok(())
}

/// Softmax of the logits and the targets; those of the loss serve its gradient too.
fn distributions(context: &mut Context, op: &Op, label_smoothing: f64) -> Result<Distributions, LowerError> {
    let &[logits, _] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a loss of other than two operands",
            "logits and labels",
        ));
    };
    if let Some(kept) = context.kept.distributions.get(&logits) {
        return Ok(kept.clone());
    }
    let mut chain = Chain::new(context, op)?;
    chain.cast(ElementType::F32);
    let mut shape = vec![1; chain.value().shape().len()];
    shape[0] = chain.value().shape()[0];
    softmax::apply(&mut chain, &shape);
    let probabilities = chain.finish();
    let targets = targets(context, op, &probabilities, label_smoothing)?;
    let distributions = Distributions {
        probabilities,
        targets,
    };
    context.kept.distributions.insert(logits, distributions.clone());
    Ok(distributions)
}

/// The share that label smoothing gives to every class, and the rest at the class of the label.
fn targets(
    context: &mut Context,
    op: &Op,
    probabilities: &Value,
    label_smoothing: f64,
) -> Result<Value, LowerError> {
    let mut labels = context.operand(op, 1)?;
    let mut shape = vec![1; probabilities.shape().len()];
    shape[0] = probabilities.shape()[0];
    labels.layout = labels
        .layout
        .reshaped(&shape)
        .ok_or_else(|| unsupported(op, "labels of another number", "one label for each sample"))?;
    let classes = probabilities.shape().get(1).copied().unwrap_or(1);
    let share = label_smoothing / classes as f64;
    let name = format!("{}/targets", op.name);
    let targets = fill::filled(context, &name, probabilities, share);
    let need = layout::along(&probabilities.layout, &shape, Spare::Replicated);
    let mut gathering = context.gather(format!("{name} gather labels"));
    let arrived = gathering.bring(&format!("{name}/labels"), &labels, &need);
    gathering.finish();
    context.emitter.compute(
        format!("{name} set label"),
        Work::Vector(VectorWork {
            over: targets.placement().clone(),
            kernel: VectorKernel::SetLabel {
                element_type: targets.element_type,
                value: Scalar::new(share + 1.0 - label_smoothing),
            },
        }),
        vec![arrived],
        vec![targets.variable],
    );
    Ok(targets)
}
