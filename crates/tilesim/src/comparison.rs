//! Results side by side.

use tilesim_report::{Comparison, RunResult};

use crate::Error;

/// Compares results with the first: ratios, and what they say in sentences.
///
/// # Errors
/// Where there is no result.
pub fn compare(results: Vec<RunResult>) -> Result<Comparison, Error> {
    Ok(Comparison::new(results)?)
}
