//! Machine files: JSON in which every number stands with its source, and may extend another machine.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use tilesim_bundled::MACHINES;

use crate::{
    ConvUnits, FlopEnergy, KernelLibrary, Machine, MachineError,
    key::{self, KEYS, Key},
};

/// A number and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected a whole number, or an object with `value` and `source` alone"
)]
pub enum Entry {
    /// With its source: a citation, or `assumed: reason`.
    Sourced {
        /// The value.
        value: u64,
        /// Where it comes from.
        source: String,
    },
    /// A bare number, as a user's file may give it.
    Bare(u64),
}

impl Entry {
    /// The number and its source; `file` is that of a bare one.
    pub(crate) fn explained(&self, file: &str) -> (u64, String) {
        match self {
            Self::Sourced { value, source } => (*value, source.clone()),
            Self::Bare(value) => (*value, format!("given in {file}")),
        }
    }
}

/// A machine file.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a machine: an object with `name`, `description` and `values`"
)]
pub struct MachineFile {
    /// Name.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// Bundled machine whose values hold where this file gives none.
    #[serde(default)]
    pub extends: Option<String>,
    /// Whether weights are loaded with the 128-bit load.
    #[serde(default)]
    pub weight_load_128bit: Option<bool>,
    /// Whether tiles on one bus that receive the same bytes share both halves of it.
    #[serde(default)]
    pub exchange_bus_sharing: Option<bool>,
    /// Picojoules per floating-point operation: half, half with float partials, float.
    #[serde(default)]
    pub picojoules_per_flop: Option<[f64; 3]>,
    /// Numbers by key.
    #[serde(deserialize_with = "unique_keys")]
    pub values: BTreeMap<String, Entry>,
}

/// Numbers by key, of which none is given twice.
pub(crate) fn unique_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Entry>, D::Error> {
    struct Unique;
    impl<'de> Visitor<'de> for Unique {
        type Value = BTreeMap<String, Entry>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("numbers by key")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut values = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, Entry>()? {
                if values.contains_key(&key) {
                    return Err(serde::de::Error::custom(format!("key `{key}` is given twice")));
                }
                values.insert(key, value);
            }
            Ok(values)
        }
    }
    deserializer.deserialize_map(Unique)
}

/// A number as `tilesim machines NAME` explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedValue {
    /// Key.
    pub key: &'static str,
    /// Value.
    pub value: u64,
    /// Unit.
    pub unit: &'static str,
    /// Meaning.
    pub meaning: &'static str,
    /// Source.
    pub source: String,
}

/// A machine and the sources of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedMachine {
    /// The machine.
    pub machine: Machine,
    /// Every number with its source, in the order of [`KEYS`].
    pub values: Vec<ExplainedValue>,
}

/// A microjoule: more than any operation takes.
const MAX_PICOJOULES: f64 = 1e6;

/// Names of the bundled machines.
pub fn bundled_names() -> Vec<&'static str> {
    MACHINES.names().collect()
}

/// A bundled machine.
///
/// # Errors
/// [`MachineError::Unknown`] with the nearest names.
pub fn load(name: &str) -> Result<LoadedMachine, MachineError> {
    parse(bundled(name)?, name)
}

