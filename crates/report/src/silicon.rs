//! How far predictions are from what was measured on real chips, group by group.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ErrorStatistics;

/// The errors of a group of measurements, in percent of what was measured. A row that is not predicted is wrong by 100 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconGroup {
    /// What is measured, and with which precision and whose data where a table holds several: `inference overlapped 16.16`.
    pub group: String,
    /// Rows.
    pub rows: u64,
    /// Of those: rows that are not predicted.
    pub unsupported_rows: u64,
    /// Median.
    pub median_abs_error_percent: f64,
    /// What 90 % of the rows do not exceed.
    pub p90_abs_error_percent: f64,
    /// Worst.
    pub worst_abs_error_percent: f64,
}

impl SiliconGroup {
    /// The group of rows with these relative errors, `None` where a row is not predicted; no group where there are no rows.
    pub fn of(group: &str, errors: &[Option<f64>]) -> Option<Self> {
        let counted: Vec<f64> = errors.iter().map(|error| error.map_or(1.0, f64::abs)).collect();
        let statistics = ErrorStatistics::of(&counted)?;
        Some(Self {
            group: group.to_owned(),
            rows: statistics.rows,
            unsupported_rows: errors.iter().filter(|error| error.is_none()).count() as u64,
            median_abs_error_percent: 100.0 * statistics.median,
            p90_abs_error_percent: 100.0 * statistics.p90,
            worst_abs_error_percent: 100.0 * statistics.worst,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_prediction_is_wrong() {
        let group = SiliconGroup::of("kernels", &[Some(-0.02), None, Some(0.01)]).expect("rows");
        assert_eq!((group.rows, group.unsupported_rows), (3, 1));
        assert!((group.median_abs_error_percent - 2.0).abs() < 1e-9);
        assert!((group.worst_abs_error_percent - 100.0).abs() < 1e-9);
        assert_eq!(SiliconGroup::of("kernels", &[]), None);
    }
}
