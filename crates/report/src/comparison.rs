//! Several runs side by side: what theory promises of each against the first, and what the machine makes of it.

mod labels;
mod reading;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RunResult;

pub use labels::labels;
pub use reading::spelled;
pub use reading::{reading, run_reading};

/// Results of several runs, and the ratios of each to the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this format.
    pub schema: String,
    /// Ratios of every run to the first, in order; the first is all ones.
    pub ratios: Vec<Ratios>,
    /// What the figures say, in sentences.
    pub reading: Vec<String>,
    /// The runs.
    pub results: Vec<RunResult>,
}

/// A comparison of no runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing to compare: expected at least one result")]
pub struct EmptyComparison;

/// One run's figures over the first run's; null where the first has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ratios {
    /// Name of the network; batch and machine follow where they differ among the runs.
    pub name: String,
    /// What the networks' definitions promise.
    pub theoretical: TheoreticalRatios,
    /// What the machine makes of it.
    pub practical: PracticalRatios,
}

/// Ratios of the theoretical costs, for one image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TheoreticalRatios {
    /// Floating-point operations.
    pub flops: Option<f64>,
    /// Trainable parameters.
    pub parameters: Option<f64>,
    /// Elements that the convolutions put out.
    pub activation_elements: Option<f64>,
}

/// Ratios of what was simulated. Traffic and cycles are taken per image, so that runs of different batches compare.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PracticalRatios {
    /// Cycles per image.
    pub cycles_per_image: Option<f64>,
    /// Images per second.
    pub images_per_second: Option<f64>,
    /// Cycles per useful multiply-accumulate.
    pub cycles_per_mac: Option<f64>,
    /// Utilisation of the convolution units.
    pub conv_units: Option<f64>,
    /// Dot-product fill.
    pub dot_product_fill: Option<f64>,
    /// SRAM bytes read and written per image.
    pub sram_bytes_per_image: Option<f64>,
    /// Exchange bytes per image.
    pub exchange_bytes_per_image: Option<f64>,
    /// Memory of the fullest tile.
    pub peak_bytes: Option<f64>,
}

/// Version of the comparison JSON, in its field `schema`.
const COMPARISON_SCHEMA: &str = "tilesim-comparison/1";

impl Comparison {
    /// Compares `results` with the first of them.
    ///
    /// # Errors
    /// Where there are none.
    pub fn new(results: Vec<RunResult>) -> Result<Self, EmptyComparison> {
        let base = results.first().ok_or(EmptyComparison)?;
        let names = labels(&results);
        let ratios = results
            .iter()
            .zip(names)
            .map(|(result, name)| ratios(base, result, name))
            .collect();
        Ok(Self {
            schema: COMPARISON_SCHEMA.to_owned(),
            ratios,
            reading: reading(&results),
            results,
        })
    }
}

fn ratios(base: &RunResult, result: &RunResult, name: String) -> Ratios {
    let of = |figure: fn(&RunResult) -> f64| ratio(figure(result), figure(base));
    Ratios {
        name,
        theoretical: TheoreticalRatios {
            flops: of(|run| run.theoretical.flops as f64),
            parameters: of(|run| run.theoretical.parameters as f64),
            activation_elements: of(|run| run.theoretical.activation_elements as f64),
        },
        practical: PracticalRatios {
            cycles_per_image: of(RunResult::cycles_per_image),
            images_per_second: of(|run| run.time.images_per_second),
            cycles_per_mac: of(RunResult::cycles_per_mac),
            conv_units: of(|run| run.utilisation.conv_units),
            dot_product_fill: of(|run| run.utilisation.dot_product_fill),
            sram_bytes_per_image: of(|run| run.per_image(run.sram_bytes())),
            exchange_bytes_per_image: of(|run| run.per_image(run.traffic.exchange_bytes)),
            peak_bytes: of(|run| run.memory.peak_bytes as f64),
        },
    }
}

/// `dividend` / `divisor`, where that is a number.
pub(crate) fn ratio(dividend: f64, divisor: f64) -> Option<f64> {
    Some(dividend / divisor).filter(|ratio| ratio.is_finite())
}

impl RunResult {
    /// A figure of the whole batch, for one image.
    pub fn per_image(&self, figure: u64) -> f64 {
        figure as f64 / self.run.batch.max(1) as f64
    }

    /// Cycles for one image.
    pub fn cycles_per_image(&self) -> f64 {
        self.per_image(self.time.cycles)
    }

    /// Cycles per multiply-accumulate that theory asks for.
    pub fn cycles_per_mac(&self) -> f64 {
        self.cycles_per_image() / self.theoretical.macs as f64
    }

    /// Bytes read from and written to tile SRAM.
    pub fn sram_bytes(&self) -> u64 {
        self.traffic
            .sram_read_bytes
            .saturating_add(self.traffic.sram_write_bytes)
    }
}
