//! Scaled sums: accumulation of gradients, decay of weights, updates.

use tilesim_graph::Op;
use tilesim_program::{Scalar, work::Factor};

use super::elementwise::Chain;
use crate::{LowerError, context::Context, error::unsupported};

/// The second operand comes to where the first rests, and is added there in place; the other way round where the sum is the next
/// value of the second.
pub(crate) fn lower(context: &mut Context, op: &Op, factor: f64) -> Result<(), LowerError> {
    let &[first, second] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a sum of other than two operands",
            "two operands",
        ));
    };
    let shape = |id| context.graph.tensor(id).shape.clone();
    let (first_shape, second_shape) = (shape(first), shape(second));
    if first_shape != second_shape {
        return Err(unsupported(
            op,
            format!("adding {second_shape:?} to {first_shape:?}"),
            "operands of one shape",
        ));
    }
    let [a, b] = match [context.laid_out(first), context.laid_out(second)] {
        // What nobody has read yet rests where it is added to.
        [None, Some(b)] if context.is_parameter(first) => [context.parameter(first, b.layout.clone()), b],
        [Some(a), None] if context.is_parameter(second) => {
            let b = context.parameter(second, a.layout.clone());
            [a, b]
        }
        _ => [context.value(op, first)?, context.value(op, second)?],
    };
    let moves_second_on = context.analysis.next(second) == Some(op.output)
        && context.may_overwrite(second)
        && a.element_type == b.element_type;
    let (scale, factor) = if moves_second_on {
        (factor, 1.0)
    } else {
        (1.0, factor)
    };
    let (own, value, other) = if moves_second_on {
        (true, b, a)
    } else {
        // Weights that are updated in a graph that does not say what lives on.
        let updated = context.is_parameter(first) && context.graph.state.is_empty();
        (updated || context.may_overwrite(first), a, b)
    };
    let mut chain = Chain::new_at(context, op, value, own);
    chain.scaled_add(
        "update",
        scale,
        &other,
        Factor::Constant(Scalar::new(factor)),
        None,
    );
    chain.define(op.output);
    Ok(())
}
