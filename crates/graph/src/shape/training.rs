//! Operators of the backward pass and of updates.

use super::{channels, checked_product, expect_shape, pool_shape};
use crate::{Norm, NormKind, OptimiserStep, Pool, PoolKind, ShapeError, limits::MAX_ELEMENTS};

fn operand_count(expected: &'static str, operands: &[&[u64]]) -> ShapeError {
    ShapeError::OperandCount {
        expected,
        got: operands.len(),
    }
}

/// Every dimension stays or becomes 1.
pub(super) fn reduced(x: &[u64], stated: &[u64]) -> Result<Vec<u64>, ShapeError> {
    if x.len() == stated.len() && x.iter().zip(stated).all(|(&from, &to)| to == from || to == 1) {
        Ok(stated.to_vec())
    } else {
        Err(ShapeError::Broadcast {
            left: stated.to_vec(),
            right: x.to_vec(),
        })
    }
}

/// Every dimension stays or was 1.
pub(super) fn repeated(x: &[u64], stated: &[u64]) -> Result<Vec<u64>, ShapeError> {
    reduced(stated, x)?;
    made(&[], stated)
}

pub(super) fn slice(axis: usize, start: u64, size: u64, x: &[u64]) -> Result<Vec<u64>, ShapeError> {
    let mut shape = x.to_vec();
    match shape.get_mut(axis) {
        Some(whole) if size > 0 && start.checked_add(size).is_some_and(|end| end <= *whole) => *whole = size,
        _ => {
            return Err(ShapeError::Rank {
                operand: "input",
                expected: "as many elements along the dimension as the slice reaches",
                got: shape,
            });
        }
    }
    Ok(shape)
}

/// The stated shape of an operator without operands.
pub(super) fn made(operands: &[&[u64]], stated: &[u64]) -> Result<Vec<u64>, ShapeError> {
    if !operands.is_empty() {
        return Err(operand_count("0", operands));
    }
    match checked_product(stated, MAX_ELEMENTS) {
        Some(elements) if elements > 0 => Ok(stated.to_vec()),
        _ => Err(ShapeError::TooLarge {
            shape: stated.to_vec(),
            limit: MAX_ELEMENTS,
        }),
    }
}

pub(super) fn norm_gradient(norm: Norm, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [x, white, gradient, gamma @ ..] = operands else {
        return Err(operand_count("3 or 4", operands));
    };
    if gamma.len() != usize::from(norm.gamma) {
        return Err(operand_count(
            "x, x whitened, gradient, and gamma as stated:",
            operands,
        ));
    }
    let channels = channels(x)?;
    expect_shape("whitened x", x.to_vec(), white)?;
    expect_shape("gradient of the output", x.to_vec(), gradient)?;
    for gamma in gamma {
        expect_shape("gamma", vec![channels], gamma)?;
    }
    own_statistics(norm, channels)?;
    Ok(x.to_vec())
}

/// Refuses norms whose statistics are constants, and channels that do not divide into groups.
fn own_statistics(norm: Norm, channels: u64) -> Result<(), ShapeError> {
    match norm.kind {
        NormKind::Group { groups, .. } if groups == 0 || !channels.is_multiple_of(groups) => {
            Err(ShapeError::NormGroups { channels, groups })
        }
        NormKind::Batch => Err(ShapeError::ConstantStatistics),
        NormKind::Group { .. } | NormKind::CurrentBatch => Ok(()),
    }
}

pub(super) fn whitened(norm: Norm, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [x] = operands else {
        return Err(operand_count("x:", operands));
    };
    own_statistics(norm, channels(x)?)?;
    Ok(x.to_vec())
}

/// A row for gamma, and one for beta.
pub(super) fn norm_parameter_gradient(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [white, gradient] = operands else {
        return Err(operand_count("x whitened and gradient:", operands));
    };
    expect_shape("gradient of the output", white.to_vec(), gradient)?;
    Ok(vec![2, channels(white)?])
}

const PROXY_ROLES: [&str; 4] = ["beta", "gamma", "proxy beta", "proxy gamma"];

fn proxy_parameters(operands: &[&[u64]]) -> Result<u64, ShapeError> {
    let Some(&&[channels]) = operands.first() else {
        return Err(ShapeError::Rank {
            operand: "beta",
            expected: "[C]",
            got: operands.first().map_or(&[][..], |shape| *shape).to_vec(),
        });
    };
    for (role, operand) in PROXY_ROLES.into_iter().zip(operands) {
        expect_shape(role, vec![channels], operand)?;
    }
    Ok(channels)
}

pub(super) fn proxy_statistics(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    if operands.len() != PROXY_ROLES.len() {
        return Err(operand_count("4", operands));
    }
    Ok(vec![2, proxy_parameters(operands)?])
}

pub(super) fn proxy_statistics_gradient(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let parameters = PROXY_ROLES.len();
    if !(parameters + 1..=parameters + 2).contains(&operands.len()) {
        return Err(operand_count("5 or 6", operands));
    }
    let channels = proxy_parameters(operands)?;
    for gradient in &operands[parameters..] {
        expect_shape("gradient of a proxy statistic", vec![channels], gradient)?;
    }
    Ok(vec![parameters as u64, channels])
}

pub(super) fn pool_gradient(
    pool: &Pool,
    operands: &[&[u64]],
    stated: &[u64],
) -> Result<Vec<u64>, ShapeError> {
    let output = pool_shape(pool, stated)?;
    match (pool.kind, operands) {
        (PoolKind::Average, [gradient]) => expect_shape("gradient of the output", output, gradient)?,
        (PoolKind::Max, [gradient, x, y]) => {
            expect_shape("gradient of the output", output.clone(), gradient)?;
            expect_shape("input", stated.to_vec(), x)?;
            expect_shape("output", output, y)?;
        }
        (PoolKind::Average, _) => return Err(operand_count("1", operands)),
        (PoolKind::Max, _) => return Err(operand_count("3", operands)),
    }
    Ok(stated.to_vec())
}

/// Shape of the logits.
pub(super) fn cross_entropy<'a>(operands: &[&'a [u64]]) -> Result<&'a [u64], ShapeError> {
    let &[logits, labels] = operands else {
        return Err(operand_count("2", operands));
    };
    match *logits {
        [batch, classes] if classes > 0 => {
            expect_shape("labels", vec![batch], labels)?;
            Ok(logits)
        }
        _ => Err(ShapeError::Rank {
            operand: "logits",
            expected: "[N, classes]",
            got: logits.to_vec(),
        }),
    }
}

pub(super) fn optimiser_step(step: &OptimiserStep, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let (alike, learning_rate) = match (step, operands) {
        (OptimiserStep::RootMeanSquare { .. }, [alike @ .., rate]) if alike.len() == 3 => (alike, Some(rate)),
        (OptimiserStep::Descent, [alike @ .., rate]) if alike.len() == 2 => (alike, Some(rate)),
        (OptimiserStep::LayerwiseAdaptiveRate(_), [_, _, _]) => (operands, None),
        (OptimiserStep::RootMeanSquare { .. }, _) => return Err(operand_count("4", operands)),
        (OptimiserStep::Descent | OptimiserStep::LayerwiseAdaptiveRate(_), _) => {
            return Err(operand_count("3", operands));
        }
    };
    for operand in alike {
        expect_shape("operand", alike[0].to_vec(), operand)?;
    }
    if let Some(rate) = learning_rate {
        expect_shape("learning rate", vec![1], rate)?;
    }
    Ok(alike[0].to_vec())
}
