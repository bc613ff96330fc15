//! The forward pass as it trains: parameters cast where they are used, statistics of the current batch, random masks, the loss.

use std::collections::BTreeMap;

use super::{BatchStatistics, TrainingOptions, augmentation};
use crate::{
    Binary, ElementType, Graph, GraphBuilder, GraphError, LayerId, LayerKind, Norm, NormKind, Op, OpKind,
    Phase, Reduction, StateChange, TensorId, TensorKind,
};

/// The forward pass.
pub(super) struct Forward {
    pub(super) builder: GraphBuilder,
    pub(super) logits: TensorId,
    pub(super) labels: TensorId,
    pub(super) learning_rate: TensorId,
    pub(super) loss: TensorId,
    /// Layer of the loss.
    pub(super) loss_layer: LayerId,
    /// The network's inputs.
    pub(super) inputs: Vec<TensorId>,
    pub(super) state: Vec<StateChange>,
}

pub(super) fn build(network: &Graph, options: &TrainingOptions) -> Result<Forward, GraphError> {
    let (logits, softmax) = logits(network)?;
    let mut rewriting = Rewriting::new(network, options)?;
    let inputs = rewriting.builder.graph().inputs.clone();
    rewriting.augment()?;
    for (index, op) in network.ops.iter().enumerate() {
        if softmax != Some(index) {
            rewriting.operator(index, op)?;
        }
    }
    let logits = rewriting.tensors[logits.0 as usize];
    let Rewriting {
        mut builder, state, ..
    } = rewriting;
    let batch = builder.shape(logits).first().copied().unwrap_or(1);
    let labels = builder.input("labels", vec![batch], ElementType::I32)?;
    let learning_rate = builder.input("learning_rate", vec![1], ElementType::F32)?;
    let loss_layer = builder.layer("loss", "loss", LayerKind::Softmax);
    let loss = OpKind::SoftmaxCrossEntropy {
        label_smoothing: options.label_smoothing,
    };
    let loss = builder.op("loss", loss, vec![logits, labels])?;
    Ok(Forward {
        builder,
        logits,
        labels,
        learning_rate,
        loss,
        loss_layer,
        inputs,
        state,
    })
}

/// The logits, and the softmax that reads them if the network puts that out.
fn logits(network: &Graph) -> Result<(TensorId, Option<usize>), GraphError> {
    let no_logits = || GraphError::NoLogits {
        shapes: network
            .outputs
            .iter()
            .map(|&id| network.tensor(id).shape.clone())
            .collect(),
    };
    let &[output] = network.outputs.as_slice() else {
        return Err(no_logits());
    };
    let softmax = network
        .ops
        .iter()
        .position(|op| op.output == output && op.kind == OpKind::Softmax { axes: 1..2 });
    let logits = softmax
        .and_then(|index| network.ops[index].inputs.first().copied())
        .unwrap_or(output);
    if network.tensor(logits).shape.len() == 2 {
        Ok((logits, softmax))
    } else {
        Err(no_logits())
    }
}

struct Rewriting<'a> {
    network: &'a Graph,
    options: &'a TrainingOptions,
    builder: GraphBuilder,
    /// What stands for each tensor of the network.
    tensors: Vec<TensorId>,
    casts: BTreeMap<TensorId, TensorId>,
    state: Vec<StateChange>,
    /// Probability with which the residual blocks are dropped, by name.
    drop_rates: BTreeMap<&'a str, f64>,
    /// The last fully connected layer.
    classifier: Option<usize>,
}

impl<'a> Rewriting<'a> {
    fn new(network: &'a Graph, options: &'a TrainingOptions) -> Result<Self, GraphError> {
        let mut builder =
            GraphBuilder::new(network.name.clone(), options.master_type).with_layers(&network.layers);
        let mut produced = vec![false; network.tensors.len()];
        for op in &network.ops {
            produced[op.output.0 as usize] = true;
        }
        let mut tensors = Vec::new();
        for (tensor, produced) in network.tensors.iter().zip(produced) {
            let name = tensor.name.clone();
            let shape = tensor.shape.clone();
            tensors.push(match tensor.kind {
                // Takes its place when its operator has been rewritten.
                _ if produced => TensorId(u32::MAX),
                TensorKind::Input => {
                    builder.input(name, shape, augmentation::sent_as(options, tensor.data_type))?
                }
                kind => builder.source(name, shape, master_type(network, options, tensors.len()), kind)?,
            });
        }
        Ok(Self {
            network,
            options,
            builder,
            tensors,
            casts: BTreeMap::new(),
            state: Vec::new(),
            drop_rates: drop_rates(network, options.stochastic_depth),
            classifier: network
                .ops
                .iter()
                .rposition(|op| op.kind == OpKind::FullyConnected),
        })
    }

