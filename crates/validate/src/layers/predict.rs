//! One layer: graph, program, profile.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_lower::{PlanSource, lower};
use tilesim_report::relative_error;
use tilesim_sim::{GeometrySource, simulate};

use super::rows::PlacedLayer;

/// A layer that was predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedLayer {
    /// Line of the file, from 1.
    pub line: u64,
    /// Name of the layer.
    pub name: String,
    /// Chip, as the table names it.
    pub target: String,
    /// Kind of layer.
    pub op_kind: String,
    /// Cycles of all phases.
    pub predicted_cycles: u64,
    /// Cycles that the table gives.
    pub given_cycles: u64,
    /// Bytes of all tiles: what always lives, and of the rest the most that each tile holds at once.
    pub predicted_memory_bytes: u64,
    /// The same as the table gives it.
    pub given_memory_bytes: u64,
    /// What each phase takes.
    pub phases: Vec<PredictedPhase>,
}

/// A phase of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedPhase {
    /// Name.
    pub phase: String,
    /// Cycles.
    pub cycles: u64,
    /// How its convolution is planned; empty where it has none.
    pub plan: String,
}

/// A layer that was not predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnsupportedLayer {
    /// Line of the file, from 1.
    pub line: u64,
    /// Name of the layer.
    pub name: String,
    /// Chip, as the table names it.
    pub target: String,
    /// Kind of layer.
    pub op_kind: String,
    /// Why not.
    pub reason: String,
}

/// What became of a row.
#[derive(Debug)]
pub(super) enum Prediction {
    /// It was predicted.
    Layer(PredictedLayer),
    /// It was not.
    Unsupported(UnsupportedLayer),
}

impl PredictedLayer {
    /// Relative error of the cycles.
    pub fn cycles_error(&self) -> f64 {
        relative_error(self.predicted_cycles, self.given_cycles)
    }

    /// Relative error of the memory.
    pub fn memory_error(&self) -> f64 {
        relative_error(self.predicted_memory_bytes, self.given_memory_bytes)
    }
}

/// Predicts a row.
pub(super) fn predict(row: &PlacedLayer) -> Prediction {
    match simulated(row) {
        Ok(layer) => Prediction::Layer(layer),
        Err(reason) => Prediction::Unsupported(UnsupportedLayer {
            line: row.line,
            name: row.layer.name.clone(),
            target: row.layer.target.clone(),
            op_kind: row.layer.op_kind.clone(),
            reason,
        }),
    }
}

fn simulated(row: &PlacedLayer) -> Result<PredictedLayer, String> {
    let layer = &row.layer;
    let graph = layer
        .graph()
        .map_err(|error| error.to_string())?
        .ok_or("no layer of this kind with these phases is known")?;
    let program = lower(&graph, &row.machine, &layer.options, PlanSource::Own)
        .map_err(|error| error.to_string())?
        .program
        .held_for_host();
    let profile = simulate(&program, &row.machine, GeometrySource::Own).map_err(|error| error.to_string())?;
    Ok(PredictedLayer {
        line: row.line,
        name: layer.name.clone(),
        target: layer.target.clone(),
        op_kind: layer.op_kind.clone(),
        predicted_cycles: profile.cycles,
        given_cycles: layer.given_cycles,
        // What always lives is the same at every step, so that the peaks hold it and each tile's own maximum of the rest.
        predicted_memory_bytes: profile.memory.peak_live_bytes_by_tile.iter().sum(),
        given_memory_bytes: layer.given_memory_bytes,
        phases: profile
            .layers
            .into_iter()
            .map(|phase| PredictedPhase {
                phase: phase.name,
                cycles: phase.cycles,
                plan: phase.plan,
            })
            .collect(),
    })
}
