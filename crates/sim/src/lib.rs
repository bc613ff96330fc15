//! Bulk-synchronous simulation: a program becomes a profile of time, traffic and memory.
//!
//! Invariant: this crate knows programs and machines, not networks or files.

mod actions;
mod addresses;
mod cause;
mod clock;
mod code;
mod compute;
mod cost;
mod detail;
mod error;
mod exchange;
mod host;
mod memory;
mod moved;
mod profile;
mod shared;
mod simulate;
pub mod system;
mod tile_bytes;

pub use cause::{Cause, TileCycles};
pub use detail::{Detail, MemoryCategory, StepMemory, TileProfile, VariableProfile, active_cycles, detail};
pub use error::SimError;
pub use profile::{
    HostTransfer, LayerProfile, MemoryProfile, Profile, Resident, StepKind, StepProfile, Traffic,
};
pub use shared::{GeometrySource, SharedGeometry};
pub use simulate::{cycles, simulate, simulate_until};
