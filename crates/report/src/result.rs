//! The result JSON: one object for one run. `tilesim schema result` publishes its schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_terms::{Framework, LayerKind, Planning};

use crate::{CyclesByCause, HostTime, KindErrors, OverlapSection, SiliconGroup};

/// Version of the result JSON, in its field `schema`.
pub const RESULT_SCHEMA: &str = "tilesim-result/1";

/// What one simulated run yields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// Version of this format: `tilesim-result/1`.
    pub schema: String,
    /// The network.
    pub model: ModelSection,
    /// The machine.
    pub machine: MachineSection,
    /// How it was run.
    pub run: RunSection,
    /// What the network costs in theory, for one image.
    pub theoretical: Theoretical,
    /// Time.
    pub time: Time,
    /// How much of the machine is at work.
    pub utilisation: Utilisation,
    /// Bytes moved.
    pub traffic: Traffic,
    /// Transfers with the host, where they pass while the chip computes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostTime>,
    /// Lower bounds of the cycles.
    pub bounds: Bounds,
    /// Energy of the arithmetic, where the machine states its price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<Energy>,
    /// Tile memory.
    pub memory: Memory,
    /// Where the cycles went; sums to `time.cycles`.
    pub cycles_by_cause: CyclesByCause,
    /// The same for each kind of layer, in a fixed order; their cycles sum to `time.cycles`.
    pub layer_kinds: Vec<LayerKindResult>,
    /// Layers in network order; their cycles sum to `time.cycles`.
    pub layers: Vec<LayerResult>,
    /// How far this version is from what it is validated against, by kind of operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<KindErrors>,
    /// How far this version is from what was measured on real chips: in the group of measurements that is nearest to this run, and in
    /// the largest batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silicon: Vec<SiliconGroup>,
}

/// The network of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelSection {
    /// Name.
    pub name: String,
    /// What was changed of the named network, as `key=value`.
    #[serde(default)]
    pub overrides: Vec<String>,
}

/// The machine of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MachineSection {
    /// Name.
    pub name: String,
    /// What was changed of the named machine, as `key=value`.
    #[serde(default)]
    pub overrides: Vec<String>,
    /// Tiles.
    pub tiles: u64,
    /// Tile clock in hertz.
    pub clock_hz: u64,
    /// Multiply-accumulates of all tiles per cycle at the peak of the run's precision.
    pub peak_macs_per_cycle: u64,
}

/// What a run computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Forward pass with fixed parameters.
    Inference,
    /// Forward, backward and update.
    Training,
}

/// How a network was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSection {
    /// What the run computes.
    pub mode: Mode,
    /// Images at a time.
    pub batch: u64,
    /// Bits of the data and of the partial sums: `16.16`, `16.32` or `32.32`.
    pub precision: String,
    /// Share of tile memory that a convolution's temporaries may take.
    pub available_memory_proportion: f64,
    /// Whether transfers from and to the host are part of the run.
    pub host_io: bool,
    /// What they take of the chip where they pass while it computes; absent where it waits for all of them, or for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<OverlapSection>,
    /// Name of the release of compiler and libraries; empty in results of versions that knew none.
    #[serde(default)]
    pub software: String,
    /// By what plans of convolutions are chosen; left out where that is the usual, `vendor`.
    #[serde(default, skip_serializing_if = "Planning::is_usual")]
    pub planning: Planning,
    /// What the framework decides; left out where that is the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<Framework>,
}

/// What a network costs in theory, for one image, whatever the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Theoretical {
    /// Multiply-accumulates of convolutions and fully connected layers.
    pub macs: u64,
    /// 2 × multiply-accumulates.
    pub flops: u64,
    /// Trainable parameters.
    pub parameters: u64,
    /// Elements that the convolutions put out.
    pub activation_elements: u64,
}

/// Time of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Time {
    /// Tile clock cycles for one batch.
    pub cycles: u64,
    /// Seconds for one batch.
    pub seconds: f64,
    /// Images per second.
    pub images_per_second: f64,
    /// Floating-point operations (2 × useful multiply-accumulates) per second.
    pub flops_per_second: f64,
}

/// Shares of the machine that are at work, each between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Utilisation {
    /// Useful multiply-accumulates of those that the convolution units could do in the time of the whole run.
    pub conv_units: f64,
    /// Of the time that dot products take, the part that useful ones would need at the peak rate.
    pub dot_product_fill: f64,
    /// Tile-cycles in which a tile runs a kernel.
    pub tiles: f64,
    /// Of the tiles that run a kernel, the workers with work.
    pub workers: f64,
}

