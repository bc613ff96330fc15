//! What a framework decides about the program of a network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the framework that puts a program together decides about it, apart from network and library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Framework {
    /// What becomes of a batch norm at inference.
    pub inference_norm: InferenceNorm,
    /// What becomes of the copies of what functions take and give.
    pub function_copies: FunctionCopies,
    /// Whether calls that do alike share code.
    pub function_code: FunctionCode,
    /// Where a norm leaves its result.
    pub norm: Placing,
    /// Where the addition of a residual leaves its result.
    pub residual_add: Placing,
    /// How the first convolution comes by the input of the network.
    pub input: NetworkInput,
}

impl Framework {
    /// What the library does alone, without a framework: as single operators are measured. Nothing is a function.
    pub const LIBRARY: Self = Self {
        inference_norm: InferenceNorm::Folded,
        function_copies: FunctionCopies::Elided,
        function_code: FunctionCode::Own,
        norm: Placing::InPlace,
        residual_add: Placing::InPlace,
        input: NetworkInput::AsSent,
    };

    /// The usual choice in training, where functions alone are known: copies are those that interfere, as at inference, and equal
    /// calls share code.
    pub const TRAINING: Self = Self {
        function_copies: FunctionCopies::Interfering,
        function_code: FunctionCode::Shared,
        ..Self::LIBRARY
    };
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

/// What becomes of the copies of what functions take and give: a framework that makes every convolution, product and norm a function
/// copies their activations and weights into variables of the function, and results out of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FunctionCopies {
    /// The compiler removes all of them, or there are no functions.
    Elided,
    /// It removes those whose source is not read afterwards, and so all of results.
    #[default]
    Interfering,
    /// None is removed; a variable lives until it is last read.
    Kept,
    /// None is removed, and what a function takes lives, with its copy, until its result has been copied.
    Held,
}

/// Whether calls of functions share code: a function has one set of variables, into which its arguments are copied, so that what
/// lies alike is worked on by the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FunctionCode {
    /// Every call has code of its own, as where an operator is no function.
    #[default]
    Own,
    /// Calls that do alike share it, as in TensorFlow.
    Shared,
}

/// Where an operator leaves its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placing {
    /// Where its operand lay, if nobody reads that afterwards.
    #[default]
    InPlace,
    /// In a variable of its own.
    OutOfPlace,
}

/// How the first convolution comes by the input of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkInput {
    /// It gathers what it needs from where the host has put it, in the order in which it was sent.
    #[default]
    AsSent,
    /// It is first copied to where the convolution wants it to rest.
    LaidOut,
    /// It lies as the convolution wants it from the start, as do data that are made on the chip.
    AtRest,
}
