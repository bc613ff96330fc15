//! Vector kernels.

pub mod table;
mod unary;

pub use unary::cost as unary_cost;
