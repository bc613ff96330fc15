//! Putting a stage together from the operators of the training graph.

use std::collections::BTreeMap;

use super::{StageError, TrainingStage, recomputation::Recomputation};
use crate::{
    Binary, Graph, LayerId, Op, OpKind, StateChange, Tensor, TensorId, TensorKind,
    autodiff::{GradientAccumulation, Phase, TrainingGraph},
};

/// The stage of every operator of the training graph. Layers that the network does not have, such as the loss, are the last's.
pub(super) fn stage_of_ops(training: &TrainingGraph, of_layer: &[usize], last: usize) -> Vec<usize> {
    let graph = &training.graph;
    let mut stages: Vec<usize> = graph
        .ops
        .iter()
        .map(|op| of_layer.get(op.layer.0 as usize).copied().unwrap_or(last))
        .collect();
    let mut producer = vec![None; graph.tensors.len()];
    for index in training.ops(Phase::Backward) {
        let op = &graph.ops[index];
        // Gradients that the readers of a border tensor contribute are added up where these readers are, so that one crosses.
        if op.kind == OpKind::Binary(Binary::Add)
            && let Some(Some(stage)) = op.inputs.first().map(|id| producer[id.0 as usize])
            && op.inputs.iter().all(|id| producer[id.0 as usize] == Some(stage))
        {
            stages[index] = stages[index].max(stage);
        }
        producer[op.output.0 as usize] = Some(stages[index]);
    }
    stages
}

/// Parameters and state must lie in one stage.
pub(super) fn check_sources(training: &TrainingGraph, stage_of_op: &[usize]) -> Result<(), StageError> {
    let graph = &training.graph;
    let mut stage_of: BTreeMap<TensorId, usize> = BTreeMap::new();
    for (op, &stage) in graph.ops.iter().zip(stage_of_op) {
        let stateful = |id: &&TensorId| {
            matches!(
                graph.tensor(**id).kind,
                TensorKind::Parameter | TensorKind::Statistic | TensorKind::OptimiserState
            )
        };
        for &id in op.inputs.iter().filter(stateful) {
            if *stage_of.entry(id).or_insert(stage) != stage {
                return Err(StageError::Shared {
                    tensor: graph.tensor(id).name.clone(),
                });
            }
        }
    }
    Ok(())
}

pub(super) fn by_name(graph: &Graph, name: &str) -> Result<TensorId, StageError> {
    let position = graph.tensors.iter().position(|tensor| tensor.name == name);
    position
        .map(|index| TensorId(index as u32))
        .ok_or_else(|| StageError::OtherNetwork {
            tensor: name.to_owned(),
        })
}

/// One stage to be put together. Tensors are those of the training graph.
pub(super) struct Assembly<'a> {
    pub(super) training: &'a TrainingGraph,
    pub(super) stage_of_op: &'a [usize],
    pub(super) stage: usize,
    pub(super) input: TensorId,
    pub(super) output: Option<TensorId>,
    pub(super) recomputation: Recomputation,
}

/// Which of two copies of a tensor is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Copy {
    First,
    Recomputed,
}

