//! Steps of optimisers, composed of the kernels that the vendor's library has.

use tilesim_graph::{LayerwiseAdaptiveRate, Op, OptimiserStep};
use tilesim_program::{
    Scalar, Work,
    vertex::vector::{BinaryOp, ReduceOp, ScalarOp, UnaryOp},
    work::{Channels, Factor, VectorKernel, VectorWork},
};

use super::{
    elementwise::Chain,
    fill,
    reduce::{Results, reduce},
};
use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Value},
};

pub(crate) fn lower(context: &mut Context, op: &Op, step: &OptimiserStep) -> Result<(), LowerError> {
    match step {
        OptimiserStep::RootMeanSquare { momentum, epsilon } => {
            root_mean_square(context, op, *momentum, *epsilon)
        }
        OptimiserStep::Descent => descent(context, op),
        OptimiserStep::LayerwiseAdaptiveRate(rule) => layerwise_adaptive_rate(context, op, rule),
    }
}

/// momentum · step + rate · gradient / √(mean square + ε).
fn root_mean_square(context: &mut Context, op: &Op, momentum: f64, epsilon: f64) -> Result<(), LowerError> {
    let gradient = context.operand(op, 1)?;
    let mean_square = context.resting(op, 2, &gradient.layout)?;
    let step = context.resting(op, 0, &gradient.layout)?;
    let rate = rate(context, op, 3, step.shape().len())?;
    let shape = gradient.shape().to_vec();
    let mut change = Chain::not_own(context, format!("{}/change", op.name), mean_square);
    change.deviation(
        "inverse root",
        ScalarOp::VarianceToInverseStandardDeviation,
        epsilon,
    );
    change.operand("multiply by gradient", BinaryOp::Multiply, &gradient, &shape);
    let change = change.finish();
    let own = context.may_overwrite(op.inputs[0]);
    let mut chain = Chain::new_at(context, op, step, own);
    chain.scaled_add(
        "add change",
        momentum,
        &change,
        Factor::Operand,
        Some(rate.variable),
    );
    chain.define(op.output);
    Ok(())
}

/// weights − rate · velocity.
fn descent(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    let velocity = context.operand(op, 1)?;
    let weights = context.resting(op, 0, &velocity.layout)?;
    let rate = rate(context, op, 2, weights.shape().len())?;
    let own = context.may_overwrite(op.inputs[0]);
    let mut chain = Chain::new_at(context, op, weights, own);
    chain.scaled_add(
        "descend",
        1.0,
        &velocity,
        Factor::NegatedOperand,
        Some(rate.variable),
    );
    chain.define(op.output);
    Ok(())
}

/// The velocity of LARS: momentum · velocity + trust · (gradient + decay · weights).
fn layerwise_adaptive_rate(
    context: &mut Context,
    op: &Op,
    rule: &LayerwiseAdaptiveRate,
) -> Result<(), LowerError> {
    let gradient = context.operand(op, 1)?;
    let weights = context.resting(op, 2, &gradient.layout)?;
    let velocity = context.resting(op, 0, &gradient.layout)?;
    let trust = trust(context, op, rule, &weights, &gradient);
    let own = context.may_overwrite(op.inputs[1]);
    let mut change = Chain::named(context, format!("{}/change", op.name), gradient, own);
    let decay = Factor::Constant(Scalar::new(rule.weight_decay));
    change.scaled_add("decay", 1.0, &weights, decay, None);
    let change = change.finish();
    let own = context.may_overwrite(op.inputs[0]);
    let mut chain = Chain::new_at(context, op, velocity, own);
    chain.scaled_add(
        "add change",
        rule.momentum,
        &change,
        Factor::Operand,
        Some(trust.variable),
    );
    chain.define(op.output);
    Ok(())
}

