//! The tables, one module each.

mod causes;
mod layers;
mod memory;
mod plans;
mod schedule;
mod stages;
mod steps;
mod tiles;

use crate::{Table, TracedRun, TracedSystem};

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

/// What training systems have beside the tables of their stages, in a fixed order.
pub fn system_tables(systems: &[TracedSystem]) -> Vec<Table> {
    vec![stages::table(systems), schedule::table(systems)]
}
