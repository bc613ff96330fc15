//! Vector kernels.

mod binary;
mod non_linearity;
pub mod table;
mod unary;

pub use binary::cost as binary_cost;
pub use non_linearity::cost as non_linearity_cost;
pub use unary::cost as unary_cost;
