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
        Values::Text(values) => inert(&values[row]),
        Values::Integer(values) => values[row].to_string(),
        Values::Real(values) => values[row].to_string(),
        Values::Boolean(values) => values[row].to_string(),
    }
}

/// A text that no spreadsheet takes for a formula: one that begins as formulas do gets a quote before it.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) {
        ["'", text].concat()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_formula() {
        for text in ["=1+1", "@SUM(A1)", "+1", "-1"] {
            assert_eq!(inert(text), format!("'{text}"));
        }
        assert_eq!(inert("block1a=2"), "block1a=2");
    }
}
