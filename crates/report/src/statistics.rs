//! How far predictions are from what was given: the statistics of one table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Relative error of a prediction: |predicted − given| / given, with 1 as the least divisor so that 0 can be compared.
pub fn relative_error(predicted: u64, given: u64) -> f64 {
    predicted.abs_diff(given) as f64 / given.max(1) as f64
}

/// Statistics of the relative errors of one table. Shares are between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorStatistics {
    /// Rows compared.
    pub rows: u64,
    /// Share of rows predicted exactly.
    pub exact_share: f64,
    /// Share of rows within 1 %.
    pub within_1_percent_share: f64,
    /// Median relative error.
    pub median: f64,
    /// Relative error that 90 % of the rows do not exceed.
    pub p90: f64,
    /// Worst relative error.
    pub worst: f64,
}

impl ErrorStatistics {
    /// Statistics of `errors`, or `None` where there are none.
    pub fn of(errors: &[f64]) -> Option<Self> {
        let mut sorted = errors.to_vec();
        sorted.sort_by(f64::total_cmp);
        let worst = *sorted.last()?;
        Some(Self {
            rows: sorted.len() as u64,
            exact_share: share_within(&sorted, 0.0),
            within_1_percent_share: share_within(&sorted, 0.01),
            median: quantile(&sorted, 0.5),
            p90: quantile(&sorted, 0.9),
            worst,
        })
    }

    /// Share of `errors` that do not exceed `bound`; 1 where there are none.
    pub fn share_within(errors: &[f64], bound: f64) -> f64 {
        share_within(errors, bound)
    }
}

fn share_within(errors: &[f64], bound: f64) -> f64 {
    if errors.is_empty() {
        return 1.0;
    }
    errors.iter().filter(|&&error| error <= bound).count() as f64 / errors.len() as f64
}

/// The smallest element that `share` of `sorted` do not exceed (nearest rank).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_ten_rows() {
        let errors: Vec<f64> = (0..10).map(|index| f64::from(index) / 100.0).collect();
        let statistics = ErrorStatistics::of(&errors).expect("ten rows");
        assert_eq!(statistics.rows, 10);
        assert!((statistics.exact_share - 0.1).abs() < 1e-12);
        assert!((statistics.within_1_percent_share - 0.2).abs() < 1e-12);
        assert!((statistics.median - 0.04).abs() < 1e-12);
        assert!((statistics.p90 - 0.08).abs() < 1e-12);
        assert!((statistics.worst - 0.09).abs() < 1e-12);
    }

    #[test]
    fn nothing_has_no_statistics() {
        assert_eq!(ErrorStatistics::of(&[]), None);
    }

    #[test]
    fn zero_can_be_compared() {
        assert!(relative_error(0, 0).abs() < f64::EPSILON);
        assert!((relative_error(3, 0) - 3.0).abs() < f64::EPSILON);
        assert!((relative_error(90, 100) - 0.1).abs() < 1e-12);
    }
}
