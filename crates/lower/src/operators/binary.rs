//! Functions of two operands.

use tilesim_graph::{Binary, Op};
use tilesim_program::vertex::vector::BinaryOp;

use super::elementwise::Chain;
use crate::{LowerError, context::Context, error::unsupported};

/// The larger operand stays where it is; the other comes to it.
///
/// With equal shapes that is the first: of a residual addition, the branch that was computed last.
pub(crate) fn lower(context: &mut Context, op: &Op, binary: Binary) -> Result<(), LowerError> {
    let &[left, right] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a function of other than two operands",
            "two operands",
        ));
    };
    let shape = |id| context.graph.tensor(id).shape.clone();
    let (left_shape, right_shape, out_shape) = (shape(left), shape(right), shape(op.output));
    let kernel = kernel(binary);
    let commutes = matches!(binary, Binary::Add | Binary::Multiply);
    // Parameters come, unless they have been laid out, as those that an update changes.
    let can_stay = |id| !context.is_parameter(id) || context.is_laid_out(id);
    let (stays, comes, other_shape) = if left_shape == out_shape && can_stay(left) {
        (left, right, right_shape)
    } else if right_shape == out_shape && commutes && can_stay(right) {
        (right, left, left_shape)
    } else {
        return Err(unsupported(
            op,
            format!("{binary:?} of {left_shape:?} and {right_shape:?}"),
            "a first operand of the result's shape, and a second that is broadcast along it",
        ));
    };
    let other_shape = aligned(&other_shape, out_shape.len());
    if other_shape
        .iter()
        .zip(&out_shape)
        .any(|(&other, &out)| other != 1 && other != out)
        || (other_shape != out_shape && other_shape.iter().skip(2).any(|&size| size > 1))
    {
        return Err(unsupported(
            op,
            format!("broadcasting {other_shape:?} along {out_shape:?}"),
            "operands of equal shape, or constant over space",
        ));
    }
    let value = context.value(op, stays)?;
    let own = context.may_overwrite(stays);
    let mut chain = Chain::new_at(context, op, value, own);
    let what = format!("{binary:?}").to_lowercase();
    if chain.context.is_parameter(comes) && !chain.context.is_laid_out(comes) {
        chain.shaped_parameter(&what, kernel, comes, &other_shape);
    } else {
        let mut other = chain.context.value(op, comes)?;
        if let Some(layout) = other.layout.reshaped(&other_shape) {
            other.layout = layout;
        }
        chain.operand(&what, kernel, &other, &other_shape);
    }
    chain.define(op.output);
    Ok(())
}

const fn kernel(binary: Binary) -> BinaryOp {
    match binary {
        Binary::Add => BinaryOp::Add,
        Binary::Subtract => BinaryOp::Subtract,
        Binary::Multiply => BinaryOp::Multiply,
        Binary::Divide => BinaryOp::Divide,
    }
}

/// The shape with dimensions of one element before it, as broadcasting aligns shapes.
fn aligned(shape: &[u64], dimensions: usize) -> Vec<u64> {
    let mut aligned = vec![1; dimensions.saturating_sub(shape.len())];
    aligned.extend_from_slice(shape);
    aligned
}
