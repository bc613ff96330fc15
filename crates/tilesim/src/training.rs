//! The one way from a network and a system of chips to what a weight update takes.

mod balance;
mod search;
mod traced;
pub(crate) mod validation;

use std::{collections::BTreeMap, fmt};

use tilesim_graph::{Graph, autodiff::stage_of_layers};
use tilesim_lower::system::{SystemError, lower_system};
use tilesim_machine::{
    Machine,
    software::LoadedSoftware,
    system::{Interconnect, LoadedSystem, TrainingSetup},
};
use tilesim_program::system::SystemProgram;
use tilesim_report::{
    MachineFacts, OverlapSection,
    training::{SystemSection, TrainingFacts, TrainingResult, summarise_training},
};
use tilesim_sim::system::{SystemProfile, simulate_system};
use tilesim_terms::{Framework, HostIo, HostTransfers, Planning, Toolchain};

use crate::{
    Error, InputShape, MachineVariant, ModelReference, ModelSource, Network, Precision, RunOptions, Setting,
    Simulator, SystemVariant, framework, simulation::USUAL_MACHINE, software, system,
};

/// One weight update of a network on a system of chips: everything that it depends on.
///
/// ```no_run
/// use tilesim::{Simulator, Training};
///
/// let update = Training::of_configuration("B0-G16-GN-Half_16IPU_2x8")?.run(&Simulator::new())?;
/// println!("{} images/s", update.time.images_per_second);
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Training {
    network: Network,
    machine: MachineVariant,
    system: LoadedSystem,
    system_overrides: Vec<String>,
    /// The release of compiler and libraries, whose kernels the machine has: that of the system, unless another is asked for.
    software: LoadedSoftware,
    /// What the framework decides.
    framework: Framework,
    /// How the chips train: as the system says, but for what a search over micro-batches or splits tries.
    setup: TrainingSetup,
}

/// The system of which a run without one is: one chip.
pub const ONE_CHIP: &str = "single";

impl Training {
    /// The update of `model` on `system` (a bundled name or a JSON file): splits, micro-batch and precision are those of the system.
    ///
    /// # Errors
    /// Where there is no such network or system.
    pub fn of(model: &str, system: &str) -> Result<Self, Error> {
        Self::with_options(Some(model), Some(system), &RunOptions::default())
    }

    /// The update of a configuration: a system that names its network.
    ///
    /// # Errors
    /// Where there is no such system, or it names no network.
    pub fn of_configuration(name: &str) -> Result<Self, Error> {
        Self::of_system(system::load(name)?)
    }

    /// The update of a system that names its network.
    pub(crate) fn of_system(loaded: LoadedSystem) -> Result<Self, Error> {
        let reference = of_system(&loaded)?;
        assemble(&reference, loaded, None, None, &reference.settings, &[])
    }

    /// The update of a model, or of the network that the system names. Without a system one chip trains: machine, batch, precision and
    /// memory proportion are those of the options. With one, of the options the settings count, and a machine that is given.
    ///
    /// # Errors
    /// As [`Training::of`].
    pub fn with_options(
        model: Option<&str>,
        system: Option<&str>,
        options: &RunOptions,
    ) -> Result<Self, Error> {
        let mut loaded = system::load(system.unwrap_or(ONE_CHIP))?;
        check_planning(options.planning)?;
        overlap(&mut loaded, options.host, "--host-io")?;
        let mut machine = options.machine.clone();
        if system.is_none() {
            machine = machine.or_else(|| Some(USUAL_MACHINE.to_owned()));
            let batch = match (options.batch, model) {
                (None, Some(model)) => own_batch(model, &options.input_shapes)?,
                (batch, _) => batch.unwrap_or(1),
            };
            choose(
                &mut loaded,
                options.precision,
                batch,
                options.available_memory_proportion,
            )?;
        }
        // What is said of a model alone prevails over what is said of all, and the caller over the system's file.
        let of_all = options.settings.as_slice();
        let (reference, settings) = if let Some(model) = model {
            let reference = ModelReference::parse(model)?;
            let settings = [of_all, &reference.settings].concat();
            (reference, settings)
        } else {
            let reference = of_system(&loaded)?;
            let settings = [&reference.settings, of_all].concat();
            (reference, settings)
        };
        let machine = reference.machine.clone().or(machine);
        assemble(
            &reference,
            loaded,
            machine.as_deref(),
            options.software.as_deref(),
            &settings,
            &options.input_shapes,
        )
    }

