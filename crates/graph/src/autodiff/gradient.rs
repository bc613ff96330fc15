//! The gradient of each operator.

mod contribution;
mod convolution;
mod movement;
mod norm;
mod pointwise;
mod pool;
mod reduction;

pub(super) use contribution::Contribution;
use contribution::Rule;

use crate::{GraphBuilder, GraphError, Op, OpKind, TensorId};

/// Gradients of those operands of an operator that are wanted, from the gradient of its output.
pub(super) fn of(
    builder: &mut GraphBuilder,
    op: &Op,
    gradient: TensorId,
    wanted: &[bool],
) -> Result<Vec<Contribution>, GraphError> {
    let mut rule = Rule::new(builder, op, gradient, wanted);
    match &op.kind {
        OpKind::Convolution(forward) => convolution::convolution(&mut rule, forward)?,
        OpKind::ConvolutionInputGradient(forward) => convolution::transposed(&mut rule, forward)?,
        OpKind::FullyConnected => convolution::fully_connected(&mut rule)?,
        OpKind::Norm(norm) => norm::norm(&mut rule, norm)?,
        OpKind::ProxyActivation(proxy) => norm::proxy_activation(&mut rule, proxy)?,
        OpKind::Activation(activation) => pointwise::activation(&mut rule, *activation)?,
        OpKind::Binary(function) => pointwise::binary(&mut rule, *function)?,
        OpKind::Scale { factor } => pointwise::scale(&mut rule, *factor)?,
        OpKind::Softmax { axes } => pointwise::softmax(&mut rule, axes)?,
        OpKind::Pool(pool) => pool::pool(&mut rule, pool)?,
        OpKind::GlobalAveragePool => pool::global_average(&mut rule)?,
        OpKind::Reshape => pool::reshape(&mut rule)?,
        OpKind::Reduce(reduction) => reduction::reduction(&mut rule, *reduction)?,
        OpKind::Broadcast => reduction::repetition(&mut rule)?,
        OpKind::Rearrange(rearrangement) => movement::rearrange(&mut rule, rearrangement)?,
        // The gradient of the parameter stays in the type in which it was used.
        OpKind::Cast(_) => rule.contribute(0, gradient),
        OpKind::ConvolutionWeightGradient(_)
        | OpKind::ScaledAdd { .. }
        | OpKind::Concat { .. }
        | OpKind::Slice { .. }
        | OpKind::Fill { .. }
        | OpKind::RandomMask { .. }
        | OpKind::MovingAverage { .. }
        | OpKind::ActivationGradient(_)
        | OpKind::Whiten(_)
        | OpKind::NormGradient(_)
        | OpKind::NormParameterGradient
        | OpKind::ProxyStatistics(_)
        | OpKind::ProxyStatisticsGradient(_)
        | OpKind::PoolGradient(_)
        | OpKind::SoftmaxCrossEntropy { .. }
        | OpKind::SoftmaxCrossEntropyGradient { .. }
        | OpKind::OptimiserStep(_) => {
            return Err(GraphError::NoGradient {
                op: op.name.clone(),
                kind: format!("{:?}", op.kind),
            });
        }
    }
    Ok(rule.finish())
}
