//! A training step: from labels over the loss to gradients.

use tilesim_exec::{Tensor, Tensors, evaluate};
use tilesim_graph::{
    ElementType, Graph, NormKind, OpKind, TensorKind, TrainingGraph, TrainingOptions,
    autodiff::BatchStatistics, training_graph,
};

use super::{
    experiment::{Expected, Experiment, given},
    loss::Loss,
    request::{GradientRequest, LossReduction, TOLERANCE},
    shape::{INPUT, shaped},
};
use crate::{Cancellation, Error, execution::Archive};

/// The training step of a network on an input and its labels.
pub(super) fn step(
    request: &GradientRequest,
    archive: &Archive,
    network: &Graph,
    input: &Tensor,
    labels: &Tensor,
    weights: &mut Tensors,
    cancellation: &Cancellation,
) -> Result<Experiment, Error> {
    given(archive, weights)?;
    let loss = Loss::of(request, archive, labels, request.tolerance.unwrap_or(TOLERANCE))?;
    let mut remarks = vec![loss.remark()];
    let batch_statistics = statistics(request, archive, network, input, weights, cancellation)?;
    if network.ops.iter().any(is_batch_norm) {
        remarks.push(
            match batch_statistics {
                BatchStatistics::Current => "batch norms take the statistics of the batch",
                BatchStatistics::Stored => "batch norms take their stored statistics",
            }
            .to_owned(),
        );
    }
    let options = TrainingOptions {
        label_smoothing: loss.label_smoothing,
        // Everything is computed in single precision, so that nothing need be scaled or cast.
        loss_scale: 1.0,
        master_type: ElementType::F16,
        dropout: 0.0,
        stochastic_depth: 0.0,
        input_gradients: true,
        batch_statistics,
        ..TrainingOptions::default()
    };
    let training = training_graph(network, &options)?;
    check_labels(archive, &training, labels)?;
    let mut weights = weights.clone();
    weights.extend(state(&training.graph));
    Ok(Experiment {
        inputs: inputs(network, &training, input, labels),
        weights,
        results: results(network, &training, loss.reduction),
        gradients: gradients(&training, loss.reduction),
        graph: training.graph,
        remarks,
    })
}

fn is_batch_norm(op: &tilesim_graph::Op) -> bool {
    matches!(&op.kind, OpKind::Norm(norm) if norm.kind == NormKind::Batch)
}

/// Which statistics batch norms take: where that is left open and the reference has logits, those that it comes to with them.
fn statistics(
    request: &GradientRequest,
    archive: &Archive,
    network: &Graph,
    input: &Tensor,
    weights: &Tensors,
    cancellation: &Cancellation,
) -> Result<BatchStatistics, Error> {
    if let Some(statistics) = request.batch_statistics {
        return Ok(statistics);
    }
    let (Some(logits), true) = (archive.get("logits")?, network.ops.iter().any(is_batch_norm)) else {
        return Ok(BatchStatistics::Current);
    };
    let name = |ids: &[tilesim_graph::TensorId]| ids.first().map(|id| network.tensor(*id).name.clone());
    let inputs = name(&network.inputs).map(|name| (name, input.clone()));
    let values = evaluate(network, &inputs.into_iter().collect(), weights, cancellation)?;
    let stored = name(&network.outputs).and_then(|name| values.get(&name));
    let agrees = stored.is_some_and(|stored| {
        stored.values.len() == logits.values.len()
            && stored.relative_error(logits) <= request.tolerance.unwrap_or(TOLERANCE)
    });
    Ok(if agrees {
        BatchStatistics::Stored
    } else {
        BatchStatistics::Current
    })
}

fn check_labels(archive: &Archive, training: &TrainingGraph, labels: &Tensor) -> Result<(), Error> {
    shaped(
        archive,
        "labels",
        &labels.shape,
        &training.graph.tensor(training.labels).shape,
    )?;
    let classes = training.graph.tensor(training.logits).shape.last().copied();
    let classes = classes.unwrap_or(0);
    let is_class = |label: f32| label >= 0.0 && label < classes as f32 && label.fract() == 0.0;
    match labels.values.iter().find(|label| !is_class(**label)) {
        Some(label) => Err(archive.failed(
            format!("`labels` holds {label}"),
            format!("whole numbers from 0 to {}", classes.saturating_sub(1)),
        )),
        None => Ok(()),
    }
}

/// Accumulators and slots start at 0.
fn state(graph: &Graph) -> Tensors {
    let state = graph.tensors.iter();
    state
        .filter(|tensor| tensor.kind == TensorKind::OptimiserState)
        .map(|tensor| (tensor.name.clone(), Tensor::zeros(&tensor.shape)))
        .collect()
}

fn inputs(network: &Graph, training: &TrainingGraph, input: &Tensor, labels: &Tensor) -> Tensors {
    let name = |id| training.graph.tensor(id).name.clone();
    let images = network
        .inputs
        .iter()
        .map(|id| (network.tensor(*id).name.clone(), input.clone()));
    images
        .chain([
            (name(training.labels), labels.clone()),
            (name(training.learning_rate), Tensor::zeros(&[1])),
        ])
        .collect()
}

fn results(network: &Graph, training: &TrainingGraph, reduction: LossReduction) -> Vec<Expected> {
    let factor = factor(training, reduction);
    let named = |name: &str, tensor, factor| Expected {
        names: vec![name.to_owned()],
        tensor,
        factor,
    };
    let input_gradients = network
        .inputs
        .iter()
        .zip(&training.input_gradients)
        .map(|(&input, &tensor)| {
            let names = INPUT.into_iter().chain([network.tensor(input).name.as_str()]);
            Expected {
                names: names.map(|name| format!("grad/{name}")).collect(),
                tensor,
                factor,
            }
        });
    [
        named("logits", training.logits, 1.0),
        named("loss", training.loss, factor),
    ]
    .into_iter()
    .chain(input_gradients)
    .collect()
}

fn gradients(training: &TrainingGraph, reduction: LossReduction) -> Vec<Expected> {
    let factor = factor(training, reduction);
    let trained = training.parameters.iter();
    trained
        .map(|trained| Expected {
            names: vec![format!("grad/{}", training.graph.tensor(trained.parameter).name)],
            tensor: trained.gradient,
            factor,
        })
        .collect()
}

/// The loss of the graph is the mean over its samples.
fn factor(training: &TrainingGraph, reduction: LossReduction) -> f32 {
    match reduction {
        LossReduction::Mean => 1.0,
        LossReduction::Sum => training.graph.tensor(training.labels).elements() as f32,
    }
}
