//! The tables, one module each.

mod causes;
mod layers;
mod memory;
mod plans;
mod steps;
mod tiles;

use crate::{Table, TracedRun};

/// All tables of `runs`, in a fixed order. Without runs they have their columns and no rows.
pub fn tables(runs: &[TracedRun]) -> Vec<Table> {
    vec![
        steps::table(runs),
        layers::table(runs),
        tiles::table(runs),
        memory::table(runs),
        plans::table(runs),
    ]
}
