//! Graph to graph.

mod fold_batch_norm;

pub use fold_batch_norm::fold_batch_norm;
