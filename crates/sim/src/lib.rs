//! Bulk-synchronous simulation: a program becomes a profile of time, traffic and memory.
//!
//! Invariant: this crate knows programs and machines, not networks or files.

mod cause;
mod profile;

pub use cause::{Cause, TileCycles};
pub use profile::{LayerProfile, MemoryProfile, Profile, Resident, StepKind, StepProfile, Traffic};
