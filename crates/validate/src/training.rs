//! Throughput of training configurations, predicted against measured.

mod budget;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use tilesim_report::{ErrorStatistics, training::TrainingResult};

use crate::{error::ValidateError, vendor_table};

pub use budget::{Budget, SlotBudget};

/// Measured throughputs that differ by more than this share should be predicted in their order.
const ORDERED_FROM: f64 = 0.15;

/// A line of the table: a configuration and its published throughput.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Name of the configuration.
    pub config: String,
    /// Images per second.
    pub images_per_second: f64,
}

/// One configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingRow {
    /// Name of the configuration.
    pub config: String,
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
    /// Where the cycles of a slot are, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

/// How much faster one group size is than another, everything else alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupSizeRatio {
    /// What the two have in common, such as `B0 GN-Native`.
    pub configs: String,
    /// Predicted throughput in groups of 16 over that in groups of 1.
    pub predicted: f64,
    /// The same as measured.
    pub measured: f64,
    /// Predicted over measured, less 1.
    pub error: f64,
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
    /// Groups of 16 against groups of 1.
    pub group_size_ratios: Vec<GroupSizeRatio>,
    /// Pairs whose measured throughputs differ by more than 15 % and whose predicted ones are in the other order.
    pub misordered: Vec<[String; 2]>,
}

impl TrainingRow {
    /// The row of a configuration whose result is known; `explain` asks for its error budget.
    pub fn new(measured: &Measured, result: &TrainingResult, explain: bool) -> Self {
        let predicted = result.time.images_per_second;
        Self {
            config: measured.config.clone(),
            predicted,
            measured: measured.images_per_second,
            error: predicted / measured.images_per_second - 1.0,
            fits: result.memory.fits,
            peak_bytes: result
                .stages
                .iter()
                .map(|stage| stage.memory.peak_bytes)
                .collect(),
            tile_bytes: result.memory.tile_bytes,
            budget: explain.then(|| Budget::new(result, measured.images_per_second)),
        }
    }
}

impl TrainingValidation {
    /// How far all configurations together are off; `None` where there are none.
    pub fn of(rows: Vec<TrainingRow>) -> Option<Self> {
        let errors: Vec<f64> = rows.iter().map(|row| row.error.abs()).collect();
        Some(Self {
            schema: "tilesim-training-validation/1".to_owned(),
            statistics: ErrorStatistics::of(&errors)?,
            group_size_ratios: group_size_ratios(&rows),
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

/// Reads the measurements of a file.
///
/// # Errors
/// Where the file cannot be read, or a cell holds something unexpected.
pub fn read(file: &Path) -> Result<Vec<Measured>, ValidateError> {
    const THROUGHPUT: &str = "training_images_per_second_pod16";
    vendor_table::read(file, |placed| {
        let row = &placed.row;
        let throughput = row
            .get(THROUGHPUT)
            .and_then(|text| text.trim().parse::<f64>().ok());
        Ok(Measured {
            config: row
                .text("config")
                .map_err(|source| placed.wrong(source))?
                .to_owned(),
            images_per_second: throughput
                .filter(|rate| rate.is_finite() && *rate > 0.0)
                .ok_or_else(|| placed.wrong(row.unexpected(THROUGHPUT, "a positive number")))?,
        })
    })
}

/// Ratios between configurations whose names differ in the group size alone.
fn group_size_ratios(rows: &[TrainingRow]) -> Vec<GroupSizeRatio> {
    rows.iter()
        .filter_map(|small| {
            let (model, size, rest) = parts(&small.config)?;
            let large = rows
                .iter()
                .find(|row| parts(&row.config) == Some((model, "G16", rest)))?;
            (size == "G1").then(|| {
                let predicted = large.predicted / small.predicted;
                let measured = large.measured / small.measured;
                GroupSizeRatio {
                    configs: format!("{model} {rest}"),
                    predicted,
                    measured,
                    error: predicted / measured - 1.0,
                }
            })
        })
        .collect()
}

/// Pairs in the wrong order, of those whose measured throughputs differ by more than `least`.
fn misordered(rows: &[TrainingRow], least: f64) -> Vec<[String; 2]> {
    let mut pairs = Vec::new();
    for (index, first) in rows.iter().enumerate() {
        for second in &rows[index + 1..] {
            let (slow, fast) = if first.measured < second.measured {
                (first, second)
            } else {
                (second, first)
            };
            if fast.measured > slow.measured * (1.0 + least) && fast.predicted <= slow.predicted {
                pairs.push([slow.config.clone(), fast.config.clone()]);
            }
        }
    }
    pairs
}

/// `B0-G1-GN-Native_16IPU_2x8` as model, group size and what follows, without the system, which may differ.
fn parts(config: &str) -> Option<(&str, &str, &str)> {
    let name = config.split('_').next().filter(|_| !config.contains("LN_PN"));
    let name = name.unwrap_or_else(|| config.rsplitn(3, '_').last().unwrap_or(config));
    let mut parts = name.splitn(3, '-');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(config: &str, predicted: f64, measured: f64) -> TrainingRow {
        TrainingRow {
            config: config.to_owned(),
            predicted,
            measured,
            error: predicted / measured - 1.0,
            fits: true,
            peak_bytes: Vec::new(),
            tile_bytes: 0,
            budget: None,
        }
    }

    #[test]
    fn group_sizes_are_compared_within_a_size() {
        let rows = [
            row("B0-G1-GN-Native_16IPU_2x8", 100.0, 100.0),
            row("B1-G1-GN-Native_16IPU_4x4", 50.0, 60.0),
            row("B1-G16-GN-Native_16IPU_2x8", 75.0, 60.0),
            row("B1-G16-LN_PN-Native_16IPU_2x8", 70.0, 55.0),
        ];
        let ratios = group_size_ratios(&rows);
        assert_eq!(ratios.len(), 1);
        assert_eq!(ratios[0].configs, "B1 GN-Native");
        assert!((ratios[0].error - 0.5).abs() < 1e-12);
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
