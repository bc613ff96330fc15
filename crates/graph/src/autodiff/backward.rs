//! The walk backwards.

use std::collections::BTreeMap;

use super::{
    GradientAccumulation, TrainingOptions,
    accumulator::accumulate,
    forward::Forward,
    gradient::{self, Contribution},
};
use crate::{
    Binary, GraphBuilder, GraphError, LayerId, Op, OpKind, Phase, StateChange, TensorId, TensorKind,
};

/// The forward and the backward pass.
pub(super) struct Backward {
    pub(super) builder: GraphBuilder,
    pub(super) logits: TensorId,
    pub(super) labels: TensorId,
    pub(super) learning_rate: TensorId,
    pub(super) loss: TensorId,
    pub(super) input_gradients: Vec<TensorId>,
    pub(super) accumulated: Vec<GradientAccumulation>,
    pub(super) state: Vec<StateChange>,
}

pub(super) fn build(forward: Forward, options: &TrainingOptions) -> Result<Backward, GraphError> {
    let Forward {
        mut builder,
        logits,
        labels,
        learning_rate,
        loss,
        loss_layer,
        inputs,
        mut state,
    } = forward;
    let sources = if options.input_gradients {
        inputs.as_slice()
    } else {
        &[]
    };
    builder.results_are(TensorKind::Gradient);
    builder.phase_is(Phase::Backward);
    let walk = Walk::new(builder, sources, |builder, of, gradient| {
        accumulate(builder, of, gradient, options)
    });
    let seed = |builder: &mut GraphBuilder| {
        builder.continue_layer(loss_layer);
        let kind = OpKind::SoftmaxCrossEntropyGradient {
            label_smoothing: options.label_smoothing,
            scale: options.loss_scale,
        };
        builder.op("loss/gradient", kind, vec![logits, labels])
    };
    let WalkResult {
        builder,
        gradients,
        handled: accumulated,
    } = walk.from(logits, seed)?;
    state.extend(
        accumulated
            .iter()
            .map(|accumulated: &GradientAccumulation| StateChange {
                before: accumulated.accumulator,
                after: accumulated.sum,
                phase: Phase::Backward,
            }),
    );
    Ok(Backward {
        builder,
        logits,
        labels,
        learning_rate,
        loss,
        input_gradients: sources
            .iter()
            .filter_map(|input| gradients.get(input).copied())
            .collect(),
        accumulated,
        state,
    })
}

/// A walk that is over.
pub(super) struct WalkResult<T> {
    pub(super) builder: GraphBuilder,
    /// Gradients of inputs, parameters and proxy statistics.
    pub(super) gradients: BTreeMap<TensorId, TensorId>,
    /// What became of those of parameters and proxy statistics, in the order of the walk.
    pub(super) handled: Vec<T>,
}

/// The walk over the operators that the builder has.
pub(super) struct Walk<F> {
    builder: GraphBuilder,
    ops: Vec<Op>,
    /// Which tensors a gradient is wanted of.
    wanted: Vec<bool>,
    first_reader: Vec<Option<usize>>,
    /// Gradients of each tensor by its readers; one, their sum, once all readers have been walked.
    contributions: Vec<Vec<TensorId>>,
    gradients: BTreeMap<TensorId, TensorId>,
    /// What to do with the gradient of a parameter or proxy statistic as soon as it is known.
    handle: F,
}

