//! A network with real numbers: the program that is timed computes.

mod archive;
#[cfg(feature = "npy")]
mod arrays;
mod classes;
mod comparison;
mod given;
pub mod gradients;
mod memory;
#[cfg(feature = "npy")]
mod stored_array;
mod weights;

pub use archive::Archive;
#[cfg(feature = "npy")]
pub use arrays::{read_array, write_array};
pub use classes::Class;
pub use comparison::{Output, OutputError};
pub use given::GivenArrays;
pub use memory::usual_memory_limit;

use comparison::{check_tolerance, reference_tolerance};
use given::{given_outputs, inputs};
use memory::MemoryLimit;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
pub use tilesim_exec::Tensor;
use tilesim_exec::{Mode, Tensors, evaluate, execute, execute_observed, fold_batch_norm};
use tilesim_graph::Graph;
use tilesim_program::Program;
use tilesim_report::RunResult;

use crate::{Cancellation, Error, Simulation, Simulator};

/// What a network is executed on, and what is compared.
#[derive(Debug, Clone, Default)]
pub struct ExecutionRequest {
    /// Inputs of the network; those that are not given are made up from the seed.
    pub inputs: Vec<GivenArrays>,
    /// What the outputs are compared with.
    pub references: Vec<GivenArrays>,
    /// An ONNX file whose network has the same structure, for its weights.
    pub weights: Option<PathBuf>,
    /// Whether every operator is compared with a plain evaluation.
    pub check: bool,
    /// Largest difference that a comparison takes, relative to the largest magnitude of a tensor; one that suits the precision where
    /// none is given.
    pub tolerance: Option<f64>,
    /// Of parameters and inputs that are made up; 0 where none is given.
    pub seed: Option<u64>,
    /// Bytes of memory that values may take, beside what it takes to plan; [`usual_memory_limit`] where none is given.
    pub memory_limit: Option<u64>,
}

/// What executing a network came to, and what it put out.
#[derive(Debug, Clone)]
pub struct Executed {
    /// The answer, as `tilesim run --format json` prints it.
    pub answer: Execution,
    /// All outputs with their names, in the order of the network.
    pub outputs: Vec<(String, Tensor)>,
    /// What a reader should know of how it came about.
    pub remarks: Vec<String>,
}

/// What executing a network has come to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Execution {
    /// Version of this format.
    pub schema: &'static str,
    /// What the network puts out.
    pub outputs: Vec<Output>,
    /// The largest elements of each sample of a classifier's output; empty for other networks.
    pub top: Vec<Vec<Class>>,
    /// How far the outputs are from their references.
    pub errors: Vec<OutputError>,
    /// The first operator that differs from the plain evaluation.
    pub check: Option<Check>,
    /// What the same program costs.
    pub result: RunResult,
}

/// What comparing every operator has found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Check {
    /// Largest difference that is taken, relative to the largest magnitude of a tensor.
    pub tolerance: f64,
    /// Operators that were compared.
    pub operators: usize,
    /// The first that differs.
    pub first_difference: Option<Difference>,
}

/// An operator that differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Difference {
    /// Name of its result.
    pub operator: String,
    /// By how much, relative to the largest magnitude.
    pub relative: f64,
}

impl Execution {
    /// Why the answer is negative; empty where it is not.
    pub fn complaints(&self) -> Vec<String> {
        let check = self.check.as_ref();
        let differs = check.and_then(|check| check.first_difference.as_ref());
        let of_check =
            differs.map(|difference| format!("`{}` differs from its plain evaluation", difference.operator));
        let of_references = self.errors.iter().filter_map(OutputError::complaint);
        of_check.into_iter().chain(of_references).collect()
    }
}

