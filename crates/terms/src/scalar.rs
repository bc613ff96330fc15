//! Real constants.

use std::fmt;

/// A real constant of a kernel, such as the ε of a norm.
///
/// Equal if its bits are, so that what holds it can be a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scalar(u64);

impl Scalar {
    /// The constant 1.
    pub const ONE: Self = Self::new(1.0);

    /// The constant 0.
    pub const ZERO: Self = Self::new(0.0);

    /// A constant.
    pub const fn new(value: f64) -> Self {
        Self(value.to_bits())
    }

    /// Its value.
    pub const fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value(), formatter)
    }
}
