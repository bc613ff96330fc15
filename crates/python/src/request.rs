//! What is asked for, from Python's arguments.

use pyo3::prelude::*;
use tilesim::{MachineVariant, RunOptions, Setting, Simulation, SystemVariant, Training};

use crate::{machine::Machine, network::Network, system::System};

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
        Self::Text("mk2".to_owned())
    }

    /// The machine.
    pub(crate) fn load(&self) -> Result<MachineVariant, tilesim::Error> {
        match self {
            Self::Made(machine) => Ok(machine.get().variant.clone()),
            Self::Text(name) => MachineVariant::load(name),
        }
    }
}

/// A system of chips: by name or file, or one that was made.
#[derive(FromPyObject)]
pub(crate) enum SystemArgument {
    /// One that was made.
    Made(Py<System>),
    /// A bundled name, or a JSON file.
    Text(String),
}

/// The update that is asked for.
pub(crate) fn training(
    network: Option<NetworkArgument>,
    system: SystemArgument,
    machine: Option<MachineArgument>,
    settings: Vec<Setting>,
) -> Result<Training, tilesim::Error> {
    let network = match (network, &system, &machine) {
        // As the command takes it.
        (None, SystemArgument::Text(system), None) => return named(None, system, settings),
        (Some(NetworkArgument::Text(text)), SystemArgument::Text(system), None) => {
            return named(Some(&text), system, settings);
        }
        (None, ..) => None,
        (Some(NetworkArgument::Text(text)), ..) => Some(tilesim::Network::load(&text)?),
        (Some(NetworkArgument::Made(network)), ..) => Some(network.get().network.clone()),
    };
    let system = match system {
        SystemArgument::Made(system) => system.get().variant.clone(),
        SystemArgument::Text(name) => SystemVariant::load(&name)?,
    };
    let mut training = Training::on(system, network)?;
    if let Some(machine) = machine {
        training = training.machine(machine.load()?)?;
    }
    training.set_all(&settings)
}

fn named(network: Option<&str>, system: &str, settings: Vec<Setting>) -> Result<Training, tilesim::Error> {
    let options = RunOptions {
        settings,
        ..RunOptions::default()
    };
    Training::with_options(network, Some(system), &options)
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
                    machine: Some(machine.clone()),
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
