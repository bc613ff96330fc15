//! Values of parameters.

use std::{borrow::Cow, collections::BTreeMap};

use prost::bytes::Bytes;

use super::{
    OnnxError,
    data::{Data, NumberFormat},
    limits::MAX_EAGER_NUMBERS,
};

/// Values of a network's parameters and statistics, by the name of their tensor in the graph.
///
/// They share the memory of the file that they come from; cloning copies nothing.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Weight>,
}

/// Values of one tensor, in row-major order. They are read, and computed where the file has them otherwise, when they are asked for.
#[derive(Debug, Clone)]
pub struct Weight {
    shape: Vec<u64>,
    data: Data,
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

impl Weight {
    /// Single-precision values; `None` where there are not as many as the shape has elements.
    pub fn from_f32(shape: Vec<u64>, values: &[f32]) -> Option<Self> {
        let bytes: Bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::from_bytes(shape, NumberFormat::F32, bytes)
    }

    /// Little-endian values; `None` where there are not as many as the shape has elements.
    pub(super) fn from_bytes(shape: Vec<u64>, format: NumberFormat, bytes: Bytes) -> Option<Self> {
        let fits = byte_size(&shape, format) == Some(bytes.len() as u64);
        fits.then_some(Self {
            shape,
            data: Data::Bytes { format, bytes },
        })
    }

    /// Values that lie where `data` says.
    pub(super) const fn lying(shape: Vec<u64>, data: Data) -> Self {
        Self { shape, data }
    }

    /// Values that a function makes of others: at once where they are few and in memory, else when they are asked for. The function
    /// is given the values of each operand.
    pub(super) fn computed(
        shape: Vec<u64>,
        operands: Vec<Self>,
        function: impl Fn(&[Cow<'_, [f32]>]) -> Vec<f32> + Send + Sync + 'static,
    ) -> Result<Self, OnnxError> {
        let elements: u64 = shape.iter().product();
        if elements == 0 {
            // However large its other dimensions are, there is nothing to work out.
            let (format, bytes) = (NumberFormat::F32, Bytes::new());
            let data = Data::Bytes { format, bytes };
            return Ok(Self { shape, data });
        }
        let is_small = operands
            .iter()
            .all(|operand| operand.data.is_in_memory() && operand.elements() <= MAX_EAGER_NUMBERS);
        let data = Data::computed(elements, operands, function)?;
        if is_small && elements <= MAX_EAGER_NUMBERS {
            let values = data.values(elements)?;
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            let format = NumberFormat::F32;
            return Ok(Self {
                shape,
                data: Data::Bytes { format, bytes },
            });
        }
        Ok(Self { shape, data })
    }

    /// Shape.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Elements.
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// The tensor of the file that the values depend on and that has no data.
    pub fn missing(&self) -> Option<&str> {
        self.data.missing()
    }

    /// The values in single precision: double-precision ones rounded to nearest, the others exact.
    ///
    /// # Errors
    /// Where the file holds no data for them, or the file that does cannot be read.
    pub fn to_f32(&self) -> Result<Vec<f32>, OnnxError> {
        self.values().map(Cow::into_owned)
    }

    /// As [`Self::to_f32`], borrowed where they were computed.
    pub(super) fn values(&self) -> Result<Cow<'_, [f32]>, OnnxError> {
        self.data.values(self.elements())
    }

    pub(super) const fn data(&self) -> &Data {
        &self.data
    }

    /// Whether the values are floating-point numbers, not quantised ones.
    pub(super) fn is_float(&self) -> bool {
        self.data.is_float()
    }

    /// Whether both are one tensor of the file, or one value that is computed.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.shape == other.shape && self.data.is_same(&other.data)
    }

    /// The same values in another shape; `None` where that has another number of elements.
    pub(super) fn reshaped(&self, shape: &[u64]) -> Option<Self> {
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, &size| product.checked_mul(size))?;
        (elements == self.elements()).then(|| Self {
            shape: shape.to_vec(),
            data: self.data.clone(),
        })
    }

