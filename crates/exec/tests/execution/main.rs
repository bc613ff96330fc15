//! Lowered programs compute what their graphs say.

mod common;
mod networks;
mod random_graphs;
mod training;
mod training_networks;
mod wrong_layouts;
