//! `tilesim run --gradients`: a training step with real numbers, against a reference.

use std::collections::BTreeMap;

use serde::Serialize;
use tilesim_exec::{Mode, Tensor, Tensors, execute_observed};
use tilesim_graph::{Graph, TensorId, TensorKind, TrainingGraph, TrainingOptions, training_graph};
use tilesim_report::render::Palette;

use crate::{
    args::ExecuteArgs, arrays, console::Console, error::CliError, exit::Outcome, networks, pipeline,
    run_request::RunRequest,
};

/// Largest difference that is taken, relative to the largest magnitude of a tensor.
const TOLERANCE: f64 = 1e-4;

/// What the command answers.
#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    tolerance: f64,
    /// Logits, loss and gradients, as far as the reference has them.
    compared: Vec<Compared>,
    /// Arrays of the reference that the network has nothing for.
    unknown: Vec<String>,
    /// The largest of the differences.
    worst: f64,
}

/// One tensor.
#[derive(Debug, Serialize)]
struct Compared {
    name: String,
    elements: usize,
    /// Largest difference, relative to the largest magnitude.
    relative: f64,
    agrees: bool,
}

/// Executes one training step in single precision, whatever types the machine would use; negative where something is off.
///
/// Nothing is dropped at random. The reference holds `input`, `labels` and as many as it likes of `logits`, `loss`,
/// `grad/<parameter>` and `grad/input`.
pub(crate) fn run(args: &ExecuteArgs, request: RunRequest, console: &Console) -> Result<Outcome, CliError> {
    let Some(path) = &args.reference else {
        return Err(CliError::argument(
            "--gradients",
            "there is nothing to compare with",
            "--reference FILE.npz",
        ));
    };
    let reference = arrays::read_archive(path)?;
    let array = |name: &str| {
        reference.get(name).ok_or_else(|| CliError::Array {
            path: path.clone(),
            reason: format!("there is no array `{name}`"),
            expected: "arrays `input` and `labels`".to_owned(),
        })
    };
    let (input, labels) = (array("input")?, array("labels")?);
    let request = RunRequest {
        batch: input.shape.first().copied().unwrap_or(1),
        ..request
    };
    let network = networks::graph(&request.network, request.batch)?;
    let training = training_graph(&network, &options())?;
    let mut given = networks::weights(&request.network, &network, request.batch, args.seed)?;
    given.extend(state(&training.graph));
    let inputs = inputs(&network, &training, input, labels);
    let program = pipeline::program(&training.graph, &request)?;
    let wanted = wanted(&network, &training);
    let mut values = BTreeMap::new();
    let name_of = |id: TensorId| training.graph.tensor(id).name.as_str();
    execute_observed(&program, &inputs, &given, Mode::Float, |name, value| {
        for (role, (id, factor)) in &wanted {
            if name == name_of(*id) {
                values.insert(role.clone(), scaled(value, *factor));
            }
        }
        true
    })?;
    let answer = compared(args.tolerance.unwrap_or(TOLERANCE), &reference, &values);
    console.answer(&answer, table)?;
    let off = answer.compared.iter().filter(|compared| !compared.agrees);
    let unknown = answer.unknown.iter();
    Ok(Outcome::unless(
        off.map(|compared| format!("`{}` is off by {:.3e}", compared.name, compared.relative))
            .chain(unknown.map(|name| format!("the network has no `{name}`")))
            .collect(),
    ))
}

fn options() -> TrainingOptions {
    TrainingOptions {
        dropout: 0.0,
        stochastic_depth: 0.0,
        input_gradients: true,
        ..TrainingOptions::default()
    }
}

/// Accumulators and slots start at 0.
fn state(graph: &Graph) -> Tensors {
    let state = graph.tensors.iter();
    state
        .filter(|tensor| tensor.kind == TensorKind::OptimiserState)
        .map(|tensor| {
            let zeros = Tensor {
                shape: tensor.shape.clone(),
                values: vec![0.0; tensor.elements() as usize],
            };
            (tensor.name.clone(), zeros)
        })
        .collect()
}

fn inputs(network: &Graph, training: &TrainingGraph, input: &Tensor, labels: &Tensor) -> Tensors {
    let mut inputs = Tensors::new();
    if let Some(id) = network.inputs.first() {
        inputs.insert(network.tensor(*id).name.clone(), input.clone());
    }
    let name = |id| training.graph.tensor(id).name.clone();
    inputs.insert(name(training.labels), labels.clone());
    let rate = Tensor {
        shape: vec![1],
        values: vec![0.0],
    };
    inputs.insert(name(training.learning_rate), rate);
    inputs
}

/// What can be compared, by the names of the reference: the tensor, and what it is multiplied with.
fn wanted(network: &Graph, training: &TrainingGraph) -> BTreeMap<String, (TensorId, f32)> {
    let mut wanted = BTreeMap::from([
        ("logits".to_owned(), (training.logits, 1.0)),
        ("loss".to_owned(), (training.loss, 1.0)),
    ]);
    for trained in &training.parameters {
        let name = &training.graph.tensor(trained.parameter).name;
        wanted.insert(format!("grad/{name}"), (trained.gradient, 1.0));
    }
    // Gradients of inputs are those of the scaled loss.
    let scale = (1.0 / options().loss_scale) as f32;
    for (&input, &gradient) in network.inputs.iter().zip(&training.input_gradients) {
        wanted.insert("grad/input".to_owned(), (gradient, scale));
        wanted.insert(format!("grad/{}", network.tensor(input).name), (gradient, scale));
    }
    wanted
}

fn scaled(tensor: &Tensor, factor: f32) -> Tensor {
    Tensor {
        shape: tensor.shape.clone(),
        values: tensor.values.iter().map(|value| value * factor).collect(),
    }
}

fn compared(tolerance: f64, reference: &Tensors, values: &BTreeMap<String, Tensor>) -> Answer {
    let is_result = |name: &str| name == "logits" || name == "loss" || name.starts_with("grad/");
    let mut answer = Answer {
        schema: "tilesim-gradients/1",
        tolerance,
        compared: Vec::new(),
        unknown: Vec::new(),
        worst: 0.0,
    };
    for (name, expected) in reference.iter().filter(|(name, _)| is_result(name)) {
        let Some(value) = values.get(name) else {
            answer.unknown.push(name.clone());
            continue;
        };
        let relative = if value.values.len() == expected.values.len() {
            value.relative_error(expected)
        } else {
            f64::INFINITY
        };
        answer.worst = answer.worst.max(relative);
        answer.compared.push(Compared {
            name: name.clone(),
            elements: expected.values.len(),
            relative,
            agrees: relative <= tolerance,
        });
    }
    answer
}

fn table(answer: &Answer, _: &Palette) -> String {
    let off = answer.compared.iter().filter(|compared| !compared.agrees);
    let lines = off.map(|compared| {
        format!(
            "`{}` ({} elements) is off by {:.3e} of its largest magnitude",
            compared.name, compared.elements, compared.relative
        )
    });
    let unknown = answer
        .unknown
        .iter()
        .map(|name| format!("the network has no `{name}`"));
    let agreeing = answer.compared.iter().filter(|compared| compared.agrees).count();
    let sum = format!(
        "{agreeing} of {} tensors agree with the reference within {:.1e}; the largest difference is {:.3e}",
        answer.compared.len() + answer.unknown.len(),
        answer.tolerance,
        answer.worst,
    );
    lines.chain(unknown).chain([sum]).collect::<Vec<_>>().join("\n")
}
