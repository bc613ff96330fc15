//! How networks are run, in the words of every question that runs one.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use tilesim::{Error, HostIo, HostTransfers, InputShape, Precision, RunOptions, Setting};

/// How a network is run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct How {
    /// Machine: a bundled name (the tool `machines` lists them) or a JSON file; `mk2` where left out.
    pub(super) machine: Option<String>,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub(super) batch: Option<u64>,
    /// Bits of the data and of the partial sums; `16.16` where left out.
    pub(super) precision: Option<PrecisionName>,
    /// Release of compiler and libraries: a bundled name or a JSON file; the newest where left out.
    pub(super) software: Option<String>,
    /// Share of tile memory that a convolution's temporaries may take, above 0 and at most 1; 0.6 where left out.
    pub(super) available_memory_proportion: Option<f64>,
    /// Transfers from and to the host: none, before and after all else, or beside it; none where left out.
    pub(super) host_io: Option<HostIoName>,
    /// Shape of an input where an ONNX file leaves sizes open, such as `1x3x320x320`, with `NAME=` before it where there are several.
    #[serde(default)]
    pub(super) input_shapes: Vec<String>,
    /// Changes: a setting of the network such as `group_size` or `resolution`, with `machine.KEY` of the machine, with `framework.KEY` what
    /// the framework decides.
    #[serde(default)]
    pub(super) set: Settings,
}

impl How {
    /// The options of the library.
    pub(super) fn options(self) -> Result<RunOptions, Error> {
        let usual = RunOptions::default();
        let shapes = self.input_shapes.iter().map(|text| {
            text.parse::<InputShape>()
                .map_err(|reason| Error::argument(text, "is no shape of an input", reason))
        });
        Ok(RunOptions {
            machine: self.machine,
            batch: self.batch,
            precision: self.precision.map_or(usual.precision, Into::into),
            available_memory_proportion: self
                .available_memory_proportion
                .unwrap_or(usual.available_memory_proportion),
            host: HostTransfers {
                io: self.host_io.map_or(HostIo::None, Into::into),
                ..HostTransfers::default()
            },
            framework: usual.framework,
            software: self.software,
            planning: usual.planning,
            settings: self.set.0,
            input_shapes: shapes.collect::<Result<_, _>>()?,
            trace_tiles: Vec::new(),
        })
    }
}

/// Types of data and partial sums.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(super) enum PrecisionName {
    /// Half data, half partial sums.
    #[serde(rename = "16.16")]
    F16F16,
    /// Half data, float partial sums.
    #[serde(rename = "16.32")]
    F16F32,
    /// Float data, float partial sums.
    #[serde(rename = "32.32")]
    F32F32,
}

impl From<PrecisionName> for Precision {
    fn from(name: PrecisionName) -> Self {
        match name {
            PrecisionName::F16F16 => Self::F16F16,
            PrecisionName::F16F32 => Self::F16F32,
            PrecisionName::F32F32 => Self::F32F32,
        }
    }
}

/// When the host sends inputs and receives results.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HostIoName {
    /// Inputs are on the chip before, results stay there.
    None,
    /// Before and after all else.
    Serial,
    /// Beside all else, on tiles reserved for it.
    Overlapped,
}

impl From<HostIoName> for HostIo {
    fn from(name: HostIoName) -> Self {
        match name {
            HostIoName::None => Self::None,
            HostIoName::Serial => Self::Serial,
            HostIoName::Overlapped => Self::Overlapped,
        }
    }
}

/// Settings by key, in the order in which they are given.
#[derive(Debug, Default)]
pub(super) struct Settings(pub(super) Vec<Setting>);

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = Map::<String, Value>::deserialize(deserializer)?;
        let settings = settings.into_iter().map(|(key, value)| match value {
            Value::String(text) => Ok(Setting::new(&key, text)),
            Value::Bool(_) | Value::Number(_) => Ok(Setting::new(&key, value)),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(serde::de::Error::custom(format!(
                "the setting `{key}` is `{value}`; expected a number, a text, true or false"
            ))),
        });
        settings.collect::<Result<_, _>>().map(Self)
    }
}

impl JsonSchema for Settings {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Settings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": {"type": ["boolean", "number", "string"]}})
    }
}
