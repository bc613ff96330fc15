//! From the settings of a point to its run.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use tilesim_machine::{LoadedMachine, system::LoadedSystem};
use tilesim_report::Mode;
use tilesim_study::{Point, Points};

use super::choices::Choices;
use crate::{
    error::CliError,
    machines,
    model_argument::{ModelArgument, ModelSource},
    networks::{self, Definition, Network},
    run_request::RunRequest,
    setting::Setting,
    systems,
    training::{self, TrainingRequest},
};

/// The machine where a point names neither one nor a system.
const USUAL_MACHINE: &str = "mk2";

/// What a point asks for.
pub(super) enum Request {
    /// A run on one chip.
    Inference(Box<RunRequest>),
    /// A weight update of a system.
    Training(Box<TrainingRequest>),
}

/// The requests of points; what several points name is read once.
#[derive(Default)]
pub(super) struct Requests {
    networks: Mutex<BTreeMap<ModelSource, Definition>>,
    machines: Mutex<BTreeMap<String, LoadedMachine>>,
    systems: Mutex<BTreeMap<String, LoadedSystem>>,
}

/// The settings of a point, by what they set.
#[derive(Default)]
struct Settings {
    model: Option<String>,
    machine: Option<String>,
    system: Option<String>,
    of_network: Vec<Setting>,
    of_machine: Vec<Setting>,
    of_system: Vec<Setting>,
    choices: Choices,
}

impl Settings {
    fn of(points: &Points, point: &Point) -> Result<Self, CliError> {
        let mut settings = Self::default();
        for (key, value) in points.settings(point) {
            let setting = Setting {
                key: key.to_owned(),
                value: value.to_string(),
            };
            match key {
                "model" => settings.model = Some(setting.value),
                "machine" => settings.machine = Some(setting.value),
                "system" => settings.system = Some(setting.value),
                _ if setting.machine_key().is_some() => settings.of_machine.push(setting),
                _ if setting.system_key().is_some() => settings.of_system.push(setting),
                _ => {
                    if !settings.choices.set(&setting)? {
                        settings.of_network.push(setting);
                    }
                }
            }
        }
        Ok(settings)
    }
}

impl Requests {
    /// What a point asks for.
    pub(super) fn of(&self, points: &Points, point: &Point) -> Result<Request, CliError> {
        let settings = Settings::of(points, point)?;
        match settings.choices.mode() {
            Mode::Inference => self.inference(&settings).map(Box::new).map(Request::Inference),
            Mode::Training => self.training(&settings).map(Box::new).map(Request::Training),
        }
    }

    fn inference(&self, settings: &Settings) -> Result<RunRequest, CliError> {
        if let Some(setting) = settings.of_system.first() {
            return Err(CliError::argument(
                &setting.to_string(),
                "inference runs on one chip",
                "a point with `mode` training",
            ));
        }
        let system = match &settings.system {
            Some(name) => Some(self.system(name)?),
            None => None,
        };
        let network = self.network(settings, system.as_ref())?;
        let machine = match (&settings.machine, &system) {
            (Some(name), _) => self.machine(name)?,
            (None, Some(system)) => system.machine.clone(),
            (None, None) => self.machine(USUAL_MACHINE)?,
        };
        let (machine, machine_overrides) = machines::changed(machine, &settings.of_machine)?;
        let choices = settings.choices;
        Ok(RunRequest {
            network,
            machine_values: Vec::new(),
            machine: machine.machine,
            machine_overrides,
            mode: Mode::Inference,
            batch: choices.batch(),
            precision: choices.precision(),
            available_memory_proportion: choices.available_memory_proportion(),
            host_io: choices.host_io(),
            trace_tiles: Vec::new(),
        })
    }

    fn training(&self, settings: &Settings) -> Result<TrainingRequest, CliError> {
        let choices = settings.choices;
        let mut system = self.system(settings.system.as_deref().unwrap_or(training::ONE_CHIP))?;
        if let (Some(name), Some((key, instead))) = (&settings.system, choices.of_system()) {
            return Err(CliError::argument(
                key,
                format!("the system {name} says that itself"),
                instead,
            ));
        }
        if choices.host_io() {
            return Err(CliError::argument(
                "host_io",
                "training always receives its images from the host",
                "nothing of that kind",
            ));
        }
        if settings.system.is_none() {
            training::choose(
                &mut system,
                choices.precision(),
                choices.batch(),
                choices.available_memory_proportion(),
            )?;
        }
        let network = self.network(settings, Some(&system))?;
        let of_system = settings
            .of_system
            .iter()
            .filter_map(|setting| Some((setting.system_key()?, setting.value.as_str())));
        system.set(of_system)?;
        let machine = match &settings.machine {
            Some(name) => self.machine(name)?,
            None => system.machine.clone(),
        };
        let (machine, machine_overrides) = machines::changed(machine, &settings.of_machine)?;
        Ok(TrainingRequest {
            network,
            machine_values: Vec::new(),
            machine: machine.machine,
            machine_overrides,
            system: system.system.name.clone(),
            system_overrides: settings.of_system.iter().map(ToString::to_string).collect(),
            interconnect: system.system.interconnect,
            setup: system.system.training,
        })
    }

    /// The network that a point names, or else its system.
    fn network(&self, settings: &Settings, system: Option<&LoadedSystem>) -> Result<Network, CliError> {
        let argument = match (&settings.model, system) {
            (Some(model), _) => alone(model)?,
            (None, Some(system)) => training::of_system(system)?,
            (None, None) => {
                return Err(CliError::argument(
                    "model",
                    "is not set",
                    "a key `model` in `fixed` or in an axis",
                ));
            }
        };
        let source = &argument.source;
        let mut definition = once(&self.networks, source, || networks::load(source))?;
        // Those of the point prevail over those of the system.
        let mut overrides = Vec::new();
        for setting in argument.settings.iter().chain(&settings.of_network) {
            definition.set(setting)?;
            overrides.push(setting.to_string());
        }
        Ok(Network {
            definition,
            name: networks::name(source),
            overrides,
        })
    }

    fn machine(&self, name: &str) -> Result<LoadedMachine, CliError> {
        once(&self.machines, name, || machines::load_with_sources(name))
    }

    fn system(&self, name: &str) -> Result<LoadedSystem, CliError> {
        once(&self.systems, name, || systems::load(name))
    }
}

/// A network that stands without a machine and settings of its own.
fn alone(text: &str) -> Result<ModelArgument, CliError> {
    let argument = ModelArgument::parse(text, Path::is_file)?;
    if argument.machine.is_none() && argument.settings.is_empty() {
        return Ok(argument);
    }
    Err(CliError::argument(
        text,
        "a network of a study stands without `@`",
        "NAME, SPEC.json or NET.onnx, and settings as keys of their own",
    ))
}

/// What is known under a name, or else is read.
fn once<K: Ord + ToOwned<Owned = O> + ?Sized, O: Ord + Borrow<K>, T: Clone>(
    known: &Mutex<BTreeMap<O, T>>,
    name: &K,
    read: impl FnOnce() -> Result<T, CliError>,
) -> Result<T, CliError> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = known.get(name) {
        return Ok(value.clone());
    }
    let value = read()?;
    known.insert(name.to_owned(), value.clone());
    Ok(value)
}
