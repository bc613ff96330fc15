//! Biases.

use tilesim_program::vertex::vector::BinaryOp;

use super::elementwise::Chain;
use crate::{context::Context, layout::Value};

/// Adds a bias, `[1, C]`, in place.
pub(crate) fn add_bias(context: &mut Context, name: &str, value: Value, bias: &Value) -> Value {
    let mut shape = vec![1; value.shape().len()];
    shape[1] = value.shape()[1];
    let mut chain = Chain::own(context, name.to_owned(), value);
    let mut bias = bias.clone();
    if let Some(layout) = bias.layout.reshaped(&shape) {
        bias.layout = layout;
    }
    chain.operand("bias", BinaryOp::Add, &bias, &shape);
    chain.finish()
}
