//! Accumulation of gradients over micro-batches.

use super::{GradientAccumulation, TrainingOptions};
use crate::{GraphBuilder, GraphError, OpKind, TensorId, TensorKind};

/// Adds a gradient to its accumulator.
pub(super) fn accumulate(
    builder: &mut GraphBuilder,
    of: TensorId,
    gradient: TensorId,
    options: &TrainingOptions,
) -> Result<GradientAccumulation, GraphError> {
    let tensor = builder.graph().tensor(of);
    let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
    builder.results_are(TensorKind::OptimiserState);
    let accumulator = builder.source(
        format!("{name}/accumulator"),
        shape,
        options.master_type,
        TensorKind::OptimiserState,
    )?;
    let sum = builder.op(
        format!("{name}/accumulated"),
        OpKind::ScaledAdd { factor: 1.0 },
        vec![accumulator, gradient],
    )?;
    builder.results_are(TensorKind::Gradient);
    Ok(GradientAccumulation {
        of,
        gradient,
        accumulator,
        sum,
    })
}
