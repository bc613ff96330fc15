//! Values that are known before the network runs.

use std::sync::Arc;

use super::{
    OnnxError,
    data::{Data, NumberFormat},
    external::ExternalFiles,
    limits::{MAX_DIMENSIONS, MAX_ELEMENTS, MAX_INTEGERS},
    proto::{self, TensorProto, data_type},
    weights::Weight,
};

/// A constant tensor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    /// The initialiser that it came from, or the value that it is.
    pub(super) origin: String,
    /// Its elements.
    pub(super) content: Content,
    /// Whether an operator's definition states it rather than the file, so that training leaves it as it is.
    pub(super) defined: bool,
}

/// Elements of a constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// Whole numbers and truth values: shapes, axes, indices.
    Integers(Integers),
    /// Floating-point numbers.
    Numbers(Weight),
}

/// A small tensor of whole numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Integers {
    pub(super) shape: Vec<u64>,
    pub(super) values: Arc<[i64]>,
}

impl Integers {
    /// A list.
    pub(super) fn list(values: impl IntoIterator<Item = i64>) -> Self {
        let values: Arc<[i64]> = values.into_iter().collect();
        Self {
            shape: vec![values.len() as u64],
            values,
        }
    }
}

impl Constant {
    pub(super) fn integers(origin: &str, integers: Integers) -> Self {
        Self {
            origin: origin.to_owned(),
            content: Content::Integers(integers),
            defined: false,
        }
    }

    pub(super) fn numbers(origin: &str, weight: Weight) -> Self {
        Self {
            origin: origin.to_owned(),
            content: Content::Numbers(weight),
            defined: false,
        }
    }

    /// Numbers of an operator's definition.
    pub(super) fn coefficients(origin: &str, weight: Weight) -> Self {
        Self {
            defined: true,
            ..Self::numbers(origin, weight)
        }
    }

    pub(super) fn shape(&self) -> &[u64] {
        match &self.content {
            Content::Integers(integers) => &integers.shape,
            Content::Numbers(weight) => weight.shape(),
        }
    }

    pub(super) fn elements(&self) -> u64 {
        match &self.content {
            Content::Integers(integers) => integers.values.len() as u64,
            Content::Numbers(weight) => weight.elements(),
        }
    }

    /// The only element; `None` where there are several, or no data.
    pub(super) fn scalar(&self) -> Option<f64> {
        self.number().ok().flatten()
    }

    /// The only element; `None` where there are several.
    ///
    /// # Errors
    /// Where the file holds no data for it.
    pub(super) fn number(&self) -> Result<Option<f64>, OnnxError> {
        if self.elements() != 1 {
            return Ok(None);
        }
        match &self.content {
            Content::Integers(integers) => Ok(integers.values.first().map(|&value| value as f64)),
            Content::Numbers(weight) => Ok(weight.to_f32()?.first().map(|&value| f64::from(value))),
        }
    }

    /// Its elements as numbers.
    pub(super) fn weight(&self) -> Option<Weight> {
        match &self.content {
            Content::Integers(integers) => {
                let values: Vec<f32> = integers.values.iter().map(|&value| value as f32).collect();
                Weight::from_f32(integers.shape.clone(), &values)
            }
            Content::Numbers(weight) => Some(weight.clone()),
        }
    }

    /// Whether every element is a number, as far as there is data.
    pub(super) fn is_all(&self, expected: f32) -> bool {
        match &self.content {
            Content::Integers(integers) => integers.values.iter().all(|&value| value as f32 == expected),
            Content::Numbers(weight) => weight
                .to_f32()
                .is_ok_and(|values| values.iter().all(|&value| value == expected)),
        }
    }

    /// The same elements in another shape.
    pub(super) fn reshaped(&self, shape: &[u64]) -> Option<Self> {
        let content = match &self.content {
            Content::Integers(integers) => {
                (element_count(shape)? == integers.values.len() as u64).then(|| {
                    Content::Integers(Integers {
                        shape: shape.to_vec(),
                        values: Arc::clone(&integers.values),
                    })
                })?
            }
            Content::Numbers(weight) => Content::Numbers(weight.reshaped(shape)?),
        };
        Some(Self {
            origin: self.origin.clone(),
            content,
            defined: self.defined,
        })
    }

    /// The shape with dimensions of size 1 put before it, so that it has `rank`.
    pub(super) fn shape_of_rank(&self, rank: usize) -> Vec<u64> {
        let shape = self.shape();
        let missing = rank.saturating_sub(shape.len());
        std::iter::repeat_n(1, missing)
            .chain(shape.iter().copied())
            .collect()
    }

    /// Whether it holds one number for each of `channels`, spread over a tensor of `rank` dimensions `[N, C, …]`.
    pub(super) fn is_per_channel(&self, channels: u64, rank: usize) -> bool {
        let shape = self.shape_of_rank(rank);
        shape.len() == rank
            && self.elements() == channels
            && shape.get(1) == Some(&channels)
            && matches!(self.content, Content::Numbers(_))
    }
}

