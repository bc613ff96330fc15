//! Reading of systems.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tilesim_input::{Known, Mistakes};
use tilesim_terms::{HostIo, HostTransfers};

use super::{
    BatchNormStatistics, INTERCONNECT_KEYS, Interconnect, MemoryProportion, OptimiserName, Recomputation,
    Schedule, System, SystemError, SystemFile, TrainingPrecision, TrainingSection, TrainingSetup, bundled,
    training::DEFAULT_MEMORY_PROPORTION,
};
use crate::{
    ElementType, Entry, ExplainedValue, LoadedMachine, MachineError,
    descriptions::{BundledOnly, Descriptions},
    key::{self, Key},
    load::{MOST_EXTENSIONS, circle, read_json, written},
    software::{self, LoadedSoftware},
};

/// A system, its machine, and the sources of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedSystem {
    /// The system.
    pub system: System,
    /// The machine of which all chips are.
    pub machine: LoadedMachine,
    /// The release of compiler and libraries with which it runs.
    pub software: LoadedSoftware,
    /// Every number of the interconnect with its source, in the order of [`INTERCONNECT_KEYS`].
    pub values: Vec<ExplainedValue>,
    /// What it was built from, with everything that it extends.
    file: SystemFile,
}

/// A bundled system.
///
/// # Errors
/// [`SystemError::Unknown`] with the nearest name.
pub fn load(name: &str) -> Result<LoadedSystem, SystemError> {
    parse(bundled::text(name)?, name)
}

/// A system from the text of a file; `file` names it in errors. What it names is bundled.
///
/// # Errors
/// What is wrong, with file and field.
pub fn parse(text: &str, file: &str) -> Result<LoadedSystem, SystemError> {
    parse_with(text, file, &BundledOnly)
}

/// As [`parse`], where the machine, the release and what it extends may be files too.
///
/// # Errors
/// What is wrong, with file and field.
pub fn parse_with(
    text: &str,
    file: &str,
    descriptions: &dyn Descriptions,
) -> Result<LoadedSystem, SystemError> {
    let mut merged = read(text, file, descriptions)?;
    let mut met = vec![(file.to_owned(), text.to_owned())];
    while let (Some(place), Some((label, text))) = (merged.extends.clone(), met.last()) {
        let wrong = |reason: String| SystemError::File(Mistakes::at(label, text, "extends", reason).into());
        if met.iter().any(|(label, _)| *label == place) || met.len() > MOST_EXTENSIONS {
            return Err(wrong(circle(&place)));
        }
        let text = match descriptions.text(&place)? {
            Some(text) => text,
            None => bundled::text(&place)
                .map_err(|error| wrong(error.to_string()))?
                .to_owned(),
        };
        merged = merged.over(read(&text, &place, descriptions)?);
        met.push((place, text));
    }
    let machine = match &merged.machine {
        Some(place) => match descriptions.text(place)? {
            Some(text) => crate::parse_with(&text, place, descriptions)?,
            None => crate::load(place)?,
        },
        None => {
            return Err(SystemError::NoMachine {
                file: file.to_owned(),
            });
        }
    };
    let software = match &merged.software {
        Some(place) => match descriptions.text(place)? {
            Some(text) => software::parse(&text, place)?,
            None => software::load(place)?,
        },
        None => software::load(software::newest_software())?,
    };
    resolve(merged, machine, software, file)
}

impl LoadedSystem {
    /// Changes numbers of the interconnect and fields of the training section, as `system.KEY=VALUE` on the command line does.
    /// Values are JSON, or texts that need not be quoted. What they say together is checked once all are changed.
    ///
    /// # Errors
    /// Unknown keys, values out of range.
    pub fn set<'a>(
        &mut self,
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), SystemError> {
        let mut file = self.file.clone();
        for (key, value) in settings {
            if key::find(INTERCONNECT_KEYS, key).is_some() {
                let number = value.parse().map_err(|_| SystemError::Setting {
                    key: key.to_owned(),
                    value: value.to_owned(),
                    reason: "expected a whole number".to_owned(),
                })?;
                file.values.insert(key.to_owned(), Entry::Bare(number));
            } else {
                file.training = with_field(&file.training, key, value)?;
            }
        }
        let changed = resolve(file, self.machine.clone(), self.software.clone(), "--set system")?;
        // The machine may have been changed on its own.
        self.system = changed.system;
        self.values = changed.values;
        self.file = changed.file;
        Ok(())
    }

    /// What can be set, with its value as [`LoadedSystem::set`] takes it: numbers of the interconnect, and what is stated of the training.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let stated = match serde_json::to_value(&self.file.training) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) | Err(_) => Map::new(),
        };
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(names) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                names.join(" ")
            }
            other => other.to_string(),
        };
        let numbers = self
            .values
            .iter()
            .map(|value| (value.key.to_owned(), value.value.to_string()));
        let stated = stated.iter().filter(|(_, value)| !value.is_null());
        numbers
            .chain(stated.map(|(key, value)| (key.clone(), text(value))))
            .collect()
    }
}