impl<T, F> Walk<F>
where
    F: Fn(&mut GraphBuilder, TensorId, TensorId) -> Result<T, GraphError>,
{
    /// A walk that works out gradients of the given inputs, of parameters and of proxy statistics.
    pub(super) fn new(builder: GraphBuilder, inputs: &[TensorId], handle: F) -> Self {
        let ops = builder.graph().ops.clone();
        let tensors = builder.graph().tensors.len();
        Self {
            wanted: wanted(&builder, &ops, inputs),
            first_reader: first_readers(&ops, tensors),
            contributions: vec![Vec::new(); tensors],
            builder,
            ops,
            gradients: BTreeMap::new(),
            handle,
        }
    }

    /// Walks from a tensor, whose gradient the seed puts down.
    pub(super) fn from(
        mut self,
        output: TensorId,
        seed: impl FnOnce(&mut GraphBuilder) -> Result<TensorId, GraphError>,
    ) -> Result<WalkResult<T>, GraphError> {
        let seed = seed(&mut self.builder)?;
        self.contributions[output.0 as usize].push(seed);
        let mut handled = Vec::new();
        let ops = std::mem::take(&mut self.ops);
        for (index, op) in ops.iter().enumerate().rev() {
            self.operator(op)?;
            self.finish_sources(index, op, &mut handled)?;
        }
        Ok(WalkResult {
            builder: self.builder,
            gradients: self.gradients,
            handled,
        })
    }

    fn operator(&mut self, op: &Op) -> Result<(), GraphError> {
        let wanted: Vec<bool> = op.inputs.iter().map(|id| self.wanted[id.0 as usize]).collect();
        if !wanted.contains(&true) {
            return Ok(());
        }
        let Some(gradient) = self.sum(op.output, op.layer)? else {
            return Ok(());
        };
        for Contribution { operand, gradient } in gradient::of(&mut self.builder, op, gradient, &wanted)? {
            self.contributions[op.inputs[operand].0 as usize].push(gradient);
        }
        Ok(())
    }

    /// What no operator puts out has its whole gradient once its first reader has been walked.
    fn finish_sources(&mut self, index: usize, op: &Op, handled: &mut Vec<T>) -> Result<(), GraphError> {
        let mut inputs = op.inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        for id in inputs {
            let kind = self.builder.graph().tensor(id).kind;
            if self.first_reader[id.0 as usize] != Some(index) || kind == TensorKind::Activation {
                continue;
            }
            let Some(gradient) = self.sum(id, op.layer)? else {
                continue;
            };
            self.gradients.insert(id, gradient);
            if matches!(kind, TensorKind::Parameter | TensorKind::Statistic) {
                handled.push((self.handle)(&mut self.builder, id, gradient)?);
            }
        }
        Ok(())
    }

    /// The whole gradient of a tensor, in its shape.
    fn sum(&mut self, id: TensorId, layer: LayerId) -> Result<Option<TensorId>, GraphError> {
        self.builder.continue_layer(layer);
        let tensor = self.builder.graph().tensor(id);
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        let mut contributions = std::mem::take(&mut self.contributions[id.0 as usize]);
        // Those that repeat along dimensions are added to whole ones.
        contributions.sort_by_key(|&gradient| self.builder.shape(gradient) != shape);
        let Some((&first, others)) = contributions.split_first() else {
            return Ok(None);
        };
        let mut sum = first;
        for (index, &other) in others.iter().enumerate() {
            sum = self
                .builder
                .binary(format!("{name}/gradient/sum{index}"), Binary::Add, sum, other)?;
        }
        if self.builder.shape(sum) != shape {
            let name = format!("{name}/gradient/whole");
            sum = self
                .builder
                .stated_op(name, OpKind::Broadcast, vec![sum], &shape)?;
        }
        Ok(Some(sum))
    }
}

/// Parameters, proxy statistics and the given inputs, and whatever depends on them.
fn wanted(builder: &GraphBuilder, ops: &[Op], inputs: &[TensorId]) -> Vec<bool> {
    let graph = builder.graph();
    let mut wanted: Vec<bool> = graph
        .tensors
        .iter()
        .map(|tensor| tensor.kind == TensorKind::Parameter)
        .collect();
    for input in inputs {
        wanted[input.0 as usize] = true;
    }
    // Statistics of proxies act on the loss through what they scale and shift.
    let sources = crate::cost::cast_sources(graph);
    for op in ops
        .iter()
        .filter(|op| matches!(op.kind, OpKind::ProxyActivation(_)))
    {
        for statistic in op.inputs.iter().skip(3) {
            wanted[sources[statistic.0 as usize].0 as usize] = true;
        }
    }
    for op in ops {
        if op.inputs.iter().any(|id| wanted[id.0 as usize]) {
            wanted[op.output.0 as usize] = true;
        }
    }
    wanted
}

fn first_readers(ops: &[Op], tensors: usize) -> Vec<Option<usize>> {
    let mut first = vec![None; tensors];
    for (index, op) in ops.iter().enumerate() {
        for id in &op.inputs {
            first[id.0 as usize].get_or_insert(index);
        }
    }
    first
}
