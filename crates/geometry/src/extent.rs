//! Sizes of what tiles have.

/// Sizes of what a tile has, as vector kernels count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Extent {
    /// Elements.
    pub elements: u64,
    /// Values of the first dimension (samples) touched.
    pub samples: u64,
    /// Values of the second dimension (channels) touched.
    pub channels: u64,
}

impl Extent {
    /// The extent of one element.
    pub(crate) const UNIT: Self = Self {
        elements: 1,
        samples: 1,
        channels: 1,
    };

    /// The extent of the product of what is counted here and there, over different dimensions.
    pub(crate) fn times(self, other: Self) -> Self {
        let elements = self.elements * other.elements;
        if elements == 0 {
            return Self::default();
        }
        Self {
            elements,
            samples: self.samples * other.samples,
            channels: self.channels * other.channels,
        }
    }
}
