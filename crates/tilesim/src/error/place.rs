//! Where an input is wrong.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::Error;

/// Where an input is wrong, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The file, or the bundled name.
    pub file: Option<String>,
    /// The argument, or the path of the field in the file.
    pub field: Option<String>,
    /// Line of the file, from 1.
    pub line: Option<usize>,
    /// Column of the line, from 1.
    pub column: Option<usize>,
    /// What should stand there.
    pub expected: Option<String>,
}

impl Place {
    fn of_file(path: &Path) -> Self {
        Self {
            file: Some(path.display().to_string()),
            ..Self::default()
        }
    }
}

impl Error {
    /// Where the input is wrong; nothing where the input is not what is wrong.
    pub fn place(&self) -> Option<Place> {
        Some(match self {
            Self::Argument {
                argument, expected, ..
            } => Place {
                field: Some(argument.clone()),
                expected: Some(expected.clone()),
                ..Place::default()
            },
            Self::Result {
                path,
                line,
                column,
                field,
                ..
            } => Place {
                field: Some(field.clone()),
                line: Some(*line),
                column: Some(*column),
                ..Place::of_file(path)
            },
            Self::Array { path, expected, .. } => Place {
                expected: Some(expected.clone()),
                ..Place::of_file(path)
            },
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::UnsoundResult { path, .. }
            | Self::Weights { path, .. }
            | Self::Onnx { path, .. }
            | Self::Study { path, .. } => Place::of_file(path),
            Self::Specification { name, .. } => Place {
                file: Some(name.clone()),
                ..Place::default()
            },
            Self::Model(_)
            | Self::Machine(_)
            | Self::System(_)
            | Self::LowerSystem(_)
            | Self::Graph(_)
            | Self::Lower(_)
            | Self::ExecutionSize { .. }
            | Self::Empty(_)
            | Self::Shard(_)
            | Self::Sweep(_)
            | Self::Validate(_) => Place::default(),
            Self::Simulate(_)
            | Self::Execute(_)
            | Self::Reference(_)
            | Self::Report(_)
            | Self::Trace(_)
            | Self::Plot(_)
            | Self::Json(_)
            | Self::Cancelled => return None,
        })
    }
}
