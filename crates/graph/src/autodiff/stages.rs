//! Pipeline stages: a training graph cut along the network, each part on a chip of its own.

mod assembly;
mod cut;
mod error;
mod recomputation;

pub use cut::{CutPoint, cut_points, stage_of_layers};
pub use error::StageError;

use super::{GradientAccumulation, Phase, TrainingGraph};
use crate::{Graph, TensorId};
use assembly::Assembly;
use recomputation::Recomputation;

/// What one stage of a pipeline computes: all of its phases, one after the other, in one graph.
///
/// Parameters, accumulators and slots of the optimiser are shared by the phases. What the forward pass puts out is read by the
/// backward pass only where nothing is recomputed; otherwise the backward pass reads what [`Phase::Recompute`](super::Phase::Recompute) puts out, from
/// the input that was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingStage {
    /// All phases. Names are those of the whole training graph; what is recomputed ends in `/recomputed`.
    pub graph: Graph,
    /// What the forward pass reads: the network's input, or what the stage before puts out.
    pub input: TensorId,
    /// The same as it was stored until the backward pass, where that recomputes.
    pub stored_input: Option<TensorId>,
    /// What the next stage reads; nothing for the last.
    pub output: Option<TensorId>,
    /// The gradient of that, an input.
    pub output_gradient: Option<TensorId>,
    /// What the stage before takes as the gradient of its output; nothing for the first.
    pub input_gradient: Option<TensorId>,
    /// The loss, in the last stage.
    pub loss: Option<TensorId>,
    /// The labels, in the last stage.
    pub labels: Option<TensorId>,
    /// What is accumulated over micro-batches and added up over replicas.
    pub accumulated: Vec<GradientAccumulation>,
    /// What is kept of every micro-batch between its forward and its backward pass.
    pub kept: Vec<TensorId>,
}

/// Cuts a training graph into the stages of a pipeline. `network` is the graph that it trains, `splits` are the names of the
/// first block, or layer, of every stage but the first, and `recompute` says which stages recompute.
///
/// # Errors
/// Where a split names nothing, splits are out of order, or more than one tensor crosses a cut.
pub fn training_stages(
    network: &Graph,
    training: &TrainingGraph,
    splits: &[String],
    recompute: impl Fn(usize) -> bool,
) -> Result<Vec<TrainingStage>, StageError> {
    let of_layer = cut::stage_of_layers(network, splits)?;
    let borders = cut::crossing(network, &of_layer, splits)?;
    let stage_of_op = assembly::stage_of_ops(training, &of_layer, splits.len());
    assembly::check_sources(training, &stage_of_op)?;
    // Operators of the network keep their names in the training graph, where results are called after them.
    let borders: Vec<TensorId> = borders
        .into_iter()
        .map(|border| {
            let producer = network.ops.iter().find(|op| op.output == border);
            let name = producer.map_or(&network.tensor(border).name, |op| &op.name);
            assembly::by_name(&training.graph, name)
        })
        .collect::<Result<_, _>>()?;
    let input = network.inputs.first().map(|&input| &network.tensor(input).name);
    let input = input.ok_or(StageError::NoInput)?;
    let input = assembly::by_name(&training.graph, input)?;
    Ok((0..=splits.len())
        .map(|stage| {
            Assembly {
                training,
                stage_of_op: &stage_of_op,
                stage,
                input: stage.checked_sub(1).map_or(input, |before| borders[before]),
                output: borders.get(stage).copied(),
                recomputation: Recomputation {
                    segments: Vec::new(),
                    last: recompute(stage),
                },
            }
            .stage()
        })
        .collect())
}

/// A whole network as the one stage of a chip that recomputes it in segments: the backward pass goes through them from the last to the
/// first, and runs each forward once more before its own backward pass, from what earlier segments put out, which is kept.
/// `segments` are the names of the first block, layer or operator of every segment but the first; `recompute_last` says whether the
/// last is recomputed too, whose backward pass follows its forward pass at once.
///
/// # Errors
/// Where a segment names nothing, or segments are out of order.
pub fn segmented_stage(
    network: &Graph,
    training: &TrainingGraph,
    segments: &[String],
    recompute_last: bool,
) -> Result<TrainingStage, StageError> {
    let firsts = cut::first_ops_of_segments(network, segments)?;
    let forward = &training.graph.ops[training.ops(Phase::Forward)];
    let segments = firsts
        .into_iter()
        .map(|name| {
            let first = forward.iter().position(|op| op.name == name);
            first.ok_or_else(|| StageError::OtherNetwork {
                tensor: name.to_owned(),
            })
        })
        .collect::<Result<_, _>>()?;
    let input = network.inputs.first().map(|&input| &network.tensor(input).name);
    let input = assembly::by_name(&training.graph, input.ok_or(StageError::NoInput)?)?;
    Ok(Assembly {
        training,
        stage_of_op: &vec![0; training.graph.ops.len()],
        stage: 0,
        input,
        output: None,
        recomputation: Recomputation {
            segments,
            last: recompute_last,
        },
    }
    .stage())
}
