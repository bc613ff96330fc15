//! Systems by name or from files.

use std::{fmt, path::Path};

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_machine::system::{BatchNormStatistics, LoadedSystem, Recomputation, Schedule, bundled_systems};

use crate::{
    Error, Setting,
    file::{self, FileReader},
    machine::{ExplainedValue, explained_values},
};

/// A system in a few figures.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SystemSummary {
    /// Name.
    pub name: String,
    /// What it is, in one line.
    pub description: String,
    /// Chips.
    pub chips: u64,
    /// Name of the machine that they are.
    pub machine: String,
    /// Name of the release of compiler and libraries with which it runs.
    pub software: String,
    /// The network that it trains; nothing for a preset.
    pub network: Option<String>,
}

/// The answer of `machines NAME`, where that is a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SystemExplanation {
    /// Version of this format.
    pub schema: &'static str,
    /// The system in a few figures.
    pub summary: SystemSummary,
    /// How it trains.
    pub training: Vec<(&'static str, String)>,
    /// Every number with its source.
    pub values: Vec<ExplainedValue>,
}

/// A system of chips, and what was changed of it.
///
/// ```
/// use tilesim::SystemVariant;
///
/// let larger = SystemVariant::load("B0-G16-GN-Half_16IPU_2x8")?.with([("gradient_accumulation", 64)])?;
/// assert_eq!(larger.overrides(), ["system.gradient_accumulation=64"]);
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SystemVariant {
    pub(crate) loaded: LoadedSystem,
    pub(crate) overrides: Vec<String>,
}

impl SystemVariant {
    /// A bundled system by its name, or one from a file (`my.json`).
    ///
    /// # Errors
    /// Where there is none of that name, or what is wrong with the file, with line and key.
    pub fn load(name: &str) -> Result<Self, Error> {
        Ok(Self {
            loaded: load(name)?,
            overrides: Vec::new(),
        })
    }

    /// Changes settings of the system, which are checked together: `micro_batch` with `gradient_accumulation`.
    ///
    /// # Errors
    /// Keys that a system does not have, and values that it cannot have.
    pub fn with<K: AsRef<str>, V: fmt::Display>(
        mut self,
        settings: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Error> {
        let settings = settings
            .into_iter()
            .map(|(key, value)| Setting::new(&format!("system.{}", key.as_ref()), value));
        let settings: Vec<Setting> = settings.collect();
        let of_system = settings
            .iter()
            .filter_map(|setting| Some((setting.system_key()?, setting.value.as_str())));
        self.loaded.set(of_system)?;
        self.overrides.extend(settings.iter().map(ToString::to_string));
        Ok(self)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.loaded.system.name
    }

    /// What was changed of the named system, as `system.key=value`.
    pub fn overrides(&self) -> &[String] {
        &self.overrides
    }

    /// Every number with its source, changes included.
    pub fn values(&self) -> Vec<ExplainedValue> {
        explained_values(&self.loaded.values)
    }
}

/// A bundled system, or one from a file.
pub(crate) fn load(name: &str) -> Result<LoadedSystem, Error> {
    read(name, &FileReader::default())
}

/// As [`load`], with a reader that keeps what it read.
pub(crate) fn read(name: &str, files: &FileReader) -> Result<LoadedSystem, Error> {
    if !file::is_json(name) {
        return Ok(tilesim_machine::system::load(name)?);
    }
    let text = files.text(Path::new(name))?;
    Ok(tilesim_machine::system::parse_with(&text, name, files)?)
}

/// Whether a name is that of a bundled system, or a file that describes one: only systems train, are made of machines, or extend a
/// system. What is wrong with a file is for who reads it to say.
pub fn is_system(name: &str) -> bool {
    if !file::is_json(name) {
        return is_bundled(name);
    }
    let file = file::first_value(Path::new(name));
    let extended = file.get("extends").and_then(serde_json::Value::as_str);
    ["training", "network", "machine"]
        .iter()
        .any(|field| file.get(field).is_some())
        || extended.is_some_and(is_bundled)
}

fn is_bundled(name: &str) -> bool {
    bundled_systems().contains(&name)
}

/// The bundled systems: presets, then those with a network.
pub(crate) fn bundled() -> Result<Vec<SystemSummary>, Error> {
    bundled_systems()
        .into_iter()
        .map(|name| load(name).map(|loaded| summary(&loaded)))
        .collect()
}

/// Every number of a system with its source, and how it trains.
///
/// # Errors
/// Where there is no system of that name, or what is wrong with its file.
pub fn system_explanation(name: &str) -> Result<SystemExplanation, Error> {
    let loaded = load(name)?;
    let training = &loaded.system.training;
    Ok(SystemExplanation {
        schema: "tilesim-system/1",
        summary: summary(&loaded),
        training: vec![
            ("stages", training.stages.to_string()),
            ("replicas", training.replicas.to_string()),
            ("splits", training.splits.join(" ")),
            ("schedule", schedule(training.schedule).to_owned()),
            ("micro_batch", training.micro_batch.to_string()),
            (
                "gradient_accumulation",
                training.gradient_accumulation.to_string(),
            ),
            ("global_batch", training.global_batch().to_string()),
            ("recomputation", recomputation(training.recomputation).to_owned()),
            ("batch_norm_replicas", training.batch_norm_replicas.to_string()),
            (
                "batch_norm_statistics",
                match training.batch_norm_statistics {
                    BatchNormStatistics::Stable => "stable",
                    BatchNormStatistics::OnePass => "one_pass",
                }
                .to_owned(),
            ),
            (
                "recomputation_segments",
                training.recomputation_segments.join(" "),
            ),
            ("precision", training.precision.name().to_owned()),
            ("half_partials", training.half_partials.to_string()),
            (
                "offload_optimiser_state",
                training.offload_optimiser_state.to_string(),
            ),
        ],
        values: explained_values(&loaded.values),
    })
}

/// The name of a schedule, as files state it.
pub(crate) const fn schedule(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::Grouped => "grouped",
        Schedule::Interleaved => "interleaved",
        Schedule::Sequential => "sequential",
    }
}

/// The name of what is recomputed, as files state it.
pub(crate) const fn recomputation(recomputation: Recomputation) -> &'static str {
    match recomputation {
        Recomputation::All => "all",
        Recomputation::AllButLast => "all_but_last",
        Recomputation::None => "none",
    }
}

fn summary(loaded: &LoadedSystem) -> SystemSummary {
    let system = &loaded.system;
    SystemSummary {
        name: system.name.clone(),
        description: system.description.clone(),
        chips: u64::from(system.interconnect.chips),
        machine: loaded.machine.machine.name.clone(),
        software: loaded.software.name.clone(),
        network: system.network.as_ref().map(|network| network.model.clone()),
    }
}
