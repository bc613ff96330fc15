//! What compiler and libraries of a release do, apart from network, framework and machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Framework;

/// What compiler and libraries of a release do. The default is what the newest known release does.
///
/// No property is a factor: each says which steps or kernels there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Software {
    /// How swish and its gradient are computed.
    pub swish: SwishKernel,
    /// By what gradients are divided before an update.
    pub gradient_division: ScalarDivision,
    /// Kernels of the library.
    pub kernels: KernelLibrary,
}

/// What puts a program together, apart from network and machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Toolchain {
    /// What the framework decides.
    pub framework: Framework,
    /// What compiler and libraries do.
    pub software: Software,
}

/// Which kernels a release of the library has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KernelLibrary {
    /// The vertical kernel of convolutions.
    pub vertical_mac: VerticalMacKernel,
    /// Transpositions of small matrices.
    pub transposition: TranspositionKernel,
}

/// How swish is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SwishKernel {
    /// As x · sigmoid(x): a copy, a sigmoid, a product in a variable of its own; its gradient of as many steps as it is written
    /// with, the last of which overwrites the incoming gradient where that lies.
    Composed,
    /// By a kernel in place: where x is read again, it is copied first. The gradient is a kernel, and lies where x does.
    FusedInPlace,
    /// By a kernel in place, or into a variable of its own where x is read again. The gradient is a kernel, and lies where x does.
    #[default]
    Fused,
}

/// By what a tensor is divided by a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScalarDivision {
    /// A division of every element.
    Divide,
    /// A product with the inverse.
    #[default]
    Multiply,
}

/// What the vertical multiply-accumulate kernel computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerticalMacKernel {
    /// Four groups at a time, with float partial sums whatever is asked for, in its first form.
    FloatPartials,
    /// Four groups at a time, with half partial sums too.
    HalfPartials,
    /// With half partial sums also eight and sixteen groups at a time.
    #[default]
    ManyGroups,
}

/// How workers share transpositions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranspositionKernel {
    /// Each takes whole matrices.
    WholeMatrices,
    /// Several share a matrix where the workers are a multiple of the matrices.
    #[default]
    SplitMatrices,
}
