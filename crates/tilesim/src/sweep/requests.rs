//! From the settings of a point to its run.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use tilesim_machine::{software::LoadedSoftware, system::LoadedSystem};
use tilesim_report::Mode;
#[cfg(feature = "parquet")]
use tilesim_study::{Digest, Value};
use tilesim_study::{Point, Points};
use tilesim_terms::Framework;

use super::choices::Choices;
use crate::{
    Error, MachineVariant, ModelReference, ModelSource, Network, ONE_CHIP, Setting, Simulation, Training,
    file::FileReader, framework, software, system, training,
};

/// The machine where a point names neither one nor a system.
const USUAL_MACHINE: &str = "mk2";

/// What a point asks for.
pub(crate) enum Request {
    /// A run on one chip.
    Inference(Box<Simulation>),
    /// A weight update of a system.
    Training(Box<Training>),
}

/// The requests of points; what several points name is read once.
#[derive(Default)]
pub(crate) struct Requests {
    networks: Mutex<BTreeMap<ModelSource, Network>>,
    machines: Mutex<BTreeMap<String, MachineVariant>>,
    systems: Mutex<BTreeMap<String, LoadedSystem>>,
    releases: Mutex<BTreeMap<String, LoadedSoftware>>,
    files: FileReader,
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
    of_framework: Vec<Setting>,
    software: Option<String>,
    choices: Choices,
}

