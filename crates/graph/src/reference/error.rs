//! Why a graph cannot be evaluated.

/// A mistake in what a graph is evaluated on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// A tensor has no value.
    #[error("operator `{op}` reads `{tensor}`, which has no value")]
    Missing {
        /// The operator that reads it.
        op: String,
        /// The tensor.
        tensor: String,
    },
    /// A value has another shape than its tensor.
    #[error("the value of `{tensor}` has shape {got:?}; expected {expected:?}")]
    Shape {
        /// The tensor.
        tensor: String,
        /// Its shape.
        expected: Vec<u64>,
        /// Shape of the value.
        got: Vec<u64>,
    },
    /// A label is no index of a class.
    #[error("operator `{op}`: label {label} is no class; expected a whole number below {classes}")]
    Label {
        /// The operator.
        op: String,
        /// The label.
        label: f64,
        /// Classes.
        classes: usize,
    },
    /// An operator has other operands than its kind states.
    #[error("operator `{op}` has {got} operands, which its kind does not take")]
    OperandCount {
        /// The operator.
        op: String,
        /// Operands.
        got: usize,
    },
    /// The evaluation was asked to stop.
    #[error("the evaluation was cancelled")]
    Cancelled,
}