impl Assembly<'_> {
    pub(super) fn stage(&self) -> TrainingStage {
        let graph = &self.training.graph;
        let mut building = Building::new(graph);
        let input = building.fed(self.input, "", Copy::First);
        for op in self.ops(Phase::Forward) {
            building.op(op, Phase::Forward, |_| Copy::First);
        }
        let again = (self.recomputation).again(self.training, |index| self.stage_of_op[index] == self.stage);
        let reads_stored = self.recomputation.of_first();
        let copy = |id: TensorId| {
            if again.segment_of(id).is_some() || reads_stored && id == self.input {
                Copy::Recomputed
            } else {
                Copy::First
            }
        };
        let stored_input = reads_stored.then(|| building.fed(self.input, "/stored", Copy::Recomputed));
        let mut to_come: Vec<Option<&Vec<usize>>> = again.segments.iter().map(Some).collect();
        let mut recompute = |building: &mut Building<'_>, segment: usize| {
            for &index in to_come[segment].take().into_iter().flatten() {
                building.op(&graph.ops[index], Phase::Recompute, copy);
            }
        };
        if let [_] = again.segments[..] {
            recompute(&mut building, 0);
        }
        let output_gradient = self
            .gradient_from(self.stage + 1)
            .map(|gradient| building.fed(gradient, "", Copy::First));
        for op in self.ops(Phase::Backward) {
            // A segment is recomputed when its backward pass begins.
            for segment in op.inputs.iter().filter_map(|&id| again.segment_of(id)) {
                recompute(&mut building, segment);
            }
            building.op(op, Phase::Backward, copy);
        }
        for op in self.ops(Phase::Update) {
            building.op(op, Phase::Update, copy);
        }
        let input_gradient = self
            .stage
            .checked_sub(1)
            .and_then(|_| self.gradient_into())
            .and_then(|gradient| building.get(gradient));
        let output = self.output.and_then(|output| building.get(output));
        let is_last = self.output.is_none();
        let loss = building.get(self.training.loss).filter(|_| is_last);
        let labels = building.get(self.training.labels).filter(|_| is_last);
        building.graph.outputs = [output, input_gradient, loss].into_iter().flatten().collect();
        // What is accumulated in another stage, or in none, is no state of this one.
        building.graph.state = (graph.state.iter())
            .filter_map(|change| {
                Some(StateChange {
                    before: building.get(change.before)?,
                    after: building.get(change.after)?,
                    phase: change.phase,
                })
            })
            .collect();
        building.graph.name = format!("{}, stage {}", graph.name, self.stage);
        let accumulated = self
            .training
            .accumulated
            .iter()
            .filter_map(|accumulated| {
                Some(GradientAccumulation {
                    of: building.get(accumulated.of)?,
                    gradient: building.get(accumulated.gradient)?,
                    accumulator: building.get(accumulated.accumulator)?,
                    sum: building.get(accumulated.sum)?,
                })
            })
            .collect();
        let kept = match stored_input {
            Some(stored) => std::iter::once(stored).chain(drawn(&building.graph)).collect(),
            None => kept(&building.graph),
        };
        TrainingStage {
            graph: building.graph,
            input,
            stored_input,
            output,
            output_gradient,
            input_gradient,
            loss,
            labels,
            accumulated,
            kept,
        }
    }

    /// This stage's operators of a phase.
    fn ops(&self, phase: Phase) -> impl Iterator<Item = &Op> {
        self.training
            .ops(phase)
            .filter(|&index| self.stage_of_op[index] == self.stage)
            .map(|index| &self.training.graph.ops[index])
    }

    /// The gradient of this stage's output, which a later stage puts out.
    fn gradient_from(&self, later: usize) -> Option<TensorId> {
        self.crossing(later, self.stage)
    }

    /// The gradient of this stage's input, which the stage before reads.
    fn gradient_into(&self) -> Option<TensorId> {
        self.crossing(self.stage, self.stage - 1)
    }

    /// What the backward pass of one stage puts out and that of another reads.
    fn crossing(&self, from: usize, to: usize) -> Option<TensorId> {
        let graph = &self.training.graph;
        let of_stage = |stage: usize| {
            let backward = self.training.ops(Phase::Backward);
            backward
                .filter(move |&index| self.stage_of_op[index] == stage)
                .map(|index| &graph.ops[index])
        };
        let mut is_read = vec![false; graph.tensors.len()];
        for id in of_stage(to).flat_map(|op| &op.inputs) {
            is_read[id.0 as usize] = true;
        }
        of_stage(from)
            .map(|op| op.output)
            .find(|output| is_read[output.0 as usize])
    }
}

/// A stage's graph under construction.
struct Building<'a> {
    training: &'a Graph,
    graph: Graph,
    tensors: BTreeMap<(TensorId, Copy), TensorId>,
    layers: BTreeMap<LayerId, LayerId>,
}

