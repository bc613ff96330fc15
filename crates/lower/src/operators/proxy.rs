//! The proxy of a proxy-normalised activation: every tile has some channels, and for each of them all samples.

use tilesim_geometry::Spare;
use tilesim_graph::{Op, ProxyActivation, proxy_samples};
use tilesim_machine::ElementType;
use tilesim_program::{
    Work,
    vertex::vector::{BinaryOp, ReduceOp, ScalarOp},
    work::{VectorKernel, VectorWork},
};

use super::{activation, broadcast::repeat, elementwise::Chain};
use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Layout, Value},
};

/// A proxy that is worked out.
pub(super) struct Proxy {
    /// Gamma, `[1, C]`, where the channels are.
    pub(super) gamma: Value,
    /// The samples, `[samples, 1]`, which every tile has.
    pub(super) samples: Value,
    /// Where the channels are, with all samples, `[samples, C]`.
    pub(super) layout: Layout,
    /// (1 + proxy gamma) · sample + proxy beta.
    pub(super) inputs: Value,
    /// Operand of the activation.
    pub(super) operand: Value,
    /// The activation without its mean.
    pub(super) centred: Value,
    /// The activation's mean, `[1, C]`.
    pub(super) mean: Value,
    /// Its inverse standard deviation, `[1, C]`.
    pub(super) inverse_deviation: Value,
}

impl Proxy {
    /// Works out the proxy of an operator whose first operands are beta, gamma, proxy beta and proxy gamma, `[C]` each.
    pub(super) fn new(
        context: &mut Context,
        op: &Op,
        activation: &ProxyActivation,
    ) -> Result<Self, LowerError> {
        let values = proxy_samples();
        let count = values.len() as u64;
        let channels = op
            .inputs
            .first()
            .and_then(|beta| context.graph.tensor(*beta).shape.first())
            .copied()
            .unwrap_or(1);
        let layout = layout::channels_apart(&[count, channels], context.tiles());
        let mut parameters = Vec::new();
        for (index, role) in ["beta", "gamma", "proxy beta", "proxy gamma"]
            .into_iter()
            .enumerate()
        {
            parameters.push(by_channel(context, op, index, role, &layout)?);
        }
        let [beta, gamma, proxy_beta, proxy_gamma] = parameters.try_into().map_err(|_| {
            unsupported(
                op,
                "a proxy of other than four parameters",
                "beta, gamma, proxy beta and proxy gamma",
            )
        })?;
        let samples = samples(context, &values);
        let shape = [1, channels];
        let name = |what: &str| format!("{}/{what}", op.name);
        let repeated = repeat(context, &name("samples"), &samples, layout.clone());
        let mut scale = Chain::own(context, name("scale"), proxy_gamma);
        scale.scalar("add one", BinaryOp::Add, 1.0);
        let scale = scale.finish();
        let mut proxy = Chain::own(context, name("proxy"), repeated);
        proxy.operand("scale", BinaryOp::Multiply, &scale, &shape);
        proxy.operand("shift", BinaryOp::Add, &proxy_beta, &shape);
        let proxy = proxy.finish();
        let mut operand = Chain::not_own(context, name("operand"), proxy.clone());
        operand.operand("scale", BinaryOp::Multiply, &gamma, &shape);
        operand.operand("shift", BinaryOp::Add, &beta, &shape);
        let operand = operand.finish();
        let mut centred = Chain::not_own(context, name("activation"), operand.clone());
        activation::apply(&mut centred, activation.activation);
        let value = centred.value().clone();
        let mean = mean(centred.context, &name("mean"), &value, ReduceOp::Add);
        centred.operand("subtract mean", BinaryOp::Subtract, &mean, &shape);
        let centred = centred.finish();
        let variance = self::mean(context, &name("variance"), &centred, ReduceOp::SquareAdd);
        let mut inverse_deviation = Chain::own(context, name("deviation"), variance);
        inverse_deviation.deviation(
            "inverse root",
            ScalarOp::VarianceToInverseStandardDeviation,
            activation.epsilon,
        );
        Ok(Self {
            inverse_deviation: inverse_deviation.finish(),
            gamma,
            samples,
            layout,
            inputs: proxy,
            operand,
            centred,
            mean,
        })
    }
}

/// An operand `[C]` as `[1, C]` where the channels of the proxy are; a copy of its own.
pub(super) fn by_channel(
    context: &mut Context,
    op: &Op,
    index: usize,
    role: &str,
    layout: &Layout,
) -> Result<Value, LowerError> {
    let channels = layout.placement.operand.shape[1];
    let need = layout::along(layout, &[1, channels], Spare::Replicated);
    let flat = need.reshaped(&[channels]);
    let flat = flat.ok_or_else(|| unsupported(op, "parameters of several dimensions", "one per channel"))?;
    let mut value = context.resting(op, index, &flat)?;
    if let Some(layout) = value.layout.reshaped(&[1, channels]) {
        value.layout = layout;
    }
    let mut gathering = context.gather(format!("{} gather {role}", op.name));
    let variable = gathering.bring(&format!("{}/{role}", op.name), &value, &need);
    gathering.finish();
    let value = Value {
        variable,
        layout: need,
        element_type: value.element_type,
    };
    let mut chain = Chain::not_own(context, format!("{}/{role}", op.name), value);
    chain.copy();
    Ok(chain.finish())
}

/// The samples `[samples, 1]`, which every tile has.
fn samples(context: &mut Context, values: &[f64]) -> Value {
    if let Some(samples) = &context.kept.proxy_samples {
        return samples.clone();
    }
    let layout = layout::everywhere(&[values.len() as u64, 1], context.tiles());
    let samples = context.constant("proxy samples".to_owned(), layout, values, ElementType::F32);
    context.kept.proxy_samples = Some(samples.clone());
    samples
}

/// The mean over the samples of every channel (of squares for squared sums), each on the tile that has them.
pub(super) fn mean(context: &mut Context, name: &str, value: &Value, op: ReduceOp) -> Value {
    let samples = value.shape()[0];
    let sum = sum(context, name, value, op);
    let mut chain = Chain::own(context, name.to_owned(), sum);
    chain.scalar("divide", BinaryOp::Multiply, 1.0 / samples as f64);
    chain.finish()
}

/// The sum over the samples of every channel.
pub(super) fn sum(context: &mut Context, name: &str, value: &Value, op: ReduceOp) -> Value {
    let channels = value.shape()[1];
    let layout = layout::along(&value.layout, &[1, channels], Spare::Replicated);
    let element_type = value.element_type;
    let variable = context
        .emitter
        .temporary(format!("{name}/sum"), &layout.placement, element_type.bytes());
    context.emitter.compute(
        format!("{name} sum"),
        Work::Vector(VectorWork {
            over: value.placement().clone(),
            kernel: VectorKernel::ReducePositions {
                op,
                per_sample: false,
                partials_type: element_type,
                out_type: element_type,
            },
        }),
        vec![value.variable],
        vec![variable],
    );
    Value {
        variable,
        layout,
        element_type,
    }
}
