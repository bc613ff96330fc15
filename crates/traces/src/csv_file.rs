//! Tables as CSV (RFC 4180, UTF-8, with a row of column names).

use crate::{Table, TraceError, Values};

/// The table as CSV. Real numbers are written so that they read back as the same number.
///
/// # Errors
/// Where the writer fails.
pub fn csv(table: &Table) -> Result<Vec<u8>, TraceError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| column.name))?;
    for row in 0..table.rows() {
        writer.write_record(table.columns.iter().map(|column| cell(&column.values, row)))?;
    }
    writer
        .into_inner()
        .map_err(|error| TraceError::Csv(error.into_error().into()))
}

fn cell(values: &Values, row: usize) -> String {
    match values {
        Values::Text(values) => values[row].clone(),
        Values::Integer(values) => values[row].to_string(),
        Values::Real(values) => values[row].to_string(),
        Values::Boolean(values) => values[row].to_string(),
    }
}
