//! Specification of one normalised activation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName};

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    NormalisedActivation,
}

/// A norm and an activation alone, to see what they cost and to hold their gradients to others'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalisedActivationSpec {
    family: FamilyName,
    /// What it is, in one line.
    #[serde(default)]
    pub description: String,
    /// Channels.
    pub channels: u64,
    /// Height and width in pixels.
    pub resolution: u64,
    /// Normalisation.
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation.
    pub activation: ActivationName,
    /// Added to the variance by the norm.
    #[serde(default = "norm_epsilon")]
    pub norm_epsilon: f64,
    /// Added to the variance of a proxy-normalised activation.
    #[serde(default = "proxy_epsilon")]
    pub proxy_epsilon: f64,
}

impl NormalisedActivationSpec {
    /// Name in the field `family`.
    pub(crate) const FAMILY: &'static str = "normalised_activation";
}

/// That of the paper's networks (Masters et al. 2021), as is the next.
const fn norm_epsilon() -> f64 {
    1e-3
}

const fn proxy_epsilon() -> f64 {
    0.03
}
