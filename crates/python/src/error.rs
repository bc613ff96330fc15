//! What can be wrong, as exceptions.

use pyo3::{create_exception, exceptions::PyException, prelude::*};

create_exception!(
    tilesim,
    Error,
    PyException,
    "There is no answer. That a network does not fit is no error but a result: its field `fits`."
);
create_exception!(
    tilesim,
    InputError,
    Error,
    "What was asked for makes no sense: `file`, `field`, `line`, `column` and `expected` say where and why, as far as they are known."
);

/// Where something is wrong, as far as it is known.
#[derive(Debug, Default)]
struct Place {
    file: Option<String>,
    field: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    expected: Option<String>,
}

/// The exception of an error of the library.
pub(crate) fn raised(python: Python<'_>, error: &tilesim::Error) -> PyErr {
    let Some(place) = place(error) else {
        return Error::new_err(error.to_string());
    };
    let raised = InputError::new_err(error.to_string());
    let value = raised.value(python);
    let set = || {
        value.setattr("file", place.file)?;
        value.setattr("field", place.field)?;
        value.setattr("line", place.line)?;
        value.setattr("column", place.column)?;
        value.setattr("expected", place.expected)
    };
    match set() {
        Ok(()) => raised,
        Err(error) => error,
    }
}

/// Where the input is wrong; nothing where it is not the input.
fn place(error: &tilesim::Error) -> Option<Place> {
    use tilesim::Error as Of;

    let file = |path: &std::path::Path| Some(path.display().to_string());
    Some(match error {
        Of::Argument {
            argument, expected, ..
        } => Place {
            field: Some(argument.clone()),
            expected: Some(expected.clone()),
            ..Place::default()
        },
        Of::Result {
            path,
            line,
            column,
            field,
            ..
        } => Place {
            file: file(path),
            field: Some(field.clone()),
            line: Some(*line),
            column: Some(*column),
            ..Place::default()
        },
        Of::Array { path, expected, .. } => Place {
            file: file(path),
            expected: Some(expected.clone()),
            ..Place::default()
        },
        Of::Read { path, .. }
        | Of::Write { path, .. }
        | Of::UnsoundResult { path, .. }
        | Of::Weights { path, .. }
        | Of::Onnx { path, .. }
        | Of::Study { path, .. } => Place {
            file: file(path),
            ..Place::default()
        },
        Of::Specification { name, .. } => Place {
            file: Some(name.clone()),
            ..Place::default()
        },
        Of::Model(_)
        | Of::Machine(_)
        | Of::System(_)
        | Of::LowerSystem(_)
        | Of::Graph(_)
        | Of::Lower(_)
        | Of::ExecutionSize { .. }
        | Of::Empty(_)
        | Of::Sweep(_)
        | Of::Validate(_) => Place::default(),
        _ => return None,
    })
}
