//! Tensors with values.

use super::relative_difference;

/// A tensor with its values in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Shape, outermost first.
    pub shape: Vec<u64>,
    /// Values.
    pub values: Vec<f64>,
}

impl Tensor {
    /// A tensor of one value.
    pub fn filled(shape: &[u64], value: f64) -> Self {
        let elements: u64 = shape.iter().product();
        Self {
            shape: shape.to_vec(),
            values: vec![value; elements as usize],
        }
    }

    /// The largest difference from a reference, relative to that one's largest magnitude (absolute where that is 0); infinite
    /// where shapes differ or a value is not a number.
    pub fn relative_error(&self, reference: &Self) -> f64 {
        if self.shape != reference.shape {
            return f64::INFINITY;
        }
        let pairs = self.values.iter().zip(&reference.values);
        relative_difference(pairs.map(|(mine, theirs)| (*mine, *theirs)))
    }

    /// The same shape with other values.
    pub(super) fn map(&self, function: impl Fn(f64) -> f64) -> Self {
        Self {
            shape: self.shape.clone(),
            values: self.values.iter().map(|&value| function(value)).collect(),
        }
    }

    /// Element by element with a second tensor of the same shape.
    pub(super) fn zip(&self, other: &Self, function: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            shape: self.shape.clone(),
            values: pairs.map(|(&a, &b)| function(a, b)).collect(),
        }
    }

    /// Every element with the index of its channel.
    pub(super) fn map_with_channel(&self, function: impl Fn(usize, f64) -> f64) -> Self {
        let channels = channel_of(&self.shape);
        Self {
            shape: self.shape.clone(),
            values: self
                .values
                .iter()
                .enumerate()
                .map(|(index, &value)| function(channels(index), value))
                .collect(),
        }
    }

    /// For each element of `shape` the index of the element that stands for it here, where dimensions of size 1 repeat.
    pub(super) fn broadcast_index(&self, shape: &[u64]) -> impl Fn(usize) -> usize + use<> {
        let own = strides(&self.shape);
        let dimensions: Vec<(usize, usize, usize)> = strides(shape)
            .into_iter()
            .zip(shape)
            .zip(own.into_iter().zip(&self.shape))
            .map(|((stride, &size), (own, &own_size))| {
                (stride, size as usize, if own_size == 1 { 0 } else { own })
            })
            .collect();
        move |index| {
            dimensions
                .iter()
                .map(|(stride, size, own)| index / stride % size * own)
                .sum()
        }
    }
}

/// Channel of a row-major index.
pub(super) fn channel_of(shape: &[u64]) -> impl Fn(usize) -> usize + use<> {
    let positions: u64 = shape.iter().skip(2).product();
    let positions = positions.max(1) as usize;
    let channels = shape.get(1).copied().unwrap_or(1).max(1) as usize;
    move |index| index / positions % channels
}

/// Distance of neighbours along each dimension.
pub(super) fn strides(shape: &[u64]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for d in (1..shape.len()).rev() {
        strides[d - 1] = strides[d] * shape[d] as usize;
    }
    strides
}

/// Indices of the element at a row-major index.
pub(super) fn unflattened(shape: &[u64], index: usize) -> Vec<u64> {
    strides(shape)
        .into_iter()
        .zip(shape)
        .map(|(stride, &size)| (index / stride) as u64 % size.max(1))
        .collect()
}