impl<'a> Building<'a> {
    fn new(training: &'a Graph) -> Self {
        Self {
            training,
            graph: Graph::default(),
            tensors: BTreeMap::new(),
            layers: BTreeMap::new(),
        }
    }

    /// The stage's first copy of a tensor.
    fn get(&self, id: TensorId) -> Option<TensorId> {
        self.tensors.get(&(id, Copy::First)).copied()
    }

    fn tensor(&mut self, id: TensorId, copy: Copy, suffix: &str, kind: TensorKind) -> TensorId {
        let original = self.training.tensor(id);
        let new = TensorId(self.graph.tensors.len() as u32);
        self.graph.tensors.push(Tensor {
            name: format!("{}{suffix}", original.name),
            kind,
            ..original.clone()
        });
        self.tensors.insert((id, copy), new);
        new
    }

    /// A tensor that comes from outside.
    fn fed(&mut self, id: TensorId, suffix: &str, copy: Copy) -> TensorId {
        let new = self.tensor(id, copy, suffix, TensorKind::Input);
        self.graph.inputs.push(new);
        new
    }

    /// An operand; what nothing here puts out is a source of the training graph: a parameter, state, or input.
    fn operand(&mut self, id: TensorId, copy: Copy) -> TensorId {
        if let Some(&known) = self.tensors.get(&(id, copy)) {
            return known;
        }
        match self.training.tensor(id).kind {
            TensorKind::Input => self.fed(id, "", copy),
            kind => self.tensor(id, copy, "", kind),
        }
    }

    /// Adds an operator; `copy` says which copy of each operand it reads.
    fn op(&mut self, op: &Op, phase: Phase, copy: impl Fn(TensorId) -> Copy) {
        let inputs = op.inputs.iter().map(|&id| self.operand(id, copy(id))).collect();
        let (output_copy, suffix) = match phase {
            Phase::Recompute => (Copy::Recomputed, "/recomputed"),
            Phase::Forward | Phase::Backward | Phase::Update => (Copy::First, ""),
        };
        let kind = self.training.tensor(op.output).kind;
        let output = self.tensor(op.output, output_copy, suffix, kind);
        let layer = self.layer(op.layer);
        self.graph.ops.push(Op {
            name: format!("{}{suffix}", op.name),
            layer,
            kind: op.kind.clone(),
            inputs,
            output,
            phase,
        });
    }

    fn layer(&mut self, layer: LayerId) -> LayerId {
        if let Some(&known) = self.layers.get(&layer) {
            return known;
        }
        let new = LayerId(self.graph.layers.len() as u32);
        self.graph.layers.push(self.training.layer(layer).clone());
        self.layers.insert(layer, new);
        new
    }
}

/// What the forward pass draws and a later one reads.
fn drawn(graph: &Graph) -> impl Iterator<Item = TensorId> {
    let later = |op: &&Op| matches!(op.phase, Phase::Recompute | Phase::Backward);
    graph
        .ops
        .iter()
        .filter(|op| matches!(op.kind, OpKind::RandomMask { .. }))
        .map(|op| op.output)
        .filter(move |mask| graph.ops.iter().filter(later).any(|op| op.inputs.contains(mask)))
}

/// What the forward pass puts out, or was fed, and the backward pass reads.
fn kept(graph: &Graph) -> Vec<TensorId> {
    let of = |phase: Phase| graph.ops.iter().filter(move |op| op.phase == phase);
    let mut kept = Vec::new();
    for op in of(Phase::Backward) {
        for &id in &op.inputs {
            let from_forward = graph.inputs.contains(&id)
                && of(Phase::Forward).any(|op| op.inputs.contains(&id))
                || of(Phase::Forward).any(|op| op.output == id);
            if from_forward && !kept.contains(&id) {
                kept.push(id);
            }
        }
    }
    kept
}
