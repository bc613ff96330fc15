//! What can be wrong with a machine description.

use tilesim_input::{Known, Mistakes};

/// A machine that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    /// No bundled machine has this name.
    #[error("no bundled machine is called `{name}`{known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The bundled ones.
        known: Known,
    },
    /// No bundled release has this name.
    #[error("no bundled release is called `{name}`{known}")]
    UnknownSoftware {
        /// The name asked for.
        name: String,
        /// The bundled ones.
        known: Known,
    },
    /// A file that another names cannot be read.
    #[error("{file}: cannot be read: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The text is no description, or one of what there cannot be.
    #[error(transparent)]
    Malformed(#[from] Mistakes),
    /// A key that machines do not have.
    #[error("machine.{key}: no such setting{known}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that there are.
        known: Known,
    },
    /// A key without a value, in the file and in all that it extends.
    #[error("{file}: field `values.{key}`: is missing; expected {meaning}")]
    MissingKey {
        /// File, or bundled name.
        file: String,
        /// The key.
        key: &'static str,
        /// What it means.
        meaning: &'static str,
    },
    /// A value out of its range.
    #[error("{file}: field `{key}`: is {value}; expected {expected}")]
    Value {
        /// File, or bundled name.
        file: String,
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// Machines that extend each other in a circle.
    #[error("{file}: field `extends`: leads back to `{name}`; expected no circle")]
    Circle {
        /// File, or bundled name.
        file: String,
        /// The machine met twice.
        name: String,
    },
}