/// coefficient · |weights| / (|gradient| + decay · |weights| + ε), or 1 where one of them is 0.
fn trust(
    context: &mut Context,
    op: &Op,
    rule: &LayerwiseAdaptiveRate,
    weights: &Value,
    gradient: &Value,
) -> Value {
    // Each layer's scalars lie on a tile of their own, or the sums of all layers would fill one (TensorFlow for the IPU,
    // `mapping_helper.cc`, goes on from tile to tile likewise).
    let tile = context.next_results(1);
    let weights = length(context, &format!("{}/weights", op.name), weights, tile);
    let gradient = length(context, &format!("{}/gradient", op.name), gradient, tile);
    let shape = weights.shape().to_vec();
    let name = |what: &str| format!("{}/{what}", op.name);
    let mut product = Chain::not_own(context, name("product"), weights.clone());
    product.operand("multiply by gradient", BinaryOp::Multiply, &gradient, &shape);
    let product = product.finish();
    let mut divisor = Chain::not_own(context, name("divisor"), gradient);
    let decay = Factor::Constant(Scalar::new(rule.weight_decay));
    divisor.scaled_add("add weights", 1.0, &weights, decay, None);
    divisor.scalar("add epsilon", BinaryOp::Add, rule.epsilon);
    let divisor = divisor.finish();
    let mut ratio = Chain::not_own(context, name("ratio"), weights);
    ratio.scalar("multiply by coefficient", BinaryOp::Multiply, rule.coefficient);
    ratio.operand("divide", BinaryOp::Divide, &divisor, &shape);
    let ratio = ratio.finish();
    let one = fill::filled(context, &name("one"), &ratio, 1.0);
    let mut trust = Chain::own(context, name("trust"), product);
    trust.apply("select", &[ratio.variable, one.variable], |element_type, _| {
        VectorKernel::SelectPositive { element_type }
    });
    let trust = trust.finish();
    on_all_tiles(context, &name("trust"), &trust)
}

/// A value of one element, brought to every tile.
fn on_all_tiles(context: &mut Context, name: &str, value: &Value) -> Value {
    let layout = layout::everywhere(value.shape(), context.tiles());
    let mut gathering = context.gather(format!("{name} to all tiles"));
    let variable = gathering.bring(&format!("{name}/everywhere"), value, &layout);
    gathering.finish();
    Value {
        variable,
        layout,
        element_type: value.element_type,
    }
}

/// The Euclidean length of a tensor, as one element under its number of dimensions, on a tile.
fn length(context: &mut Context, name: &str, value: &Value, tile: u64) -> Value {
    let shape = vec![1; value.shape().len()];
    let to = layout::on_tile(&shape, tile);
    let results = Results {
        shape: &shape,
        layout: &to,
        element_type: value.element_type,
        scale: 1.0,
        channels: Channels::Runs(1),
    };
    let sum = reduce(context, name, value, ReduceOp::SquareAdd, &results);
    let sum = sum.unwrap_or_else(|| value.clone());
    let work = VectorWork {
        over: sum.placement().clone(),
        kernel: VectorKernel::Unary {
            op: UnaryOp::SquareRoot,
            element_type: sum.element_type,
            in_place: true,
        },
    };
    context.emitter.compute(
        format!("{name} root"),
        Work::Vector(work),
        vec![sum.variable],
        vec![sum.variable],
    );
    sum
}

/// The learning rate, which every tile has, as one element under a number of dimensions.
fn rate(context: &mut Context, op: &Op, index: usize, dimensions: usize) -> Result<Value, LowerError> {
    let mut value = context.operand(op, index)?;
    let tensor = op.inputs[index];
    if let Some(kept) = context.kept.everywhere.get(&tensor) {
        value = kept.clone();
    } else {
        let name = context.graph.tensor(tensor).name.clone();
        value = on_all_tiles(context, &name, &value);
        context.kept.everywhere.insert(tensor, value.clone());
    }
    let layout = value.layout.reshaped(&vec![1; dimensions]);
    value.layout = layout.ok_or_else(|| unsupported(op, "a learning rate of several elements", "one"))?;
    Ok(value)
}
