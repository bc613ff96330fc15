//! Sums, means and variances over samples, channels and positions.

use tilesim_graph::{NormKind, Op, Reduction};
use tilesim_program::vertex::vector::{BinaryOp, ReduceOp, ScalarOp};

use super::{
    elementwise::Chain,
    reduce::{Results, reduce},
    statistics,
};
use crate::{
    LowerError,
    layout::{self, Value},
    lowering::{Lowering, unsupported},
};

/// Words of the exchange: results lie in pieces of one word, over as many tiles as that gives, so that the fewest partial results
/// meet on one tile.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, reduction: Reduction) -> Result<(), LowerError> {
    let shape = &lowering.graph.tensor(op.output).shape;
    if let Some(value) = kept(lowering, op, reduction, shape) {
        lowering.define(op.output, value);
        return Ok(());
    }
    let input = lowering.operand(op, 0)?;
    if input
        .shape()
        .iter()
        .zip(shape)
        .skip(2)
        .any(|(from, to)| *from > 1 && to == from)
    {
        return Err(unsupported(
            op,
            format!("a reduction of {:?} to {shape:?}", input.shape()),
            "reductions over all positions",
        ));
    }
    let scale = match reduction {
        Reduction::Sum => 1.0,
        Reduction::Mean => {
            let elements: u64 = input.shape().iter().product();
            shape.iter().product::<u64>() as f64 / elements as f64
        }
        Reduction::Variance => {
            return Err(unsupported(
                op,
                "a variance of what no norm has taken the statistics of",
                "sums, means, and variances beside a norm",
            ));
        }
    };
    let element_type = lowering.element_type(op.output);
    let word = u64::from(lowering.machine.exchange_bytes_per_cycle) / element_type.bytes();
    let to = layout::spread(shape, word.max(1), lowering.tiles());
    let results = Results {
        shape,
        layout: &to,
        element_type,
        scale,
    };
    for value in reduce(lowering, &op.name, &input, &[ReduceOp::Add], &results) {
        lowering.define(op.output, value);
    }
    Ok(())
}

/// The statistics of a norm over the current batch: its mean, and its variance from the inverse deviation.
fn kept(lowering: &mut Lowering, op: &Op, reduction: Reduction, shape: &[u64]) -> Option<Value> {
    let x = *op.inputs.first()?;
    let statistics = statistics::known_of(lowering, x, NormKind::CurrentBatch)?;
    if statistics.shape != shape {
        return None;
    }
    match reduction {
        Reduction::Sum => None,
        Reduction::Mean => Some(statistics.mean),
        Reduction::Variance => {
            let deviation = statistics.inverse_deviation;
            let mut chain = Chain::not_own(lowering, op.name.clone(), deviation);
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
