//! Norms, composed as the vendor's library composes them (PopLibs `Norms.cpp`, `GroupNorm.cpp`): two reductions together, then
//! whitening and scaling as passes over the activation.

use tilesim_graph::{Norm, NormKind, Op, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Work,
    vertex::vector::{BinaryOp, ReduceOp},
    work::{VectorKernel, VectorWork},
};

use super::{
    elementwise::Chain,
    reduce::{Results, reduce},
};
use crate::{
    LowerError,
    layout::{self, Value},
    lowering::{Lowering, unsupported},
};

pub(crate) fn lower(lowering: &mut Lowering, op: &Op, norm: &Norm) -> Result<(), LowerError> {
    match norm.kind {
        NormKind::Batch => {
            let mut chain = Chain::new(lowering, op)?;
            let parameters: Vec<_> = op.inputs.iter().skip(1).copied().collect();
            for (what, kernel, tensor) in batch_passes(norm, &parameters) {
                chain.parameter(what, kernel, tensor);
            }
            chain.define(op.output);
        }
        NormKind::CurrentBatch => {
            return Err(unsupported(
                op,
                "a norm over the current batch",
                "batch norms at inference, group and layer norms",
            ));
        }
        NormKind::Group { groups } => {
            let input = lowering.operand(op, 0)?;
            let (mean, inverse_deviation, shape) = statistics(lowering, op, &input, groups, norm.epsilon);
            let mut chain = Chain::new(lowering, op)?;
            chain.operand("subtract mean", BinaryOp::Subtract, &mean, &shape);
            chain.operand(
                "divide by deviation",
                BinaryOp::Multiply,
                &inverse_deviation,
                &shape,
            );
            let mut parameters = op.inputs.iter().skip(1);
            if norm.gamma
                && let Some(gamma) = parameters.next()
            {
                chain.parameter("scale", BinaryOp::Multiply, *gamma);
            }
            if norm.beta
                && let Some(beta) = parameters.next()
            {
                chain.parameter("shift", BinaryOp::Add, *beta);
            }
            chain.define(op.output);
        }
    }
    Ok(())
}

/// What a batch norm does at inference, where its statistics are constants: subtract the mean, scale by the inverse deviation
/// (which is worked out beforehand), then scale and shift.
fn batch_passes(norm: &Norm, parameters: &[TensorId]) -> Vec<(&'static str, BinaryOp, TensorId)> {
    let mut own = parameters.iter().copied();
    let gamma = norm.gamma.then(|| own.next()).flatten();
    let beta = norm.beta.then(|| own.next()).flatten();
    let (mean, variance) = (own.next(), own.next());
    [
        ("subtract mean", BinaryOp::Subtract, mean),
        ("divide by deviation", BinaryOp::Multiply, variance),
        ("scale", BinaryOp::Multiply, gamma),
        ("shift", BinaryOp::Add, beta),
    ]
    .into_iter()
    .filter_map(|(what, op, tensor)| tensor.map(|tensor| (what, op, tensor)))
    .collect()
}

/// Mean and inverse standard deviation of every sample and group, and their shape.
///
/// Over one group the tiles reduce channels too. Over several, partial results of every channel go to the tile of its group,
/// which adds them up.
fn statistics(
    lowering: &mut Lowering,
    op: &Op,
    input: &Value,
    groups: u64,
    epsilon: f64,
) -> (Value, Value, Vec<u64>) {
    const PRECISE: ElementType = ElementType::F32;
    let data = lowering.data();
    let mut shape = vec![1; input.shape().len()];
    shape[0] = input.shape()[0];
    let channels = input.shape().get(1).copied().unwrap_or(1);
    if groups > 1 {
        shape[1] = channels;
    }
    let group = if groups > 1 { channels.div_ceil(groups) } else { 1 };
    let to = layout::spread(&shape, group, lowering.tiles());
    let ops = [ReduceOp::Add, ReduceOp::SquareAdd];
    let positions: u64 = input.shape().iter().skip(2).product();
    let elements = positions * channels.div_ceil(groups);
    let mut sums = reduce(
        lowering,
        &op.name,
        input,
        &ops,
        &Results {
            shape: &shape,
            layout: &to,
            element_type: PRECISE,
            scale: 1.0 / elements as f64,
        },
    );
    if groups > 1 {
        for sum in &sums {
            lowering.emitter.compute(
                format!("{} add up groups", op.name),
                Work::Vector(VectorWork {
                    over: to.placement.clone(),
                    kernel: VectorKernel::ReduceGroups {
                        op: ReduceOp::Add,
                        channels: group,
                        partials_type: PRECISE,
                        out_type: PRECISE,
                    },
                }),
                vec![sum.variable],
                vec![sum.variable],
            );
        }
    }
    let power = sums.pop();
    let mean = sums.pop();
    let (Some(mean), Some(power)) = (mean, power) else {
        // Two operations were asked for.
        return (input.clone(), input.clone(), shape);
    };
    let value = |variable| Value {
        variable,
        layout: to.clone(),
    };
    let mean = if data == PRECISE {
        mean
    } else {
        let rounded = lowering
            .emitter
            .temporary(format!("{}/mean", op.name), &to.placement, data.bytes());
        lowering.emitter.compute(
            format!("{} cast mean", op.name),
            Work::Vector(VectorWork {
                over: to.placement.clone(),
                kernel: VectorKernel::Cast {
                    from: PRECISE,
                    to: data,
                },
            }),
            vec![mean.variable],
            vec![rounded],
        );
        value(rounded)
    };
    let deviation = lowering.emitter.temporary(
        format!("{}/inverse deviation", op.name),
        &to.placement,
        data.bytes(),
    );
    lowering.emitter.compute(
        format!("{} inverse deviation", op.name),
        Work::Vector(VectorWork {
            over: to.placement.clone(),
            kernel: VectorKernel::InverseStandardDeviation {
                mean_type: data,
                power_type: PRECISE,
                out_type: data,
                stable: false,
                epsilon: Scalar::new(epsilon),
            },
        }),
        vec![mean.variable, power.variable],
        vec![deviation],
    );
    (mean, value(deviation), shape)
}
