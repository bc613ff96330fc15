//! What a framework decides about the program of a network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the framework that puts a program together decides about it, apart from network and library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Framework {
    /// What becomes of a batch norm at inference.
    pub inference_norm: InferenceNorm,
}

/// What becomes of a batch norm at inference, where its statistics are constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InferenceNorm {
    /// It is folded into the convolution before it, where there is one, as `PopRT` does.
    #[default]
    Folded,
    /// It is an operator of its own, a multiplication and an addition, as in TensorFlow 1.
    Operator,
}
