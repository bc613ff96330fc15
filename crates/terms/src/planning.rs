//! By what plans of convolutions are chosen.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By what the plans of a network's convolutions are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Planning {
    /// As the vendor's compiler does: every convolution for itself, as if its operands lay where it wants them.
    #[default]
    Vendor,
    /// Among the best plans of each convolution, by what the network costs with it as lowered: with what brings operands there, and takes
    /// the result on.
    LayoutAware,
}

impl Planning {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Vendor, Self::LayoutAware];

    /// The name in files, on the command line and in JSON.
    ///
    /// ```
    /// use tilesim_terms::Planning;
    ///
    /// assert_eq!("layout_aware".parse(), Ok(Planning::LayoutAware));
    /// assert_eq!(Planning::default().to_string(), "vendor");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::LayoutAware => "layout_aware",
        }
    }

    /// Whether it is what is usual, which results leave out.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Planning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A text that is no name of a planning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPlanning;

impl FromStr for Planning {
    type Err = UnknownPlanning;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|planning| planning.name() == name)
            .ok_or(UnknownPlanning)
    }
}
