//! Values of specifications that are more than numbers.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tilesim_graph::{Activation, NormGrouping, NormKind};

/// A normalisation: `bn`, `gn:4` (group norm with 4 groups), `ln` (layer norm), and `gn:4+pn` or `ln+pn` with
/// proxy-normalised activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NormName {
    /// Which statistics.
    pub kind: NormKind,
    /// Whether activations are proxy-normalised.
    pub proxy: bool,
}

/// Which channels a group norm normalises together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormGroupingName {
    /// Every so many, as the vendor's `TensorFlow` does.
    #[default]
    Strided,
    /// Neighbours, as `PyTorch` and ONNX do.
    Contiguous,
}

impl NormGroupingName {
    /// The same for a graph.
    pub const fn grouping(self) -> NormGrouping {
        match self {
            Self::Strided => NormGrouping::Strided,
            Self::Contiguous => NormGrouping::Contiguous,
        }
    }
}

const NORM_EXPECTED: &str = "`bn`, `ln`, `gn:GROUPS`, `ln+pn` or `gn:GROUPS+pn`";

impl FromStr for NormName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || format!("`{text}` is no norm, expected {NORM_EXPECTED}");
        let (statistics, proxy) = match text.strip_suffix("+pn") {
            Some(statistics) => (statistics, true),
            None => (text, false),
        };
        let kind = match statistics.strip_prefix("gn:") {
            Some(groups) => match groups.parse() {
                Ok(groups) if groups > 0 => NormKind::strided(groups),
                _ => return Err(unknown()),
            },
            None if statistics == "ln" => NormKind::LAYER,
            None if statistics == "bn" && !proxy => NormKind::Batch,
            None => return Err(unknown()),
        };
        Ok(Self { kind, proxy })
    }
}

impl fmt::Display for NormName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NormKind::Batch | NormKind::CurrentBatch => formatter.write_str("bn"),
            NormKind::Group { groups: 1, .. } => formatter.write_str("ln"),
            NormKind::Group { groups, .. } => write!(formatter, "gn:{groups}"),
        }?;
        formatter.write_str(if self.proxy { "+pn" } else { "" })
    }
}

impl Serialize for NormName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NormName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = NormName;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str(NORM_EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<NormName, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for NormName {
    fn schema_name() -> Cow<'static, str> {
        "Norm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Normalisation: batch norm `bn`, layer norm `ln`, group norm with 4 groups `gn:4`; with proxy-normalised activations `ln+pn`, `gn:4+pn`.",
            "pattern": "^(bn|ln(\\+pn)?|gn:[1-9][0-9]*(\\+pn)?)$"
        })
    }
}

/// Height and width of the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resolution {
    /// That of the variant.
    #[default]
    Native,
    /// The smaller one of the variant, with about half as many pixels (Masters et al. 2021).
    Half,
    /// In pixels.
    Pixels(u64),
}

impl fmt::Display for Resolution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native => formatter.write_str("native"),
            Self::Half => formatter.write_str("half"),
            Self::Pixels(pixels) => write!(formatter, "{pixels}"),
        }
    }
}

impl Serialize for Resolution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pixels(pixels) => serializer.serialize_u64(*pixels),
            named => serializer.collect_str(named),
        }
    }
}

impl<'de> Deserialize<'de> for Resolution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Resolution;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a number of pixels, `native` or `half`")
            }

            fn visit_u64<E: de::Error>(self, pixels: u64) -> Result<Resolution, E> {
                Ok(Resolution::Pixels(pixels))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Resolution, E> {
                match text {
                    "native" => Ok(Resolution::Native),
                    "half" => Ok(Resolution::Half),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Resolution {
    fn schema_name() -> Cow<'static, str> {
        "Resolution".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Height and width of the images: pixels, or that of the variant (`native`, `half`).",
            "oneOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "enum": ["native", "half"] }
            ]
        })
    }
}

/// Pointwise activations by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActivationName {
    /// x · sigmoid(x).
    Swish,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x · relu6(x + 3) / 6.
    HardSwish,
    /// Gaussian error linear unit.
    Gelu,
}

impl ActivationName {
    /// The activation.
    pub const fn activation(self) -> Activation {
        match self {
            Self::Swish => Activation::Swish,
            Self::Relu => Activation::Relu,
            Self::Relu6 => Activation::Relu6,
            Self::HardSwish => Activation::HardSwish,
            Self::Gelu => Activation::Gelu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_read_as_they_are_written() {
        for text in ["bn", "ln", "gn:4", "ln+pn", "gn:4+pn"] {
            assert_eq!(text.parse::<NormName>().expect(text).to_string(), text);
        }
        for text in ["", "gn", "gn:0", "gn:x", "bn+pn", "pn", "gn:-1"] {
            assert!(text.parse::<NormName>().is_err(), "{text}");
        }
    }
}
