//! Reductions over any dimensions.

use tilesim_graph::{Op, Reduction};
use tilesim_machine::ElementType;
use tilesim_program::{
    Work,
    vertex::vector::{ReduceForm, ReduceOp},
    work::{Channels, LocalReductionWork},
};

use super::reduce::{Results, reduce_by};
use crate::{LowerError, context::Context, error::unsupported, layout};

/// Every tile reduces what it holds; the results lie in pieces of one word of the exchange over as many tiles as that gives, so that
/// the fewest partial results meet on one tile (PopLibs lib/popops/reduction/ReductionPlan.cpp balances them likewise).
pub(crate) fn lower(context: &mut Context, op: &Op, reduction: Reduction) -> Result<(), LowerError> {
    let input = context.operand(op, 0)?;
    let data = input.element_type;
    let shape = &context.graph.tensor(op.output).shape;
    let word = u64::from(context.machine.exchange_bytes_per_cycle) / data.bytes();
    let to = layout::row_major(shape, word.max(1), context.tiles());
    let joined = input.shape().iter().product::<u64>() / shape.iter().product::<u64>().max(1);
    let (accumulate, accumulator, scale) = match reduction {
        Reduction::Sum => (ReduceOp::Add, ElementType::F32, 1.0),
        Reduction::Mean => (ReduceOp::Add, ElementType::F32, 1.0 / joined.max(1) as f64),
        Reduction::SumOfSquares => (ReduceOp::SquareAdd, ElementType::F32, 1.0),
        // The largest element needs no more digits than the data have.
        Reduction::Maximum => (ReduceOp::Maximum, data, 1.0),
        Reduction::Variance => {
            return Err(unsupported(
                op,
                "a variance",
                "sums, means, sums of squares, largest elements",
            ));
        }
    };
    let results = Results {
        shape,
        layout: &to,
        element_type: data,
        scale,
        channels: Channels::Runs(1),
    };
    let form = form(input.shape(), shape);
    let values = reduce_by(
        context,
        &op.name,
        std::slice::from_ref(&input),
        accumulate,
        &results,
        accumulator,
        |partials| {
            Work::LocalReduction(LocalReductionWork {
                over: input.placement().clone(),
                results: partials.clone(),
                channels: Channels::Runs(1),
                tensors: 1,
                op: accumulate,
                form,
                partials_type: data,
                output_type: accumulator,
            })
        },
    );
    for value in values {
        context.define(op.output, value);
    }
    Ok(())
}

/// How the elements of a tensor in row-major order lie for a reduction to another shape.
fn form(shape: &[u64], reduced: &[u64]) -> ReduceForm {
    let is_reduced: Vec<bool> = shape.iter().zip(reduced).map(|(from, to)| from != to).collect();
    let trailing = is_reduced
        .iter()
        .rev()
        .take_while(|is_reduced| !**is_reduced)
        .count();
    if trailing > 0 {
        return ReduceForm::Strided {
            stride: shape[shape.len() - trailing..].iter().product(),
        };
    }
    let innermost = is_reduced
        .iter()
        .rev()
        .take_while(|is_reduced| **is_reduced)
        .count();
    if is_reduced[..shape.len() - innermost].contains(&true) {
        ReduceForm::General
    } else {
        ReduceForm::Contiguous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_follows_from_where_the_reduced_dimensions_are() {
        assert_eq!(form(&[4, 3136, 8], &[4, 1, 8]), ReduceForm::Strided { stride: 8 });
        assert_eq!(
            form(&[4, 3136, 8], &[1, 3136, 8]),
            ReduceForm::Strided { stride: 25_088 }
        );
        assert_eq!(form(&[4, 3136, 8], &[4, 1, 1]), ReduceForm::Contiguous);
        assert_eq!(form(&[16, 256, 8, 4], &[16, 1, 8, 1]), ReduceForm::General);
    }
}
