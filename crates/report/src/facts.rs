//! What a result states beside the profile: plain figures, so that this crate needs no networks and no files.

use crate::{ModelSection, RunSection, Theoretical};

/// Figures of the machine that a result is computed with.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineFacts {
    /// Name, such as `mk2`.
    pub name: String,
    /// What was changed of the named machine, as `key=value`.
    pub overrides: Vec<String>,
    /// Tile clock in hertz.
    pub clock_hz: u64,
    /// Multiply-accumulates per tile and cycle at the peak of the run's precision.
    pub peak_macs_per_cycle: u64,
    /// Most bytes that a tile reads from its SRAM per cycle.
    pub sram_read_bytes_per_cycle: u64,
    /// Most bytes that a tile writes to its SRAM per cycle.
    pub sram_write_bytes_per_cycle: u64,
    /// Bytes that a tile sends per cycle.
    pub exchange_bytes_per_cycle: u64,
    /// Bytes per second from or to the host.
    pub host_bytes_per_second: u64,
    /// Energy of one floating-point operation at the run's precision, in picojoules, where the machine states it.
    pub picojoules_per_flop: Option<f64>,
}

/// Everything that a result states beside the profile.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFacts {
    /// The network.
    pub model: ModelSection,
    /// The machine.
    pub machine: MachineFacts,
    /// How it was run.
    pub run: RunSection,
    /// What the network costs in theory, for one image.
    pub theoretical: Theoretical,
    /// Largest batch that fits, where it was searched.
    pub largest_batch: Option<u64>,
}
