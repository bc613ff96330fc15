//! What traces are made of.

use serde::Serialize;
use serde_json::Value;
use tilesim_report::{RunResult, training::TrainingResult};
use tilesim_sim::{Detail, Profile, system::SystemProfile};

/// A run with everything that is known of it.
#[derive(Debug, Clone)]
pub struct TracedRun {
    /// What tells it apart from the other runs of the trace.
    pub name: String,
    /// Where it came from.
    pub input: TraceInput,
    /// Its result.
    pub result: RunResult,
    /// What was simulated.
    pub profile: Profile,
    /// The same by tile and variable.
    pub detail: Detail,
    /// Plans of its convolutions, in network order.
    pub plans: Vec<PlanRow>,
    /// Tiles that have a track of their own in the timeline.
    pub chosen_tiles: Vec<ChosenTile>,
}

/// One weight update of a system with everything that is known of it.
#[derive(Debug, Clone)]
pub struct TracedSystem {
    /// What tells it apart from other runs.
    pub name: String,
    /// Its result.
    pub result: TrainingResult,
    /// What was simulated.
    pub profile: SystemProfile,
    /// What the program of every stage is as a run of its own: one micro-batch, forward and backward, and one update.
    pub stages: Vec<TracedRun>,
}

/// What one tile does when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenTile {
    /// Number of the tile.
    pub tile: u32,
    /// Cycles of every step, all repeats together, in which it computes or exchanges.
    pub active_cycles: Vec<u64>,
}

/// The full input of a run: with it and the version anyone can run it again.
#[derive(Debug, Clone, Serialize)]
pub struct TraceInput {
    /// Version of the simulator.
    pub version: String,
    /// Specification of the network, changes included.
    pub network: Value,
    /// Every number of the machine, changes included, with its source.
    pub machine: Value,
    /// Mode, batch, precision and the like.
    pub run: Value,
}

/// How the convolution of one layer is planned, with what the planner expects of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// Name of the layer.
    pub layer: String,
    /// The convolution in one line.
    pub convolution: String,
    /// The plan in one line.
    pub plan: String,
    /// Name of the kernel family.
    pub kernel: String,
    /// Convolution groups of a block.
    pub block_groups: u64,
    /// Input channels of a block.
    pub block_in_channels: u64,
    /// Output channels of a block.
    pub block_out_channels: u64,
    /// Multiply-accumulates, those with padding counted.
    pub macs: u64,
    /// Tiles used.
    pub tiles: u64,
    /// Temporary bytes on the fullest tile.
    pub temporary_bytes: u64,
    /// Cycles that the planner expects.
    pub expected_cycles: u64,
    /// The phase that it expects to take the most of them.
    pub limited_by: String,
}