/// The constant that a tensor of the file holds.
pub(super) fn decode(tensor: &TensorProto, name: &str, files: &ExternalFiles) -> Result<Constant, OnnxError> {
    let wrong = |reason: String, expected: &str| OnnxError::Tensor {
        tensor: name.to_owned(),
        reason,
        expected: expected.to_owned(),
    };
    let sizes = shape(&tensor.dims).and_then(|shape| Some((element_count(&shape)?, shape)));
    let Some((elements, shape)) = sizes else {
        return Err(wrong(
            format!("its shape is {:?}", tensor.dims),
            &format!("at most {MAX_DIMENSIONS} sizes of 0 or more, {MAX_ELEMENTS} elements"),
        ));
    };
    let number = tensor.data_type.unwrap_or(0);
    let Some(width) = width(number) else {
        return Err(wrong(
            format!("its data type has number {number}"),
            "floating-point numbers of 16, 32 or 64 bits, whole numbers or truth values",
        ));
    };
    let bytes_expected = elements * width;
    let too_few = |got: u64| {
        wrong(
            format!("it has {got} elements or bytes of data"),
            &format!("{elements} elements, {bytes_expected} bytes, for shape {shape:?}"),
        )
    };
    let is_external = tensor.data_location == Some(proto::EXTERNAL);
    let range = if is_external {
        files.range(tensor, name, bytes_expected)?
    } else {
        None
    };
    let raw = tensor
        .raw_data
        .clone()
        .filter(|raw| !raw.is_empty() && !is_external);
    let quantised = quantised_format(number).filter(|_| elements > MAX_INTEGERS);
    if let Some(format) = number_format(number).or(quantised) {
        let data = match (range, raw) {
            (Some(range), _) => Data::External { format, range },
            (None, Some(bytes)) => Data::Bytes { format, bytes },
            (None, None) if is_external => Data::Absent(name.into()),
            (None, None) => match typed_bytes(tensor, format) {
                bytes if bytes.is_empty() && elements > 0 => Data::Absent(name.into()),
                bytes => Data::Bytes {
                    format,
                    bytes: bytes.into(),
                },
            },
        };
        if let Data::Bytes { bytes, .. } = &data
            && bytes.len() as u64 != bytes_expected
        {
            return Err(too_few(bytes.len() as u64));
        }
        return Ok(Constant::numbers(name, Weight::lying(shape, data)));
    }
    if elements > MAX_INTEGERS {
        return Err(wrong(
            format!("it has {elements} whole numbers"),
            &format!("at most {MAX_INTEGERS}: shapes and indices, or quantised weights of 8 bits"),
        ));
    }
    let raw = match range {
        Some(range) => Some(range.read()?),
        None => raw,
    };
    if raw.is_none() && elements > 0 && tensor.int64_data.is_empty() && tensor.int32_data.is_empty() {
        return Err(OnnxError::NoData {
            tensor: name.to_owned(),
        });
    }
    let values: Vec<i64> = match raw {
        Some(raw) if raw.len() as u64 == bytes_expected => raw
            .chunks_exact(width as usize)
            .map(|bytes| integer(bytes, number))
            .collect(),
        Some(raw) => return Err(too_few(raw.len() as u64)),
        None if number == data_type::INT64 => tensor.int64_data.clone(),
        None => tensor.int32_data.iter().map(|&value| i64::from(value)).collect(),
    };
    if values.len() as u64 != elements {
        return Err(too_few(values.len() as u64));
    }
    Ok(Constant::integers(
        name,
        Integers {
            shape,
            values: values.into(),
        },
    ))
}

/// Elements of a shape; `None` where they, or those of a part of the dimensions, are more than any tensor has.
pub(super) fn element_count(shape: &[u64]) -> Option<u64> {
    shape
        .iter()
        .try_fold(1_u64, |product, &size| product.checked_mul(size.max(1)))
        .filter(|&product| product <= MAX_ELEMENTS)
        .map(|product| if shape.contains(&0) { 0 } else { product })
}

/// Sizes of dimensions, if they can be.
fn shape(dims: &[i64]) -> Option<Vec<u64>> {
    if dims.len() > MAX_DIMENSIONS {
        return None;
    }
    dims.iter().map(|&size| u64::try_from(size).ok()).collect()
}

/// Bytes of an element.
const fn width(number: i32) -> Option<u64> {
    match number {
        data_type::BOOL | data_type::UINT8 | data_type::INT8 => Some(1),
        data_type::FLOAT16 | data_type::BFLOAT16 | data_type::UINT16 | data_type::INT16 => Some(2),
        data_type::FLOAT | data_type::INT32 | data_type::UINT32 => Some(4),
        data_type::DOUBLE | data_type::INT64 => Some(8),
        _ => None,
    }
}

