//! What is predicted for one kernel beside what a row gives.

use tilesim_codelets::Count;
use tilesim_codelets::vector::{self, IllegalVectorKernel};
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::VectorVertex;

use crate::row::{Row, RowError};

/// What was predicted for a row, and what the row gives.
///
/// Both count tile cycles, or worker cycles where the column of the answer says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predicted {
    /// Cycles that are predicted.
    pub predicted: u64,
    /// Cycles that the row gives.
    pub given: u64,
}

/// The tile cycles of `vertex` beside those that the row gives.
pub(super) fn tile_cycles(
    machine: &Machine,
    row: &Row<'_>,
    vertex: &VectorVertex,
    count: Count,
) -> Result<Predicted, RowError> {
    let expected = match vector::cost(machine, vertex, count) {
        Ok(cost) => {
            return Ok(Predicted {
                predicted: cost.cycles.total(),
                given: row.u64("cycles")?,
            });
        }
        Err(IllegalVectorKernel::NoKernel { .. }) => "a kernel that takes these types",
        Err(IllegalVectorKernel::Overflow { .. }) => "a kernel with cycles that fit a counter",
    };
    Err(row.unexpected("vertex", expected))
}

/// The `cycles` of a kernel beside those that the row gives in `column`.
pub(super) fn predicted(row: &Row<'_>, column: &str, cycles: Option<u64>) -> Result<Predicted, RowError> {
    Ok(Predicted {
        predicted: cycles.ok_or_else(|| {
            row.unexpected(
                "vertex",
                "a kernel that takes these types, with cycles that fit a counter",
            )
        })?,
        given: row.u64(column)?,
    })
}
