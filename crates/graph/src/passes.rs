//! Graph to graph.

mod fold_batch_norm;
mod join_proxies;

pub use fold_batch_norm::fold_batch_norm;
pub use join_proxies::join_proxies;
