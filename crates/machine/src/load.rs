//! Machine files: JSON in which every number stands with its source, and may extend another machine.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, DeserializeSeed, MapAccess, Visitor},
};
use tilesim_bundled::MACHINES;
use tilesim_input::{Known, Mistakes};

use crate::{
    ConvUnits, FlopEnergy, KernelLibrary, Machine, MachineError,
    descriptions::{BundledOnly, Descriptions},
    key::{self, FLAGS, KEYS, Key},
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
        /// Where it comes from; the file where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A bare number, as a user's file may give it.
    Bare(u64),
}

impl Entry {
    /// The number and its source; `file` is that of a bare one.
    pub(crate) fn explained(&self, file: &str) -> (u64, String) {
        match self {
            Self::Sourced {
                value,
                source: Some(source),
            } => (*value, source.clone()),
            Self::Sourced { value, source: None } | Self::Bare(value) => (*value, format!("given in {file}")),
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
    /// Machine whose values hold where this file gives none: a bundled name, or a file beside this one.
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
    #[serde(default, deserialize_with = "machine_values")]
    #[schemars(schema_with = "machine_values_schema")]
    pub values: BTreeMap<String, Entry>,
}

fn machine_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Entry>, D::Error> {
    known_values(KEYS, deserializer)
}

fn machine_values_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    values_schema(KEYS, generator)
}

/// The schema of numbers by key, which says of each what it means.
pub(crate) fn values_schema<T>(
    keys: &[Key<T>],
    generator: &mut schemars::SchemaGenerator,
) -> schemars::Schema {
    let entry = generator.subschema_for::<Entry>();
    let properties: serde_json::Map<String, serde_json::Value> = keys
        .iter()
        .map(|key| {
            let unit = if key.unit.is_empty() {
                String::new()
            } else {
                format!(" in {}", key.unit)
            };
            let description = format!(
                "{}{unit}, {} to {}",
                key.meaning,
                key.allowed.start(),
                key.allowed.end()
            );
            let property = serde_json::json!({ "description": description, "allOf": [entry] });
            (key.name.to_owned(), property)
        })
        .collect();
    schemars::json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// Numbers by key, of which there is each and none is given twice.
pub(crate) fn known_values<'de, D: Deserializer<'de>, T>(
    keys: &[Key<T>],
    deserializer: D,
) -> Result<BTreeMap<String, Entry>, D::Error> {
    /// Reads a name that is one of the keys.
    struct Name<'a, T>(&'a [Key<T>]);
    impl<'de, T> DeserializeSeed<'de> for Name<'_, T> {
        type Value = String;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
            let name = String::deserialize(deserializer)?;
            if key::find(self.0, &name).is_some() {
                return Ok(name);
            }
            let known = Known::beside(&name, self.0.iter().map(|key| key.name));
            Err(serde::de::Error::custom(format!("unknown field `{name}`{known}")))
        }
    }

    struct Unique<'a, T>(&'a [Key<T>]);
    impl<'de, T> Visitor<'de> for Unique<'_, T> {
        type Value = BTreeMap<String, Entry>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("numbers by key")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut values = BTreeMap::new();
            while let Some((key, value)) = map.next_entry_seed(Name(self.0), PhantomData::<Entry>)? {
                if values.contains_key(&key) {
                    return Err(serde::de::Error::custom(format!("key `{key}` is given twice")));
                }
                values.insert(key, value);
            }
            Ok(values)
        }
    }
    deserializer.deserialize_map(Unique(keys))
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

/// A machine from the text of a file; `file` names it in errors. What it extends is bundled.
///
/// # Errors
/// What is wrong, with file, line and key.
pub fn parse(text: &str, file: &str) -> Result<LoadedMachine, MachineError> {
    parse_with(text, file, &BundledOnly)
}