/// Bytes moved by a run, summed over all tiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Traffic {
    /// Read from tile SRAM.
    pub sram_read_bytes: u64,
    /// Written to tile SRAM.
    pub sram_write_bytes: u64,
    /// Sent between tiles; a multicast byte counts once.
    pub exchange_bytes: u64,
    /// Received from other tiles; a multicast byte counts once for each listener.
    pub exchange_received_bytes: u64,
    /// Between chips.
    pub link_bytes: u64,
    /// Between chip and host.
    pub host_bytes: u64,
    /// Arithmetic intensity against SRAM: floating-point operations per byte read or written; null where none is.
    pub flops_per_sram_byte: Option<f64>,
    /// Arithmetic intensity against the exchange: floating-point operations per byte sent; null where none is.
    pub flops_per_exchange_byte: Option<f64>,
}

/// Cycles that a run needs at least: its useful work or its traffic at the machine's peak, spread evenly over all tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Useful multiply-accumulates at the peak rate.
    pub compute_cycles: u64,
    /// SRAM traffic at its peak rate.
    pub sram_cycles: u64,
    /// Bytes sent at the exchange's rate.
    pub exchange_cycles: u64,
    /// Host traffic at the host's rate.
    pub host_cycles: u64,
}

/// Energy of the useful multiply-accumulates; what moving the data costs is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Energy {
    /// Joules for one batch.
    pub mac_joules: f64,
    /// Joules for one image.
    pub mac_joules_per_image: f64,
    /// Price of one floating-point operation in picojoules.
    pub picojoules_per_flop: f64,
}

/// Memory of the fullest tile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// Bytes that a tile has.
    pub tile_bytes: u64,
    /// The first address behind all that the tile on which most lives ever holds.
    pub peak_bytes: u64,
    /// Of those: what does not live at that tile's fullest step, because every variable is one stretch of addresses for as long as it
    /// lives, and other steps may reach higher.
    #[serde(default)]
    pub gap_bytes: u64,
    /// The tile on which most lives at a time.
    pub peak_tile: u64,
    /// Name of the step at which it does; empty where no step ran.
    pub peak_step: String,
    /// Whether `peak_bytes` are at most `tile_bytes`. Another tile's addresses may end higher, which is not looked at.
    pub fits: bool,
    /// Bytes of that tile that live through the whole run.
    pub always_live_bytes: u64,
    /// Largest batch that fits, where it was searched; 0 where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_batch: Option<u64>,
    /// What lives on that tile at that step, and gaps, largest first.
    pub residents: Vec<Resident>,
    /// Changes that would make it fit; empty where it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
}

/// Something that occupies memory on the fullest tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resident {
    /// What it is.
    pub name: String,
    /// Whether it lives through the whole run.
    pub always_live: bool,
    /// Bytes on that tile.
    pub bytes: u64,
}

impl From<&tilesim_sim::Resident> for Resident {
    fn from(resident: &tilesim_sim::Resident) -> Self {
        Self {
            name: resident.name.clone(),
            always_live: resident.always_live,
            bytes: resident.bytes,
        }
    }
}

/// A change that needs less memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suggestion {
    /// What to change.
    pub change: String,
    /// Bytes of the fullest tile that it is estimated to save.
    pub saved_bytes: u64,
}

/// One kind of layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerKindResult {
    /// Kind.
    pub kind: LayerKind,
    /// Layers of that kind.
    pub layers: u64,
    /// Useful multiply-accumulates of the whole batch.
    pub macs: u64,
    /// Cycles.
    pub cycles: u64,
    /// Useful multiply-accumulates of those that the convolution units could do in these cycles.
    pub conv_units: f64,
    /// Where the cycles went.
    pub cycles_by_cause: CyclesByCause,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerResult {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: LayerKind,
    /// Useful multiply-accumulates of the whole batch.
    pub macs: u64,
    /// Cycles.
    pub cycles: u64,
    /// Where the cycles went.
    pub cycles_by_cause: CyclesByCause,
    /// Useful multiply-accumulates of those that the convolution units could do in these cycles.
    pub conv_units: f64,
    /// Most tiles with work in any compute step.
    pub active_tiles: u64,
    /// Bytes moved.
    pub traffic: LayerTraffic,
    /// How its convolution is planned, in one line; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plan: String,
}

/// Bytes moved by one layer, summed over all tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerTraffic {
    /// Read from tile SRAM.
    pub sram_read_bytes: u64,
    /// Written to tile SRAM.
    pub sram_write_bytes: u64,
    /// Sent between tiles; a multicast byte counts once.
    pub exchange_bytes: u64,
    /// Between chip and host.
    pub host_bytes: u64,
}
