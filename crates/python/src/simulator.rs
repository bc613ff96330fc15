//! What runs, and keeps what runs have in common.

use pyo3::{
    prelude::*,
    types::{PyMapping, PyString},
};
use tilesim::execution::{ExecutionRequest, GivenArrays, gradients::GradientRequest};

use crate::{
    arrays::tensor,
    error::{InputError, raised},
    execution::Execution,
    gradients::{self, Gradients},
    pool::Threads,
    request::{MachineArgument, NetworkArgument, Request, SystemArgument, training},
    run::Run,
    sensitivity::Sensitivity,
    setting::settings,
    solution::Solution,
    training::WeightUpdate,
    why::{Why, WhyArgument},
    work::work_with,
};

/// A simulator: it keeps plans of convolutions and geometry of steps, so that a run takes from earlier ones what they have in common.
/// Answers do not depend on what it has kept, what it keeps is bounded, and threads may share one.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Simulator {
    simulator: tilesim::Simulator,
    threads: Threads,
}

#[pymethods]
impl Simulator {
    /// `threads` is how many a call works with, of which none is another call's; all processors, shared by all calls, where left out.
    #[new]
    #[pyo3(signature = (*, threads=None))]
    fn new(python: Python<'_>, threads: Option<usize>) -> PyResult<Self> {
        if threads.is_some_and(|threads| !(1..=1024).contains(&threads)) {
            let error = tilesim::Error::argument("threads", "are none", "a whole number between 1 and 1024");
            return Err(raised(python, &error));
        }
        Ok(Self {
            simulator: tilesim::Simulator::new(),
            threads: Threads::new(threads),
        })
    }

