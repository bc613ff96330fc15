//! What can be wrong with a description of a system.

use tilesim_input::Known;

use crate::MachineError;

/// A system that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// No bundled system has this name.
    #[error("no bundled system is called `{name}`{known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The bundled ones.
        known: Known,
    },
    /// What files of machines may have wrong too, or the machine of the system.
    #[error(transparent)]
    File(#[from] MachineError),
    /// No machine is named.
    #[error("{file}: field `machine`: is missing; expected the machine of which all chips are")]
    NoMachine {
        /// File, or bundled name.
        file: String,
    },
    /// More chips than there are.
    #[error(
        "{file}: field `training`: {stages} stages × {replicas} replicas need {} chips; expected at most {chips}, which the system has",
        u64::from(*stages) * u64::from(*replicas)
    )]
    Chips {
        /// File, or bundled name.
        file: String,
        /// Pipeline stages.
        stages: u32,
        /// Replicas.
        replicas: u32,
        /// Chips.
        chips: u32,
    },
    /// Not as many splits as the stages need.
    #[error("{file}: field `training.splits`: has {splits} names; expected {}: one for every stage but the first", stages - 1)]
    Splits {
        /// File, or bundled name.
        file: String,
        /// Names of splits.
        splits: usize,
        /// Pipeline stages.
        stages: u32,
    },
    /// A field of the training section out of its range.
    #[error("{file}: field `training.{field}`: is {value}; expected {expected}")]
    Training {
        /// File, or bundled name.
        file: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// A setting that systems do not have.
    #[error("system.{key}: no such setting{known}")]
    UnknownSetting {
        /// The key.
        key: String,
        /// Those that there are.
        known: Known,
    },
    /// A setting that cannot have this value.
    #[error("system.{key}={value}: {reason}")]
    Setting {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// Why not.
        reason: String,
    },
}
