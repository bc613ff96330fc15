//! Number formats: values are kept as floats, and rounded to the format of the variable that they are written to.

use half::{f16, slice::HalfFloatSliceExt};
use tilesim_machine::ElementType;

/// With which number formats a program is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With those that the program states.
    Machine,
    /// All values are floats, whatever the program states: for comparison with exact answers.
    Float,
}

impl Mode {
    /// The format in which values of a type are kept.
    pub(crate) fn format(self, element_type: ElementType) -> Format {
        match (self, element_type) {
            (Self::Machine, ElementType::F16) => Format::Half,
            _ => Format::Float,
        }
    }

    /// The format of a variable whose elements have so many bytes.
    pub(crate) const fn format_of_bytes(self, element_bytes: u64) -> Format {
        match (self, element_bytes) {
            (Self::Machine, 2) => Format::Half,
            _ => Format::Float,
        }
    }
}

/// A format of floating-point numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// IEEE 754 half precision.
    Half,
    /// IEEE 754 single precision.
    Float,
}

impl Format {
    /// Rounds to the nearest value of the format, ties to even.
    pub(crate) fn round(self, values: &mut [f32]) {
        const AT_ONCE: usize = 64;
        if self == Self::Float {
            return;
        }
        let mut rounded = [f16::ZERO; AT_ONCE];
        for chunk in values.chunks_mut(AT_ONCE) {
            let rounded = &mut rounded[..chunk.len()];
            rounded.convert_from_f32_slice(chunk);
            rounded.convert_to_f32_slice(chunk);
        }
    }

    /// Rounds one value.
    pub(crate) fn rounded(self, value: f32) -> f32 {
        match self {
            Self::Half => f16::from_f32(value).to_f32(),
            Self::Float => value,
        }
    }
}
