//! Machines: by name, from files, or built in code.

use std::{fmt, path::Path};

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_machine::{KernelLibrary, LoadedMachine, Machine};
use tilesim_report::MachineFacts;

use crate::{
    Error, Precision, Setting,
    file::{self, FileReader},
};

/// A machine in a few figures.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MachineSummary {
    /// Name.
    pub name: String,
    /// What it is, in one line.
    pub description: String,
    /// Tiles.
    pub tiles: u64,
    /// SRAM of a tile in bytes.
    pub tile_memory_bytes: u64,
    /// Tile clock in hertz.
    pub clock_hz: u64,
    /// Floating-point operations per second of all tiles, by precision.
    pub peak_flops_per_second: Vec<PrecisionPeak>,
}

/// Peak at one precision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PrecisionPeak {
    /// Bits of the data and of the partial sums, such as `16.32`.
    pub precision: &'static str,
    /// Floating-point operations per second.
    pub flops_per_second: f64,
}

/// The answer of `machines NAME`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MachineExplanation {
    /// Version of this format.
    pub schema: &'static str,
    /// The machine in a few figures.
    pub summary: MachineSummary,
    /// What follows from the numbers.
    pub derived: Vec<Derived>,
    /// Every number with its source.
    pub values: Vec<ExplainedValue>,
}

/// A figure that follows from others.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Derived {
    /// What it is.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: String,
}

/// A number of a machine.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExplainedValue {
    /// Path of its key in the machine's file, as `--set machine.KEY=VALUE` takes it.
    pub key: String,
    /// The value.
    pub value: String,
    /// Its unit; empty where it has none.
    pub unit: String,
    /// What it means.
    pub meaning: String,
    /// Where it comes from.
    pub source: String,
}

/// A machine, where each of its numbers comes from, and what was changed of it.
///
/// ```
/// use tilesim::MachineVariant;
///
/// let small = MachineVariant::load("mk2")?.with("tiles", 256)?;
/// assert_eq!(small.machine().tiles, 256);
/// assert_eq!(small.overrides(), ["machine.tiles=256"]);
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MachineVariant {
    loaded: LoadedMachine,
    overrides: Vec<String>,
}

impl MachineVariant {
    /// A bundled machine by its name, or one from a file (`my.json`).
    ///
    /// # Errors
    /// Where there is none of that name, or what is wrong with the file, with line and key.
    pub fn load(name: &str) -> Result<Self, Error> {
        Self::read(name, &FileReader::default())
    }

    /// As [`MachineVariant::load`], with a reader that keeps what it read.
    pub(crate) fn read(name: &str, files: &FileReader) -> Result<Self, Error> {
        if !file::is_json(name) {
            return Ok(tilesim_machine::load(name)?.into());
        }
        let text = files.text(Path::new(name))?;
        Ok(tilesim_machine::parse_with(&text, name, files)?.into())
    }

    /// A machine from the text of a machine file; `name` stands for the file in errors.
    ///
    /// # Errors
    /// What is wrong, with line and key.
    pub fn from_json(name: &str, text: &str) -> Result<Self, Error> {
        Ok(tilesim_machine::parse(text, name)?.into())
    }

    /// Changes one number of the machine.
    ///
    /// # Errors
    /// Keys that a machine does not have, and values that it cannot have.
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Result<Self, Error> {
        self.set(&Setting::new(&format!("machine.{key}"), value))?;
        Ok(self)
    }

    /// Applies a setting `machine.KEY=VALUE`; others are not the machine's.
    pub(crate) fn set(&mut self, setting: &Setting) -> Result<(), Error> {
        if let Some(key) = setting.machine_key() {
            self.loaded.set(key, &setting.value)?;
            self.overrides.push(setting.to_string());
        }
        Ok(())
    }

