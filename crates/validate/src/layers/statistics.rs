//! Errors by kind of layer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::ErrorStatistics;

use super::{
    bound::LayersBound,
    predict::{PredictedLayer, UnsupportedLayer},
};

/// Errors of the layers of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KindStatistics {
    /// Kind of layer.
    pub op_kind: String,
    /// Layers predicted.
    pub rows: u64,
    /// Layers that were not.
    pub unsupported_rows: u64,
    /// Errors of cycles; `None` where no layer was predicted.
    pub cycles: Option<AbsoluteErrors>,
    /// Errors of memory.
    pub memory: Option<AbsoluteErrors>,
    /// Whether enough rows are within the bounds that were asked for.
    pub holds: bool,
}

/// Absolute relative errors, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbsoluteErrors {
    /// Median.
    pub median_abs_error_percent: f64,
    /// What 90 % of the rows do not exceed.
    pub p90_abs_error_percent: f64,
    /// Worst.
    pub worst_abs_error_percent: f64,
    /// Share of all rows, those that were not predicted among them, within the bound that was asked for.
    pub within_share: Option<f64>,
}

impl AbsoluteErrors {
    fn of(errors: &[f64], unsupported: u64, within_percent: Option<f64>) -> Option<Self> {
        let statistics = ErrorStatistics::of(errors)?;
        let predicted_share = statistics.rows as f64 / (statistics.rows + unsupported) as f64;
        Some(Self {
            median_abs_error_percent: 100.0 * statistics.median,
            p90_abs_error_percent: 100.0 * statistics.p90,
            worst_abs_error_percent: 100.0 * statistics.worst,
            within_share: within_percent
                .map(|percent| ErrorStatistics::share_within(errors, percent / 100.0) * predicted_share),
        })
    }
}

/// Statistics of every kind in the order of their names.
pub(super) fn of_kinds(
    rows: &[PredictedLayer],
    unsupported: &[UnsupportedLayer],
    bound: LayersBound,
) -> Vec<KindStatistics> {
    let mut kinds: Vec<&str> = rows
        .iter()
        .map(|row| row.op_kind.as_str())
        .chain(unsupported.iter().map(|row| row.op_kind.as_str()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
        .into_iter()
        .map(|kind| {
            let of_kind = rows.iter().filter(|row| row.op_kind == kind).collect::<Vec<_>>();
            let missing = unsupported.iter().filter(|row| row.op_kind == kind).count();
            statistics(kind, &of_kind, missing as u64, bound)
        })
        .collect()
}

/// Statistics of layers that go by one name.
fn statistics(
    op_kind: &str,
    rows: &[&PredictedLayer],
    unsupported: u64,
    bound: LayersBound,
) -> KindStatistics {
    let errors = |of: fn(&PredictedLayer) -> f64, within| {
        let errors: Vec<f64> = rows.iter().map(|row| of(row)).collect();
        AbsoluteErrors::of(&errors, unsupported, within)
    };
    let cycles = errors(PredictedLayer::cycles_error, bound.within_percent);
    let memory = errors(PredictedLayer::memory_error, bound.memory_within_percent);
    let least = bound.share_percent.unwrap_or(0.0);
    let enough = |asked: Option<f64>, errors: Option<AbsoluteErrors>| {
        let share = errors.and_then(|errors| errors.within_share).unwrap_or(0.0);
        asked.is_none() || share * 100.0 >= least
    };
    KindStatistics {
        op_kind: op_kind.to_owned(),
        rows: rows.len() as u64,
        unsupported_rows: unsupported,
        cycles,
        memory,
        holds: enough(bound.within_percent, cycles) && enough(bound.memory_within_percent, memory),
    }
}
