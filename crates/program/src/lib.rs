//! The lowered program: layouts over tiles, vertices, exchanges, steps and control.
//!
//! Invariant: types only. No costs, no graphs, no files.

pub mod geometry;
mod transfer;
pub mod vertex;

pub use transfer::{TileTransfer, Transfer};
pub use vertex::Vertex;
