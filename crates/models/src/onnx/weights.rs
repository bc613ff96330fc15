//! Values of parameters.

use std::collections::BTreeMap;

use half::{bf16, f16};
use prost::bytes::Bytes;

/// Values of a network's parameters and statistics, by the name of their tensor in the graph.
///
/// They share the memory of the file that they come from; cloning copies nothing.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Weight>,
}

/// Format of a number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFormat {
    /// IEEE half precision.
    F16,
    /// The upper half of a single-precision number.
    Bf16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
}

/// Values of one tensor, in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    shape: Vec<u64>,
    format: NumberFormat,
    bytes: Bytes,
}

impl Weights {
    /// Values of a tensor.
    pub fn get(&self, tensor: &str) -> Option<&Weight> {
        self.tensors.get(tensor)
    }

    /// All tensors, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Weight)> {
        self.tensors.iter().map(|(name, weight)| (name.as_str(), weight))
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// States the values of a tensor.
    pub fn insert(&mut self, tensor: impl Into<String>, weight: Weight) {
        self.tensors.insert(tensor.into(), weight);
    }
}

impl NumberFormat {
    /// Bytes of one number.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

impl Weight {
    /// Single-precision values; `None` where there are not as many as the shape has elements.
    pub fn from_f32(shape: Vec<u64>, values: &[f32]) -> Option<Self> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::from_bytes(shape, NumberFormat::F32, bytes)
    }

    /// Little-endian values; `None` where there are not as many as the shape has elements.
    pub(super) fn from_bytes(shape: Vec<u64>, format: NumberFormat, bytes: Bytes) -> Option<Self> {
        let size = shape
            .iter()
            .try_fold(format.bytes(), |size, &dimension| size.checked_mul(dimension));
        (size == Some(bytes.len() as u64)).then_some(Self { shape, format, bytes })
    }

    /// Shape.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Format in which the values are stored.
    pub const fn format(&self) -> NumberFormat {
        self.format
    }

    /// Elements.
    pub fn elements(&self) -> u64 {
        self.bytes.len() as u64 / self.format.bytes()
    }

    /// The values in single precision: double-precision ones rounded to nearest, the others exact.
    pub fn to_f32(&self) -> Vec<f32> {
        match self.format {
            NumberFormat::F16 => self.map(|bytes| f16::from_le_bytes(bytes).to_f32()),
            NumberFormat::Bf16 => self.map(|bytes| bf16::from_le_bytes(bytes).to_f32()),
            NumberFormat::F32 => self.map(f32::from_le_bytes),
            NumberFormat::F64 => self.map(|bytes| f64::from_le_bytes(bytes) as f32),
        }
    }

    /// The values in half precision, rounded to nearest, ties to even.
    pub fn to_f16(&self) -> Vec<f16> {
        match self.format {
            NumberFormat::F16 => self.map(f16::from_le_bytes),
            NumberFormat::F64 => self.map(|bytes| f16::from_f64(f64::from_le_bytes(bytes))),
            NumberFormat::Bf16 | NumberFormat::F32 => self.to_f32().into_iter().map(f16::from_f32).collect(),
        }
    }

    /// The same values in another shape; `None` where that has another number of elements.
    pub(super) fn reshaped(&self, shape: &[u64]) -> Option<Self> {
        Self::from_bytes(shape.to_vec(), self.format, self.bytes.clone())
    }

    /// The first value.
    pub(super) fn first(&self) -> Option<f64> {
        let width = self.format.bytes() as usize;
        let first = Self {
            shape: vec![1],
            format: self.format,
            bytes: self.bytes.get(..width).map(|_| self.bytes.slice(..width))?,
        };
        match self.format {
            NumberFormat::F64 => first.map(f64::from_le_bytes).first().copied(),
            _ => first.to_f32().first().map(|&value| f64::from(value)),
        }
    }

    /// The elements in another order: element `i` of the result is element `order[i]`.
    pub(super) fn reordered(&self, shape: Vec<u64>, order: &[usize]) -> Option<Self> {
        let width = self.format.bytes() as usize;
        let mut bytes = Vec::with_capacity(order.len() * width);
        for &index in order {
            bytes.extend_from_slice(self.bytes.get(index.checked_mul(width)?..)?.get(..width)?);
        }
        Self::from_bytes(shape, self.format, bytes.into())
    }

    fn map<const WIDTH: usize, T>(&self, decode: impl Fn([u8; WIDTH]) -> T) -> Vec<T> {
        let (values, _) = self.bytes.as_chunks::<WIDTH>();
        values.iter().map(|&value| decode(value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_becomes_single_and_half_precision() {
        let values = [1.5_f32, -0.25, 65504.0];
        let stored: [(NumberFormat, Vec<u8>); 4] = [
            (
                NumberFormat::F16,
                values
                    .iter()
                    .flat_map(|&v| f16::from_f32(v).to_le_bytes())
                    .collect(),
            ),
            (
                NumberFormat::Bf16,
                [1.5_f32, -0.25, 256.0]
                    .iter()
                    .flat_map(|&v| bf16::from_f32(v).to_le_bytes())
                    .collect(),
            ),
            (
                NumberFormat::F32,
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ),
            (
                NumberFormat::F64,
                values.iter().flat_map(|&v| f64::from(v).to_le_bytes()).collect(),
            ),
        ];
        for (format, bytes) in stored {
            let weight = Weight::from_bytes(vec![3], format, bytes.into()).expect("three values");
            assert_eq!(weight.to_f32()[..2], values[..2], "{format:?}");
            assert_eq!(weight.to_f16()[1], f16::from_f32(-0.25), "{format:?}");
            assert_eq!(weight.first(), Some(1.5), "{format:?}");
        }
        assert!(Weight::from_bytes(vec![u64::MAX, 2], NumberFormat::F32, Bytes::new()).is_none());
        assert!(Weight::from_f32(vec![2], &[1.0]).is_none());
    }
}
