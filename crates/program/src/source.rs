//! Where the values of the network's tensors come from, and where they are.

use crate::{Scalar, StepId, VariableId};

/// What a variable holds before the first step: elements of the network's parameters, as tensors of the variable's shape.
///
/// Tensors are called as in the graph. Their elements count in row-major order, whatever dimensions of one element the two
/// shapes have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A parameter or statistic.
    Tensor(String),
    /// 1 / √(variance + ε) of the constant statistics of a batch norm.
    InverseDeviation {
        /// The variance.
        variance: String,
        /// ε.
        epsilon: Scalar,
    },
    /// Constants that no network states.
    Constant(Vec<Scalar>),
}

/// What a tensor is to who runs the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TensorRole {
    /// Fed from outside: its variable holds it before the first step.
    Input,
    /// The result of an operator that others read.
    Intermediate,
    /// A result of the network.
    Output,
}

/// Where a tensor of the network is. A variable may be overwritten once nobody reads the tensor any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramTensor {
    /// Name in the graph.
    pub name: String,
    /// Logical shape; its elements are those of the variable in row-major order.
    pub shape: Vec<u64>,
    /// What it is.
    pub role: TensorRole,
    /// The variable that holds it.
    pub variable: VariableId,
    /// The step after which it does; `None`: before the first.
    pub after: Option<StepId>,
}
