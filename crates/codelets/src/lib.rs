//! What one tile's kernel costs: pure functions from machine and per-tile shape to cycles with their breakdown.
//!
//! Invariant: this crate knows one tile. No graphs, no other tiles.

mod breakdown;
pub mod convolution;
mod cost;
pub mod exchange;
pub mod reduction;
pub mod vector;

pub use cost::{Count, VertexCost, VertexCycles};
