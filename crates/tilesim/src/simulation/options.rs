//! How networks are run where their text says nothing else.

use tilesim_input::Known;
use tilesim_models::ModelError;
use tilesim_terms::{Framework, HostIo, HostTransfers, Planning, UnknownPlanning};

use crate::{Error, InputShape, Precision, Setting};

/// Largest batch that is simulated: beyond it no machine has memory.
pub const MAX_BATCH: u64 = 1 << 20;

/// How networks are run; what a [`ModelReference`](crate::ModelReference) says of itself prevails.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    /// Machine: a bundled name or a JSON file; where none is given, that of the system, or else an mk2.
    pub machine: Option<String>,
    /// Images at a time; where none is given, what an ONNX file states for itself, and 1 for other networks.
    pub batch: Option<u64>,
    /// Types of data and partial sums.
    pub precision: Precision,
    /// Share of tile memory that a convolution's temporaries may take, above 0 and at most 1.
    pub available_memory_proportion: f64,
    /// Whether transfers from and to the host are part of the run, and when they happen.
    pub host: HostTransfers,
    /// What the framework decides; a setting `framework.KEY` prevails.
    pub framework: Framework,
    /// Release of compiler and libraries: a bundled name or a JSON file; where none is given, that of the system, or else the
    /// newest. A setting `software` prevails.
    pub software: Option<String>,
    /// By what plans of convolutions are chosen; a setting `planning` prevails.
    pub planning: Planning,
    /// Changes of the network, with `machine.KEY` of the machine, with `framework.KEY` of what the framework decides, with
    /// `system.KEY` of the system.
    pub settings: Vec<Setting>,
    /// Shapes that inputs of an ONNX file are given where it leaves sizes open.
    pub input_shapes: Vec<InputShape>,
    /// Tiles that get a track of their own in the timeline.
    pub trace_tiles: Vec<u32>,
}

impl Default for RunOptions {
    /// One image on an mk2, in half precision.
    fn default() -> Self {
        Self {
            machine: None,
            batch: None,
            precision: Precision::F16F16,
            available_memory_proportion: 0.6,
            host: HostTransfers::default(),
            framework: Framework::default(),
            software: None,
            planning: Planning::default(),
            settings: Vec::new(),
            input_shapes: Vec::new(),
            trace_tiles: Vec::new(),
        }
    }
}

/// The machine of runs where none is given.
pub(crate) const USUAL_MACHINE: &str = "mk2";

/// What is set of a run that is neither of its network nor of its machine.
const RUN_KEYS: [&str; 9] = [
    "batch",
    "precision",
    "software",
    "available_memory_proportion",
    "planning",
    "host_io",
    "io_tiles",
    "prefetch_depth",
    "batches_per_step",
];

/// The error of a setting that a network does not have, where those of the run could be meant too.
pub(super) fn beside_run_keys(error: Error) -> Error {
    match error {
        Error::Model(ModelError::UnknownSetting { key, known }) => {
            let all = RUN_KEYS.iter().map(|key| (*key).to_owned()).chain(known.all);
            Error::Model(ModelError::UnknownSetting {
                known: Known::beside(&key, all),
                key,
            })
        }
        error => error,
    }
}

/// The batch that a setting asks for; `text` names the setting's place in errors.
pub(crate) fn batch_of(text: &str, setting: &Setting) -> Result<u64, Error> {
    setting
        .value
        .parse()
        .ok()
        .filter(|batch| (1..=MAX_BATCH).contains(batch))
        .ok_or_else(|| {
            Error::argument(
                text,
                format!("batch is `{}`", setting.value),
                format!("a whole number between 1 and {MAX_BATCH}"),
            )
        })
}

/// The precision that a setting asks for; `text` names the setting's place in errors.
pub(crate) fn precision_of(text: &str, setting: &Setting) -> Result<Precision, Error> {
    setting.value.parse().map_err(|_: Error| {
        Error::argument(
            text,
            format!("precision is `{}`", setting.value),
            "16.16, 16.32 or 32.32",
        )
    })
}

/// The share of tile memory that a setting asks for; `text` names the setting's place in errors.
pub(super) fn proportion_of(text: &str, setting: &Setting) -> Result<f64, Error> {
    let share = setting.value.parse().ok();
    share
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| {
            Error::argument(
                text,
                format!("available_memory_proportion is `{}`", setting.value),
                "a number above 0, at most 1",
            )
        })
}

/// By what a setting asks plans to be chosen; `text` names the setting's place in errors.
pub(crate) fn planning_of(text: &str, setting: &Setting) -> Result<Planning, Error> {
    setting.value.parse().map_err(|_: UnknownPlanning| {
        Error::argument(
            text,
            format!("planning is `{}`", setting.value),
            Planning::ALL.map(Planning::name).join(" or "),
        )
    })
}

/// Takes a setting of transfers with the host; false where it is none. `text` names the setting's place in errors.
pub(crate) fn set_host(host: &mut HostTransfers, text: &str, setting: &Setting) -> Result<bool, Error> {
    let wrong = |expected: &str| {
        let found = format!("{} is `{}`", setting.key, setting.value);
        Error::argument(text, found, expected)
    };
    let number = || {
        let number = setting.value.parse().ok().filter(|number| *number > 0_u32);
        number.ok_or_else(|| wrong("a whole number above 0"))
    };
    match setting.key.as_str() {
        "host_io" => {
            host.io = match setting.value.as_str() {
                "true" => HostIo::Serial,
                "false" => HostIo::None,
                name => HostIo::named(name).ok_or_else(|| wrong("none, serial or overlapped"))?,
            };
        }
        "io_tiles" => host.io_tiles = Some(number()?),
        "prefetch_depth" => host.prefetch_depth = Some(number()?),
        "batches_per_step" => host.batches_per_step = Some(number()?),
        _ => return Ok(false),
    }
    Ok(true)
}
