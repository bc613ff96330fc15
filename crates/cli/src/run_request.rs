//! What one run is to be: a model argument joined with the options of the command.

use std::path::Path;

use tilesim_machine::Machine;
use tilesim_report::{Mode, RunResult};

use crate::{
    args::{MAX_BATCH, ModeArgument, Precision, RunArgs},
    error::CliError,
    machines::{self, ExplainedValue},
    model_argument::{ModelArgument, ModelSource},
    networks::{self, Network},
    setting::Setting,
};

/// Everything that one run depends on.
#[derive(Debug, Clone)]
pub(crate) struct RunRequest {
    /// The network.
    pub(crate) network: Network,
    /// The machine.
    pub(crate) machine: Machine,
    /// What was changed of the named machine.
    pub(crate) machine_overrides: Vec<String>,
    /// Every number of the machine with its source, changes included.
    pub(crate) machine_values: Vec<ExplainedValue>,
    /// What the run computes.
    pub(crate) mode: Mode,
    /// Images at a time.
    pub(crate) batch: u64,
    /// Types of data and partial sums.
    pub(crate) precision: Precision,
    /// Share of tile memory that a convolution's temporaries may take.
    pub(crate) available_memory_proportion: f64,
    /// Whether transfers from and to the host are part of the run.
    pub(crate) host_io: bool,
    /// Tiles that get a track of their own in the timeline.
    pub(crate) trace_tiles: Vec<u32>,
}

/// What a model argument stands for.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// Something to run.
    Run(Box<RunRequest>),
    /// The result of an earlier run.
    Result(Box<RunResult>),
}

/// The subject of a model argument under the options of the command.
pub(crate) fn subject(text: &str, options: &RunArgs) -> Result<Subject, CliError> {
    let argument = ModelArgument::parse(text, Path::is_file)?;
    if let ModelSource::File(path) = &argument.source
        && let Some(result) = networks::read_result(path)?
    {
        if argument.machine.is_some() || !argument.settings.is_empty() {
            return Err(CliError::argument(
                text,
                "a result cannot be changed",
                "RESULT.json without `@`",
            ));
        }
        return Ok(Subject::Result(Box::new(result)));
    }
    request(text, &argument, options).map(|request| Subject::Run(Box::new(request)))
}

/// The network of a model argument, for commands that need no machine.
pub(crate) fn network(text: &str, settings: &[Setting]) -> Result<Network, CliError> {
    let argument = ModelArgument::parse(text, Path::is_file)?;
    if let Some(machine) = &argument.machine {
        return Err(CliError::argument(
            text,
            format!("no machine is asked for, but `{machine}` given"),
            "MODEL or MODEL@:KEY=VALUE,…",
        ));
    }
    changed_network(&argument.source, settings.iter().chain(&argument.settings))
}

/// The run of a model argument, for commands that take no result.
pub(crate) fn run_request(text: &str, options: &RunArgs) -> Result<RunRequest, CliError> {
    request(text, &ModelArgument::parse(text, Path::is_file)?, options)
}

fn request(text: &str, argument: &ModelArgument, options: &RunArgs) -> Result<RunRequest, CliError> {
    if options.mode == ModeArgument::Training {
        return Err(CliError::argument(
            "--mode training",
            "this command runs inference",
            "`simulate --mode training`",
        ));
    }
    let mut batch = options.batch;
    let mut precision = options.precision;
    let mut of_network = Vec::new();
    let mut of_machine = Vec::new();
    for setting in options.settings.iter().chain(&argument.settings) {
        match setting.key.as_str() {
            "batch" => batch = batch_of(text, setting)?,
            "precision" => precision = precision_of(text, setting)?,
            _ if setting.machine_key().is_some() => of_machine.push(setting),
            _ if setting.system_key().is_some() => {
                return Err(CliError::argument(
                    &setting.to_string(),
                    "this run is not of a system",
                    "`simulate --mode training`, or settings of the network and of the machine",
                ));
            }
            _ => of_network.push(setting),
        }
    }
    let network = changed_network(&argument.source, of_network)?;
    let (loaded, machine_overrides) =
        machines::load_changed(argument.machine.as_ref().unwrap_or(&options.machine), of_machine)?;
    if let Some(tile) = options
        .trace_tiles
        .iter()
        .find(|&&tile| tile >= loaded.machine.tiles)
    {
        return Err(CliError::argument(
            &format!("--trace-tiles {tile}"),
            format!("{} has no such tile", loaded.machine.name),
            format!(
                "numbers of tiles from 0 to {}",
                loaded.machine.tiles.saturating_sub(1)
            ),
        ));
    }
    Ok(RunRequest {
        network,
        machine_values: machines::explained_values(&loaded.values),
        machine: loaded.machine,
        machine_overrides,
        mode: options.mode.into(),
        batch,
        precision,
        available_memory_proportion: options.available_memory_proportion,
        host_io: options.host_io,
        trace_tiles: options.trace_tiles.clone(),
    })
}

/// The network of a source, changed.
pub(crate) fn changed_network<'a>(
    source: &ModelSource,
    settings: impl IntoIterator<Item = &'a Setting>,
) -> Result<Network, CliError> {
    let mut definition = networks::load(source)?;
    let mut overrides = Vec::new();
    for setting in settings {
        definition.set(setting)?;
        overrides.push(setting.to_string());
    }
    let name = networks::name(source);
    Ok(Network {
        definition,
        name,
        overrides,
    })
}

pub(crate) fn batch_of(text: &str, setting: &Setting) -> Result<u64, CliError> {
    setting
        .value
        .parse()
        .ok()
        .filter(|batch| (1..=MAX_BATCH).contains(batch))
        .ok_or_else(|| {
            CliError::argument(
                text,
                format!("batch is `{}`", setting.value),
                format!("a whole number between 1 and {MAX_BATCH}"),
            )
        })
}

pub(crate) fn precision_of(text: &str, setting: &Setting) -> Result<Precision, CliError> {
    <Precision as clap::ValueEnum>::from_str(&setting.value, false).map_err(|_| {
        CliError::argument(
            text,
            format!("precision is `{}`", setting.value),
            "16.16, 16.32 or 32.32",
        )
    })
}
