//! Machines by name or from files.

use std::path::Path;

use serde::Serialize;
use tilesim_machine::{ElementType, LoadedMachine, Machine};

use crate::{error::CliError, setting::Setting};

/// A machine in a few figures.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MachineSummary {
    /// Name.
    pub(crate) name: String,
    /// What it is, in one line.
    pub(crate) description: String,
    /// Tiles.
    pub(crate) tiles: u64,
    /// SRAM of a tile in bytes.
    pub(crate) tile_memory_bytes: u64,
    /// Tile clock in hertz.
    pub(crate) clock_hz: u64,
    /// Floating-point operations per second of all tiles, by precision.
    pub(crate) peak_flops_per_second: Vec<PrecisionPeak>,
}

/// Peak at one precision.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PrecisionPeak {
    /// Bits of the data and of the partial sums, such as `16.32`.
    pub(crate) precision: &'static str,
    /// Floating-point operations per second.
    pub(crate) flops_per_second: f64,
}

/// The answer of `machines NAME`.
#[derive(Debug, Serialize)]
pub(crate) struct MachineExplanation {
    /// Version of this format.
    pub(crate) schema: &'static str,
    /// The machine in a few figures.
    pub(crate) summary: MachineSummary,
    /// What follows from the numbers.
    pub(crate) derived: Vec<Derived>,
    /// Every number with its source.
    pub(crate) values: Vec<ExplainedValue>,
}

/// A figure that follows from others.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Derived {
    /// What it is.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: String,
}

/// A number of a machine.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExplainedValue {
    /// Path of its key in the machine's file, as `--set machine.KEY=VALUE` takes it.
    pub(crate) key: String,
    /// The value.
    pub(crate) value: String,
    /// Its unit; empty where it has none.
    pub(crate) unit: String,
    /// What it means.
    pub(crate) meaning: String,
    /// Where it comes from.
    pub(crate) source: String,
}

/// A bundled machine, or one from a file.
pub(crate) fn load(name: &str) -> Result<Machine, CliError> {
    load_with_sources(name).map(|loaded| loaded.machine)
}

/// A machine with settings applied, and these settings as text.
pub(crate) fn load_changed<'a>(
    name: &str,
    settings: impl IntoIterator<Item = &'a Setting>,
) -> Result<(LoadedMachine, Vec<String>), CliError> {
    changed(load_with_sources(name)?, settings)
}

/// The machine with settings applied, and these settings as text.
pub(crate) fn changed<'a>(
    mut loaded: LoadedMachine,
    settings: impl IntoIterator<Item = &'a Setting>,
) -> Result<(LoadedMachine, Vec<String>), CliError> {
    let mut overrides = Vec::new();
    for setting in settings {
        if let Some(key) = setting.machine_key() {
            loaded.set(key, &setting.value)?;
            overrides.push(setting.to_string());
        }
    }
    Ok((loaded, overrides))
}

/// Every number of a machine with its source.
pub(crate) fn explanation(name: &str) -> Result<MachineExplanation, CliError> {
    let loaded = load_with_sources(name)?;
    let machine = &loaded.machine;
    let derived = [
        (
            "SRAM",
            machine.tile_memory_bytes as f64 * f64::from(machine.tiles),
            "B",
        ),
        (
            "exchange",
            f64::from(machine.exchange_bytes_per_cycle) * f64::from(machine.tiles) * machine.clock_hz as f64,
            "B/s",
        ),
    ];
    Ok(MachineExplanation {
        schema: "tilesim-machine/1",
        summary: summary(machine),
        derived: peaks(machine)
            .into_iter()
            .map(|peak| Derived {
                name: format!("peak {}", peak.precision),
                value: peak.flops_per_second,
                unit: "FLOP/s".to_owned(),
            })
            .chain(derived.map(|(name, value, unit)| Derived {
                name: name.to_owned(),
                value,
                unit: unit.to_owned(),
            }))
            .collect(),
        values: explained_values(&loaded.values),
    })
}

/// Numbers with their sources, as they are shown.
pub(crate) fn explained_values(values: &[tilesim_machine::ExplainedValue]) -> Vec<ExplainedValue> {
    values
        .iter()
        .map(|value| ExplainedValue {
            key: value.key.to_owned(),
            value: value.value.to_string(),
            unit: value.unit.to_owned(),
            meaning: value.meaning.to_owned(),
            source: value.source.clone(),
        })
        .collect()
}

/// The bundled machines in a few figures each.
pub(crate) fn bundled() -> Result<Vec<MachineSummary>, CliError> {
    tilesim_machine::bundled_names()
        .into_iter()
        .map(|name| load(name).map(|machine| summary(&machine)))
        .collect()
}

/// The schema of a machine file.
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(tilesim_machine::MachineFile)
}

/// A bundled machine, or one from a file, with the sources of its numbers.
pub(crate) fn load_with_sources(name: &str) -> Result<LoadedMachine, CliError> {
    if !is_json_file(name) {
        return Ok(tilesim_machine::load(name)?);
    }
    let text = std::fs::read_to_string(name).map_err(CliError::read(Path::new(name)))?;
    Ok(tilesim_machine::parse(&text, name)?)
}

/// Whether a machine or a system is given as a file, not by its name.
pub(crate) fn is_json_file(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn summary(machine: &Machine) -> MachineSummary {
    MachineSummary {
        name: machine.name.clone(),
        description: machine.description.clone(),
        tiles: u64::from(machine.tiles),
        tile_memory_bytes: machine.tile_memory_bytes,
        clock_hz: machine.clock_hz,
        peak_flops_per_second: peaks(machine),
    }
}

fn peaks(machine: &Machine) -> Vec<PrecisionPeak> {
    [
        ("16.16", ElementType::F16, ElementType::F16),
        ("16.32", ElementType::F16, ElementType::F32),
        ("32.32", ElementType::F32, ElementType::F32),
    ]
    .into_iter()
    .filter_map(|(precision, input, partials)| {
        let macs = machine.peak_macs_per_cycle(input, partials)?;
        let flops_per_second = 2.0 * macs as f64 * f64::from(machine.tiles) * machine.clock_hz as f64;
        Some(PrecisionPeak {
            precision,
            flops_per_second,
        })
    })
    .collect()
}
