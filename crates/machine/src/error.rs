//! What can be wrong with a machine description.

/// A machine that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    /// No bundled machine has this name.
    #[error("unknown machine '{name}'; bundled machines: {known}{suggestion}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The bundled names.
        known: String,
        /// The nearest of them, as a phrase; empty where none is near.
        suggestion: String,
    },
    /// No bundled release has this name.
    #[error("unknown software '{name}'; bundled releases: {known}{suggestion}")]
    UnknownSoftware {
        /// The name asked for.
        name: String,
        /// The bundled names.
        known: String,
        /// The nearest of them, as a phrase; empty where none is near.
        suggestion: String,
    },
    /// The text is no machine description.
    #[error("{file}, line {line}, column {column}, field '{field}': {message}")]
    Malformed {
        /// File, or bundled name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Path of the field.
        field: String,
        /// What was expected.
        message: String,
    },
    /// A key that machines do not have.
    #[error("{file}: unknown key '{key}'{suggestion}; expected one of: {known}")]
    UnknownKey {
        /// File, or bundled name.
        file: String,
        /// The key.
        key: String,
        /// The nearest key, as a phrase.
        suggestion: String,
        /// All keys.
        known: String,
    },
    /// A key without a value, in the file and in all that it extends.
    #[error("{file}: key '{key}' ({meaning}) is missing")]
    MissingKey {
        /// File, or bundled name.
        file: String,
        /// The key.
        key: &'static str,
        /// What it means.
        meaning: &'static str,
    },
    /// A value out of its range.
    #[error("{file}: key '{key}' is {value}; expected {expected}")]
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
    #[error("{file}: 'extends' leads back to '{name}'")]
    Circle {
        /// File, or bundled name.
        file: String,
        /// The machine met twice.
        name: String,
    },
}
