//! Whole tensors, as they come in and go out.

use std::collections::BTreeMap;

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

    /// The largest difference from another tensor, relative to that one's largest magnitude (or absolute where that is 0).
    pub fn relative_error(&self, reference: &Self) -> f64 {
        let largest = reference
            .values
            .iter()
            .fold(0.0_f64, |largest, value| largest.max(f64::from(value.abs())));
        let pairs = self.values.iter().zip(&reference.values);
        let difference = pairs.fold(0.0_f64, |most, (mine, theirs)| {
            let difference = (f64::from(*mine) - f64::from(*theirs)).abs();
            // A value that is not a number differs from everything.
            if difference.is_nan() {
                f64::INFINITY
            } else {
                most.max(difference)
            }
        });
        if largest > 0.0 {
            difference / largest
        } else {
            difference
        }
    }
}
