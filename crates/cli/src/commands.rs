//! One module per command.

pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod lower;
pub(crate) mod machines;
pub(crate) mod models;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod search;
pub(crate) mod sensitivity;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod solve;
pub(crate) mod sweep;
pub(crate) mod validate_layers;
pub(crate) mod validate_plans;
pub(crate) mod validate_silicon;
pub(crate) mod validate_summary;
pub(crate) mod validate_training;
pub(crate) mod validate_vertices;
pub(crate) mod why;
