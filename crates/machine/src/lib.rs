//! Descriptions of many-tile processors.
//!
//! Invariant: this crate knows chips, not networks.

mod element_type;
mod machine;

pub use element_type::ElementType;
pub use machine::{ConvUnits, FlopEnergy, Machine};
