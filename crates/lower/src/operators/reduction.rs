//! Sums, means and variances over samples, channels and positions.

use tilesim_graph::{NormKind, Op, Reduction};
use tilesim_program::vertex::vector::{BinaryOp, ReduceOp, ScalarOp};
use tilesim_program::work::Channels;

use super::{
    elementwise::Chain,
    reduce::{Results, reduce, reduce_beside},
    reduce_dimensions, statistics,
};
use crate::{
    InputLayout, LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Value},
};

/// Words of the exchange: results lie in pieces of one word, over as many tiles as that gives, so that the fewest partial results
/// meet on one tile.
pub(crate) fn lower(context: &mut Context, op: &Op, reduction: Reduction) -> Result<(), LowerError> {
    let shape = &context.graph.tensor(op.output).shape;
    if let Some(value) = kept(context, op, reduction, shape) {
        context.define(op.output, value);
        return Ok(());
    }
    if context.options.inputs == InputLayout::RowMajor {
        return reduce_dimensions::lower(context, op, reduction);
    }
    let shape = layout::by_channel(shape);
    let input = context.operand(op, 0)?.by_channel();
    let (accumulated, scale) = match reduction {
        Reduction::Sum => (ReduceOp::Add, 1.0),
        Reduction::Mean => {
            let elements: u64 = input.shape().iter().product();
            let results: u64 = shape.iter().product();
            (ReduceOp::Add, results as f64 / elements.max(1) as f64)
        }
        Reduction::SumOfSquares => (ReduceOp::SquareAdd, 1.0),
        Reduction::Maximum => (ReduceOp::Maximum, 1.0),
        Reduction::Variance => {
            return Err(unsupported(
                op,
                "a variance of what no norm has taken the statistics of",
                "sums, means, sums of squares, largest elements, and variances beside a norm",
            ));
        }
    };
    let element_type = context.element_type(op.output);
    let positions = input.shape().iter().zip(&shape).skip(2);
    let keeps_positions = positions.into_iter().any(|(from, to)| *from > 1 && to == from);
    // Results of positions are many, and are read where their elements are.
    if keeps_positions {
        let written = (element_type, scale);
        if let Some(value) = reduce_beside(context, &op.name, &input, accumulated, &shape, written) {
            context.define(op.output, value);
        }
        return Ok(());
    }
    let word = u64::from(context.machine.exchange_bytes_per_cycle) / element_type.bytes();
    let to = layout::spread(&shape, word.max(1), context.tiles());
    let slot = context.next_results(to.placement.grid.tiles());
    let to = layout::moved(to, slot);
    let results = Results {
        shape: &shape,
        layout: &to,
        element_type,
        scale,
        channels: Channels::Runs(1),
    };
    if let Some(value) = reduce(context, &op.name, &input, accumulated, &results) {
        context.define(op.output, value);
    }
    Ok(())
}

/// The statistics of a norm over the current batch: its mean, and its variance from the inverse deviation.
fn kept(context: &mut Context, op: &Op, reduction: Reduction, shape: &[u64]) -> Option<Value> {
    let x = *op.inputs.first()?;
    let statistics = statistics::known_of(context, x, NormKind::CurrentBatch)?;
    if statistics.shape != shape {
        return None;
    }
    match reduction {
        Reduction::Sum | Reduction::SumOfSquares | Reduction::Maximum => None,
        Reduction::Mean => Some(statistics.mean),
        Reduction::Variance => {
            let deviation = statistics.inverse_deviation;
            let mut chain = Chain::not_own(context, op.name.clone(), deviation);
            chain.deviation(
                "variance",
                ScalarOp::InverseStandardDeviationToVariance,
                statistics.epsilon,
            );
            // What is added to the variance is not of the data.
            chain.scalar("maximum", BinaryOp::Maximum, 0.0);
            Some(chain.finish())
        }
    }
}
