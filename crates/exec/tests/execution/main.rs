//! Lowered programs compute what their graphs say.

mod common;
mod every_plan;
mod networks;
mod random_graphs;
mod wrong_layouts;
