//! Lowered programs compute what their graphs say.

mod common;
mod networks;
mod random_graphs;
mod wrong_layouts;