    /// Puts augmented images in the place of the network's inputs.
    fn augment(&mut self) -> Result<(), GraphError> {
        let (Some(augmentation), Some(first)) = (self.options.augmentation, self.network.ops.first()) else {
            return Ok(());
        };
        self.builder.continue_layer(first.layer);
        for &input in &self.network.inputs {
            let images = self.tensors[input.0 as usize];
            let data_type = self.network.tensor(input).data_type;
            self.tensors[input.0 as usize] =
                augmentation::augmented(&mut self.builder, images, data_type, augmentation)?;
        }
        Ok(())
    }

    fn operator(&mut self, index: usize, op: &Op) -> Result<(), GraphError> {
        self.builder.continue_layer(op.layer);
        let mut inputs = op
            .inputs
            .iter()
            .map(|&id| self.operand(id))
            .collect::<Result<Vec<_>, _>>()?;
        let shape = &self.network.tensor(op.output).shape;
        let output = match &op.kind {
            OpKind::Norm(norm)
                if norm.kind == NormKind::Batch
                    && self.options.batch_statistics == BatchStatistics::Current =>
            {
                self.current_batch(op, *norm, &inputs)?
            }
            OpKind::Binary(Binary::Add) if self.network.layer(op.layer).kind == LayerKind::Add => {
                let block = self.network.layer(op.layer).block.as_str();
                let rate = self.drop_rates.get(block).copied().unwrap_or(0.0);
                // A sample keeps or drops the whole block.
                let batch = shape.first().copied().unwrap_or(1);
                let mut mask = vec![1; shape.len()];
                mask[0] = batch;
                inputs[0] = self.dropped(&format!("{}/stochastic_depth", op.name), inputs[0], rate, &mask)?;
                self.builder.op(op.name.clone(), op.kind.clone(), inputs)?
            }
            OpKind::FullyConnected if self.classifier == Some(index) => {
                let mask = self.builder.shape(inputs[0]).to_vec();
                let name = format!("{}/dropout", op.name);
                inputs[0] = self.masked(&name, inputs[0], self.options.dropout, &mask)?;
                self.builder.op(op.name.clone(), op.kind.clone(), inputs)?
            }
            _ => self
                .builder
                .stated_op(op.name.clone(), op.kind.clone(), inputs, shape)?,
        };
        self.tensors[op.output.0 as usize] = output;
        Ok(())
    }

    /// What stands for an operand, of the type that the network states.
    fn operand(&mut self, id: TensorId) -> Result<TensorId, GraphError> {
        let stated = self.network.tensor(id);
        let operand = self.tensors[id.0 as usize];
        if !matches!(stated.kind, TensorKind::Parameter | TensorKind::Statistic)
            || stated.data_type == self.builder.graph().tensor(operand).data_type
        {
            return Ok(operand);
        }
        if let Some(&cast) = self.casts.get(&operand) {
            return Ok(cast);
        }
        let cast = self.builder.op(
            format!("{}/cast", stated.name),
            OpKind::Cast(stated.data_type),
            vec![operand],
        )?;
        self.casts.insert(operand, cast);
        Ok(cast)
    }

