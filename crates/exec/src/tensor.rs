//! Whole tensors, as they come in and go out.

use std::collections::BTreeMap;

use tilesim_graph::reference::relative_difference;

/// A tensor with its values in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Shape, outermost first.
    pub shape: Vec<u64>,
    /// Values.
    pub values: Vec<f32>,
}

/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

impl Tensor {
    /// A tensor of zeros.
    pub fn zeros(shape: &[u64]) -> Self {
        let elements: u64 = shape.iter().product();
        Self {
            shape: shape.to_vec(),
            values: vec![0.0; elements as usize],
        }
    }

    /// Every value times a factor.
    #[must_use]
    pub fn scaled(&self, factor: f32) -> Self {
        Self {
            shape: self.shape.clone(),
            values: self.values.iter().map(|value| value * factor).collect(),
        }
    }

    /// A matrix the other way round.
    #[must_use]
    pub fn transposed(&self, rows: u64, columns: u64) -> Self {
        let (height, width) = (rows as usize, columns as usize);
        let values = (0..width).flat_map(|column| (0..height).map(move |row| row * width + column));
        Self {
            shape: vec![columns, rows],
            values: values
                .filter_map(|index| self.values.get(index).copied())
                .collect(),
        }
    }

    /// The largest difference from another tensor, relative to that one's largest magnitude (or absolute where that is 0); infinite
    /// where they do not have as many elements.
    pub fn relative_error(&self, reference: &Self) -> f64 {
        if self.values.len() != reference.values.len() {
            return f64::INFINITY;
        }
        let pairs = self.values.iter().zip(&reference.values);
        relative_difference(pairs.map(|(mine, theirs)| (f64::from(*mine), f64::from(*theirs))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_that_is_too_short_differs_from_its_reference() {
        let of = |values: &[f32]| Tensor {
            shape: vec![values.len() as u64],
            values: values.to_vec(),
        };
        let reference = of(&[1.0, -2.0]);
        assert!((of(&[1.0, -1.0]).relative_error(&reference) - 0.5).abs() < 1e-9);
        assert!(of(&[1.0]).relative_error(&reference).is_infinite());
        assert!(of(&[]).relative_error(&reference).is_infinite());
    }
}