    /// Runs a network on one chip.
    ///
    /// `batch` is images at a time (1, or as many as an ONNX file states); `precision` the bits of data and partial sums, `16.16`,
    /// `16.32` or `32.32`; `set` changes settings of the network, with `machine.KEY` of the machine, with `framework.KEY` what the
    /// framework decides. With `max_batch` the largest batch that fits is searched too.
    #[pyo3(
        signature = (network, *, machine=MachineArgument::usual(), batch=None, precision="16.16", set=None, max_batch=false),
        text_signature = "($self, network, *, machine='mk2', batch=None, precision='16.16', set=None, max_batch=False)"
    )]
    fn simulate(
        &self,
        python: Python<'_>,
        network: NetworkArgument,
        machine: MachineArgument,
        batch: Option<u64>,
        precision: &str,
        set: Option<&Bound<'_, PyMapping>>,
        max_batch: bool,
    ) -> PyResult<Run> {
        let settings = settings(set)?;
        let request = Request {
            network,
            machine,
            batch,
            precision,
            settings,
        };
        let simulation = request.simulation().map_err(|error| raised(python, &error))?;
        let (result, run) = work_with(python, &self.threads, |cancellation| {
            let simulator = self.simulator.cancelled_by(cancellation);
            let run = simulation.run(&simulator)?;
            let mut result = run.result().clone();
            if max_batch {
                let largest = simulation.largest_batch(&result, &simulator, cancellation)?;
                result.memory.largest_batch = Some(largest);
            }
            Ok((result, run))
        })?;
        Ok(Run::new(result, Some(run)))
    }

    /// Trains a network on a system of chips, as far as one weight update goes: `system` is a bundled name, a JSON file or a `System`, which may
    /// name its network; `machine` is that of all chips, the system's where none is given. `set` changes settings of the network, of the machine
    /// (`machine.KEY`) or of the system (`system.KEY`). With `max_batch` the largest micro-batch that fits is searched, with `balance`
    /// better splits.
    #[pyo3(signature = (network=None, *, system, machine=None, set=None, max_batch=false, balance=false))]
    fn train(
        &self,
        python: Python<'_>,
        network: Option<NetworkArgument>,
        system: SystemArgument,
        machine: Option<MachineArgument>,
        set: Option<&Bound<'_, PyMapping>>,
        max_batch: bool,
        balance: bool,
    ) -> PyResult<WeightUpdate> {
        let training = training(network, system, machine, settings(set)?);
        let training = training.map_err(|error| raised(python, &error))?;
        let result = work_with(python, &self.threads, |cancellation| {
            let simulator = self.simulator.cancelled_by(cancellation);
            let mut result = training.run(&simulator)?;
            if max_batch {
                training.search_micro_batches(&mut result, &simulator, cancellation)?;
            }
            if balance {
                result.proposal = Some(training.balance(&result, &simulator)?);
            }
            Ok(result)
        })?;
        Ok(WeightUpdate { result })
    }

    /// Why `b` takes another time than `a`: the difference by cause, kind of layer, layer and decision, and counterfactuals that were
    /// simulated. Both are runs, weight updates, or texts as the command takes them. Of results that were read, and of weight updates, no
    /// counterfactuals are simulated.
    fn why(&self, python: Python<'_>, a: WhyArgument, b: WhyArgument) -> PyResult<Why> {
        let subject = |argument: &WhyArgument| argument.subject().map_err(|error| raised(python, &error));
        let (a, b) = (subject(&a)?, subject(&b)?);
        let why = work_with(python, &self.threads, |cancellation| {
            tilesim::why(&a, &b, &self.simulator.cancelled_by(cancellation), cancellation)
        })?;
        Ok(Why { why })
    }

    /// How time, memory and energy of a run respond to every number of its machine and network: each is made `step` times as large and as small.
    /// With `hold_plans` the program of the run as it is is timed on the other machines too; `curves` are numbers to follow from a
    /// quarter to four times what they are. Arguments beside them are those of `simulate`.
    #[pyo3(
        signature = (
            network, *, machine=MachineArgument::usual(), batch=None, precision="16.16", set=None, step=1.1, hold_plans=false,
            curves=Vec::new()
        ),
        text_signature = "($self, network, *, machine='mk2', batch=None, precision='16.16', set=None, step=1.1, hold_plans=False, \
            curves=())"
    )]
    fn sensitivity(
        &self,
        python: Python<'_>,
        network: NetworkArgument,
        machine: MachineArgument,
        batch: Option<u64>,
        precision: &str,
        set: Option<&Bound<'_, PyMapping>>,
        step: f64,
        hold_plans: bool,
        curves: Vec<String>,
    ) -> PyResult<Sensitivity> {
        let settings = settings(set)?;
        let request = Request {
            network,
            machine,
            batch,
            precision,
            settings,
        };
        let simulation = request.simulation().map_err(|error| raised(python, &error))?;
        let options = tilesim::SensitivityOptions {
            step,
            hold_plans,
            curves,
        };
        let answer = work_with(python, &self.threads, |cancellation| {
            let simulator = self.simulator.cancelled_by(cancellation);
            tilesim::sensitivity(&simulation, &options, &simulator, cancellation)
        })?;
        Ok(Sensitivity { answer })
    }

    /// The smallest change of `vary`, numbers of machine or network, that reaches `goal`: `PATH OPERATOR NUMBER`, `PATH OPERATOR MODEL`, or `fits`. What is to
    /// hold besides is in `constraints`; `extreme` is `largest` or `smallest`, for how far a run that keeps to the goal can go. Arguments
    /// beside them are those of `simulate`.
    #[pyo3(
        signature = (
            network, *, vary, goal, constraints=Vec::new(), extreme=None, multiple=None, limit=16.0, machine=MachineArgument::usual(),
            batch=None, precision="16.16", set=None
        ),
        text_signature = "($self, network, *, vary, goal, constraints=(), extreme=None, multiple=None, limit=16.0, machine='mk2', \
            batch=None, precision='16.16', set=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are named")]
    fn solve(
        &self,
        python: Python<'_>,
        network: NetworkArgument,
        vary: Vec<String>,
        goal: String,
        constraints: Vec<String>,
        extreme: Option<&str>,
        multiple: Option<f64>,
        limit: f64,
        machine: MachineArgument,
        batch: Option<u64>,
        precision: &str,
        set: Option<&Bound<'_, PyMapping>>,
    ) -> PyResult<Solution> {
        let extreme = match extreme {
            None => None,
            Some("largest") => Some(tilesim::Extreme::Largest),
            Some("smallest") => Some(tilesim::Extreme::Smallest),
            Some(other) => {
                let error =
                    tilesim::Error::argument("extreme", format!("is `{other}`"), "largest or smallest");
                return Err(raised(python, &error));
            }
        };
        let request = Request {
            network,
            machine,
            batch,
            precision,
            settings: settings(set)?,
        };
        let simulation = request.simulation().map_err(|error| raised(python, &error))?;
        let question = tilesim::SolveQuestion {
            vary,
            goal,
            constraints,
            extreme,
            multiple,
            limit,
        };
        let solution = work_with(python, &self.threads, |cancellation| {
            let simulator = self.simulator.cancelled_by(cancellation);
            tilesim::solve(&simulation, &question, &simulator, cancellation)
        })?;
        Ok(Solution { solution })
    }

    /// Computes a network with real numbers, tile by tile as it was lowered, and times the same program.
    ///
    /// `inputs` is an array, or arrays by name; what is not given is made up from `seed`. `weights` is an ONNX file of the same structure,
    /// for its weights. With `check` every operator is compared with a plain evaluation.
    /// `memory_limit` is the bytes of memory that values may take, half of what the host has where left out; more is an `InputError`.
    #[pyo3(
        signature = (
            network, inputs=None, *, machine=MachineArgument::usual(), batch=None, precision="32.32", set=None, weights=None,
            seed=None, check=false, memory_limit=None
        ),
        text_signature = "($self, network, inputs=None, *, machine='mk2', batch=None, precision='32.32', set=None, \
                          weights=None, seed=None, check=False, memory_limit=None)"
    )]
    fn execute(
        &self,
        python: Python<'_>,
        network: NetworkArgument,
        inputs: Option<&Bound<'_, PyAny>>,
        machine: MachineArgument,
        batch: Option<u64>,
        precision: &str,
        set: Option<&Bound<'_, PyMapping>>,
        weights: Option<std::path::PathBuf>,
        seed: Option<u64>,
        check: bool,
        memory_limit: Option<u64>,
    ) -> PyResult<Execution> {
        let inputs = given(inputs)?;
        // One image of an array, or as many as the array has.
        let images = inputs.first().and_then(|given| match given {
            GivenArrays::One { tensor, .. } => tensor.shape.first().copied(),
            GivenArrays::Named(_) => None,
        });
        let (batch, settings) = (batch.or(images), settings(set)?);
        let request = Request {
            network,
            machine,
            batch,
            precision,
            settings,
        };
        let simulation = request.simulation().map_err(|error| raised(python, &error))?;
        let request = ExecutionRequest {
            inputs,
            weights,
            seed,
            check,
            memory_limit,
            ..ExecutionRequest::default()
        };
        let executed = work_with(python, &self.threads, |cancellation| {
            simulation.execute(&request, &self.simulator.cancelled_by(cancellation))
        })?;
        Ok(Execution { executed })
    }

    /// Executes one training step with real numbers, or a backward pass from a gradient of the output, tile by tile as it was lowered, in
    /// single precision whatever types the machine would use.
    ///
    /// `inputs` is an array, whose first size is the batch. `labels` are classes, from which a training step starts, `output_gradient` is that
    /// from which a backward pass does: one of both. `parameters` are arrays by name; those that are not given are of `weights`, an ONNX file
    /// of the same structure, or made up from `seed`. `label_smoothing` is the share of the target that the loss spreads over all classes,
    /// 0.1 where left out; `loss_reduction` is `mean` or `sum` over the samples, `mean` where left out; `batch_statistics` says which batch
    /// norms take, `current` or `stored`, `current` where left out. `precision` says for which types the program is planned; `memory_limit`
    /// is as in `execute`.
    #[pyo3(
        signature = (
            network, inputs, *, labels=None, output_gradient=None, parameters=None, machine=MachineArgument::usual(),
            precision="32.32", set=None, weights=None, seed=None, label_smoothing=None, loss_reduction=None,
            batch_statistics=None, memory_limit=None
        ),
        text_signature = "($self, network, inputs, *, labels=None, output_gradient=None, parameters=None, machine='mk2', \
                          precision='32.32', set=None, weights=None, seed=None, label_smoothing=None, \
                          loss_reduction=None, batch_statistics=None, memory_limit=None)"
    )]
    fn gradients(
        &self,
        python: Python<'_>,
        network: NetworkArgument,
        inputs: &Bound<'_, PyAny>,
        labels: Option<&Bound<'_, PyAny>>,
        output_gradient: Option<&Bound<'_, PyAny>>,
        parameters: Option<&Bound<'_, PyMapping>>,
        machine: MachineArgument,
        precision: &str,
        set: Option<&Bound<'_, PyMapping>>,
        weights: Option<std::path::PathBuf>,
        seed: Option<u64>,
        label_smoothing: Option<f64>,
        loss_reduction: Option<&str>,
        batch_statistics: Option<&str>,
        memory_limit: Option<u64>,
    ) -> PyResult<Gradients> {
        let given = gradients::given(inputs, labels, output_gradient, parameters)?;
        let request = gradients::request(
            python,
            weights,
            seed,
            label_smoothing,
            loss_reduction,
            batch_statistics,
        )?;
        let request = GradientRequest {
            memory_limit,
            ..request
        };
        let simulation = Request {
            network,
            machine,
            batch: None,
            precision,
            settings: settings(set)?,
        };
        let simulation = simulation.simulation().map_err(|error| raised(python, &error))?;
        let computed = work_with(python, &self.threads, |cancellation| {
            simulation.gradients(&given, &request, &self.simulator.cancelled_by(cancellation))
        })?;
        Ok(Gradients { computed })
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    #[expect(clippy::unused_self, reason = "what is kept goes with the simulator")]
    fn __exit__(&self, _exception: &Bound<'_, pyo3::types::PyTuple>) {}
}

/// Arrays by name, or one array.
fn given(inputs: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<GivenArrays>> {
    let Some(inputs) = inputs else {
        return Ok(Vec::new());
    };
    let one = |name: Option<String>, value: &Bound<'_, PyAny>| {
        let origin = name.clone().unwrap_or_else(|| "inputs".to_owned()).into();
        let tensor = tensor(value)?;
        Ok(GivenArrays::One { name, origin, tensor })
    };
    if inputs.is_instance_of::<PyString>() {
        return Err(InputError::new_err(
            "`inputs` is a text; expected an array, or a dictionary of arrays",
        ));
    }
    match inputs.cast::<PyMapping>() {
        Ok(named) => named
            .items()?
            .iter()
            .map(|entry| {
                let (name, value): (String, Bound<'_, PyAny>) = entry.extract()?;
                one(Some(name), &value)
            })
            .collect(),
        Err(_) => Ok(vec![one(None, inputs)?]),
    }
}
