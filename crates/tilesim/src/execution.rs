//! A network with real numbers: the program that is timed computes.

mod archive;
#[cfg(feature = "npy")]
mod arrays;
pub mod gradients;
mod weights;

pub use archive::Archive;
#[cfg(feature = "npy")]
pub use arrays::{read_array, write_array};

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_exec::{
    Comparison, Mode, Tensor, Tensors, evaluate, execute, execute_observed, fold_batch_norm, largest_of,
    seeded_inputs,
};
use tilesim_graph::Graph;
use tilesim_program::Program;
use tilesim_report::RunResult;

use crate::{Error, Precision, Simulation, Simulator};

/// Classes that are listed.
const LISTED: usize = 5;

/// What a network is executed on, and what is compared.
#[derive(Debug, Clone, Default)]
pub struct ExecutionRequest {
    /// The network's one input; made up from the seed where none is given.
    pub input: Option<InputArray>,
    /// What the result is compared with.
    pub reference: Option<InputArray>,
    /// An ONNX file whose network has the same structure, for its weights.
    pub weights: Option<PathBuf>,
    /// Whether every operator is compared with a plain evaluation.
    pub check: bool,
    /// Largest difference that a comparison takes, relative to the largest magnitude of a tensor; one that suits the precision where
    /// none is given.
    pub tolerance: Option<f64>,
    /// Of parameters and inputs that are made up.
    pub seed: u64,
}

/// An array, and what it is called where it does not fit.
#[derive(Debug, Clone)]
pub struct InputArray {
    /// Its file, or another name.
    pub origin: PathBuf,
    /// The array.
    pub tensor: Tensor,
}

#[cfg(feature = "npy")]
impl InputArray {
    /// The array of a file (.npy).
    ///
    /// # Errors
    /// Where the file cannot be read, or holds no floats.
    pub fn read(path: &std::path::Path) -> Result<Self, Error> {
        Ok(Self {
            origin: path.to_owned(),
            tensor: read_array(path)?,
        })
    }
}

/// What executing a network came to, and what it put out.
#[derive(Debug, Clone)]
pub struct Executed {
    /// The answer, as `tilesim run --format json` prints it.
    pub answer: Execution,
    /// The first output; nothing where the network has none.
    pub output: Option<Tensor>,
    /// All outputs by name.
    pub outputs: Tensors,
    /// What a reader should know of how it came about.
    pub remarks: Vec<String>,
}

/// What executing a network has come to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Execution {
    /// Version of this format.
    pub schema: &'static str,
    /// The largest elements of each sample of the result.
    pub top: Vec<Vec<Class>>,
    /// How far the result is from the reference.
    pub error: Option<ReferenceError>,
    /// The first operator that differs from the plain evaluation.
    pub check: Option<Check>,
    /// What the same program costs.
    pub result: RunResult,
}

/// An element of the result.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Class {
    /// Its index.
    pub class: usize,
    /// Its value.
    pub value: f32,
}

/// Differences from a reference.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReferenceError {
    /// The largest.
    pub max: f64,
    /// The largest, relative to the largest magnitude of the reference.
    pub relative: f64,
    /// Their mean.
    pub mean: f64,
    /// Cosine of the angle between both.
    pub cosine: f64,
    /// Share of samples whose largest element is the same.
    pub top1: f64,
    /// Share of samples whose largest element is among the reference's five largest.
    pub top5: f64,
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
        differs
            .map(|difference| format!("`{}` differs from its plain evaluation", difference.operator))
            .into_iter()
            .collect()
    }
}

