//! `tilesim run --gradients`: a training step with real numbers, against a reference.

mod answer;
mod backward;
mod comparison;
mod experiment;
mod loss;
mod training;

use tilesim_exec::Tensor;
use tilesim_graph::Graph;

use crate::{
    args::ExecuteArgs, arrays::Archive, console::Console, error::CliError, exit::Outcome, networks, pipeline,
    run_request::RunRequest,
};

/// Largest difference that is taken, relative to the largest magnitude of a tensor.
const TOLERANCE: f64 = 1e-4;

/// Names of the network's input in a reference.
const INPUT: [&str; 2] = ["input", "x"];

/// Executes one training step, or a backward pass from a given gradient, in single precision whatever types the machine would use;
/// negative where something is off.
///
/// Nothing is dropped at random. The reference holds `input` and `labels`, or `x` and `dy`, and as many as it likes of the results.
pub(crate) fn run(args: &ExecuteArgs, request: RunRequest, console: &Console) -> Result<Outcome, CliError> {
    let Some(path) = &args.reference else {
        return Err(CliError::argument(
            "--gradients",
            "there is nothing to compare with",
            "--reference FILE.npz",
        ));
    };
    let archive = Archive::read(path)?;
    let (name, input) = input(&archive)?;
    let request = RunRequest {
        batch: input.shape.first().copied().unwrap_or(1),
        ..request
    };
    let network = networks::graph(&request.network, request.batch)?;
    fits(&archive, &network, name, input)?;
    let mut weights = match &args.weights {
        Some(path) => networks::weights_of_file(path, &network, false, request.batch, console)?,
        None => networks::weights(&request.network, &network, request.batch, args.seed)?,
    };
    let experiment = match (archive.get("labels")?, archive.get("dy")?) {
        (Some(labels), _) => training::step(args, &archive, &network, input, labels, &mut weights)?,
        (None, Some(gradient)) => backward::pass(&archive, &network, input, gradient, &mut weights)?,
        (None, None) => {
            return Err(archive.failed(
                "there is neither an array `labels` nor `dy`".to_owned(),
                "`labels`, from which a training step starts, or `dy`, the gradient of the output",
            ));
        }
    };
    let program = pipeline::program(&experiment.graph, &request)?;
    let values = experiment.execute(&program)?;
    let answer = comparison::compare(
        args.tolerance.unwrap_or(TOLERANCE),
        &archive,
        &experiment,
        &values,
    )?;
    console.answer(&answer, answer::table)?;
    Ok(Outcome::unless(answer.complaints()))
}

/// The input of the network, and its name.
fn input(archive: &Archive) -> Result<(&'static str, &Tensor), CliError> {
    for name in INPUT {
        if let Some(array) = archive.get(name)? {
            return Ok((name, array));
        }
    }
    Err(archive.failed(
        "there is no array `input`".to_owned(),
        "`input`, whose first dimension is the batch",
    ))
}

/// Checks that the input is one of the network.
fn fits(archive: &Archive, network: &Graph, name: &str, input: &Tensor) -> Result<(), CliError> {
    let &[id] = network.inputs.as_slice() else {
        return Err(archive.failed(
            format!("the network has {} inputs", network.inputs.len()),
            "a network of one input",
        ));
    };
    let wanted = &network.tensor(id).shape;
    shaped(archive, name, input, wanted)
}

/// Checks the shape of an array that is computed from.
fn shaped(archive: &Archive, name: &str, array: &Tensor, wanted: &[u64]) -> Result<(), CliError> {
    if array.shape == wanted {
        return Ok(());
    }
    Err(archive.failed(format!("`{name}` is {:?}", array.shape), format!("{wanted:?}")))
}
