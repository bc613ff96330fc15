//! Rows of the tables of kernels that move or write data.

use tilesim_machine::Machine;

use crate::table::{Predicted, Row, RowError};

/// Predicts a row, or `None` where `name` is not the name of a kernel of this family.
pub(super) fn predict(
    _machine: &Machine,
    _name: &str,
    _row: &Row<'_>,
) -> Option<Result<Predicted, RowError>> {
    None
}
