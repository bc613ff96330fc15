//! Rearrangements.

use super::tensor::{Tensor, strides, unflattened};
use crate::Rearrangement;

/// Every element of the iteration space is looked up in the operands one after the other.
pub(super) fn forward(rearrangement: &Rearrangement, operands: &[&Tensor], shape: &[u64]) -> Tensor {
    let sizes = &rearrangement.sizes;
    let to = strides(shape);
    let mut result = Tensor::filled(shape, rearrangement.fill);
    for point in 0..result.values.len() {
        let values = unflattened(sizes, point);
        let place: usize = rearrangement
            .result
            .iter()
            .zip(&to)
            .map(|(variables, stride)| {
                let digit = |index: u64, variable: &u8| {
                    index * sizes[usize::from(*variable)] + values[usize::from(*variable)]
                };
                variables.iter().fold(0, digit) as usize * stride
            })
            .sum();
        let found = operands.iter().enumerate().find_map(|(operand, x)| {
            let index = rearrangement.element(operand, &values)?;
            let strides = strides(&x.shape);
            let at = index
                .iter()
                .zip(strides)
                .map(|(index, stride)| *index as usize * stride);
            Some(x.values[at.sum::<usize>()])
        });
        if let Some(value) = found {
            result.values[place] = value;
        }
    }
    result
}
