//! The vendor's table of whole layers: every row as a graph of one layer, the options that it was run with, and what its IPU model
//! gave for it.

mod build;
mod row;

pub use row::{LayerRow, LayerShape, Phases, ReduceShape, parse_row};
