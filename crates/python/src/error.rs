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

/// The exception of an error of the library.
pub(crate) fn raised(python: Python<'_>, error: &tilesim::Error) -> PyErr {
    let Some(place) = error.place() else {
        return Error::new_err(tilesim::message(&error.to_string()));
    };
    let raised = InputError::new_err(tilesim::message(&error.to_string()));
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
