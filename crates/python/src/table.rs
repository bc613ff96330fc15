//! Trace tables, for whoever reads Arrow.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray,
    ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyDict},
};
use tilesim::traces::{self, Values};

use crate::error::Error;

/// A table by column: `polars.DataFrame(table)`, `pyarrow.table(table)` and `duckdb` take it through the Arrow C stream interface,
/// pandas through `table.to_pandas()`. Columns end in their units.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Table {
    pub(crate) table: traces::Table,
}

#[pymethods]
impl Table {
    /// Its name.
    #[getter]
    const fn name(&self) -> &str {
        self.table.name
    }

    /// What a row is.
    #[getter]
    const fn meaning(&self) -> &str {
        self.table.meaning
    }

    /// Names of the columns, and what they say.
    #[getter]
    fn columns<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(python);
        for column in &self.table.columns {
            columns.set_item(column.name, column.meaning)?;
        }
        Ok(columns)
    }

    fn __len__(&self) -> usize {
        self.table.rows()
    }

    /// The values of a column.
    fn __getitem__<'py>(&self, python: Python<'py>, column: &str) -> PyResult<Bound<'py, PyAny>> {
        let found = self.table.columns.iter().find(|found| found.name == column);
        let found = found.ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(column.to_owned()))?;
        listed(python, &found.values)
    }

    /// All columns as lists, by name.
    fn to_dict<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(python);
        for column in &self.table.columns {
            columns.set_item(column.name, listed(python, &column.values)?)?;
        }
        Ok(columns)
    }

    /// The table as a `pandas.DataFrame`.
    fn to_pandas<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python
            .import("pandas")?
            .getattr("DataFrame")?
            .call1((self.to_dict(python)?,))
    }

    /// The Arrow `PyCapsule` interface: a stream of one batch.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        python: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // Other types than those of the table may be asked for; nobody has to give them.
        drop(requested_schema);
        let batch = batch(&self.table).map_err(|error| Error::new_err(error.to_string()))?;
        let schema = batch.schema();
        let batches = RecordBatchIterator::new([Ok(batch)], schema);
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(python, stream, c"arrow_array_stream")
    }

    fn __repr__(&self) -> String {
        let names: Vec<&str> = self.table.columns.iter().map(|column| column.name).collect();
        format!(
            "<tilesim.Table {}: {} rows of {}>",
            self.table.name,
            self.table.rows(),
            names.join(", ")
        )
    }
}

fn listed<'py>(python: Python<'py>, values: &Values) -> PyResult<Bound<'py, PyAny>> {
    match values {
        Values::Text(values) => values.into_pyobject(python),
        Values::Integer(values) => values.into_pyobject(python),
        Values::Real(values) => values.into_pyobject(python),
        Values::Boolean(values) => values.into_pyobject(python),
    }
}

fn batch(table: &traces::Table) -> Result<RecordBatch, ArrowError> {
    let columns = table
        .columns
        .iter()
        .map(|described| {
            let (kind, values) = column(&described.values)?;
            let meaning = [("meaning".to_owned(), described.meaning.to_owned())];
            let field = Field::new(described.name, kind, false).with_metadata(meaning);
            Ok((field, values))
        })
        .collect::<Result<Vec<_>, ArrowError>>()?;
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn column(values: &Values) -> Result<(DataType, ArrayRef), ArrowError> {
    // Whole numbers are signed, so that those of two runs can be subtracted.
    let signed =
        |value: &u64| i64::try_from(*value).map_err(|error| ArrowError::CastError(error.to_string()));
    Ok(match values {
        Values::Text(values) => (DataType::Utf8, Arc::new(StringArray::from_iter_values(values))),
        Values::Integer(values) => {
            let values = values
                .iter()
                .map(signed)
                .collect::<Result<Vec<i64>, ArrowError>>()?;
            (DataType::Int64, Arc::new(Int64Array::from(values)))
        }
        Values::Real(values) => (DataType::Float64, Arc::new(Float64Array::from(values.clone()))),
        Values::Boolean(values) => (DataType::Boolean, Arc::new(BooleanArray::from(values.clone()))),
    })
}