impl Settings {
    fn of(points: &Points, point: &Point) -> Result<Self, Error> {
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
                "software" => settings.software = Some(setting.value),
                _ if setting.machine_key().is_some() => settings.of_machine.push(setting),
                _ if setting.system_key().is_some() => settings.of_system.push(setting),
                _ if setting.framework_key().is_some() => {
                    settings.of_framework.push(setting);
                }
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
    /// Whether a key is one of the network's specification.
    #[cfg(feature = "parquet")]
    pub(crate) fn is_of_network(key: &str) -> bool {
        const OTHERS: [&str; 5] = ["model", "machine", "system", "software", "mode"];
        const RUN: [&str; 8] = [
            "batch",
            "planning",
            "precision",
            "available_memory_proportion",
            "host_io",
            "io_tiles",
            "prefetch_depth",
            "batches_per_step",
        ];
        let section = key.split_once('.').map(|(section, _)| section);
        let is_of_other = matches!(section, Some("machine" | "system" | "framework" | "label"));
        !(OTHERS.contains(&key) || RUN.contains(&key) || is_of_other)
    }

    /// What a point asks for.
    pub(crate) fn of(&self, points: &Points, point: &Point) -> Result<Request, Error> {
        let settings = Settings::of(points, point)?;
        match settings.choices.mode() {
            Mode::Inference => self.inference(&settings).map(Box::new).map(Request::Inference),
            Mode::Training => self.training(&settings).map(Box::new).map(Request::Training),
        }
    }

    fn inference(&self, settings: &Settings) -> Result<Simulation, Error> {
        if let Some(setting) = settings.of_system.first() {
            return Err(Error::argument(
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
            (None, Some(system)) => system.machine.clone().into(),
            (None, None) => self.machine(USUAL_MACHINE)?,
        };
        let machine = machine.changed(&settings.of_machine)?;
        let mut decided = Framework::default();
        for setting in &settings.of_framework {
            decided = framework::changed(decided, setting)?;
        }
        let choices = settings.choices;
        let simulation = Simulation::new(network, machine);
        let simulation = match choices.batch() {
            Some(batch) => simulation.batch(batch),
            None => simulation,
        };
        let simulation = match &settings.software {
            Some(name) => simulation.loaded_software(self.release(name)?),
            None => simulation,
        };
        Ok(simulation
            .precision(choices.precision())
            .available_memory_proportion(choices.available_memory_proportion())
            .host(choices.host())
            .planning(choices.planning())
            .framework(decided))
    }

    fn training(&self, settings: &Settings) -> Result<Training, Error> {
        let choices = settings.choices;
        let mut system = self.system(settings.system.as_deref().unwrap_or(ONE_CHIP))?;
        if let (Some(name), Some((key, instead))) = (&settings.system, choices.of_system()) {
            return Err(Error::argument(
                key,
                format!("the system {name} says that itself"),
                instead,
            ));
        }
        training::check_planning(choices.planning())?;
        training::overlap(&mut system, choices.host(), "host_io")?;
        if settings.system.is_none() {
            training::choose(
                &mut system,
                choices.precision(),
                choices.batch().unwrap_or(1),
                choices.available_memory_proportion(),
            )?;
        }
        let network = self.network(settings, Some(&system))?;
        let (system, overrides) = training::changed(system, &settings.of_system)?;
        let machine = match &settings.machine {
            Some(name) => self.machine(name)?,
            None => system.machine.clone().into(),
        };
        let machine = machine.changed(&settings.of_machine)?;
        let mut decided = Framework::TRAINING;
        for setting in &settings.of_framework {
            decided = framework::of_training(decided, setting)?;
        }
        let training = Training::new(network, machine, system, overrides).framework(decided);
        match &settings.software {
            Some(name) => Ok(training.loaded_software(self.release(name)?)),
            None => Ok(training),
        }
    }

    /// The network that a point names, or else its system.
    fn network(&self, settings: &Settings, system: Option<&LoadedSystem>) -> Result<Network, Error> {
        let reference = match (&settings.model, system) {
            (Some(model), _) => alone(model)?,
            (None, Some(system)) => training::of_system(system)?,
            (None, None) => {
                return Err(Error::argument(
                    "model",
                    "is not set",
                    "a key `model` in `fixed` or in an axis",
                ));
            }
        };
        let source = &reference.source;
        let mut network = self.source(source)?;
        // Those of the point prevail over those of the system.
        for setting in reference.settings.iter().chain(&settings.of_network) {
            network.apply(setting)?;
        }
        Ok(network)
    }

    /// Reads every file that points name, directly or in a file of a system, and gives the digest of them all. What is wrong with
    /// them is for the points to say, but a network that is not there is an error at once.
    #[cfg(feature = "parquet")]
    pub(super) fn read_all(&self, points: &Points) -> Result<Digest, Error> {
        let varied = points.keys().iter().enumerate().flat_map(|(index, key)| {
            let values = points.values_of(index).into_iter();
            values.map(move |value| (key.as_str(), value))
        });
        let fixed = points.fixed().iter().map(|(key, value)| (key.as_str(), value));
        for (key, value) in fixed.chain(varied).filter(|(_, value)| **value != Value::Nothing) {
            let name = value.to_string();
            match key {
                "model" => {
                    if let Err(error @ Error::Read { .. }) =
                        self.source(&ModelReference::parse(&name)?.source)
                    {
                        return Err(error);
                    }
                }
                "machine" => drop(self.machine(&name)),
                "software" => drop(self.release(&name)),
                "system" => {
                    let reference = self.system(&name).and_then(|system| training::of_system(&system));
                    drop(reference.map(|reference| self.source(&reference.source)));
                }
                _ => {}
            }
        }
        Ok(self.files.digest())
    }

    fn source(&self, source: &ModelSource) -> Result<Network, Error> {
        once(&self.networks, source, || Network::read(source, &self.files))
    }

    fn machine(&self, name: &str) -> Result<MachineVariant, Error> {
        once(&self.machines, name, || MachineVariant::read(name, &self.files))
    }

    fn system(&self, name: &str) -> Result<LoadedSystem, Error> {
        once(&self.systems, name, || system::read(name, &self.files))
    }

    fn release(&self, name: &str) -> Result<LoadedSoftware, Error> {
        once(&self.releases, name, || software::read(name, &self.files))
    }
}

/// A network that stands without a machine and settings of its own.
fn alone(text: &str) -> Result<ModelReference, Error> {
    let reference = ModelReference::parse(text)?;
    if reference.machine.is_none() && reference.settings.is_empty() {
        return Ok(reference);
    }
    Err(Error::argument(
        text,
        "a network of a study stands without `@`",
        "NAME, SPEC.json or NET.onnx, and settings as keys of their own",
    ))
}

/// What is known under a name, or else is read.
fn once<K: Ord + ToOwned<Owned = O> + ?Sized, O: Ord + Borrow<K>, T: Clone>(
    known: &Mutex<BTreeMap<O, T>>,
    name: &K,
    read: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = known.get(name) {
        return Ok(value.clone());
    }
    let value = read()?;
    known.insert(name.to_owned(), value.clone());
    Ok(value)
}
