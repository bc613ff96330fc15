//! What can go wrong.

/// Why a program cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// A tile does not hold an element that it reads.
    #[error("step `{step}`: tile {tile} does not hold element {index:?} of `{tensor}`")]
    MissingElement {
        /// The step that reads.
        step: String,
        /// The tile that reads.
        tile: u64,
        /// The variable that it reads of.
        tensor: String,
        /// The index of the element.
        index: Vec<u64>,
    },
    /// A variable is read before anything is written to it.
    #[error("step `{step}`: `{tensor}` is read before it is written")]
    Unwritten {
        /// The step that reads.
        step: String,
        /// The variable.
        tensor: String,
    },
    /// An input or parameter is not given.
    #[error("no values are given for `{name}`")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// An input or parameter has another number of elements than the program wants.
    #[error("`{name}` has {got} elements, expected {expected}")]
    Elements {
        /// Its name.
        name: String,
        /// Elements that the program wants.
        expected: u64,
        /// Elements that are given.
        got: u64,
    },
    /// A step that cannot be executed.
    #[error("step `{step}`: {what} cannot be executed")]
    Unsupported {
        /// The step.
        step: String,
        /// What of it.
        what: String,
    },
    /// A step reads or writes another number of variables, or variables of other sizes, than its action takes.
    #[error("step `{step}`: {what}")]
    Malformed {
        /// The step.
        step: String,
        /// What does not fit.
        what: &'static str,
    },
    /// The run was asked to stop.
    #[error("the run was cancelled")]
    Cancelled,
}