/// As [`parse`], where what it extends may be a file too.
///
/// # Errors
/// What is wrong, with file, line and key.
pub fn parse_with(
    text: &str,
    file: &str,
    descriptions: &dyn Descriptions,
) -> Result<LoadedMachine, MachineError> {
    let chain = chain(text, file, descriptions)?;
    let own = &chain[0];
    let mut machine = empty(&own.file);
    let mut values = Vec::with_capacity(KEYS.len());
    let mut mistakes: Option<Mistakes> = None;
    for key in KEYS {
        let found = chain
            .iter()
            .find_map(|link| link.file.values.get(key.name).map(|entry| (link, entry)));
        let Some((link, entry)) = found else {
            return Err(MachineError::MissingKey {
                file: file.to_owned(),
                key: key.name,
                meaning: key.meaning,
            });
        };
        let (value, source) = entry.explained(&link.label);
        if let Err(reason) = written(&mut machine, key, value) {
            let one = link.mistake(key.name, reason);
            mistakes = Some(match mistakes {
                Some(others) => others.and(one),
                None => one,
            });
        }
        values.push(ExplainedValue {
            key: key.name,
            value,
            unit: key.unit,
            meaning: key.meaning,
            source,
        });
    }
    if let Some(mistakes) = mistakes {
        return Err(mistakes.into());
    }
    let flag = |of: fn(&MachineFile) -> Option<bool>| chain.iter().find_map(|link| of(&link.file));
    machine.weight_load_128bit = flag(|file| file.weight_load_128bit).unwrap_or(false);
    machine.exchange_bus_sharing = flag(|file| file.exchange_bus_sharing).unwrap_or(true);
    machine.picojoules_per_flop =
        own.file
            .picojoules_per_flop
            .map(|[f16_f16, f16_f32, f32_f32]| FlopEnergy {
                f16_f16,
                f16_f32,
                f32_f32,
            });
    let mut energies = own.file.picojoules_per_flop.into_iter().flatten();
    if let Some(energy) = energies.find(|energy| !(0.0..=MAX_PICOJOULES).contains(energy)) {
        let reason = format!("is {energy}; expected 0 to {MAX_PICOJOULES} each");
        return Err(Mistakes::at(file, text, "picojoules_per_flop", reason).into());
    }
    check(&machine).map_err(|fault| {
        let link = chain.iter().find(|link| link.file.values.contains_key(fault.key));
        link.unwrap_or(own).mistake(fault.key, fault.reason())
    })?;
    Ok(LoadedMachine { machine, values })
}

/// A file, and what it is called.
struct Link {
    label: String,
    text: String,
    file: MachineFile,
}

impl Link {
    /// What is wrong with one of its numbers.
    fn mistake(&self, key: &str, reason: impl Into<String>) -> Mistakes {
        Mistakes::at(&self.label, &self.text, &format!("values.{key}"), reason)
    }
}

/// A file with all that it extends.
fn chain(text: &str, file: &str, descriptions: &dyn Descriptions) -> Result<Vec<Link>, MachineError> {
    let mut chain: Vec<Link> = Vec::new();
    let (mut label, mut text) = (file.to_owned(), text.to_owned());
    loop {
        let file: MachineFile = read_json(&text, &label)?;
        let parent = file.extends.clone();
        chain.push(Link { label, text, file });
        let (Some(name), Some(last)) = (parent, chain.last()) else {
            return Ok(chain);
        };
        let place = descriptions.place(&name, &last.label);
        if chain.iter().any(|link| link.label == place) || chain.len() > MOST_EXTENSIONS {
            return Err(Mistakes::at(&last.label, &last.text, "extends", circle(&name)).into());
        }
        text = match descriptions.text(&place)? {
            Some(text) => text,
            None => MACHINES
                .text(&place)
                .ok_or_else(|| {
                    let reason = format!(
                        "no bundled machine is called `{name}`{}",
                        Known::beside(&name, bundled_names())
                    );
                    Mistakes::at(&last.label, &last.text, "extends", reason)
                })?
                .to_owned(),
        };
        label = place;
    }
}

/// Files that extend each other in a row: a circle whose names never repeat ends here.
pub(crate) const MOST_EXTENSIONS: usize = 32;

