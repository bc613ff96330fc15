//! What can be wrong with a description of a system.

use crate::MachineError;

/// A system that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// No bundled system has this name.
    #[error("unknown system '{name}'; bundled systems: {known}{suggestion}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The bundled presets.
        known: String,
        /// The nearest name, as a phrase; empty where none is near.
        suggestion: String,
    },
    /// What files of machines may have wrong too, or the machine of the system.
    #[error(transparent)]
    File(#[from] MachineError),
    /// No machine is named.
    #[error("{file}: 'machine' is missing: the bundled machine of which all chips are")]
    NoMachine {
        /// File, or bundled name.
        file: String,
    },
    /// More chips than there are.
    #[error(
        "{file}: {stages} stages × {replicas} replicas need {} chips, but the system has {chips}",
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
    #[error("{file}: 'training.splits' has {splits} names; expected {}: one for every stage but the first", stages - 1)]
    Splits {
        /// File, or bundled name.
        file: String,
        /// Names of splits.
        splits: usize,
        /// Pipeline stages.
        stages: u32,
    },
    /// A field of the training section out of its range.
    #[error("{file}: 'training.{field}' is {value}; expected {expected}")]
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
    #[error("system.{key}: no such setting{suggestion}; expected one of: {known}")]
    UnknownSetting {
        /// The key.
        key: String,
        /// The nearest key, as a phrase.
        suggestion: String,
        /// All keys.
        known: String,
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
