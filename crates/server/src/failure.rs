//! Why a call has no answer.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim::{Error, Place};

/// Why a call has no answer, as the caller reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Failure {
    /// Version of this format.
    pub(crate) schema: &'static str,
    /// Whose fault it is.
    pub(crate) kind: FailureKind,
    /// What is wrong, in a sentence.
    pub(crate) message: String,
    /// Where the input is wrong, as far as it is known.
    #[serde(flatten)]
    pub(crate) place: Box<Place>,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureKind {
    /// What was asked for makes no sense.
    Input,
    /// The call was cancelled.
    Cancelled,
    /// The simulator has no answer.
    Failed,
}

impl Failure {
    fn new(kind: FailureKind, message: &str, place: Place) -> Self {
        Self {
            schema: "tilesim-failure/1",
            kind,
            message: tilesim::message(message),
            place: Box::new(place),
        }
    }

    /// An argument that a tool does not take.
    pub(crate) fn argument(field: &str, reason: &str, expected: String) -> Self {
        Self::new(
            FailureKind::Input,
            &format!("`{field}`: {reason}; expected {expected}"),
            Place {
                field: Some(field.to_owned()),
                expected: Some(expected),
                ..Place::default()
            },
        )
    }

    /// The simulator broke down.
    pub(crate) fn broken(reason: impl Into<String>) -> Self {
        Self::new(FailureKind::Failed, &reason.into(), Place::default())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (kind, place) = match (&error, error.place()) {
            (Error::Cancelled, _) => (FailureKind::Cancelled, Place::default()),
            (_, Some(place)) => (FailureKind::Input, place),
            (_, None) => (FailureKind::Failed, Place::default()),
        };
        Self::new(kind, &error.to_string(), place)
    }
}
