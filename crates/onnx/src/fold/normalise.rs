//! Batch norm of constants, as exporters standardise weights with.

use super::{
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, operand},
};
use crate::{OnnxError, constant::Constant, node::Node};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[row("BatchNormalization", &[1, 7, 9, 14, 15], batch)];

/// (x − mean) / √(variance + ε) · scale + shift of each channel, dimension 1. As it trains, mean and variance are those of the
/// constant; what it puts out besides is none of a network at inference.
fn batch(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let x = operand(node, operands, 0)?;
    let shape = x.shape().to_vec();
    let channels = shape.get(1).copied().unwrap_or(1);
    let trains = node.trains()?;
    let mut inputs = vec![x];
    for index in 1..if trains { 3 } else { 5 } {
        let parameter = operand(node, operands, index)?;
        if parameter.elements() != channels {
            return Err(node.invalid(
                format!("operand {index} has shape {:?}", parameter.shape()),
                format!("[{channels}], a number for each channel"),
            ));
        }
        inputs.push(parameter);
    }
    let epsilon = node.number("epsilon")?.unwrap_or(1e-5);
    let inner = shape.get(2..).unwrap_or_default().iter().product::<u64>().max(1) as usize;
    let channels = channels.max(1) as usize;
    budget.take(node, &shape, false)?;
    let content = computed(node, shape, &inputs, move |operands| {
        let x = &operands[0];
        let channel_of = |index: usize| index / inner % channels;
        let (mean, variance) = if trains {
            moments(x, channels, channel_of)
        } else {
            let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect::<Vec<_>>();
            (wide(&operands[3]), wide(&operands[4]))
        };
        let values = x.iter().enumerate().map(|(index, &value)| {
            let channel = channel_of(index);
            let normalised = (f64::from(value) - mean[channel]) / (variance[channel] + epsilon).sqrt();
            (normalised * f64::from(operands[1][channel]) + f64::from(operands[2][channel])) as f32
        });
        values.collect()
    })?;
    Ok(first_output(node, content))
}

/// Mean and variance of each channel.
fn moments(x: &[f32], channels: usize, channel_of: impl Fn(usize) -> usize) -> (Vec<f64>, Vec<f64>) {
    let count = (x.len() / channels).max(1) as f64;
    let mut mean = vec![0.0; channels];
    for (index, &value) in x.iter().enumerate() {
        mean[channel_of(index)] += f64::from(value) / count;
    }
    let mut variance = vec![0.0; channels];
    for (index, &value) in x.iter().enumerate() {
        let channel = channel_of(index);
        variance[channel] += (f64::from(value) - mean[channel]).powi(2) / count;
    }
    (mean, variance)
}
