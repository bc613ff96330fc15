//! The weight update, once all gradients are accumulated.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Accumulated, TrainedParameter, TrainingOptions,
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
    pub(super) accumulated: Vec<Accumulated>,
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

    let mut gradients = BTreeMap::new();
    for accumulated in &accumulated {
        if let Some(&layer) = layers.get(&accumulated.sum) {
            builder.continue_layer(layer);
            gradients.insert(accumulated.of, (mean(&mut builder, accumulated, options)?, layer));
            state.push(zero(&mut builder, accumulated)?);
        }
    }
    let proxies = ops
        .iter()
        .filter_map(|op| Proxy::of(op, &sources))
        .map(|proxy| proxy::gradients(&mut builder, proxy, &mut gradients))
        .collect::<Result<Vec<_>, _>>()?;

    let mut parameters = Vec::new();
    // In the order of their ids, which is that of the network's tensors.
    for (&parameter, &(gradient, layer)) in &gradients {
        let tensor = builder.graph().tensor(parameter);
        if tensor.kind != TensorKind::Parameter {
            continue;
        }
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

/// The mean over micro-batches, without the loss scale.
fn mean(
    builder: &mut GraphBuilder,
    accumulated: &Accumulated,
    options: &TrainingOptions,
) -> Result<TensorId, GraphError> {
    let factor = 1.0 / (options.loss_scale * options.accumulation as f64);
    let name = &builder.graph().tensor(accumulated.of).name;
    let name = format!("{name}/mean_gradient");
    builder.op(name, OpKind::Scale { factor }, vec![accumulated.sum])
}

/// The accumulator starts anew.
fn zero(builder: &mut GraphBuilder, accumulated: &Accumulated) -> Result<StateChange, GraphError> {
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
