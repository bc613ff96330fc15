//! What a simulation found out.

use tilesim_terms::{LayerKind, Phase};

use crate::cause::TileCycles;

/// Bytes moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Read from tile SRAM by kernels, copies and exchanges.
    pub sram_read_bytes: u64,
    /// Written to tile SRAM by kernels, copies and exchanges.
    pub sram_write_bytes: u64,
    /// Sent by tiles in exchanges; a multicast byte counts once.
    pub exchange_sent_bytes: u64,
    /// Received by tiles in exchanges; a multicast byte counts once for each listener.
    pub exchange_received_bytes: u64,
    /// Between chips.
    pub link_bytes: u64,
    /// Between chip and host.
    pub host_bytes: u64,
}

impl Traffic {
    /// The same bytes, `times` over; `None` where counters do not hold them.
    #[must_use]
    pub fn checked_repeated(self, times: u64) -> Option<Self> {
        Some(Self {
            sram_read_bytes: self.sram_read_bytes.checked_mul(times)?,
            sram_write_bytes: self.sram_write_bytes.checked_mul(times)?,
            exchange_sent_bytes: self.exchange_sent_bytes.checked_mul(times)?,
            exchange_received_bytes: self.exchange_received_bytes.checked_mul(times)?,
            link_bytes: self.link_bytes.checked_mul(times)?,
            host_bytes: self.host_bytes.checked_mul(times)?,
        })
    }

    /// The sum of both; `None` where counters do not hold it.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            sram_read_bytes: self.sram_read_bytes.checked_add(other.sram_read_bytes)?,
            sram_write_bytes: self.sram_write_bytes.checked_add(other.sram_write_bytes)?,
            exchange_sent_bytes: self.exchange_sent_bytes.checked_add(other.exchange_sent_bytes)?,
            exchange_received_bytes: self
                .exchange_received_bytes
                .checked_add(other.exchange_received_bytes)?,
            link_bytes: self.link_bytes.checked_add(other.link_bytes)?,
            host_bytes: self.host_bytes.checked_add(other.host_bytes)?,
        })
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// Convolution kernels.
    Convolution,
    /// Vector kernels.
    Vector,
    /// On-tile copies.
    Rearrangement,
    /// Exchange between tiles.
    Exchange,
    /// Exchange with the host.
    Host,
}

impl StepKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Convolution,
        Self::Vector,
        Self::Rearrangement,
        Self::Exchange,
        Self::Host,
    ];

    /// The name in traces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Convolution => "convolution",
            Self::Vector => "vector",
            Self::Rearrangement => "rearrangement",
            Self::Exchange => "exchange",
            Self::Host => "host",
        }
    }
}

/// One step of the program, as simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct StepProfile {
    /// Index into [`Profile::layers`].
    pub layer: usize,
    /// What it is, such as `block2a/b convolve`.
    pub name: String,
    /// Kind.
    pub kind: StepKind,
    /// How often it runs.
    pub repeats: u64,
    /// Cycles of all repeats, synchronisation included.
    pub cycles: u64,
    /// Tile-cycles of all repeats by cause; sums to `cycles` × tiles.
    pub causes: TileCycles,
    /// Bytes moved by all repeats.
    pub traffic: Traffic,
    /// Tiles with work.
    pub active_tiles: u64,
    /// Useful multiply-accumulates of all repeats.
    pub macs: u64,
    /// Tile-cycles of all repeats in which a kernel runs.
    pub busy_tile_cycles: u64,
    /// Live bytes of the tile that has most while it runs, without gaps.
    pub fullest_tile_bytes: u64,
}

/// One layer: the sum of its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerProfile {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: LayerKind,
    /// Useful multiply-accumulates.
    pub macs: u64,
    /// Cycles.
    pub cycles: u64,
    /// Tile-cycles by cause; sums to `cycles` × tiles.
    pub causes: TileCycles,
    /// Bytes moved.
    pub traffic: Traffic,
    /// Most tiles with work in any compute step.
    pub active_tiles: u64,
    /// How its convolution is planned, in one line; empty where it has none.
    pub plan: String,
    /// When it runs.
    pub phase: Phase,
}

/// Something that occupies memory on the worst tile at the worst step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// What it is.
    pub name: String,
    /// Whether it lives through the whole run.
    pub always_live: bool,
    /// Bytes on that tile.
    pub bytes: u64,
}

/// Tile memory over the run.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryProfile {
    /// Bytes that a tile has.
    pub tile_bytes: u64,
    /// The first address behind all that the tile on which most lives ever holds.
    pub peak_bytes: u64,
    /// Of those: what does not live at that tile's fullest step. Every variable is one stretch of addresses for as long as it lives
    /// and begins on a whole data path, so that gaps are left between them, and other steps may reach higher.
    pub gap_bytes: u64,
    /// The tile on which most lives at a time.
    pub peak_tile: u32,
    /// Index into [`Profile::steps`] of the step at which it does.
    pub peak_step: usize,
    /// Whether [`Self::peak_bytes`] are at most [`Self::tile_bytes`]. Another tile's addresses may end higher, which is not looked at
    /// (see docs/memory.md).
    pub fits: bool,
    /// Bytes of the peak tile that live through the whole run: parameters, code and vertex state.
    pub always_live_bytes: u64,
    /// The most that lives on every tile at a time, without gaps.
    pub peak_live_bytes_by_tile: Vec<u64>,
    /// What lives on the peak tile at the peak step, and gaps, largest first.
    pub residents: Vec<Resident>,
}

/// Data that pass from or to the host beside the other steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostTransfer {
    /// Name of the step.
    pub name: String,
    /// Its first cycle, from the first of the run.
    pub start: u64,
    /// Cycles that it takes.
    pub cycles: u64,
    /// Bytes that pass.
    pub bytes: u64,
}

/// The result of a simulation on one chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Tiles of the chip.
    pub tiles: u64,
    /// Cycles of the whole run (one pass over the micro-batch).
    pub cycles: u64,
    /// Tile-cycles by cause; sums to `cycles` × `tiles`.
    pub causes: TileCycles,
    /// Useful multiply-accumulates.
    pub macs: u64,
    /// Bytes moved.
    pub traffic: Traffic,
    /// Tile-cycles in which a tile's workers or supervisor ran a kernel (of `cycles` × `tiles`).
    pub busy_tile_cycles: u64,
    /// Of [`Self::busy_tile_cycles`]: in convolution kernels.
    pub convolution_tile_cycles: u64,
    /// Worker-cycles with work, divided by the workers of a tile: comparable with [`Self::busy_tile_cycles`].
    pub busy_worker_tile_cycles: u64,
    /// What passes from and to the host beside the other steps, one after the other; nothing where the chip waits for all of it.
    pub host_transfers: Vec<HostTransfer>,
    /// Cycles of a batch in which the chip waits because nothing passes beside the first and the last batch of a call of the host.
    pub host_fill_cycles: u64,
    /// Steps in program order.
    pub steps: Vec<StepProfile>,
    /// Layers in network order.
    pub layers: Vec<LayerProfile>,
    /// Memory.
    pub memory: MemoryProfile,
}

impl Profile {
    /// Cycles in which data pass from and to the host beside the other steps.
    pub fn host_transfer_cycles(&self) -> u64 {
        self.host_transfers.iter().map(|transfer| transfer.cycles).sum()
    }
}