    /// The update of `network`, or of the network that the system names where none is given, on a system that code may have changed.
    ///
    /// # Errors
    /// Where no network is given, and the system names none.
    pub fn on(system: SystemVariant, network: Option<Network>) -> Result<Self, Error> {
        let SystemVariant {
            loaded,
            mut overrides,
        } = system;
        if let Some(network) = network {
            let machine = loaded.machine.clone().into();
            return Ok(Self::new(network, machine, loaded, overrides));
        }
        let reference = of_system(&loaded)?;
        let machine = reference.machine.as_deref();
        let mut training = assemble(&reference, loaded, machine, None, &reference.settings, &[])?;
        overrides.append(&mut training.system_overrides);
        training.system_overrides = overrides;
        Ok(training)
    }

    /// An update of a network on a system, which has been changed as `system_overrides` say.
    pub(crate) fn new(
        network: Network,
        machine: MachineVariant,
        system: LoadedSystem,
        system_overrides: Vec<String>,
    ) -> Self {
        let software = system.software.clone();
        let mut machine = machine;
        machine.use_library(software.software.kernels);
        Self {
            network,
            machine,
            software,
            framework: Framework::TRAINING,
            setup: system.system.training.clone(),
            system,
            system_overrides,
        }
    }

    /// Changes a number of the machine (`machine.tiles`), a setting of the system (`system.micro_batch`) or else of the network.
    ///
    /// # Errors
    /// Where there is no such setting, or it cannot take that value.
    pub fn set(self, key: &str, value: impl fmt::Display) -> Result<Self, Error> {
        self.set_all(&[Setting::new(key, value)])
    }

    /// Changes several settings at once: those of the system are checked together, as `system.micro_batch` with
    /// `system.gradient_accumulation`.
    ///
    /// # Errors
    /// As [`Training::set`].
    pub fn set_all(mut self, settings: &[Setting]) -> Result<Self, Error> {
        let mut of_system = Vec::new();
        for setting in settings {
            if let Some(key) = setting.system_key() {
                of_system.push((key, setting.value.as_str()));
                self.system_overrides.push(setting.to_string());
            } else if setting.key == "software" {
                self = self.software(&setting.value)?;
            } else if setting.machine_key().is_some() {
                self.machine.set(setting)?;
            } else if setting.framework_key().is_some() {
                self.framework = framework::of_training(self.framework, setting)?;
            } else {
                self.network.apply(setting)?;
            }
        }
        if !of_system.is_empty() {
            self.system.set(of_system)?;
            self.setup = self.system.system.training.clone();
        }
        Ok(self)
    }

    /// With this machine for all chips; what was set of the machine before goes with it.
    ///
    /// # Errors
    /// Where there is no such machine, or one of its numbers is none that a machine can have.
    pub fn machine<M>(mut self, machine: M) -> Result<Self, Error>
    where
        M: TryInto<MachineVariant>,
        Error: From<M::Error>,
    {
        self.machine = machine.try_into()?;
        self.machine.use_library(self.software.software.kernels);
        Ok(self)
    }

    /// With what a framework decides about the copies of functions.
    #[must_use]
    pub(crate) const fn framework(mut self, framework: Framework) -> Self {
        self.framework = framework;
        self
    }

    /// With a release of compiler and libraries instead of the system's: a bundled name (`sdk-2.0`) or a JSON file.
    ///
    /// # Errors
    /// Where there is none of that name, or what is wrong with its file.
    pub fn software(self, name: &str) -> Result<Self, Error> {
        Ok(self.loaded_software(software::load(name)?))
    }

