//! Lowered programs compute what their graphs say.

mod common;
mod every_plan;
mod folding;
mod functions;
mod joint_plans;
mod networks;
mod random_attention;
mod random_graphs;
mod random_movements;
mod repetitions;
mod training;
mod training_networks;
mod training_operators;
mod wrong_layouts;