impl Simulation {
    /// Computes the network with real numbers, tile by tile as it was lowered, and times the same program.
    ///
    /// # Errors
    /// Where the network cannot be lowered, an array or the weights do not fit it, or a kernel reads an element that its tile does not
    /// hold.
    pub fn execute(&self, request: &ExecutionRequest, simulator: &Simulator) -> Result<Executed, Error> {
        self.check()?;
        let network = self.network();
        let original = network.graph(self.batch_size())?;
        let graph = tilesim_graph::fold_batch_norm(&original);
        let (weights, remark) = if let Some(path) = &request.weights {
            weights::weights_of_file(path, &graph, true, self.batch_size())?
        } else {
            let given = weights::weights(network, &original, self.batch_size(), request.seed)?;
            (fold_batch_norm(&original, &graph, &given), None)
        };
        let inputs = inputs(network.name(), &graph, request)?;
        let program = self.program(&graph, simulator)?;
        let (check, outputs) = if request.check {
            let tolerance = request
                .tolerance
                .unwrap_or_else(|| tolerance(self.number_formats()));
            let (check, outputs) = checked(&graph, &program, &inputs, &weights, tolerance)?;
            (Some(check), outputs)
        } else {
            (None, execute(&program, &inputs, &weights, Mode::Machine)?)
        };
        let output = graph
            .outputs
            .first()
            .and_then(|id| outputs.get(&graph.tensor(*id).name));
        let answer = Execution {
            schema: "tilesim-run/1",
            top: output.map(top).unwrap_or_default(),
            error: output
                .map(|output| error(output, request.reference.as_ref()))
                .transpose()?
                .flatten(),
            check,
            result: self.result_of(&program, simulator)?,
        };
        Ok(Executed {
            answer,
            output: output.cloned(),
            outputs,
            remarks: remark.into_iter().collect(),
        })
    }
}

/// Largest difference that a check takes, relative to the largest magnitude of a tensor.
const fn tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::F32F32 => 1e-4,
        // Errors of halves, 2⁻¹¹ each, add up along the network.
        Precision::F16F16 | Precision::F16F32 => 0.1,
    }
}

/// The given input, or one made up.
fn inputs(name: &str, graph: &Graph, request: &ExecutionRequest) -> Result<Tensors, Error> {
    let mut inputs = seeded_inputs(graph, request.seed);
    let Some(given) = &request.input else {
        return Ok(inputs);
    };
    let &[input] = graph.inputs.as_slice() else {
        return Err(Error::argument(
            name,
            format!("the network has {} inputs", graph.inputs.len()),
            "a network of one input",
        ));
    };
    let wanted = graph.tensor(input);
    if given.tensor.shape != wanted.shape {
        return Err(Error::Array {
            path: given.origin.clone(),
            reason: format!("the array is {:?}", given.tensor.shape),
            expected: format!("{:?}, the input of {name}", wanted.shape),
        });
    }
    inputs.insert(wanted.name.clone(), given.tensor.clone());
    Ok(inputs)
}

/// Executes and compares every operator; the results as far as they were computed.
fn checked(
    graph: &Graph,
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    tolerance: f64,
) -> Result<(Check, Tensors), Error> {
    let expected = evaluate(graph, inputs, weights)?;
    let mut check = Check {
        tolerance,
        operators: 0,
        first_difference: None,
    };
    let outputs = execute_observed(program, inputs, weights, Mode::Machine, |name, value| {
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
    })?;
    Ok((check, outputs))
}

/// The largest elements of each sample.
fn top(output: &Tensor) -> Vec<Vec<Class>> {
    let samples = output.shape.first().copied().unwrap_or(1).max(1) as usize;
    let length = (output.values.len() / samples).max(1);
    let listed = |row: &[f32]| {
        let classes = largest_of(row, LISTED).into_iter();
        classes
            .map(|class| Class {
                class,
                value: row[class],
            })
            .collect()
    };
    output.values.chunks(length).map(listed).collect()
}

/// Compares the result with the reference, if there is one.
fn error(output: &Tensor, reference: Option<&InputArray>) -> Result<Option<ReferenceError>, Error> {
    let Some(reference) = reference else {
        return Ok(None);
    };
    let comparison = Comparison::of(output, &reference.tensor).ok_or_else(|| Error::Array {
        path: reference.origin.clone(),
        reason: format!("the array is {:?}", reference.tensor.shape),
        expected: format!("{:?}, as the result is", output.shape),
    })?;
    Ok(Some(ReferenceError {
        max: comparison.largest,
        relative: comparison.relative,
        mean: comparison.mean,
        cosine: comparison.cosine,
        top1: comparison.top1,
        top5: comparison.top5,
    }))
}
