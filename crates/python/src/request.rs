//! What is asked for, from Python's arguments.

use pyo3::{prelude::*, types::PyMapping};
use tilesim::{MachineVariant, RunOptions, Setting, Simulation};

use crate::{machine::Machine, network::Network};

/// A network: by name or file, or one that was made.
#[derive(FromPyObject)]
pub(crate) enum NetworkArgument {
    /// One that was made.
    Made(Py<Network>),
    /// As the command takes it: `NAME|SPEC.json|NET.onnx[@MACHINE[:KEY=VALUE,…]]`.
    Text(String),
}

/// A machine: by name or file, or one that was made.
#[derive(FromPyObject)]
pub(crate) enum MachineArgument {
    /// One that was made.
    Made(Py<Machine>),
    /// A bundled name, or a JSON file.
    Text(String),
}

impl MachineArgument {
    /// The machine where none is named.
    pub(crate) fn usual() -> Self {
        Self::Text(RunOptions::default().machine)
    }

    /// The machine.
    pub(crate) fn load(&self) -> Result<MachineVariant, tilesim::Error> {
        match self {
            Self::Made(machine) => Ok(machine.get().variant.clone()),
            Self::Text(name) => MachineVariant::load(name),
        }
    }
}

/// Settings of a mapping, as the command's `--set` takes them: `True` is `true`.
pub(crate) fn settings(set: Option<&Bound<'_, PyMapping>>) -> PyResult<Vec<Setting>> {
    let Some(set) = set else {
        return Ok(Vec::new());
    };
    let entries = set.items()?;
    entries
        .iter()
        .map(|entry| {
            let (key, value): (String, Bound<'_, PyAny>) = entry.extract()?;
            Ok(Setting::new(&key, value_text(&value)?))
        })
        .collect()
}

/// The value of a setting as text.
pub(crate) fn value_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.extract::<bool>() {
        Ok(truth) => Ok(truth.to_string()),
        Err(_) => Ok(value.str()?.to_string()),
    }
}

/// An inference that was asked for.
pub(crate) struct Request<'a> {
    pub(crate) network: NetworkArgument,
    pub(crate) machine: MachineArgument,
    pub(crate) batch: Option<u64>,
    pub(crate) precision: &'a str,
    pub(crate) settings: Vec<Setting>,
}

impl Request<'_> {
    /// The inference.
    pub(crate) fn simulation(&self) -> Result<Simulation, tilesim::Error> {
        let mut simulation = match (&self.network, &self.machine) {
            (NetworkArgument::Text(text), MachineArgument::Text(machine)) => {
                let options = RunOptions {
                    machine: machine.clone(),
                    batch: self.batch,
                    ..RunOptions::default()
                };
                Simulation::with_options(text, &options)?
            }
            (NetworkArgument::Text(text), machine @ MachineArgument::Made(_)) => {
                let options = RunOptions {
                    batch: self.batch,
                    ..RunOptions::default()
                };
                Simulation::with_options(text, &options)?.machine(machine.load()?)?
            }
            (NetworkArgument::Made(network), machine) => {
                let simulation = Simulation::new(network.get().network.clone(), machine.load()?);
                match self.batch {
                    Some(batch) => simulation.batch(batch),
                    None => simulation,
                }
            }
        };
        simulation = simulation.precision(self.precision.parse()?);
        for setting in &self.settings {
            simulation = simulation.set(&setting.key, &setting.value)?;
        }
        Ok(simulation)
    }
}
