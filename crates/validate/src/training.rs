//! Throughput of training configurations, predicted against measured.

mod balance;
mod budget;
mod factor;
mod ratio;
mod table;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use tilesim_report::{ErrorStatistics, training::TrainingResult};

pub use balance::{Balance, slowest_over_mean};
pub use budget::{Budget, SlotBudget};
pub use factor::{CommonFactor, ReleaseFactor};
pub use ratio::{Variant, VariantRatio};
pub use table::{Measured, MeasuredFigure, read};

/// Measured throughputs that differ by more than this share should be predicted in their order.
const ORDERED_FROM: f64 = 0.15;

/// One configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingRow {
    /// Name of the configuration.
    pub config: String,
    /// Version of the vendor's software that was measured.
    pub sdk: String,
    /// Images per second that are predicted.
    pub predicted: f64,
    /// Images per second that were measured.
    pub measured: f64,
    /// Predicted over measured, less 1.
    pub error: f64,
    /// Whether every stage fits.
    pub fits: bool,
    /// `peak_bytes` of each stage.
    pub peak_bytes: Vec<u64>,
    /// Bytes that a tile has.
    pub tile_bytes: u64,
    /// Cycles of the slowest stage over the mean of all; absent of a single stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest_over_mean_stage: Option<f64>,
    /// Where the cycles of a slot are, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

/// The answer of `validate training`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingValidation {
    /// Version of this format.
    pub schema: String,
    /// Statistics of the absolute errors.
    pub statistics: ErrorStatistics,
    /// Configurations, in the order of the table.
    pub rows: Vec<TrainingRow>,
    /// What all rows are off by together, and each beyond that.
    #[serde(flatten)]
    pub factor: CommonFactor,
    /// The same by version of the vendor's software.
    pub releases: Vec<ReleaseFactor>,
    /// Groups of 16 against groups of 1.
    pub group_size_ratios: Vec<VariantRatio>,
    /// All ratios between configurations that differ in one thing.
    pub ratios: Vec<VariantRatio>,
    /// How even the stages of all bundled pipelines are that were published with their splits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// Pairs of one software version whose measured throughputs differ by more than 15 % and whose predicted ones are in the other order.
    pub misordered: Vec<[String; 2]>,
}

impl TrainingRow {
    /// The row of a configuration whose result is known; `explain` asks for its error budget.
    pub fn new(measured: &Measured, result: &TrainingResult, explain: bool) -> Self {
        let predicted = result.time.images_per_second;
        let rate = measured
            .figure
            .images_per_second(result.system.global_batch, result.machine.clock_hz);
        Self {
            config: measured.config.clone(),
            sdk: measured.sdk.clone(),
            predicted,
            measured: rate,
            error: predicted / rate - 1.0,
            slowest_over_mean_stage: slowest_over_mean(result),
            fits: result.memory.fits,
            peak_bytes: result
                .stages
                .iter()
                .map(|stage| stage.memory.peak_bytes)
                .collect(),
            tile_bytes: result.memory.tile_bytes,
            budget: explain.then(|| Budget::new(result, rate)),
        }
    }
}

impl TrainingValidation {
    /// How far all configurations together are off, and how even pipelines are; `None` where there are no rows.
    pub fn of(rows: Vec<TrainingRow>, balance: Option<Balance>) -> Option<Self> {
        let ratios = ratio::ratios(&rows);
        let errors: Vec<f64> = rows.iter().map(|row| row.error.abs()).collect();
        Some(Self {
            schema: "tilesim-training-validation/1".to_owned(),
            statistics: ErrorStatistics::of(&errors)?,
            factor: CommonFactor::of(&rows)?,
            releases: factor::by_release(&rows),
            group_size_ratios: ratios
                .iter()
                .filter(|ratio| ratio.variant == Variant::GroupSize)
                .cloned()
                .collect(),
            ratios,
            balance,
            misordered: misordered(&rows, ORDERED_FROM),
            rows,
        })
    }

    /// The configurations that are off by more than `within`, a relative error.
    pub fn failures(&self, within: f64) -> Vec<String> {
        let failing = self.rows.iter().filter(|row| row.error.abs() > within);
        failing
            .map(|row| format!("{} is off by {:+.1} %", row.config, 100.0 * row.error))
            .collect()
    }
}

/// Pairs in the wrong order, of those of one software version whose measured throughputs differ by more than `least`.
fn misordered(rows: &[TrainingRow], least: f64) -> Vec<[String; 2]> {
    let mut pairs = Vec::new();
    for (index, first) in rows.iter().enumerate() {
        for second in &rows[index + 1..] {
            let (slow, fast) = if first.measured < second.measured {
                (first, second)
            } else {
                (second, first)
            };
            let ordered = fast.measured > slow.measured * (1.0 + least);
            if first.sdk == second.sdk && ordered && fast.predicted <= slow.predicted {
                pairs.push([slow.config.clone(), fast.config.clone()]);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn row(config: &str, predicted: f64, measured: f64) -> TrainingRow {
        TrainingRow {
            config: config.to_owned(),
            sdk: "2.0".to_owned(),
            predicted,
            measured,
            error: predicted / measured - 1.0,
            fits: true,
            peak_bytes: Vec::new(),
            tile_bytes: 0,
            slowest_over_mean_stage: None,
            budget: None,
        }
    }

    #[test]
    fn order_counts_where_the_difference_is_large() {
        let rows = [row("a", 10.0, 100.0), row("b", 20.0, 110.0), row("c", 5.0, 200.0)];
        assert_eq!(
            misordered(&rows, 0.15),
            [["a".to_owned(), "c".to_owned()], ["b".to_owned(), "c".to_owned()]]
        );
    }
}
