//! Number formats: what a network states of its tensors, and what a machine stores and computes with.

use serde::{Deserialize, Serialize};

/// A number format of the machine.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ElementType {
    /// 8-bit unsigned integer (images as the host sends them).
    U8,
    /// 32-bit signed integer (labels, indices).
    I32,
    /// IEEE 754 half precision.
    F16,
    /// IEEE 754 single precision.
    F32,
}

impl ElementType {
    /// The name in files and texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I32 => "i32",
            Self::F16 => "f16",
            Self::F32 => "f32",
        }
    }

    /// Bytes of one element.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::U8 => 1,
            Self::F16 => 2,
            Self::I32 | Self::F32 => 4,
        }
    }

    /// Whether the format is a floating-point one, which arithmetic kernels take.
    pub const fn is_floating_point(self) -> bool {
        matches!(self, Self::F16 | Self::F32)
    }
}