pub(super) const fn number_format(number: i32) -> Option<NumberFormat> {
    match number {
        data_type::FLOAT16 => Some(NumberFormat::F16),
        data_type::BFLOAT16 => Some(NumberFormat::Bf16),
        data_type::FLOAT => Some(NumberFormat::F32),
        data_type::DOUBLE => Some(NumberFormat::F64),
        _ => None,
    }
}

/// The format of quantised weights.
const fn quantised_format(number: i32) -> Option<NumberFormat> {
    match number {
        data_type::INT8 => Some(NumberFormat::I8),
        data_type::UINT8 => Some(NumberFormat::U8),
        _ => None,
    }
}

/// Values that are stored as a list of numbers instead of as bytes; halves lie in the low half of 32-bit numbers.
fn typed_bytes(tensor: &TensorProto, format: NumberFormat) -> Vec<u8> {
    match format {
        NumberFormat::F16 | NumberFormat::Bf16 => tensor
            .int32_data
            .iter()
            .flat_map(|&value| (value as u16).to_le_bytes())
            .collect(),
        NumberFormat::I8 | NumberFormat::U8 => tensor.int32_data.iter().map(|&value| value as u8).collect(),
        NumberFormat::F32 => tensor
            .float_data
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        NumberFormat::F64 => tensor
            .double_data
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
    }
}

/// A little-endian whole number of as many bytes as there are.
fn integer(bytes: &[u8], number: i32) -> i64 {
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    let unsigned = i64::from_le_bytes(wide);
    let signed = !matches!(
        number,
        data_type::BOOL | data_type::UINT8 | data_type::UINT16 | data_type::UINT32
    );
    if signed {
        let unused_bits = 64 - 8 * bytes.len() as u32;
        (unsigned << unused_bits) >> unused_bits
    } else {
        unsigned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(dims: &[i64], number: i32) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type: Some(number),
            ..TensorProto::default()
        }
    }

    fn decoded(tensor: &TensorProto) -> Result<Constant, OnnxError> {
        decode(tensor, "t", &ExternalFiles::default())
    }

    #[test]
    fn whole_numbers_keep_their_sign() {
        for (number, raw, expected) in [
            (data_type::INT8, vec![0xff, 1], vec![-1, 1]),
            (data_type::UINT8, vec![0xff, 1], vec![255, 1]),
            (data_type::INT16, vec![0xfe, 0xff, 1, 0], vec![-2, 1]),
        ] {
            let tensor = TensorProto {
                raw_data: Some(raw.into()),
                ..tensor(&[2], number)
            };
            let constant = decoded(&tensor).expect("two numbers");
            assert_eq!(constant.content, Content::Integers(Integers::list(expected)));
        }
    }

    #[test]
    fn lists_of_numbers_are_as_good_as_bytes() {
        let floats = TensorProto {
            float_data: vec![1.0, 2.0],
            ..tensor(&[2], data_type::FLOAT)
        };
        let halves = TensorProto {
            int32_data: vec![0x3c00, 0x4000],
            ..tensor(&[2], data_type::FLOAT16)
        };
        for tensor in [floats, halves] {
            let Content::Numbers(weight) = decoded(&tensor).expect("two numbers").content else {
                panic!("not numbers");
            };
            assert_eq!(weight.to_f32().expect("data"), [1.0, 2.0]);
        }
    }

    /// A file may state tensors without their data, and is sound as long as nobody asks for it.
    #[test]
    fn tensors_without_data() {
        let numbers = decoded(&tensor(&[2, 3], data_type::FLOAT)).expect("a tensor");
        assert_eq!((numbers.shape(), numbers.scalar()), ([2, 3].as_slice(), None));
        let Content::Numbers(weight) = numbers.content else {
            panic!("not numbers");
        };
        assert_eq!(weight.missing(), Some("t"));
        let whole = decoded(&tensor(&[2], data_type::INT64));
        assert!(matches!(whole, Err(OnnxError::NoData { .. })), "{whole:?}");
        assert!(decoded(&tensor(&[0], data_type::INT64)).is_ok());
    }

    #[test]
    fn impossible_tensors_are_errors() {
        for tensor in [
            tensor(&[-1], data_type::FLOAT),
            tensor(&[i64::MAX, i64::MAX], data_type::FLOAT),
            tensor(&[i64::MAX], data_type::DOUBLE),
            tensor(&[2], 8),
            tensor(&[2], 99),
            tensor(&[1; 40], data_type::FLOAT),
            tensor(&[1 << 30], data_type::INT64),
            TensorProto {
                raw_data: Some(vec![0; 7].into()),
                ..tensor(&[2], data_type::FLOAT)
            },
        ] {
            assert!(
                matches!(decoded(&tensor), Err(OnnxError::Tensor { .. })),
                "{tensor:?}"
            );
        }
    }
}
