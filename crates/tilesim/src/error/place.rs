//! Where an input is wrong.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_input::Mistakes;
use tilesim_machine::{MachineError, system::SystemError};
use tilesim_models::ModelError;
use tilesim_study::{StudyError, SweepError};

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

    /// Of the first of several mistakes.
    fn of_mistakes(mistakes: &Mistakes) -> Self {
        let of_file = Self {
            file: Some(mistakes.origin.clone()),
            ..Self::default()
        };
        mistakes.all.first().map_or(of_file.clone(), |first| Self {
            field: Some(first.field.clone()),
            line: Some(first.line),
            column: Some(first.column),
            expected: first
                .reason
                .rsplit_once("; expected ")
                .map(|(_, expected)| expected.to_owned()),
            ..of_file
        })
    }

    /// Of a name or a key that does not exist.
    fn of_unknown(what: &str, expected: String) -> Self {
        Self {
            field: Some(what.to_owned()),
            expected: Some(expected),
            ..Self::default()
        }
    }

    fn of_model(error: &ModelError) -> Self {
        match error {
            ModelError::UnknownName { known, .. } => Self::of_unknown("network", known.all.join(", ")),
            ModelError::UnknownVariant { known, .. } => Self::of_unknown("variant", known.all.join(", ")),
            ModelError::UnknownSetting { key, known, .. } => Self::of_unknown(key, known.all.join(", ")),
            ModelError::InvalidSetting { key, .. } => Self {
                field: Some(key.clone()),
                ..Self::default()
            },
            ModelError::Value { field, expected, .. } => Self::of_unknown(field, expected.clone()),
            ModelError::Json(mistakes) => Self::of_mistakes(mistakes),
            _ => Self::default(),
        }
    }

    fn of_machine(error: &MachineError) -> Self {
        match error {
            MachineError::Unknown { known, .. } => Self::of_unknown("machine", known.all.join(", ")),
            MachineError::UnknownSoftware { known, .. } => Self::of_unknown("software", known.all.join(", ")),
            MachineError::Malformed(mistakes) => Self::of_mistakes(mistakes),
            MachineError::Unreadable { file, .. } => Self::of_file(Path::new(file)),
            MachineError::UnknownKey { key, known } => Self::of_unknown(key, known.all.join(", ")),
            MachineError::Value {
                file, key, expected, ..
            } => Self {
                file: Some(file.clone()),
                ..Self::of_unknown(key, expected.clone())
            },
            MachineError::MissingKey { file, key, meaning } => Self {
                file: Some(file.clone()),
                ..Self::of_unknown(key, (*meaning).to_owned())
            },
            MachineError::Circle { file, name } => Self {
                file: Some(file.clone()),
                ..Self::of_unknown("extends", format!("another than {name}"))
            },
        }
    }

    fn of_system(error: &SystemError) -> Self {
        match error {
            SystemError::Unknown { known, .. } => Self::of_unknown("system", known.all.join(", ")),
            SystemError::File(error) => Self::of_machine(error),
            _ => Self::default(),
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
            Self::Result(mistakes) | Self::Sweep(SweepError::Study(StudyError::Json(mistakes))) => {
                Place::of_mistakes(mistakes)
            }
            Self::Array { path, expected, .. } => Place {
                expected: Some(expected.clone()),
                ..Place::of_file(path)
            },
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::UnsoundResult { path, .. }
            | Self::Incomplete { path }
            | Self::Weights { path, .. }
            | Self::Onnx { path, .. }
            | Self::Study { path, .. } => Place::of_file(path),
            Self::Specification { name, source } => Place {
                file: Some(name.clone()),
                ..Place::of_model(source)
            },
            Self::Model(error) => Place::of_model(error),
            Self::Machine(error) => Place::of_machine(error),
            Self::System(error) => Place::of_system(error),
            Self::LowerSystem(_)
            | Self::Graph(_)
            | Self::Lower(_)
            | Self::ExecutionMemory { .. }
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
            | Self::Difference(_)
            | Self::Cancelled => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MachineVariant, Network, Simulation, SystemVariant};

    #[test]
    fn a_name_that_does_not_exist_says_which_do() {
        let of = |error: Option<Error>| error.and_then(|error| error.place()).expect("a place");
        for (place, field, one) in [
            (of(Network::load("resnet5").err()), "network", "resnet50"),
            (of(MachineVariant::load("mk9").err()), "machine", "mk2"),
            (of(SystemVariant::load("pod").err()), "system", "pod16"),
        ] {
            assert_eq!(place.field.as_deref(), Some(field));
            let expected = place.expected.expect("what exists");
            assert!(expected.contains(one), "{expected}");
        }
        let simulation = Simulation::of("resnet50").expect("a network").set("batsch", "8");
        let place = of(simulation.err());
        assert_eq!(place.field.as_deref(), Some("batsch"));
        assert!(place.expected.is_some());
    }
}