/// A machine from the text of a file; `file` names it in errors.
///
/// # Errors
/// What is wrong, with file, line and key.
pub fn parse(text: &str, file: &str) -> Result<LoadedMachine, MachineError> {
    let own = read(text, file)?;
    let mut chain = vec![(file.to_owned(), own)];
    while let Some(parent) = chain.last().and_then(|(_, last)| last.extends.clone()) {
        if chain.iter().any(|(label, _)| *label == parent) {
            return Err(MachineError::Circle {
                file: file.to_owned(),
                name: parent,
            });
        }
        let text = bundled(&parent).map_err(|_| MachineError::Value {
            file: chain.last().map_or(file, |(label, _)| label).to_owned(),
            key: "extends".to_owned(),
            value: format!("'{parent}'"),
            expected: bundled_names().join(", ") + &nearest(&parent, bundled_names().into_iter()),
        })?;
        chain.push((parent.clone(), read(text, &parent)?));
    }
    let mut machine = empty(&chain[0].1);
    let mut values = Vec::with_capacity(KEYS.len());
    for key in KEYS {
        let found = chain
            .iter()
            .find_map(|(label, file)| file.values.get(key.name).map(|entry| (label, entry)));
        let Some((label, entry)) = found else {
            return Err(MachineError::MissingKey {
                file: file.to_owned(),
                key: key.name,
                meaning: key.meaning,
            });
        };
        let (value, source) = entry.explained(label);
        write(&mut machine, key, value, label)?;
        values.push(ExplainedValue {
            key: key.name,
            value,
            unit: key.unit,
            meaning: key.meaning,
            source,
        });
    }
    machine.weight_load_128bit = chain
        .iter()
        .find_map(|(_, file)| file.weight_load_128bit)
        .unwrap_or(false);
    machine.exchange_bus_sharing = chain
        .iter()
        .find_map(|(_, file)| file.exchange_bus_sharing)
        .unwrap_or(true);
    machine.picojoules_per_flop =
        chain[0]
            .1
            .picojoules_per_flop
            .map(|[f16_f16, f16_f32, f32_f32]| FlopEnergy {
                f16_f16,
                f16_f32,
                f32_f32,
            });
    let mut energies = chain[0].1.picojoules_per_flop.into_iter().flatten();
    if let Some(energy) = energies.find(|energy| !(0.0..=MAX_PICOJOULES).contains(energy)) {
        return Err(MachineError::Value {
            file: file.to_owned(),
            key: "picojoules_per_flop".to_owned(),
            value: energy.to_string(),
            expected: format!("0 to {MAX_PICOJOULES} each"),
        });
    }
    check(&machine, file)?;
    Ok(LoadedMachine { machine, values })
}

impl LoadedMachine {
    /// A machine that no file describes; `source` says where all of its numbers come from, and stands for the file in errors.
    ///
    /// # Errors
    /// Numbers that no machine can have.
    pub fn new(mut machine: Machine, source: &str) -> Result<Self, MachineError> {
        let mut values = Vec::with_capacity(KEYS.len());
        for key in KEYS {
            let value = (key.get)(&machine);
            write(&mut machine, key, value, source)?;
            values.push(ExplainedValue {
                key: key.name,
                value,
                unit: key.unit,
                meaning: key.meaning,
                source: source.to_owned(),
            });
        }
        check(&machine, source)?;
        Ok(Self { machine, values })
    }

    /// Changes one number, as `machine.KEY=VALUE` on the command line does.
    ///
    /// # Errors
    /// Unknown keys, text that is no number, values out of range.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), MachineError> {
        let file = "--set machine";
        let key = key::find(KEYS, key).ok_or_else(|| unknown_key(KEYS, file, key))?;
        let number = value.parse().map_err(|_| MachineError::Value {
            file: file.to_owned(),
            key: key.name.to_owned(),
            value: value.to_owned(),
            expected: "a whole number".to_owned(),
        })?;
        write(&mut self.machine, key, number, file)?;
        check(&self.machine, file)?;
        for entry in self.values.iter_mut().filter(|entry| entry.key == key.name) {
            entry.value = number;
            entry.source = format!("given as {file}.{}={value}", key.name);
        }
        Ok(())
    }
}

fn bundled(name: &str) -> Result<&'static str, MachineError> {
    MACHINES.text(name).ok_or_else(|| MachineError::Unknown {
        name: name.to_owned(),
        known: bundled_names().join(", "),
        suggestion: nearest(name, bundled_names().into_iter()),
    })
}

fn read(text: &str, file: &str) -> Result<MachineFile, MachineError> {
    let parsed: MachineFile = read_json(text, file)?;
    match parsed.values.keys().find(|name| key::find(KEYS, name).is_none()) {
        Some(name) => Err(unknown_key(KEYS, file, name)),
        None => Ok(parsed),
    }
}

