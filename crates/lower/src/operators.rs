//! Every operator but the convolution: one file each.

pub(crate) mod activation;
pub(crate) mod activation_gradient;
pub(crate) mod binary;
pub(crate) mod broadcast;
pub(crate) mod cast;
mod channel_slice;
pub(crate) mod concat;
pub(crate) mod cross_entropy;
mod elementwise;
pub(crate) mod fill;
pub(crate) mod global_average_pool;
mod kept;
pub(crate) mod moving_average;
pub(crate) mod norm;
pub(crate) mod norm_gradient;
pub(crate) mod optimiser;
pub(crate) mod pool;
pub(crate) mod pool_gradient;
mod pool_space;
mod proxy;
pub(crate) mod proxy_activation;
pub(crate) mod proxy_statistics;
pub(crate) mod proxy_statistics_gradient;
pub(crate) mod random_mask;
mod reduce;
pub(crate) mod reduce_dimensions;
pub(crate) mod reduction;
pub(crate) mod reshape;
pub(crate) mod scale;
pub(crate) mod scaled_add;
pub(crate) mod slice;
pub(crate) mod softmax;
mod statistics;

pub(crate) use kept::Kept;
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Work,
    vertex::vector::BinaryOp,
    work::{VectorKernel, VectorWork},
};

use crate::{layout::Value, lowering::Lowering};

/// Adds a bias, `[1, C]`, in place.
pub(crate) fn add_bias(lowering: &mut Lowering, name: &str, value: Value, bias: &Value) -> Value {
    let mut shape = vec![1; value.shape().len()];
    shape[1] = value.shape()[1];
    let mut chain = elementwise::Chain::own(lowering, name.to_owned(), value);
    let mut bias = bias.clone();
    if let Some(layout) = bias.layout.reshaped(&shape) {
        bias.layout = layout;
    }
    chain.operand("bias", BinaryOp::Add, &bias, &shape);
    chain.finish()
}

/// Sets a sum to zero.
pub(crate) fn clear(lowering: &mut Lowering, name: &str, sum: &Value, element_type: ElementType) {
    lowering.emitter.compute(
        format!("{name} clear sum"),
        Work::Vector(VectorWork {
            over: sum.placement().clone(),
            kernel: VectorKernel::Fill {
                element_type,
                value: Scalar::ZERO,
            },
        }),
        Vec::new(),
        vec![sum.variable],
    );
}

/// Adds a round's result to the sum of all rounds, which lies alike.
pub(crate) fn accumulate(
    lowering: &mut Lowering,
    name: &str,
    sum: &Value,
    round: &Value,
    element_type: ElementType,
) {
    lowering.emitter.compute(
        format!("{name} accumulate"),
        Work::Vector(VectorWork {
            over: sum.placement().clone(),
            kernel: VectorKernel::Binary {
                op: BinaryOp::Add,
                element_type,
                in_place: true,
            },
        }),
        vec![sum.variable, round.variable],
        vec![sum.variable],
    );
}
