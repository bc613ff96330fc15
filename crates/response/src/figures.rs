//! The figures of a run that respond to its numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::{CyclesByCause, RunResult};
use tilesim_sim::Cause;

/// What a run takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Tile clock cycles for one batch.
    pub cycles: u64,
    /// Seconds for one image.
    pub seconds_per_image: f64,
    /// Images per second.
    pub images_per_second: f64,
    /// Bytes of the fullest tile at its peak.
    pub peak_bytes: u64,
    /// Whether these are at most the bytes that a tile has.
    pub fits: bool,
    /// Energy of the arithmetic for one image in joules, where the machine states its price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joules_per_image: Option<f64>,
    /// Where the cycles went.
    pub cycles_by_cause: CyclesByCause,
    /// The cause of most of them: what limits the run.
    pub limit: String,
}

impl From<&RunResult> for Figures {
    fn from(result: &RunResult) -> Self {
        let causes = result.cycles_by_cause;
        // Of equal ones the first.
        let limit = Cause::ALL
            .into_iter()
            .rev()
            .max_by_key(|cause| causes.get(*cause))
            .map_or("", Cause::name);
        Self {
            cycles: result.time.cycles,
            seconds_per_image: result.time.seconds / result.run.batch as f64,
            images_per_second: result.time.images_per_second,
            peak_bytes: result.memory.peak_bytes,
            fits: result.memory.fits,
            joules_per_image: result.energy.map(|energy| energy.mac_joules_per_image),
            cycles_by_cause: causes,
            limit: limit.to_owned(),
        }
    }
}