/// The section with one field changed.
fn with_field(section: &TrainingSection, key: &str, value: &str) -> Result<TrainingSection, SystemError> {
    let known: Vec<String> = every_field();
    if !known.iter().any(|name| name == key) {
        return Err(SystemError::UnknownSetting {
            key: key.to_owned(),
            known: Known::beside(
                key,
                known
                    .iter()
                    .map(String::as_str)
                    .chain(INTERCONNECT_KEYS.iter().map(|key| key.name)),
            ),
        });
    }
    let wrong = |reason: String| SystemError::Setting {
        key: key.to_owned(),
        value: value.to_owned(),
        reason,
    };
    let mut fields = match serde_json::to_value(section) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    };
    let read = |fields: &Map<String, Value>| {
        serde_json::from_value::<TrainingSection>(Value::Object(fields.clone()))
    };
    // `16.32` is a number to JSON and a name here: the text is tried where the number is refused.
    if let Ok(number) = serde_json::from_str(value) {
        fields.insert(key.to_owned(), number);
        if let Ok(section) = read(&fields) {
            return Ok(section);
        }
    }
    let text = if matches!(key, "splits" | "recomputation_segments") {
        value.split_whitespace().map(str::to_owned).collect()
    } else {
        Value::String(value.to_owned())
    };
    fields.insert(key.to_owned(), text);
    read(&fields).map_err(|error| wrong(tilesim_input::reason(&error)))
}

/// Names of all fields of the training section.
fn every_field() -> Vec<String> {
    let schema = schemars::schema_for!(TrainingSection);
    schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default()
}

/// The file, in which whatever other files it names are named by their places.
fn read(text: &str, file: &str, descriptions: &dyn Descriptions) -> Result<SystemFile, SystemError> {
    let mut read: SystemFile = read_json(text, file)?;
    for name in [&mut read.extends, &mut read.machine, &mut read.software] {
        *name = name.as_deref().map(|name| descriptions.place(name, file));
    }
    Ok(read)
}

fn resolve(
    merged: SystemFile,
    machine: LoadedMachine,
    software: LoadedSoftware,
    file: &str,
) -> Result<LoadedSystem, SystemError> {
    let mut interconnect = Interconnect::default();
    let mut values = Vec::with_capacity(INTERCONNECT_KEYS.len());
    for key in INTERCONNECT_KEYS {
        let entry = merged.values.get(key.name).ok_or_else(|| missing(key, file))?;
        let (value, source) = entry.explained(file);
        written(&mut interconnect, key, value).map_err(|_| MachineError::Value {
            file: file.to_owned(),
            key: format!("values.{}", key.name),
            value: value.to_string(),
            expected: format!("{} to {}", key.allowed.start(), key.allowed.end()),
        })?;
        values.push(ExplainedValue {
            key: key.name,
            value,
            unit: key.unit,
            meaning: key.meaning,
            source,
        });
    }
    let training = training(&merged.training, &interconnect);
    check(&training, &interconnect, file)?;
    check_host(training.host, machine.machine.tiles, file)?;
    Ok(LoadedSystem {
        system: System {
            name: merged.name.clone(),
            description: merged.description.clone(),
            interconnect,
            training,
            network: merged.network.clone(),
        },
        machine,
        software,
        values,
        file: merged,
    })
}

fn missing<T>(key: &Key<T>, file: &str) -> MachineError {
    MachineError::MissingKey {
        file: file.to_owned(),
        key: key.name,
        meaning: key.meaning,
    }
}

/// The section with defaults where it says nothing.
fn training(section: &TrainingSection, interconnect: &Interconnect) -> TrainingSetup {
    let stages = section.stages.unwrap_or(1);
    let segments = section.recomputation_segments.clone().unwrap_or_default();
    let mut setup = TrainingSetup {
        stages,
        replicas: section
            .replicas
            .unwrap_or_else(|| (interconnect.chips / stages.max(1)).max(1)),
        splits: section.splits.clone().unwrap_or_default(),
        schedule: section.schedule.unwrap_or(if segments.is_empty() {
            Schedule::Grouped
        } else {
            Schedule::Sequential
        }),
        micro_batch: section.micro_batch.unwrap_or(1),
        gradient_accumulation: 1,
        recomputation: section
            .recomputation
            .unwrap_or(if stages > 1 || !segments.is_empty() {
                Recomputation::AllButLast
            } else {
                Recomputation::None
            }),
        recomputation_segments: segments,
        offload_optimiser_state: section.offload_optimiser_state.unwrap_or(false),
        precision: section.precision.unwrap_or(TrainingPrecision::FloatMaster),
        half_partials: section.half_partials.unwrap_or(true),
        available_memory_proportion: section
            .available_memory_proportion
            .clone()
            .unwrap_or(MemoryProportion::Whole(DEFAULT_MEMORY_PROPORTION)),
        optimiser: section.optimiser.unwrap_or(OptimiserName::RmsProp),
        batch_norm_replicas: section.batch_norm_replicas.unwrap_or(1),
        batch_norm_statistics: section
            .batch_norm_statistics
            .unwrap_or(BatchNormStatistics::Stable),
        label_smoothing: section.label_smoothing.unwrap_or(0.1),
        dropout: section.dropout.unwrap_or(0.2),
        stochastic_depth: section.stochastic_depth.unwrap_or(0.2),
        image_type: section.image_type.unwrap_or(ElementType::U8),
        augmentation: section.augmentation,
        host: HostTransfers {
            io: section.host_io.unwrap_or(HostIo::Serial),
            io_tiles: section.io_tiles,
            prefetch_depth: section.prefetch_depth,
            // A call of the host is a weight update, of which all micro-batches are walked.
            batches_per_step: None,
        },
    };
    setup.gradient_accumulation = section
        .gradient_accumulation
        .unwrap_or_else(|| setup.accumulation_step());
    setup
}

