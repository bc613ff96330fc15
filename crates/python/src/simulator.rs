//! What runs, and keeps what runs have in common.

use pyo3::{
    prelude::*,
    types::{PyMapping, PyString},
};
use tilesim::{
    RunOptions, Training,
    execution::{ExecutionRequest, GivenArrays},
};

use crate::{
    arrays::tensor,
    error::{InputError, raised},
    execution::Execution,
    request::{MachineArgument, NetworkArgument, Request, settings},
    run::Run,
    training::WeightUpdate,
    work::work,
};

/// A simulator: it keeps plans of convolutions and geometry of steps, so that a run takes from earlier ones what they have in common.
/// Answers do not depend on what it has kept, what it keeps is bounded, and threads may share one.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Simulator {
    simulator: tilesim::Simulator,
}

#[pymethods]
impl Simulator {
    #[new]
    fn new() -> Self {
        Self {
            simulator: tilesim::Simulator::new(),
        }
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
        let (result, run) = work(python, |cancellation| {
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

    /// Trains a network on a system of chips, as far as one weight update goes: `system` is a bundled name or a JSON file, which may name
    /// its network. `set` changes settings of the network, of the machine (`machine.KEY`) or of the system (`system.KEY`). With `max_batch` the
    /// largest micro-batch that fits is searched, with `balance` better splits.
    #[pyo3(signature = (network=None, *, system, set=None, max_batch=false, balance=false))]
    fn train(
        &self,
        python: Python<'_>,
        network: Option<&str>,
        system: &str,
        set: Option<&Bound<'_, PyMapping>>,
        max_batch: bool,
        balance: bool,
    ) -> PyResult<WeightUpdate> {
        let options = RunOptions {
            settings: settings(set)?,
            ..RunOptions::default()
        };
        let training = Training::with_options(network, Some(system), &options);
        let training = training.map_err(|error| raised(python, &error))?;
        let result = work(python, |cancellation| {
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

    /// Computes a network with real numbers, tile by tile as it was lowered, and times the same program.
    ///
    /// `inputs` is an array, or arrays by name; what is not given is made up from `seed`. `weights` is an ONNX file of the same structure,
    /// for its weights. With `check` every operator is compared with a plain evaluation.
    #[pyo3(
        signature = (
            network, inputs=None, *, machine=MachineArgument::usual(), batch=None, precision="32.32", set=None, weights=None,
            seed=None, check=false
        ),
        text_signature = "($self, network, inputs=None, *, machine='mk2', batch=None, precision='32.32', set=None, \
                          weights=None, seed=None, check=False)"
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
            ..ExecutionRequest::default()
        };
        let executed = work(python, |cancellation| {
            simulation.execute(&request, &self.simulator.cancelled_by(cancellation))
        })?;
        Ok(Execution { executed })
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