    /// As [`Training::software`], with a release that is loaded.
    pub(crate) fn loaded_software(mut self, release: LoadedSoftware) -> Self {
        self.software = release;
        self.machine.use_library(self.software.software.kernels);
        self
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The same update of another network.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// The machine of which all chips are.
    pub(crate) const fn machine_variant(&self) -> &MachineVariant {
        &self.machine
    }

    /// What can be set of the system, with its value.
    pub(crate) fn system_settings(&self) -> BTreeMap<String, String> {
        self.system.settings()
    }

    /// How the chips train: stages, splits, micro-batch, schedule.
    pub const fn setup(&self) -> &TrainingSetup {
        &self.setup
    }

    /// Trains the network, as far as one weight update goes.
    ///
    /// # Errors
    /// Where the network cannot be cut, lowered or simulated. That a stage does not fit is no error but a result.
    pub fn run(&self, simulator: &Simulator) -> Result<TrainingResult, Error> {
        let profile = self.profile(simulator)?;
        Ok(summarise_training(&profile, &self.facts()?)?)
    }

    /// The programs of all stages.
    ///
    /// # Errors
    /// Where the network cannot be built, cut or lowered.
    pub fn lower(&self, simulator: &Simulator) -> Result<SystemProgram, Error> {
        let toolchain = Toolchain {
            framework: self.framework,
            software: self.software.software,
        };
        Ok(lower_system(
            &self.graph()?,
            &self.setup,
            toolchain,
            self.chip(),
            simulator.plans(),
            simulator.cancellation(),
        )?)
    }

    fn simulate(&self, program: &SystemProgram, simulator: &Simulator) -> Result<SystemProfile, Error> {
        let (machine, interconnect) = (self.chip(), self.interconnect());
        Ok(simulate_system(
            program,
            machine,
            interconnect,
            simulator.geometry(),
            simulator.cancellation(),
        )?)
    }

    /// Builds, cuts, lowers and simulates.
    fn profile(&self, simulator: &Simulator) -> Result<SystemProfile, Error> {
        self.simulate(&self.lower(simulator)?, simulator)
    }

    /// The network of one micro-batch.
    fn graph(&self) -> Result<Graph, Error> {
        self.network.graph(self.setup.micro_batch)
    }

    const fn chip(&self) -> &Machine {
        self.machine.machine()
    }

    const fn interconnect(&self) -> &Interconnect {
        &self.system.system.interconnect
    }

    /// Figures of the machine of which all chips are.
    fn machine_facts(&self) -> Result<MachineFacts, Error> {
        self.machine.facts(if self.setup.half_partials {
            Precision::F16F16
        } else {
            Precision::F16F32
        })
    }

    fn facts(&self) -> Result<TrainingFacts, Error> {
        let setup = &self.setup;
        Ok(TrainingFacts {
            model: self.network.section(),
            machine: self.machine_facts()?,
            system: SystemSection {
                name: self.system.system.name.clone(),
                overrides: self.system_overrides.clone(),
                chips: u64::from(setup.stages) * u64::from(setup.replicas),
                stages: u64::from(setup.stages),
                replicas: u64::from(setup.replicas),
                splits: setup.splits.clone(),
                schedule: system::schedule(setup.schedule).to_owned(),
                micro_batch: setup.micro_batch,
                gradient_accumulation: setup.gradient_accumulation,
                global_batch: setup.global_batch(),
                recomputation: system::recomputation(setup.recomputation).to_owned(),
                precision: setup.precision.name().to_owned(),
                software: self.software.name.clone(),
                framework: Some(self.framework).filter(|framework| *framework != Framework::TRAINING),
                overlap: OverlapSection::of(setup.host),
            },
            theoretical: self.network.theoretical()?,
            blocks: self.blocks()?,
        })
    }

    /// First and last block of every stage.
    fn blocks(&self) -> Result<Vec<[String; 2]>, Error> {
        let network = self.graph()?;
        let stages = stage_of_layers(&network, &self.setup.splits).map_err(SystemError::Stage)?;
        Ok((0..self.setup.stages as usize)
            .map(|stage| {
                let mut of_stage = network
                    .layers
                    .iter()
                    .zip(&stages)
                    .filter(|(_, of)| **of == stage)
                    .map(|(layer, _)| layer.block.clone());
                let first = of_stage.next().unwrap_or_default();
                let last = of_stage.next_back().unwrap_or_else(|| first.clone());
                [first, last]
            })
            .collect())
    }
}

/// Images at a time that an ONNX file states; 1 for other networks.
fn own_batch(model: &str, input_shapes: &[InputShape]) -> Result<u64, Error> {
    let reference = ModelReference::parse(model)?;
    if !matches!(reference.source, ModelSource::Onnx(_)) {
        return Ok(1);
    }
    let mut network = Network::from_source(&reference.source)?;
    for shape in input_shapes {
        network.bind(shape)?;
    }
    network.batch()
}

fn assemble(
    reference: &ModelReference,
    system: LoadedSystem,
    machine: Option<&str>,
    software: Option<&str>,
    settings: &[Setting],
    input_shapes: &[InputShape],
) -> Result<Training, Error> {
    let mut of_network = Vec::new();
    let mut of_machine = Vec::new();
    let mut of_system = Vec::new();
    let mut release = software;
    let mut decided = Framework::TRAINING;
    for setting in settings {
        if setting.key == "software" {
            release = Some(&setting.value);
        } else if setting.system_key().is_some() {
            of_system.push(setting.clone());
        } else if setting.machine_key().is_some() {
            of_machine.push(setting);
        } else if setting.framework_key().is_some() {
            decided = framework::of_training(decided, setting)?;
        } else {
            of_network.push(setting);
        }
    }
    let (system, overrides) = changed(system, &of_system)?;
    let machine = match machine {
        Some(name) => MachineVariant::load(name)?,
        // As the system's file has it, which may name a file.
        None => system.machine.clone().into(),
    };
    let machine = machine.changed(of_machine)?;
    let mut network = Network::changed(&reference.source, of_network)?;
    for shape in input_shapes {
        network.bind(shape)?;
    }
    let mut training = Training::new(network, machine, system, overrides);
    training.framework = decided;
    match release {
        Some(name) => training.software(name),
        None => Ok(training),
    }
}

/// The system with settings applied, and these settings as text.
pub(crate) fn changed(
    mut system: LoadedSystem,
    settings: &[Setting],
) -> Result<(LoadedSystem, Vec<String>), Error> {
    let of_system = settings
        .iter()
        .filter_map(|setting| Some((setting.system_key()?, setting.value.as_str())));
    system.set(of_system)?;
    Ok((system, settings.iter().map(ToString::to_string).collect()))
}

/// Choices of a run that stand for settings of a system where none is named.
pub(crate) fn choose(
    system: &mut LoadedSystem,
    precision: Precision,
    batch: u64,
    available_memory_proportion: f64,
) -> Result<(), Error> {
    let half_partials = match precision {
        Precision::F16F16 => "true",
        Precision::F16F32 => "false",
        Precision::F32F32 => {
            return Err(Error::argument(
                precision.name(),
                "training computes on half data",
                "16.16 or 16.32",
            ));
        }
    };
    Ok(system.set([
        ("half_partials", half_partials),
        ("micro_batch", &batch.to_string()),
        (
            "available_memory_proportion",
            &available_memory_proportion.to_string(),
        ),
    ])?)
}

/// Plans that suit one another are found for the program of one chip at inference alone.
pub(crate) fn check_planning(planning: Planning) -> Result<(), Error> {
    if planning.is_usual() {
        return Ok(());
    }
    Err(Error::argument(
        "planning",
        format!("`{planning}` is of inference alone"),
        format!("{} in training", Planning::default()),
    ))
}

/// Choices of a run that say when the host sends images; `name` is what they are called by.
pub(crate) fn overlap(system: &mut LoadedSystem, host: HostTransfers, name: &str) -> Result<(), Error> {
    if host == HostTransfers::default() {
        return Ok(());
    }
    if host.io != HostIo::Overlapped {
        return Err(Error::argument(
            name,
            "training always receives its images from the host",
            "overlapped, or nothing of that kind",
        ));
    }
    if host.batches_per_step.is_some() {
        return Err(Error::argument(
            "batches_per_step",
            "a weight update has its micro-batches",
            "nothing of that kind",
        ));
    }
    let numbers = [
        ("io_tiles", host.io_tiles),
        ("prefetch_depth", host.prefetch_depth),
    ];
    let numbers = numbers.map(|(key, number)| Some((key, number?.to_string())));
    let of_system = numbers
        .iter()
        .flatten()
        .map(|(key, number)| (*key, number.as_str()));
    Ok(system.set(
        [("host_io", HostIo::Overlapped.name())]
            .into_iter()
            .chain(of_system),
    )?)
}

/// The network that a system names, as the text of a model.
pub(crate) fn of_system(loaded: &LoadedSystem) -> Result<ModelReference, Error> {
    let system = &loaded.system;
    let Some(network) = &system.network else {
        return Err(Error::argument(
            &system.name,
            "this system names no network",
            "a MODEL beside it, or one of the bundled configurations",
        ));
    };
    let mut reference = ModelReference::parse(&network.model)?;
    // Settings of the file come first, so that those of the command line prevail.
    let of_file = network.settings.iter().map(|(key, value)| Setting {
        key: key.clone(),
        value: value.clone(),
    });
    reference.settings.splice(0..0, of_file);
    Ok(reference)
}
