//! The lowered program: layouts over tiles, vertices, exchanges, steps and control.
//!
//! Invariant: types only. No costs, no graphs, no files.

pub mod geometry;
mod partials_transfer;
mod transfer;
pub mod vertex;

pub use partials_transfer::PartialsTransfer;
pub use transfer::{TileTransfer, Transfer};
pub use vertex::Vertex;
