//! Norms, composed as the vendor's library composes them (PopLibs `Norms.cpp`, `GroupNorm.cpp`): two reductions together, then
//! whitening and scaling as passes over the activation.

use tilesim_graph::{Norm, NormKind, Op, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Source, Work,
    vertex::vector::{BinaryOp, ReduceOp},
    work::{VectorKernel, VectorWork},
};

use super::{elementwise::Chain, reduce::reduce};
use crate::{
    LowerError,
    layout::{self, Value},
    lowering::{Lowering, unsupported},
};

pub(crate) fn lower(lowering: &mut Lowering, op: &Op, norm: &Norm) -> Result<(), LowerError> {
    match norm.kind {
        NormKind::Batch => {
            // Statistics are constants: scale and shift are worked out beforehand.
            let [scale, shift] = constants(lowering, op, norm)?;
            let mut chain = Chain::new(lowering, op)?;
            chain.parameter("scale", BinaryOp::Multiply, scale);
            chain.parameter("shift", BinaryOp::Add, shift);
            chain.define(op.output);
        }
        NormKind::Group { groups } => {
            let input = lowering.operand(op, 0)?;
            let [gamma, beta] = affine(lowering, op, norm);
            let (mean, inverse_deviation, shape) = statistics(lowering, op, &input, groups, norm.epsilon);
            let mut chain = Chain::new(lowering, op)?;
            chain.operand("subtract mean", BinaryOp::Subtract, &mean, &shape);
            chain.operand(
                "divide by deviation",
                BinaryOp::Multiply,
                &inverse_deviation,
                &shape,
            );
            if let Some(gamma) = gamma {
                chain.parameter("scale", BinaryOp::Multiply, gamma);
            }
            if let Some(beta) = beta {
                chain.parameter("shift", BinaryOp::Add, beta);
            }
            chain.define(op.output);
        }
    }
    Ok(())
}

/// γ and β of a norm, as far as it has them.
fn affine(lowering: &Lowering, op: &Op, norm: &Norm) -> [Option<Source>; 2] {
    let gamma = norm.gamma.then_some(1);
    let beta = norm.beta.then_some(1 + usize::from(norm.gamma));
    [gamma, beta].map(|index| Some(lowering.source(*op.inputs.get(index?)?)))
}

/// Scale and shift of a batch norm with constant statistics.
fn constants(lowering: &Lowering, op: &Op, norm: &Norm) -> Result<[Source; 2], LowerError> {
    let name = |tensor: TensorId| lowering.graph.tensor(tensor).name.clone();
    let &[.., mean, variance] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a batch norm without statistics",
            "mean and variance",
        ));
    };
    let operand = |index: usize| op.inputs.get(index).map(|tensor| name(*tensor));
    let gamma = norm.gamma.then(|| operand(1)).flatten();
    let beta = norm.beta.then(|| operand(1 + usize::from(norm.gamma))).flatten();
    let epsilon = Scalar::new(norm.epsilon);
    Ok([
        Source::BatchNormScale {
            gamma: gamma.clone(),
            variance: name(variance),
            epsilon,
        },
        Source::BatchNormShift {
            gamma,
            beta,
            mean: name(mean),
            variance: name(variance),
            epsilon,
        },
    ])
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
    let mut shape = vec![1; input.placement.operand.shape.len()];
    shape[0] = input.placement.operand.shape[0];
    let channels = input.placement.operand.shape.get(1).copied().unwrap_or(1);
    if groups > 1 {
        shape[1] = channels;
    }
    let group = if groups > 1 { channels.div_ceil(groups) } else { 1 };
    let to = layout::spread(&shape, group, lowering.tiles());
    let ops = [ReduceOp::Add, ReduceOp::SquareAdd];
    let positions: u64 = input.placement.operand.shape.iter().skip(2).product();
    let elements = positions * channels.div_ceil(groups);
    let mut sums = reduce(
        lowering,
        &op.name,
        input,
        &shape,
        &to,
        &ops,
        PRECISE,
        1.0 / elements as f64,
    );
    if groups > 1 {
        for sum in &sums {
            lowering.emitter.compute(
                format!("{} add up groups", op.name),
                Work::Vector(VectorWork {
                    over: to.clone(),
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
    let half_mean = lowering
        .emitter
        .temporary(format!("{}/mean", op.name), &to, data.bytes());
    if data == PRECISE {
        // Nothing to cast.
    } else {
        lowering.emitter.compute(
            format!("{} cast mean", op.name),
            Work::Vector(VectorWork {
                over: to.clone(),
                kernel: VectorKernel::Cast {
                    from: PRECISE,
                    to: data,
                },
            }),
            vec![mean.variable],
            vec![half_mean],
        );
    }
    let deviation = lowering
        .emitter
        .temporary(format!("{}/inverse deviation", op.name), &to, data.bytes());
    lowering.emitter.compute(
        format!("{} inverse deviation", op.name),
        Work::Vector(VectorWork {
            over: to.clone(),
            kernel: VectorKernel::InverseStandardDeviation {
                mean_type: data,
                power_type: PRECISE,
                out_type: data,
                stable: false,
                epsilon: Scalar::new(epsilon),
            },
        }),
        vec![half_mean, power.variable],
        vec![deviation],
    );
    let value = |variable| Value {
        variable,
        placement: to.clone(),
    };
    let mean = if data == PRECISE { mean } else { value(half_mean) };
    (mean, value(deviation), shape)
}
