//! Reductions over any dimensions.

use tilesim_graph::{Accumulation, Op, Reduction};
use tilesim_machine::ElementType;
use tilesim_program::{
    Work,
    vertex::vector::{ReduceForm, ReduceOp},
    work::LocalReductionWork,
};

use super::reduce::{Results, reduce_by};
use crate::{LowerError, layout, lowering::Lowering};

/// Every tile reduces what it holds; the results lie in pieces of one word of the exchange over as many tiles as that gives, so that
/// the fewest partial results meet on one tile (PopLibs lib/popops/reduction/ReductionPlan.cpp balances them likewise).
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, reduction: &Reduction) -> Result<(), LowerError> {
    let input = lowering.operand(op, 0)?;
    let data = lowering.data();
    let shape = &lowering.graph.tensor(op.output).shape;
    let word = u64::from(lowering.machine.exchange_bytes_per_cycle) / data.bytes();
    let to = layout::row_major(shape, word.max(1), lowering.tiles());
    let accumulate = match reduction.accumulation {
        Accumulation::Sum => ReduceOp::Add,
        Accumulation::SumOfSquares => ReduceOp::SquareAdd,
        Accumulation::Maximum => ReduceOp::Maximum,
    };
    let results = Results {
        to: &to,
        // The largest element needs no more digits than the data have.
        accumulator: match reduction.accumulation {
            Accumulation::Sum | Accumulation::SumOfSquares => ElementType::F32,
            Accumulation::Maximum => data,
        },
        out_type: data,
    };
    let form = form(input.shape(), &reduction.dimensions);
    let values = reduce_by(
        lowering,
        &op.name,
        &input,
        shape,
        &[accumulate],
        &results,
        |op, partials| {
            Work::LocalReduction(LocalReductionWork {
                over: input.placement().clone(),
                results: partials.clone(),
                op,
                form,
                partials_type: data,
                output_type: results.accumulator,
            })
        },
    );
    for value in values {
        lowering.define(op.output, value);
    }
    Ok(())
}

/// How the elements of a tensor in row-major order lie for a reduction over `reduced`.
fn form(shape: &[u64], reduced: &[usize]) -> ReduceForm {
    let is_reduced: Vec<bool> = (0..shape.len()).map(|d| reduced.contains(&d)).collect();
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
        assert_eq!(form(&[4, 3136, 8], &[1]), ReduceForm::Strided { stride: 8 });
        assert_eq!(form(&[4, 3136, 8], &[0]), ReduceForm::Strided { stride: 25_088 });
        assert_eq!(form(&[4, 3136, 8], &[1, 2]), ReduceForm::Contiguous);
        assert_eq!(form(&[16, 256, 8, 4], &[1, 3]), ReduceForm::General);
    }
}