fn check_host(host: HostTransfers, tiles: u32, file: &str) -> Result<(), SystemError> {
    let (value, expected) = match host.fault(tiles) {
        Some(fault) => (fault.to_string(), fault.expected()),
        None if host.io == HostIo::None => (host.io.to_string(), "serial or overlapped"),
        None => return Ok(()),
    };
    Err(SystemError::Training {
        file: file.to_owned(),
        field: "host_io",
        value,
        expected: expected.to_owned(),
    })
}

fn check(training: &TrainingSetup, interconnect: &Interconnect, file: &str) -> Result<(), SystemError> {
    let wrong = |field, value: String, expected: &str| {
        Err(SystemError::Training {
            file: file.to_owned(),
            field,
            value,
            expected: expected.to_owned(),
        })
    };
    let counts = [
        ("stages", u64::from(training.stages)),
        ("replicas", u64::from(training.replicas)),
        ("micro_batch", training.micro_batch),
        ("gradient_accumulation", training.gradient_accumulation),
    ];
    for (field, value) in counts {
        if !(1..=MOST).contains(&value) {
            return wrong(field, value.to_string(), "a whole number between 1 and 1048576");
        }
    }
    let chips = u64::from(training.stages) * u64::from(training.replicas);
    if chips > u64::from(interconnect.chips) {
        return Err(SystemError::Chips {
            file: file.to_owned(),
            stages: training.stages,
            replicas: training.replicas,
            chips: interconnect.chips,
        });
    }
    if training.splits.len() + 1 != training.stages as usize {
        return Err(SystemError::Splits {
            file: file.to_owned(),
            splits: training.splits.len(),
            stages: training.stages,
        });
    }
    if training.batch_norm_replicas == 0 || !training.replicas.is_multiple_of(training.batch_norm_replicas) {
        return wrong(
            "batch_norm_replicas",
            training.batch_norm_replicas.to_string(),
            &format!("a divisor of {}, the replicas", training.replicas),
        );
    }
    if !training.recomputation_segments.is_empty() {
        if training.stages != 1 {
            let count = training.recomputation_segments.len();
            return wrong(
                "recomputation_segments",
                format!("{count} in a pipeline of {} stages", training.stages),
                "none where a chip does not hold the whole network",
            );
        }
        if training.schedule != Schedule::Sequential {
            return wrong(
                "schedule",
                format!("{:?}", training.schedule).to_lowercase(),
                "`sequential` where a chip recomputes in segments, within its backward pass",
            );
        }
        if training.recomputation == Recomputation::None {
            return wrong(
                "recomputation",
                "none".to_owned(),
                "`all_but_last` or `all`, where segments are given",
            );
        }
    }
    let step = training.accumulation_step();
    if !training.gradient_accumulation.is_multiple_of(step) {
        return wrong(
            "gradient_accumulation",
            training.gradient_accumulation.to_string(),
            &format!("a multiple of {step}, the micro-batches that a turn of the schedule runs"),
        );
    }
    if let MemoryProportion::ByStage(stages) = &training.available_memory_proportion
        && stages.len() != training.stages as usize
    {
        return wrong(
            "available_memory_proportion",
            format!("{} shares", stages.len()),
            "one number, or as many shares as stages",
        );
    }
    for share in training.available_memory_proportion.shares() {
        if !(share > 0.0 && share <= 1.0) {
            return wrong(
                "available_memory_proportion",
                share.to_string(),
                "numbers above 0, at most 1",
            );
        }
    }
    for (field, rate) in [
        ("label_smoothing", training.label_smoothing),
        ("dropout", training.dropout),
        ("stochastic_depth", training.stochastic_depth),
    ] {
        if !(0.0..1.0).contains(&rate) {
            return wrong(field, rate.to_string(), "at least 0 and below 1");
        }
    }
    Ok(())
}

/// Most stages, replicas, images at a time and micro-batches: beyond it no machine has memory, and products stay within 64 bits.
const MOST: u64 = 1 << 20;
