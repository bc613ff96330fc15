//! Gradients through the statistics of proxy-normalised activations, once in each update.

use tilesim_graph::{Activation, GradientOperand, Op, ProxyActivation};
use tilesim_program::vertex::vector::{BinaryOp, ReduceOp};

use super::{
    activation, activation_gradient,
    broadcast::repeat,
    elementwise::Chain,
    proxy::{Proxy, by_channel, sum},
};
use crate::{LowerError, context::Context, layout::Value};

/// The rows, gradients of beta, gamma, proxy beta and proxy gamma, lie apart.
pub(crate) fn lower(context: &mut Context, op: &Op, activation: &ProxyActivation) -> Result<(), LowerError> {
    const MEAN_GRADIENT: usize = 4;
    const DEVIATION_GRADIENT: usize = 5;
    let proxy = Proxy::new(context, op, activation)?;
    let layout = proxy.layout.clone();
    let count = proxy.samples.shape()[0] as f64;
    let shape = proxy.mean.shape().to_vec();
    let whole = layout.placement.operand.shape.to_vec();
    let name = |what: &str| format!("{}/{what}", op.name);

    let mean_gradient = by_channel(context, op, MEAN_GRADIENT, "mean gradient", &layout)?;
    let mut mean_gradient = Chain::own(context, name("mean gradient"), mean_gradient);
    mean_gradient.scalar("divide", BinaryOp::Multiply, 1.0 / count);
    let mean_gradient = mean_gradient.finish();
    // Where nothing reads the deviation, its gradient is zero, and only the mean's is left.
    let gradient = if op.inputs.len() > DEVIATION_GRADIENT {
        let given = by_channel(context, op, DEVIATION_GRADIENT, "deviation gradient", &layout)?;
        let factor = variance_factor(context, name("variance gradient"), given, &proxy, count);
        let mut gradient = Chain::own(context, name("activation gradient"), proxy.centred.clone());
        gradient.operand("through variance", BinaryOp::Multiply, &factor, &shape);
        gradient.operand("through mean", BinaryOp::Add, &mean_gradient, &shape);
        gradient.finish()
    } else {
        repeat(
            context,
            &name("activation gradient"),
            &mean_gradient,
            layout.clone(),
        )
    };
    let given = gradient_operand(context, name("output"), activation.activation, &proxy);
    let mut gradient = Chain::own(context, name("operand gradient"), gradient);
    activation_gradient::apply(&mut gradient, activation.activation, &given);
    let along = |gradient: &mut Chain, what: &str, other: &Value| {
        let mut along = gradient.branch(what);
        along.operand("multiply", BinaryOp::Multiply, other, &whole);
        let along = along.finish();
        sum(gradient.context, &name(what), &along, ReduceOp::Add)
    };
    let gamma_gradient = along(&mut gradient, "gamma", &proxy.inputs);
    // They are repeated where they are used, so that nobody holds them meanwhile.
    let samples = repeat(gradient.context, &name("samples again"), &proxy.samples, layout);
    let along_samples = along(&mut gradient, "samples", &samples);
    let gradient = gradient.finish();
    let beta_gradient = sum(context, &name("beta"), &gradient, ReduceOp::Add);
    let mut by_gamma = |what: &str, value: Value| {
        let mut chain = Chain::not_own(context, name(what), value);
        chain.operand("multiply by gamma", BinaryOp::Multiply, &proxy.gamma, &shape);
        chain.finish()
    };
    let proxy_beta_gradient = by_gamma("proxy beta", beta_gradient.clone());
    let proxy_gamma_gradient = by_gamma("proxy gamma", along_samples);
    let rows = vec![
        beta_gradient,
        gamma_gradient,
        proxy_beta_gradient,
        proxy_gamma_gradient,
    ];
    context.kept.rows.insert(op.output, rows);
    Ok(())
}

/// What the centred activation is multiplied with: the inverse deviation is (variance + ε)^(−1/2), and the gradient of the variance
/// is shared out over the samples as 2 · centred / count.
fn variance_factor(context: &mut Context, name: String, given: Value, proxy: &Proxy, count: f64) -> Value {
    let shape = given.shape().to_vec();
    let mut factor = Chain::own(context, name, given);
    for what in ["deviation", "deviation squared", "deviation cubed"] {
        factor.operand(what, BinaryOp::Multiply, &proxy.inverse_deviation, &shape);
    }
    factor.scalar("scale", BinaryOp::Multiply, -1.0 / count);
    factor.finish()
}

/// What the gradient of the activation is worked out from.
fn gradient_operand(context: &mut Context, name: String, function: Activation, proxy: &Proxy) -> Value {
    match function.gradient_operand() {
        GradientOperand::Input => proxy.operand.clone(),
        GradientOperand::Output => {
            let mut output = Chain::not_own(context, name, proxy.operand.clone());
            activation::apply(&mut output, function);
            output.finish()
        }
    }
}