    /// The norm over its own batch, and the moving averages of its statistics.
    fn current_batch(&mut self, op: &Op, norm: Norm, inputs: &[TensorId]) -> Result<TensorId, GraphError> {
        let statistics = inputs.len().saturating_sub(2);
        let current = Norm {
            kind: NormKind::CurrentBatch,
            ..norm
        };
        let x = inputs.first().copied().unwrap_or(op.output);
        let y = self.builder.op(
            op.name.clone(),
            OpKind::Norm(current),
            inputs.get(..statistics).unwrap_or(inputs).to_vec(),
        )?;
        let mut kept = self.builder.shape(x).to_vec();
        kept.iter_mut()
            .enumerate()
            .for_each(|(d, size)| *size = if d == 1 { *size } else { 1 });
        let channels = kept.get(1).copied().unwrap_or(1);
        let places = op.inputs.iter().skip(statistics);
        for (&place, (role, reduction)) in
            places.zip([("mean", Reduction::Mean), ("variance", Reduction::Variance)])
        {
            let moving = self.tensors[place.0 as usize];
            let name = format!("{}/batch_{role}", op.name);
            let value = self
                .builder
                .stated_op(&name, OpKind::Reduce(reduction), vec![x], &kept)?;
            let value = self.builder.reshape(format!("{name}/flat"), value, &[channels])?;
            self.builder.results_are(TensorKind::Statistic);
            let average = OpKind::MovingAverage {
                decay: self.options.moving_average_decay,
            };
            let after =
                self.builder
                    .op(format!("{}/moving_{role}", op.name), average, vec![moving, value])?;
            self.builder.results_are(TensorKind::Activation);
            self.state.push(StateChange {
                before: moving,
                after,
                phase: Phase::Forward,
            });
        }
        Ok(y)
    }

    /// A branch divided by the probability that it survives, and then times a mask of ones and zeros, which broadcasts: two passes, as
    /// the public `EfficientNet` code has them (Graphcore examples v2.1.0, `drop_connect`).
    fn dropped(&mut self, name: &str, x: TensorId, rate: f64, mask: &[u64]) -> Result<TensorId, GraphError> {
        if rate == 0.0 {
            return Ok(x);
        }
        let data_type = self.builder.graph().tensor(x).data_type;
        let drawn = OpKind::RandomMask { rate };
        let drawn = self
            .builder
            .made_op(format!("{name}/drawn"), drawn, mask, data_type)?;
        let scale = |factor: f64| OpKind::Scale { factor };
        let survival = 1.0 - rate;
        let mask = self
            .builder
            .op(format!("{name}/mask"), scale(survival), vec![drawn])?;
        let x = self
            .builder
            .op(format!("{name}/divided"), scale(survival.recip()), vec![x])?;
        self.builder.binary(name, Binary::Multiply, x, mask)
    }

    /// A tensor times a random mask, which broadcasts; the tensor itself where nothing is dropped.
    fn masked(&mut self, name: &str, x: TensorId, rate: f64, mask: &[u64]) -> Result<TensorId, GraphError> {
        if rate == 0.0 {
            return Ok(x);
        }
        let data_type = self.builder.graph().tensor(x).data_type;
        let mask = self.builder.made_op(
            format!("{name}/mask"),
            OpKind::RandomMask { rate },
            mask,
            data_type,
        )?;
        self.builder.binary(name, Binary::Multiply, x, mask)
    }
}

/// The type in which a parameter or statistic is kept. Stored statistics of batch norms never change, so that their masters are what
/// is read.
fn master_type(network: &Graph, options: &TrainingOptions, index: usize) -> ElementType {
    let tensor = &network.tensors[index];
    let id = TensorId(index as u32);
    let of_batch_norm = |op: &Op| {
        matches!(&op.kind, OpKind::Norm(norm) if norm.kind == NormKind::Batch) && op.inputs.contains(&id)
    };
    if options.batch_statistics == BatchStatistics::Stored
        && tensor.kind == TensorKind::Statistic
        && network.ops.iter().any(of_batch_norm)
    {
        tensor.data_type
    } else {
        options.master_type
    }
}

/// Block i of n, counted from 0, is dropped with probability rate · i / n (Masters et al. 2021); blocks are those that project.
fn drop_rates(network: &Graph, rate: f64) -> BTreeMap<&str, f64> {
    let mut blocks: Vec<&str> = network
        .layers
        .iter()
        .filter(|layer| layer.kind == LayerKind::PointwiseProject)
        .map(|layer| layer.block.as_str())
        .collect();
    blocks.dedup();
    let count = blocks.len() as f64;
    blocks
        .into_iter()
        .enumerate()
        .map(|(index, block)| (block, rate * index as f64 / count))
        .collect()
}
