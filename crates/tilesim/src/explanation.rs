//! Why a run takes as long as it does, in a few figures and sentences.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_report::{
    CyclesByCause, LayerResult, MachineSection, ModelSection, RunResult, RunSection, Time, run_reading,
};

/// Layers that are named.
const NAMED_LAYERS: usize = 10;

/// What a result says to somebody who asks why: a part of it, and its figures in sentences.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunExplanation {
    /// Version of this format.
    pub schema: &'static str,
    /// The network.
    pub model: ModelSection,
    /// The machine.
    pub machine: MachineSection,
    /// How it was run.
    pub run: RunSection,
    /// Time.
    pub time: Time,
    /// Whether the fullest tile's memory holds it.
    pub fits: bool,
    /// What the figures say, in sentences.
    pub reading: Vec<String>,
    /// Where the cycles went; sums to `time.cycles`.
    pub cycles_by_cause: CyclesByCause,
    /// The layers that take the most cycles, the slowest first; ten at most.
    pub slowest_layers: Vec<LayerResult>,
}

impl RunExplanation {
    /// What a result says.
    pub fn new(result: &RunResult) -> Self {
        let mut slowest = result.layers.clone();
        slowest.sort_by_key(|layer| std::cmp::Reverse(layer.cycles));
        slowest.truncate(NAMED_LAYERS);
        Self {
            schema: "tilesim-explanation/1",
            model: result.model.clone(),
            machine: result.machine.clone(),
            run: result.run.clone(),
            time: result.time,
            fits: result.memory.fits,
            reading: run_reading(result),
            cycles_by_cause: result.cycles_by_cause,
            slowest_layers: slowest,
        }
    }
}