/// What is said of files that extend each other in a circle.
pub(crate) fn circle(name: &str) -> String {
    format!("leads back to `{name}`; expected no circle")
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
        check(&machine).map_err(|fault| fault.error(source))?;
        Ok(Self { machine, values })
    }

    /// Changes one number or switch, as `machine.KEY=VALUE` on the command line does.
    ///
    /// # Errors
    /// Unknown keys, text that is no number, values out of range.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), MachineError> {
        let file = "--set machine";
        if let Some(flag) = FLAGS.iter().find(|flag| flag.name == key) {
            let on = value.parse().map_err(|_| MachineError::Value {
                file: file.to_owned(),
                key: key.to_owned(),
                value: value.to_owned(),
                expected: "true or false".to_owned(),
            })?;
            (flag.set)(&mut self.machine, on);
            return Ok(());
        }
        let key = key::find(KEYS, key).ok_or_else(|| MachineError::UnknownKey {
            key: key.to_owned(),
            known: Known::beside(
                key,
                KEYS.iter()
                    .map(|key| key.name)
                    .chain(FLAGS.iter().map(|flag| flag.name)),
            ),
        })?;
        let number = value.parse().map_err(|_| MachineError::Value {
            file: file.to_owned(),
            key: key.name.to_owned(),
            value: value.to_owned(),
            expected: "a whole number".to_owned(),
        })?;
        write(&mut self.machine, key, number, file)?;
        check(&self.machine).map_err(|fault| fault.error(file))?;
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
        known: Known::beside(name, bundled_names()),
    })
}

/// A value from the text of a file, with the place of what is wrong.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, MachineError> {
    Ok(tilesim_input::parse(text, file).map_err(|mut mistakes| {
        for mistake in &mut mistakes.all {
            // A number one level too high.
            let is_key = key::find(KEYS, &mistake.field).is_some();
            if is_key && mistake.reason.starts_with("unknown field") {
                mistake.reason = format!(
                    "stands in the whole; expected it in `values`, as `values.{}`",
                    mistake.field
                );
            }
        }
        mistakes
    })?)
}

/// Writes a number, if it is one that the key allows.
pub(crate) fn written<T>(whole: &mut T, key: &Key<T>, value: u64) -> Result<(), String> {
    if key.allowed.contains(&value) && (key.set)(whole, value) {
        return Ok(());
    }
    Err(format!(
        "is {value}; expected {} to {}",
        key.allowed.start(),
        key.allowed.end()
    ))
}

/// Writes a number that no file gives, if it is one that the key allows.
fn write(machine: &mut Machine, key: &Key, value: u64, origin: &str) -> Result<(), MachineError> {
    written(machine, key, value).map_err(|_| MachineError::Value {
        file: origin.to_owned(),
        key: key.name.to_owned(),
        value: value.to_string(),
        expected: format!("{} to {}", key.allowed.start(), key.allowed.end()),
    })
}

/// Numbers that do not go together.
struct Fault {
    key: &'static str,
    value: u32,
    expected: &'static str,
}

impl Fault {
    fn reason(&self) -> String {
        format!("is {}; expected {}", self.value, self.expected)
    }

    fn error(&self, origin: &str) -> MachineError {
        MachineError::Value {
            file: origin.to_owned(),
            key: self.key.to_owned(),
            value: self.value.to_string(),
            expected: self.expected.to_owned(),
        }
    }
}

/// What no single key can say.
fn check(machine: &Machine) -> Result<(), Fault> {
    if !machine.data_path_bytes.is_power_of_two() {
        return Err(Fault {
            key: "data_path_bytes",
            value: machine.data_path_bytes,
            expected: "a power of two",
        });
    }
    for (key, value) in [
        ("conv_units.f16_f16", machine.conv_units.f16_f16),
        ("conv_units.f16_f32", machine.conv_units.f16_f32),
        ("conv_units.f32_f32", machine.conv_units.f32_f32),
    ] {
        if !value.is_multiple_of(machine.conv_unit_chain_length) {
            return Err(Fault {
                key,
                value,
                expected: "a multiple of conv_unit_chain_length",
            });
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