impl Simulation {
    /// Computes the network with real numbers, tile by tile as it was lowered, and times the same program.
    ///
    /// # Errors
    /// Where the network takes more memory than it may or cannot be lowered, an array or the weights do not fit it, or a kernel reads an element that its tile does not
    /// hold.
    pub fn execute(&self, request: &ExecutionRequest, simulator: &Simulator) -> Result<Executed, Error> {
        let simulation = self.clone().fed(&request.inputs)?;
        simulation.check()?;
        let network = simulation.network();
        let batch = simulation.batch_size()?;
        let seed = request.seed.unwrap_or(0);
        let original = network.graph(batch)?;
        let graph = simulation.as_lowered(original.clone());
        let limit = MemoryLimit::new(request.memory_limit, request.check);
        limit.check_graph(&graph)?;
        // Before values are made, as what they lie on is what takes more memory than they do.
        let program = simulation.program(&graph, simulator)?;
        limit.check_program(&graph, &program)?;
        let (weights, remark) = if let Some(path) = &request.weights {
            weights::weights_of_file(path, &graph, simulation.folds_norms(), batch)?
        } else {
            let given = weights::weights(network, &original, batch, request.seed)?;
            (fold_batch_norm(&original, &graph, &given), None)
        };
        let names = network.output_names(&graph);
        let references = given_outputs(&request.references, &names)?;
        let inputs = inputs(network.name(), &graph, &request.inputs, seed)?;
        let precision = simulation.number_formats();
        let (check, values) = if request.check {
            let tolerance = request.tolerance.unwrap_or_else(|| check_tolerance(precision));
            let (check, values) = checked(
                &graph,
                &program,
                &inputs,
                &weights,
                tolerance,
                simulator.cancellation(),
            )?;
            (Some(check), values)
        } else {
            let mode = Mode::Machine;
            let values = execute(&program, &inputs, &weights, mode, simulator.cancellation())?;
            (None, values)
        };
        let outputs: Vec<(String, Tensor)> = names
            .iter()
            .zip(&graph.outputs)
            .filter_map(|(name, id)| Some((name.clone(), values.get(&graph.tensor(*id).name)?.clone())))
            .collect();
        let is_classifier = classes::is_classifier(&graph);
        let tolerance = request
            .tolerance
            .unwrap_or_else(|| reference_tolerance(precision));
        let uncompared = names
            .iter()
            .filter(|name| !references.is_empty() && !references.contains_key(*name))
            .map(|name| format!("output `{name}` is computed, but there is no reference to compare it with"));
        let remarks = remark.into_iter().chain(uncompared).collect();
        let answer = Execution {
            schema: "tilesim-run/2",
            top: match outputs.first() {
                Some((_, output)) if is_classifier => classes::top(output),
                _ => Vec::new(),
            },
            errors: comparison::compare(&outputs, &references, tolerance, is_classifier)?,
            outputs: outputs
                .iter()
                .map(|(name, output)| Output {
                    name: name.clone(),
                    shape: output.shape.clone(),
                })
                .collect(),
            check,
            result: simulation.result_of(&program, simulator)?,
        };
        Ok(Executed {
            answer,
            outputs,
            remarks,
        })
    }
}

/// Executes and compares every operator; the results as far as they were computed.
fn checked(
    graph: &Graph,
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    tolerance: f64,
    cancellation: &Cancellation,
) -> Result<(Check, Tensors), Error> {
    let expected = evaluate(graph, inputs, weights, cancellation)?;
    let mut check = Check {
        tolerance,
        operators: 0,
        first_difference: None,
    };
    let observe = |name: &str, value: &Tensor| {
        let relative = expected
            .get(name)
            .map_or(f64::INFINITY, |expected| value.relative_error(expected));
        check.operators += 1;
        if relative > tolerance && check.first_difference.is_none() {
            check.first_difference = Some(Difference {
                operator: name.to_owned(),
                relative,
            });
        }
        true
    };
    let outputs = execute_observed(program, inputs, weights, Mode::Machine, cancellation, observe)?;
    Ok((check, outputs))
}
