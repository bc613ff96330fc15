//! How far predictions are from what was measured on real chips, group by group.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ErrorStatistics;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiliconKind {
    /// Cycles of one kernel on every tile.
    Kernels,
    /// Cycles of dense matrix products over a chip, without synchronisation.
    MatrixProducts,
    /// Images per second of inference on a chip.
    Inference,
    /// Images per second, or cycles of an update, of training.
    Training,
    /// The largest batch that a network was run with.
    Capacity,
}

impl SiliconKind {
    /// All kinds, in the order of tables.
    pub const ALL: [Self; 5] = [
        Self::Kernels,
        Self::MatrixProducts,
        Self::Inference,
        Self::Training,
        Self::Capacity,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernels => "kernels",
            Self::MatrixProducts => "matrix_products",
            Self::Inference => "inference",
            Self::Training => "training",
            Self::Capacity => "capacity",
        }
    }

    /// What is measured, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Kernels => "kernels",
            Self::MatrixProducts => "dense matrix products",
            Self::Inference => "inference",
            Self::Training => "training",
            Self::Capacity => "largest batches",
        }
    }
}

/// What the rows of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SiliconGroupKey {
    /// What is measured.
    pub kind: SiliconKind,
    /// Where the data are, of inference: `on_chip`, or `overlapped` where they come from the host beside the computation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Precision, of matrix products and inference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
}

impl SiliconGroupKey {
    /// All rows of a kind.
    pub const fn whole(kind: SiliconKind) -> Self {
        Self {
            kind,
            host: None,
            precision: None,
        }
    }

    /// Whether rows of several hosts or precisions are in it.
    pub fn is_whole(&self) -> bool {
        *self == Self::whole(self.kind)
    }

    /// What is measured, in words: `inference, host data overlapped, 16.16`.
    pub fn words(&self) -> String {
        let host = self.host.as_deref().map(|host| match host {
            "on_chip" => "data on the chip".to_owned(),
            host => format!("host data {host}"),
        });
        let parts = [Some(self.kind.words().to_owned()), host, self.precision.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The name: `inference overlapped 16.16`.
    pub fn name(&self) -> String {
        let parts = [self.host.as_deref(), self.precision.as_deref()];
        let names = std::iter::once(self.kind.name()).chain(parts.into_iter().flatten());
        names.collect::<Vec<_>>().join(" ")
    }
}

/// The errors of a group of measurements, in percent of what was measured. A row that is not predicted is wrong by 100 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconGroup {
    /// Its name: `inference overlapped 16.16`; where a kind has several groups, one of all its rows stands before them.
    pub group: String,
    /// What its rows have in common.
    #[serde(flatten)]
    pub key: SiliconGroupKey,
    /// Machines that were measured.
    pub machines: Vec<String>,
    /// Networks that were measured; none of kernels and products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
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
    pub fn of(
        key: SiliconGroupKey,
        machines: Vec<String>,
        models: Vec<String>,
        errors: &[Option<f64>],
    ) -> Option<Self> {
        let counted: Vec<f64> = errors.iter().map(|error| error.map_or(1.0, f64::abs)).collect();
        let statistics = ErrorStatistics::of(&counted)?;
        Some(Self {
            group: key.name(),
            key,
            machines,
            models,
            rows: statistics.rows,
            unsupported_rows: errors.iter().filter(|error| error.is_none()).count() as u64,
            median_abs_error_percent: 100.0 * statistics.median,
            p90_abs_error_percent: 100.0 * statistics.p90,
            worst_abs_error_percent: 100.0 * statistics.worst,
        })
    }
}

/// Predicted over measured of every predicted row of a group, from the least to the most: an S where it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconCurve {
    /// Name of the group.
    pub group: String,
    /// Predicted over measured, sorted.
    pub predicted_over_measured: Vec<f64>,
}

/// The errors of all measurements.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconErrors {
    /// By group: of every kind all rows, and where they differ in host or precision, those of each.
    pub groups: Vec<SiliconGroup>,
    /// The rows of the smallest groups.
    pub curves: Vec<SiliconCurve>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_prediction_is_wrong() {
        let key = SiliconGroupKey::whole(SiliconKind::Kernels);
        let of = |errors: &[Option<f64>]| SiliconGroup::of(key.clone(), Vec::new(), Vec::new(), errors);
        let group = of(&[Some(-0.02), None, Some(0.01)]).expect("rows");
        assert_eq!((group.rows, group.unsupported_rows), (3, 1));
        assert!((group.median_abs_error_percent - 2.0).abs() < 1e-9);
        assert!((group.worst_abs_error_percent - 100.0).abs() < 1e-9);
        assert_eq!(of(&[]), None);
    }
}
