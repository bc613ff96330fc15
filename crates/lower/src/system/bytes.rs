//! Bytes that pass between a stage and what lies around it.

use tilesim_graph::{TensorId, TensorKind, autodiff::TrainingStage};
use tilesim_machine::ElementType;

use crate::{HostInput, HostSteps, HostTensors};

/// Bytes of a tensor as it lies on the chip; none where there is none.
pub(super) fn of(stage: &TrainingStage, tensor: Option<TensorId>) -> u64 {
    tensor.map_or(0, |id| {
        let tensor = stage.graph.tensor(id);
        tensor.elements() * tensor.data_type.bytes()
    })
}

/// What the host sends for each micro-batch: images to the first stage, labels to the last.
pub(super) fn host(stage: &TrainingStage, is_first: bool, image_type: ElementType) -> u64 {
    let images = if is_first {
        stage.graph.tensor(stage.input).elements() * image_type.bytes()
    } else {
        0
    };
    images + of(stage, stage.labels)
}

/// The same tensors, which the system times: results leave once an update, and are too few to count.
pub(super) fn from_host(stage: &TrainingStage, is_first: bool, image_type: ElementType) -> HostTensors {
    let images = is_first.then_some(HostInput {
        tensor: stage.input,
        sent_as: Some(image_type),
    });
    let labels = stage.labels.map(|tensor| HostInput {
        tensor,
        sent_as: None,
    });
    HostTensors {
        inputs: images.into_iter().chain(labels).collect(),
        outputs: Vec::new(),
        transfers: HostSteps::OfTheSystem,
    }
}

/// What is kept of each micro-batch until its backward pass; images lie as the host has sent them.
pub(super) fn kept(stage: &TrainingStage, is_first: bool, image_type: ElementType) -> u64 {
    let image = [Some(stage.input), stage.stored_input];
    stage
        .kept
        .iter()
        .map(|&id| {
            if is_first && image.contains(&Some(id)) {
                stage.graph.tensor(id).elements() * image_type.bytes()
            } else {
                of(stage, Some(id))
            }
        })
        .sum()
}

/// Accumulated gradients.
pub(super) fn reduced(stage: &TrainingStage) -> Vec<u64> {
    stage
        .accumulated
        .iter()
        .map(|accumulated| of(stage, Some(accumulated.sum)))
        .collect()
}

/// Float weights and float slots of the optimiser, which lie in streaming memory beside half weights on the chip.
pub(super) fn streamed(stage: &TrainingStage) -> u64 {
    let float = ElementType::F32.bytes();
    let graph = &stage.graph;
    let weights: u64 = stage
        .accumulated
        .iter()
        .filter(|accumulated| graph.tensor(accumulated.of).kind == TensorKind::Parameter)
        .map(|accumulated| graph.tensor(accumulated.of).elements())
        .sum();
    let slots: u64 = slot_ids(stage).map(|id| graph.tensor(id).elements()).sum();
    (weights + slots) * float
}

/// Names of the slots of the optimiser.
pub(super) fn slots(stage: &TrainingStage) -> Vec<&str> {
    slot_ids(stage)
        .map(|id| stage.graph.tensor(id).name.as_str())
        .collect()
}

/// State that nothing puts out and that is no accumulator.
fn slot_ids(stage: &TrainingStage) -> impl Iterator<Item = TensorId> {
    let graph = &stage.graph;
    let mut produced = vec![false; graph.tensors.len()];
    for op in &graph.ops {
        produced[op.output.0 as usize] = true;
    }
    for accumulated in &stage.accumulated {
        produced[accumulated.accumulator.0 as usize] = true;
    }
    (0..graph.tensors.len() as u32)
        .map(TensorId)
        .filter(move |id| !produced[id.0 as usize] && graph.tensor(*id).kind == TensorKind::OptimiserState)
}
