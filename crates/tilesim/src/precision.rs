//! Number formats of a run.

use std::{fmt, str::FromStr};

use tilesim_machine::{ElementType, FlopEnergy};

use crate::Error;

/// Types of data and partial sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// Half data, half partial sums.
    #[default]
    F16F16,
    /// Half data, float partial sums.
    F16F32,
    /// Float data, float partial sums.
    F32F32,
}

impl Precision {
    /// All precisions.
    pub const ALL: [Self; 3] = [Self::F16F16, Self::F16F32, Self::F32F32];

    /// The name: bits of the data and of the partial sums.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F16F16 => "16.16",
            Self::F16F32 => "16.32",
            Self::F32F32 => "32.32",
        }
    }

    /// Other names that are understood.
    pub const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::F16F16 => &["f16.16"],
            Self::F16F32 => &["f16.32"],
            Self::F32F32 => &["f32", "f32.f32"],
        }
    }

    /// Type of the data.
    pub const fn data_type(self) -> ElementType {
        match self {
            Self::F16F16 | Self::F16F32 => ElementType::F16,
            Self::F32F32 => ElementType::F32,
        }
    }

    /// Type of the partial sums.
    pub const fn partials_type(self) -> ElementType {
        match self {
            Self::F16F16 => ElementType::F16,
            Self::F16F32 | Self::F32F32 => ElementType::F32,
        }
    }

    /// Energy of a floating-point operation in picojoules, of those of a machine.
    pub(crate) const fn energy(self, energy: FlopEnergy) -> f64 {
        match self {
            Self::F16F16 => energy.f16_f16,
            Self::F16F32 => energy.f16_f32,
            Self::F32F32 => energy.f32_f32,
        }
    }
}

impl FromStr for Precision {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == text || precision.aliases().contains(&text))
            .ok_or_else(|| Error::argument(text, "is no precision", "16.16, 16.32 or 32.32"))
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