    /// The machine with settings applied.
    pub(crate) fn changed<'a>(
        mut self,
        settings: impl IntoIterator<Item = &'a Setting>,
    ) -> Result<Self, Error> {
        for setting in settings {
            self.set(setting)?;
        }
        Ok(self)
    }

    /// Gives it the kernels of a release.
    pub(crate) const fn use_library(&mut self, library: KernelLibrary) {
        self.loaded.machine.library = library;
    }

    /// The machine.
    pub const fn machine(&self) -> &Machine {
        &self.loaded.machine
    }

    /// What was changed of the named machine, as `machine.key=value`.
    pub fn overrides(&self) -> &[String] {
        &self.overrides
    }

    /// Every number with its source, changes included.
    pub fn values(&self) -> Vec<ExplainedValue> {
        explained_values(&self.loaded.values)
    }

    /// Figures of the machine that results are computed with.
    pub(crate) fn facts(&self, precision: Precision) -> Result<MachineFacts, Error> {
        let machine = self.machine();
        let peak = machine.peak_macs_per_cycle(precision.data_type(), precision.partials_type());
        let peak_macs_per_cycle = peak.filter(|&peak| peak > 0).ok_or_else(|| {
            Error::argument(
                precision.name(),
                format!("{} has no convolution units for this precision", machine.name),
                "one of 16.16, 16.32 and 32.32 that the machine has units for",
            )
        })?;
        Ok(MachineFacts {
            name: machine.name.clone(),
            overrides: self.overrides.clone(),
            clock_hz: machine.clock_hz,
            peak_macs_per_cycle,
            // Two loads and one store of a data path's width per cycle: 45 TB/s of 1216 tiles at 1.6 GHz (Jia et al. 2019, arXiv
            // 1912.03413, on the Mk1), 47 TB/s of 1472 tiles at 1.325 GHz (Knowles, Hot Chips 33).
            sram_read_bytes_per_cycle: 2 * u64::from(machine.data_path_bytes),
            sram_write_bytes_per_cycle: u64::from(machine.data_path_bytes),
            exchange_bytes_per_cycle: u64::from(machine.exchange_bytes_per_cycle),
            host_bytes_per_second: machine.host_bytes_per_second,
            picojoules_per_flop: machine.picojoules_per_flop.map(|energy| precision.energy(energy)),
        })
    }
}

impl From<LoadedMachine> for MachineVariant {
    fn from(loaded: LoadedMachine) -> Self {
        Self {
            loaded,
            overrides: Vec::new(),
        }
    }
}

impl TryFrom<Machine> for MachineVariant {
    type Error = Error;

    /// A machine that code has put together: every number is held to what a machine file may say.
    fn try_from(machine: Machine) -> Result<Self, Error> {
        Ok(LoadedMachine::new(machine, "given in code")?.into())
    }
}

impl TryFrom<&str> for MachineVariant {
    type Error = Error;

    /// As [`MachineVariant::load`].
    fn try_from(name: &str) -> Result<Self, Error> {
        Self::load(name)
    }
}

/// Every number of a machine with its source.
///
/// # Errors
/// As [`MachineVariant::load`].
pub fn machine_explanation(name: &str) -> Result<MachineExplanation, Error> {
    let variant = MachineVariant::load(name)?;
    let machine = variant.machine();
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
        values: variant.values(),
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
pub(crate) fn bundled() -> Result<Vec<MachineSummary>, Error> {
    tilesim_machine::bundled_names()
        .into_iter()
        .map(|name| MachineVariant::load(name).map(|variant| summary(variant.machine())))
        .collect()
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
    Precision::ALL
        .into_iter()
        .filter_map(|precision| {
            let macs = machine.peak_macs_per_cycle(precision.data_type(), precision.partials_type())?;
            let flops_per_second = 2.0 * macs as f64 * f64::from(machine.tiles) * machine.clock_hz as f64;
            Some(PrecisionPeak {
                precision: precision.name(),
                flops_per_second,
            })
        })
        .collect()
}
