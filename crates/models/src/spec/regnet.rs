//! Specification of a `RegNet`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, default};
use crate::PlainStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    Regnet,
}

/// A `RegNet` (Radosavovic et al. 2020, arXiv 2003.13678).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegNetSpec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Its point in the design space: `x-400mf`.
    pub variant: String,
    /// Channels of one group of the spatial convolutions; the variant's where absent.
    #[serde(default)]
    pub group_size: Option<u64>,
    /// Normalisation.
    #[serde(default = "default::batch_norm")]
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation of convolutions and additions.
    #[serde(default = "default::relu")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Stages; the variant's where absent.
    #[serde(default)]
    pub stages: Option<Vec<PlainStage>>,
}
