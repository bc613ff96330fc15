//! The weight update, once all gradients are accumulated.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    GradientAccumulation, TrainedParameter, TrainingOptions,
    backward::Backward,
    optimiser::{self, Training},
    proxy::{self, Proxy},
};
use crate::{
    GraphBuilder, GraphError, LayerId, Op, OpKind, Phase, StateChange, TensorId, TensorKind,
    cost::cast_sources,
};

/// All three phases.
pub(super) struct Update {
    pub(super) builder: GraphBuilder,
    pub(super) logits: TensorId,
    pub(super) labels: TensorId,
    pub(super) learning_rate: TensorId,
    pub(super) loss: TensorId,
    pub(super) input_gradients: Vec<TensorId>,
    pub(super) accumulated: Vec<GradientAccumulation>,
    pub(super) parameters: Vec<TrainedParameter>,
    pub(super) state: Vec<StateChange>,
}

pub(super) fn build(backward: Backward, options: &TrainingOptions) -> Result<Update, GraphError> {
    let Backward {
        mut builder,
        logits,
        labels,
        learning_rate,
        loss,
        input_gradients,
        accumulated,
        mut state,
    } = backward;
    let sources = cast_sources(builder.graph());
    let ops = builder.graph().ops.clone();
    let undecayed = undecayed(&ops, &sources);
    let layers: BTreeMap<TensorId, LayerId> = ops.iter().map(|op| (op.output, op.layer)).collect();
    builder.results_are(TensorKind::OptimiserState);
    builder.phase_is(Phase::Update);

    let proxies: Vec<Proxy<'_>> = ops.iter().filter_map(|op| Proxy::of(op, &sources)).collect();
    let by_proxies: BTreeSet<TensorId> = proxies.iter().flat_map(Proxy::operands).collect();
    // Gradients that go through proxies are worked out before, all others where their parameter is trained: none waits for long.
    let mut gradients = BTreeMap::new();
    let mut waiting = BTreeMap::new();
    for accumulated in &accumulated {
        let Some(&layer) = layers.get(&accumulated.sum) else {
            continue;
        };
        if by_proxies.contains(&accumulated.of) {
            let gradient = take(&mut builder, &mut state, accumulated, layer, options)?;
            gradients.insert(accumulated.of, (gradient, layer));
        } else {
            waiting.insert(accumulated.of, (accumulated, layer));
        }
    }
    let proxies = proxies
        .into_iter()
        .map(|proxy| proxy::gradients(&mut builder, proxy, &mut gradients))
        .collect::<Result<Vec<_>, _>>()?;

    let mut parameters = Vec::new();
    // In the order of their ids, which is that of the network's tensors.
    let trained: BTreeSet<TensorId> = gradients.keys().chain(waiting.keys()).copied().collect();
    for parameter in trained {
        if builder.graph().tensor(parameter).kind != TensorKind::Parameter {
            continue;
        }
        let (gradient, layer) = match (gradients.get(&parameter), waiting.get(&parameter)) {
            (Some(&known), _) => known,
            (None, Some(&(accumulated, layer))) => {
                let gradient = take(&mut builder, &mut state, accumulated, layer, options)?;
                (gradient, layer)
            }
            (None, None) => continue,
        };
        builder.continue_layer(layer);
        let training = Training {
            parameter,
            gradient,
            learning_rate,
            decays: !undecayed.contains(&parameter),
        };
        parameters.push(optimiser::train(&mut builder, &mut state, training, options)?);
    }
    for proxy in &proxies {
        proxy::renew(&mut builder, &mut state, proxy, &parameters)?;
    }
    Ok(Update {
        builder,
        logits,
        labels,
        learning_rate,
        loss,
        input_gradients,
        accumulated,
        parameters,
        state,
    })
}

/// The gradient of an update; its accumulator starts anew.
fn take(
    builder: &mut GraphBuilder,
    state: &mut Vec<StateChange>,
    accumulated: &GradientAccumulation,
    layer: LayerId,
    options: &TrainingOptions,
) -> Result<TensorId, GraphError> {
    builder.continue_layer(layer);
    let gradient = mean(builder, accumulated, options)?;
    state.push(zero(builder, accumulated)?);
    Ok(gradient)
}

/// The mean over micro-batches, without the loss scale.
fn mean(
    builder: &mut GraphBuilder,
    accumulated: &GradientAccumulation,
    options: &TrainingOptions,
) -> Result<TensorId, GraphError> {
    let factor = 1.0 / (options.loss_scale * options.accumulation as f64);
    let name = &builder.graph().tensor(accumulated.of).name;
    let name = format!("{name}/mean_gradient");
    builder.op(name, OpKind::Scale { factor }, vec![accumulated.sum])
}

/// The accumulator starts anew.
fn zero(builder: &mut GraphBuilder, accumulated: &GradientAccumulation) -> Result<StateChange, GraphError> {
    let tensor = builder.graph().tensor(accumulated.accumulator).clone();
    let after = builder.made_op(
        format!("{}/zero", tensor.name),
        OpKind::Fill { value: 0.0 },
        &tensor.shape,
        tensor.data_type,
    )?;
    Ok(StateChange {
        before: accumulated.accumulator,
        after,
        phase: Phase::Update,
    })
}

/// Scales and shifts of norms and of proxy-normalised activations; the parameters of the proxy distribution decay.
fn undecayed(ops: &[Op], sources: &[TensorId]) -> BTreeSet<TensorId> {
    ops.iter()
        .filter(|op| matches!(op.kind, OpKind::Norm(_) | OpKind::ProxyActivation(_)))
        .flat_map(|op| op.inputs.iter().skip(1))
        .map(|id| sources.get(id.0 as usize).copied().unwrap_or(*id))
        .collect()
}
