//! Functions of two operands.

use tilesim_geometry::Spare;
use tilesim_graph::{Binary, Op, TensorId};
use tilesim_program::vertex::vector::{BinaryOp, UnaryOp};
use tilesim_terms::Placing;

use super::{broadcast, elementwise::Chain};
use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Layout, Value},
};

/// The operand of the result's shape stays where it is; the other comes to it. Where none has that shape, the first is repeated.
///
/// With equal shapes it is the first that stays: of a residual addition, the branch that was computed last.
pub(crate) fn lower(context: &mut Context, op: &Op, binary: Binary) -> Result<(), LowerError> {
    let &[left, right] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a function of other than two operands",
            "two operands",
        ));
    };
    let shape = layout::by_channel(&context.graph.tensor(op.output).shape);
    let kernel = kernel(binary);
    let what = format!("{binary:?}").to_lowercase();
    // Parameters come, unless they have been laid out, as those that an update changes.
    let stays = |context: &Context, id| {
        layout::by_channel(&context.graph.tensor(id).shape) == shape
            && (!context.is_parameter(id) || context.is_laid_out(id))
    };
    if stays(context, left) {
        let mut chain = staying(context, op, left)?;
        if binary == Binary::Add && joins_residual(chain.context, right, &shape) {
            chain.keep();
        }
        join(&mut chain, op, &what, kernel, right)?;
        chain.define(op.output);
    } else if stays(context, right) && (binary.commutes() || binary == Binary::Subtract) {
        let mut chain = staying(context, op, right)?;
        if binary == Binary::Subtract {
            // a − b = −b + a, to the last digit.
            chain.unary("negate", UnaryOp::Negate);
            join(&mut chain, op, "add", BinaryOp::Add, left)?;
        } else {
            join(&mut chain, op, &what, kernel, left)?;
        }
        chain.define(op.output);
    } else {
        let whole = if stays(context, right) {
            context.value(op, right)?.by_channel().layout
        } else {
            context.layout_of_companion(op.output)
        };
        let repeated = repeated(context, op, left, &whole)?;
        let mut chain = Chain::own(context, op.name.clone(), repeated);
        join(&mut chain, op, &what, kernel, right)?;
        chain.define(op.output);
    }
    Ok(())
}

/// Whether an addition of a tensor of the result's shape is one that the framework does not do in place.
fn joins_residual(context: &Context, right: TensorId, shape: &[u64]) -> bool {
    context.options.framework.residual_add == Placing::OutOfPlace
        && !context.is_parameter(right)
        && *layout::by_channel(&context.graph.tensor(right).shape) == *shape
}

/// A chain on an operand that stays.
fn staying<'l, 'a>(
    context: &'l mut Context<'a>,
    op: &Op,
    tensor: TensorId,
) -> Result<Chain<'l, 'a>, LowerError> {
    let value = context.value(op, tensor)?.by_channel();
    let own = context.may_overwrite(tensor);
    Ok(Chain::new_at(context, op, value, own))
}

/// Joins the other operand to the one that stays.
fn join(chain: &mut Chain, op: &Op, what: &str, kernel: BinaryOp, comes: TensorId) -> Result<(), LowerError> {
    let shape = aligned(
        &chain.context.graph.tensor(comes).shape,
        chain.value().shape().len(),
    );
    if chain.context.is_parameter(comes) && !chain.context.is_laid_out(comes) {
        chain.shaped_parameter(what, kernel, comes, &shape);
    } else {
        let mut other = chain.context.value(op, comes)?;
        if let Some(layout) = other.layout.reshaped(&shape) {
            other.layout = layout;
        }
        chain.operand(what, kernel, &other, &shape);
    }
    Ok(())
}

/// An operand repeated so that it lies as the result will.
fn repeated(context: &mut Context, op: &Op, tensor: TensorId, whole: &Layout) -> Result<Value, LowerError> {
    let shape = aligned(
        &context.graph.tensor(tensor).shape,
        whole.placement.operand.shape.len(),
    );
    let mut value = if context.is_parameter(tensor) && !context.is_laid_out(tensor) {
        context.parameter(tensor, layout::beside(whole, &shape, Spare::Shared))
    } else {
        context.value(op, tensor)?
    };
    if let Some(layout) = value.layout.reshaped(&shape) {
        value.layout = layout;
    }
    Ok(broadcast::repeat(context, &op.name, &value, whole.clone()))
}

const fn kernel(binary: Binary) -> BinaryOp {
    match binary {
        Binary::Add => BinaryOp::Add,
        Binary::Subtract => BinaryOp::Subtract,
        Binary::Multiply => BinaryOp::Multiply,
        Binary::Divide => BinaryOp::Divide,
        Binary::Maximum => BinaryOp::Maximum,
        Binary::Minimum => BinaryOp::Minimum,
        Binary::Power => BinaryOp::Power,
    }
}

/// The shape with dimensions of one element before it, as broadcasting aligns shapes.
fn aligned(shape: &[u64], dimensions: usize) -> Vec<u64> {
    let mut aligned = vec![1; dimensions.saturating_sub(shape.len())];
    aligned.extend_from_slice(shape);
    aligned
}
