//! Where the values of a tensor lie.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use half::{bf16, f16};
use prost::bytes::Bytes;

use super::{OnnxError, external::ExternalRange, limits::MAX_DEFERRED_DEPTH, weights::Weight};

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
    /// A byte with a sign, of quantised weights.
    I8,
    /// A byte, of quantised weights.
    U8,
}

impl NumberFormat {
    /// Bytes of one number.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Whether it is one of floating-point numbers.
    pub const fn is_float(self) -> bool {
        !matches!(self, Self::I8 | Self::U8)
    }

    /// Numbers of this format in single precision.
    fn to_f32(self, bytes: &[u8]) -> Vec<f32> {
        fn map<const WIDTH: usize>(bytes: &[u8], decode: impl Fn([u8; WIDTH]) -> f32) -> Vec<f32> {
            let (values, _) = bytes.as_chunks::<WIDTH>();
            values.iter().map(|&value| decode(value)).collect()
        }
        match self {
            Self::F16 => map(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Self::Bf16 => map(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Self::F32 => map(bytes, f32::from_le_bytes),
            Self::F64 => map(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::I8 => map(bytes, |bytes| f32::from(i8::from_le_bytes(bytes))),
            Self::U8 => map(bytes, |[byte]: [u8; 1]| f32::from(byte)),
        }
    }
}

/// Where the values of a tensor lie.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// In memory, a slice of the file's.
    Bytes { format: NumberFormat, bytes: Bytes },
    /// In a file beside the model.
    External {
        format: NumberFormat,
        range: ExternalRange,
    },
    /// Nowhere: the file states this tensor, and holds no data for it.
    Absent(Arc<str>),
    /// In other tensors, of which they are computed.
    Computed(Arc<Computed>),
}

/// Makes values of those of operands.
type Function = dyn Fn(&[Cow<'_, [f32]>]) -> Vec<f32> + Send + Sync;

/// Values that are computed when they are asked for, once.
pub(super) struct Computed {
    elements: u64,
    operands: Vec<Weight>,
    function: Box<Function>,
    /// Computed values that these are computed of, one of the other.
    depth: usize,
    /// Once: whoever reads them borrows them, so that what is held is what the budget of constants was taken for.
    values: OnceLock<Vec<f32>>,
}

impl fmt::Debug for Computed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Computed")
            .field("elements", &self.elements)
            .finish_non_exhaustive()
    }
}

impl Data {
    /// Values that a function makes of operands.
    pub(super) fn computed(
        elements: u64,
        operands: Vec<Weight>,
        function: impl Fn(&[Cow<'_, [f32]>]) -> Vec<f32> + Send + Sync + 'static,
    ) -> Result<Self, OnnxError> {
        let depths = operands.iter().map(|operand| operand.data().depth());
        let depth = depths.max().unwrap_or(0) + 1;
        if depth > MAX_DEFERRED_DEPTH {
            return Err(OnnxError::TooMany {
                what: "constants computed one of the other",
                got: depth as u64,
                limit: MAX_DEFERRED_DEPTH as u64,
            });
        }
        Ok(Self::Computed(Arc::new(Computed {
            elements,
            operands,
            function: Box::new(function),
            depth,
            values: OnceLock::new(),
        })))
    }

    fn depth(&self) -> usize {
        match self {
            Self::Computed(computed) => computed.depth,
            Self::Bytes { .. } | Self::External { .. } | Self::Absent(_) => 0,
        }
    }

    /// Whether the values need not be read or computed.
    pub(super) const fn is_in_memory(&self) -> bool {
        matches!(self, Self::Bytes { .. })
    }

    pub(super) fn is_float(&self) -> bool {
        match self {
            Self::Bytes { format, .. } | Self::External { format, .. } => format.is_float(),
            Self::Absent(_) | Self::Computed(_) => true,
        }
    }

    /// Whether both lie in one place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Bytes { format, bytes },
                Self::Bytes {
                    format: other,
                    bytes: others,
                },
            ) => format == other && bytes.as_ptr() == others.as_ptr() && bytes.len() == others.len(),
            (
                Self::External { format, range },
                Self::External {
                    format: other,
                    range: others,
                },
            ) => format == other && range == others,
            (Self::Absent(name), Self::Absent(other)) => name == other,
            (Self::Computed(computed), Self::Computed(other)) => Arc::ptr_eq(computed, other),
            _ => false,
        }
    }

    /// A tensor without data that the values depend on.
    pub(super) fn missing(&self) -> Option<&str> {
        match self {
            Self::Bytes { .. } | Self::External { .. } => None,
            Self::Absent(name) => Some(name),
            Self::Computed(computed) if computed.values.get().is_some() => None,
            Self::Computed(computed) => computed.operands.iter().find_map(Weight::missing),
        }
    }

    /// The values, of which there are to be so many.
    pub(super) fn values(&self, elements: u64) -> Result<Cow<'_, [f32]>, OnnxError> {
        match self {
            Self::Bytes { format, bytes } => Ok(format.to_f32(bytes).into()),
            Self::External { format, range } => Ok(format.to_f32(&range.read()?).into()),
            // Nothing is what a tensor of no elements holds.
            Self::Absent(_) if elements == 0 => Ok(Cow::default()),
            Self::Absent(name) => Err(OnnxError::NoData {
                tensor: name.as_ref().to_owned(),
            }),
            Self::Computed(computed) => computed.values().map(Cow::Borrowed),
        }
    }
}

impl Computed {
    fn values(&self) -> Result<&[f32], OnnxError> {
        if let Some(values) = self.values.get() {
            return Ok(values);
        }
        let operands = self.operands.iter().map(Weight::values);
        let operands: Vec<Cow<'_, [f32]>> = operands.collect::<Result<_, _>>()?;
        let values = (self.function)(&operands);
        if values.len() as u64 != self.elements {
            return Err(OnnxError::Tensor {
                tensor: "computed from constants".to_owned(),
                reason: format!("it has {} elements", values.len()),
                expected: format!("{}", self.elements),
            });
        }
        Ok(self.values.get_or_init(|| values))
    }
}