/// A value from the text of a file, with the place of what is wrong.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, MachineError> {
    let malformed = |field: String, error: &serde_json::Error| MachineError::Malformed {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
        field,
        message: error.to_string(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| malformed(error.path().to_string(), error.inner()))?;
    // Nothing stands behind it.
    deserializer
        .end()
        .map_err(|error| malformed(".".to_owned(), &error))?;
    Ok(value)
}

pub(crate) fn unknown_key<T>(keys: &[Key<T>], file: &str, name: &str) -> MachineError {
    MachineError::UnknownKey {
        file: file.to_owned(),
        key: name.to_owned(),
        suggestion: nearest(name, keys.iter().map(|key| key.name)),
        known: keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", "),
    }
}

/// The name that is meant, as a phrase; empty where none is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len() / 2)
        .min()
        .map_or_else(String::new, |(_, candidate)| {
            format!(" (did you mean '{candidate}'?)")
        })
}

/// Writes a number, if it is one that the key allows.
pub(crate) fn write<T>(whole: &mut T, key: &Key<T>, value: u64, file: &str) -> Result<(), MachineError> {
    if key.allowed.contains(&value) && (key.set)(whole, value) {
        return Ok(());
    }
    Err(MachineError::Value {
        file: file.to_owned(),
        key: key.name.to_owned(),
        value: value.to_string(),
        expected: format!("{} to {}", key.allowed.start(), key.allowed.end()),
    })
}

/// What no single key can say.
fn check(machine: &Machine, file: &str) -> Result<(), MachineError> {
    let fail = |key: &str, value: u32, expected: &str| {
        Err(MachineError::Value {
            file: file.to_owned(),
            key: key.to_owned(),
            value: value.to_string(),
            expected: expected.to_owned(),
        })
    };
    if !machine.data_path_bytes.is_power_of_two() {
        return fail("data_path_bytes", machine.data_path_bytes, "a power of two");
    }
    for (key, units) in [
        ("conv_units.f16_f16", machine.conv_units.f16_f16),
        ("conv_units.f16_f32", machine.conv_units.f16_f32),
        ("conv_units.f32_f32", machine.conv_units.f32_f32),
    ] {
        if !units.is_multiple_of(machine.conv_unit_chain_length) {
            return fail(key, units, "a multiple of conv_unit_chain_length");
        }
    }
    Ok(())
}

/// A machine of which nothing is known but its name.
fn empty(file: &MachineFile) -> Machine {
    Machine {
        name: file.name.clone(),
        description: file.description.clone(),
        tiles: 0,
        workers: 0,
        clock_hz: 0,
        tile_memory_bytes: 0,
        memory_element_bytes: 0,
        data_path_bytes: 0,
        conv_units: ConvUnits {
            f16_f16: 0,
            f16_f32: 0,
            f32_f32: 0,
        },
        conv_unit_chain_length: 0,
        conv_unit_inputs_per_cycle_f16: 0,
        conv_unit_inputs_per_cycle_f32: 0,
        weights_per_conv_unit_f16: 0,
        weights_per_conv_unit_f32: 0,
        weight_load_bytes_per_cycle: 0,
        weight_load_128bit: false,
        memcpy_bytes_per_cycle: 0,
        exchange_bytes_per_cycle: 0,
        tiles_per_exchange_bus: 0,
        exchange_bus_sharing: false,
        sync_cycles: 0,
        exchange_launch_cycles: 0,
        convolution_launch_cycles: 0,
        vector_launch_cycles: 0,
        exchange_latency_cycles: 0,
        exchange_message_centicycles: 0,
        exchange_sender_code_bytes: 0,
        step_code_bytes: 0,
        kernel_code_bytes: 0,
        copy_piece_centicycles: 0,
        repeat_count_max: 0,
        host_bytes_per_second: 0,
        picojoules_per_flop: None,
        library: KernelLibrary::default(),
    }
}
