//! The walk backwards.

use super::{
    Accumulated, StateChange, TrainingOptions,
    accumulator::accumulate,
    forward::Forward,
    gradient::{self, Contribution},
};
use crate::{Binary, GraphBuilder, GraphError, LayerId, Op, OpKind, TensorId, TensorKind};

/// The forward and the backward pass.
pub(super) struct Backward {
    pub(super) builder: GraphBuilder,
    pub(super) logits: TensorId,
    pub(super) labels: TensorId,
    pub(super) learning_rate: TensorId,
    pub(super) loss: TensorId,
    pub(super) input_gradients: Vec<TensorId>,
    pub(super) accumulated: Vec<Accumulated>,
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
        state,
    } = forward;
    builder.results_are(TensorKind::Gradient);
    let ops = builder.graph().ops.clone();
    let tensors = builder.graph().tensors.len();
    let sources = if options.input_gradients {
        inputs.as_slice()
    } else {
        &[]
    };
    let mut walk = Walk {
        wanted: wanted(&builder, &ops, sources),
        first_reader: first_readers(&ops, tensors),
        contributions: vec![Vec::new(); tensors],
        builder,
        accumulated: Vec::new(),
        state,
    };
    walk.builder.continue_layer(loss_layer);
    let seed = walk.builder.op(
        "loss/gradient",
        OpKind::SoftmaxCrossEntropyGradient {
            label_smoothing: options.label_smoothing,
            scale: options.loss_scale,
        },
        vec![logits, labels],
    )?;
    walk.contributions[logits.0 as usize].push(seed);
    for (index, op) in ops.iter().enumerate().rev() {
        walk.operator(index, op, options)?;
    }
    let input_gradients = sources
        .iter()
        .filter_map(|input| walk.contributions[input.0 as usize].first().copied())
        .collect();
    Ok(Backward {
        builder: walk.builder,
        logits,
        labels,
        learning_rate,
        loss,
        input_gradients,
        accumulated: walk.accumulated,
        state: walk.state,
    })
}

struct Walk {
    builder: GraphBuilder,
    /// Which tensors a gradient is wanted of.
    wanted: Vec<bool>,
    first_reader: Vec<Option<usize>>,
    /// Gradients of each tensor by its readers; one, their sum, once all readers have been walked.
    contributions: Vec<Vec<TensorId>>,
    accumulated: Vec<Accumulated>,
    state: Vec<StateChange>,
}

impl Walk {
    fn operator(&mut self, index: usize, op: &Op, options: &TrainingOptions) -> Result<(), GraphError> {
        if let Some(gradient) = self.sum(op.output, op.layer)? {
            let wanted: Vec<bool> = op.inputs.iter().map(|id| self.wanted[id.0 as usize]).collect();
            let contributions = gradient::of(&mut self.builder, op, gradient, &wanted)?;
            for Contribution { operand, gradient } in contributions {
                self.contributions[op.inputs[operand].0 as usize].push(gradient);
            }
        }
        // What no operator puts out has its whole gradient once its first reader has been walked.
        let mut inputs = op.inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        for id in inputs {
            let kind = self.builder.graph().tensor(id).kind;
            if self.first_reader[id.0 as usize] != Some(index) || kind == TensorKind::Activation {
                continue;
            }
            if let Some(gradient) = self.sum(id, op.layer)?
                && matches!(kind, TensorKind::Parameter | TensorKind::Statistic)
            {
                let accumulated = accumulate(&mut self.builder, &mut self.state, id, gradient, options)?;
                self.accumulated.push(accumulated);
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
        self.contributions[id.0 as usize] = vec![sum];
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
