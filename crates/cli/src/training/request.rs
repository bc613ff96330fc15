//! What one weight update is to be: a model argument joined with a system and the options of the command.

use std::path::Path;

use tilesim_machine::{
    Machine,
    system::{Interconnect, LoadedSystem, TrainingSetup},
};

use crate::{
    args::{Precision, RunArgs},
    error::CliError,
    machines::{self, ExplainedValue},
    model_argument::ModelArgument,
    networks::Network,
    run_request::changed_network,
    setting::Setting,
    systems,
};

/// Everything that one weight update depends on.
#[derive(Debug, Clone)]
pub(crate) struct TrainingRequest {
    /// The network.
    pub(crate) network: Network,
    /// The machine of which all chips are.
    pub(crate) machine: Machine,
    /// What was changed of the named machine.
    pub(crate) machine_overrides: Vec<String>,
    /// Every number of the machine with its source, changes included.
    pub(crate) machine_values: Vec<ExplainedValue>,
    /// Name of the system.
    pub(crate) system: String,
    /// What was changed of the named system.
    pub(crate) system_overrides: Vec<String>,
    /// What joins the chips.
    pub(crate) interconnect: Interconnect,
    /// How they train.
    pub(crate) setup: TrainingSetup,
}

/// The system of which a run without one is: one chip.
pub(crate) const ONE_CHIP: &str = "single";

/// The update of a model argument, or of the network that the system names, under the options of the command.
pub(crate) fn training_request(
    model: Option<&str>,
    system: Option<&str>,
    options: &RunArgs,
) -> Result<TrainingRequest, CliError> {
    if options.host_io {
        return Err(CliError::argument(
            "--host-io",
            "training always receives its images from the host",
            "nothing of that kind",
        ));
    }
    let mut loaded = systems::load(system.unwrap_or(ONE_CHIP))?;
    let mut machine = None;
    if system.is_none() {
        machine = Some(options.machine.clone());
        choose(
            &mut loaded,
            options.precision,
            options.batch,
            options.available_memory_proportion,
        )?;
    }
    // What is said of a model alone prevails over what is said of all, and the command line over the system's file.
    let of_all = options.settings.as_slice();
    let (argument, settings) = if let Some(model) = model {
        let argument = ModelArgument::parse(model, Path::is_file)?;
        let settings = [of_all, &argument.settings].concat();
        (argument, settings)
    } else {
        let argument = of_system(&loaded)?;
        let settings = [&argument.settings, of_all].concat();
        (argument, settings)
    };
    assemble(
        &argument,
        loaded,
        argument.machine.clone().or(machine).as_deref(),
        &settings,
    )
}

/// The update of a configuration: a system that names its network.
pub(crate) fn of_configuration(name: &str) -> Result<TrainingRequest, CliError> {
    let loaded = systems::load(name)?;
    let argument = of_system(&loaded)?;
    assemble(&argument, loaded, None, &argument.settings)
}

fn assemble(
    argument: &ModelArgument,
    mut loaded: LoadedSystem,
    machine: Option<&str>,
    settings: &[Setting],
) -> Result<TrainingRequest, CliError> {
    let mut of_network = Vec::new();
    let mut of_machine = Vec::new();
    let mut of_system = Vec::new();
    let mut system_overrides = Vec::new();
    for setting in settings {
        if let Some(key) = setting.system_key() {
            of_system.push((key, setting.value.as_str()));
            system_overrides.push(setting.to_string());
        } else if setting.machine_key().is_some() {
            of_machine.push(setting);
        } else {
            of_network.push(setting);
        }
    }
    loaded.set(of_system)?;
    let name = machine.unwrap_or(&loaded.machine.machine.name);
    let (machine, machine_overrides) = machines::load_changed(name, of_machine)?;
    let machine_values = machines::explained_values(&machine.values);
    Ok(TrainingRequest {
        network: changed_network(&argument.source, of_network)?,
        machine: machine.machine,
        machine_overrides,
        machine_values,
        system: loaded.system.name.clone(),
        system_overrides,
        interconnect: loaded.system.interconnect,
        setup: loaded.system.training,
    })
}

/// Choices of a run that stand for settings of a system where none is named.
pub(crate) fn choose(
    system: &mut LoadedSystem,
    precision: Precision,
    batch: u64,
    available_memory_proportion: f64,
) -> Result<(), CliError> {
    let half_partials = match precision {
        Precision::F16F16 => "true",
        Precision::F16F32 => "false",
        Precision::F32F32 => {
            return Err(CliError::argument(
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

/// The network that a system names, as a model argument.
pub(crate) fn of_system(loaded: &LoadedSystem) -> Result<ModelArgument, CliError> {
    let system = &loaded.system;
    let Some(network) = &system.network else {
        return Err(CliError::argument(
            &system.name,
            "this system names no network",
            "a MODEL beside it, or one of the bundled configurations",
        ));
    };
    let mut argument = ModelArgument::parse(&network.model, Path::is_file)?;
    // Settings of the file come first, so that those of the command line prevail.
    let of_file = network.settings.iter().map(|(key, value)| Setting {
        key: key.clone(),
        value: value.clone(),
    });
    argument.settings.splice(0..0, of_file);
    Ok(argument)
}
