//! Passes of a convolution.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is computed of a convolution: its output, or a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConvolutionPass {
    /// Its output.
    Forward,
    /// The gradient of its input, from the gradient of its output and its weights.
    InputGradient,
    /// The gradient of its weights, from its input and the gradient of its output.
    WeightGradient,
}

impl ConvolutionPass {
    /// Every pass, in the order of a training step.
    pub const ALL: [Self; 3] = [Self::Forward, Self::InputGradient, Self::WeightGradient];

    /// The name in files, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::InputGradient => "input-gradient",
            Self::WeightGradient => "weight-gradient",
        }
    }
}