    /// The elements in another order: element `i` of the result is element `order()[i]`.
    pub(super) fn reordered(
        &self,
        shape: Vec<u64>,
        order: impl Fn() -> Vec<usize> + Send + Sync + 'static,
    ) -> Result<Self, OnnxError> {
        Self::computed(shape, vec![self.clone()], move |operands| {
            let values = operands.first().map_or(&[] as &[f32], AsRef::as_ref);
            order()
                .into_iter()
                .filter_map(|index| values.get(index).copied())
                .collect()
        })
    }
}

impl PartialEq for Weight {
    /// Whether both are one tensor of the file; equal values of two tensors are two.
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

impl Eq for Weight {}

fn byte_size(shape: &[u64], format: NumberFormat) -> Option<u64> {
    shape
        .iter()
        .try_fold(format.bytes(), |size, &dimension| size.checked_mul(dimension))
}

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

    use super::*;

    #[test]
    fn every_format_becomes_single_precision() {
        let values = [1.5_f32, -0.25, 256.0];
        let bytes_of = |format| -> Vec<u8> {
            let of = |&value: &f32| match format {
                NumberFormat::F16 => f16::from_f32(value).to_le_bytes().to_vec(),
                NumberFormat::Bf16 => bf16::from_f32(value).to_le_bytes().to_vec(),
                NumberFormat::F32 => value.to_le_bytes().to_vec(),
                _ => f64::from(value).to_le_bytes().to_vec(),
            };
            values.iter().flat_map(of).collect()
        };
        for format in [
            NumberFormat::F16,
            NumberFormat::Bf16,
            NumberFormat::F32,
            NumberFormat::F64,
        ] {
            let weight = Weight::from_bytes(vec![3], format, bytes_of(format).into()).expect("three values");
            assert_eq!(weight.to_f32().expect("data"), values, "{format:?}");
        }
        assert!(Weight::from_bytes(vec![u64::MAX, 2], NumberFormat::F32, Bytes::new()).is_none());
        assert!(Weight::from_f32(vec![2], &[1.0]).is_none());
    }

    #[test]
    fn quantised_numbers_keep_their_sign() {
        let of = |format| {
            let weight = Weight::from_bytes(vec![2], format, vec![0xff, 1].into());
            weight.expect("two values").to_f32().expect("data")
        };
        assert_eq!(of(NumberFormat::I8), [-1.0, 1.0]);
        assert_eq!(of(NumberFormat::U8), [255.0, 1.0]);
    }

    #[test]
    fn values_that_depend_on_missing_data_name_it() {
        let absent = Weight::lying(vec![2], Data::Absent("w".into()));
        let doubled = Weight::computed(vec![2], vec![absent.clone()], |operands| {
            operands[0].iter().map(|value| 2.0 * value).collect()
        });
        let doubled = doubled.expect("a value");
        assert_eq!((doubled.elements(), doubled.missing()), (2, Some("w")));
        let error = doubled.to_f32().expect_err("no data");
        assert!(
            matches!(&error, OnnxError::NoData { tensor } if tensor == "w"),
            "{error}"
        );
        assert!(doubled.is_same(&doubled.clone()) && !doubled.is_same(&absent));
    }

    #[test]
    fn few_values_are_computed_at_once_and_many_when_they_are_asked_for() {
        for elements in [4, 2 * MAX_EAGER_NUMBERS] {
            let values: Vec<f32> = (0..elements).map(|value| value as f32).collect();
            let weight = Weight::from_f32(vec![elements], &values).expect("as many values");
            let reversed = weight.reordered(vec![elements], move || (0..elements as usize).rev().collect());
            let reversed = reversed.expect("a value");
            assert_eq!(reversed.data.is_in_memory(), elements == 4);
            let expected: Vec<f32> = values.into_iter().rev().collect();
            assert_eq!(reversed.to_f32().expect("data"), expected);
        }
        let short = Weight::from_f32(vec![2], &[1.0, 2.0])
            .expect("two values")
            .reordered(vec![2], || vec![0, 7]);
        assert!(matches!(short, Err(OnnxError::Tensor { .. })));
    }

    #[test]
    fn values_that_lie_too_deep_are_an_error() {
        let mut weight = Weight::lying(vec![1], Data::Absent("w".into()));
        let error = loop {
            match weight.reordered(vec![1], || vec![0]) {
                Ok(next) => weight = next,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, OnnxError::TooMany { .. }), "{error}");
    }
}
