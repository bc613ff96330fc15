//! Vector kernels.

mod binary;
pub mod table;
mod unary;

pub use binary::cost as binary_cost;
pub use unary::cost as unary_cost;
