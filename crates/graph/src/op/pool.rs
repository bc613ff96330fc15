//! Windowed pooling.

/// Kind of windowed pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolKind {
    /// Largest element.
    Max,
    /// Mean.
    Average,
}

/// Windowed pooling over all spatial dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pool {
    /// Kind.
    pub kind: PoolKind,
    /// Window per spatial dimension.
    pub kernel: Vec<u64>,
    /// Stride per spatial dimension.
    pub stride: Vec<u64>,
    /// Distance of neighbouring elements of a window per spatial dimension (1 = dense).
    pub dilation: Vec<u64>,
    /// Padding before, per spatial dimension.
    pub padding_lower: Vec<u64>,
    /// Padding after, per spatial dimension.
    pub padding_upper: Vec<u64>,
    /// Average only: whether padded zeros count in the divisor.
    pub count_include_pad: bool,
    /// Average only: of the padding after, per spatial dimension, what never counts in the divisor. The last window reaches it
    /// where the number of windows is rounded up (ONNX `ceil_mode`).
    pub uncounted: Vec<u64>,
}

impl Pool {
    /// A dense pooling without padding.
    pub fn new(kind: PoolKind, kernel: &[u64], stride: &[u64]) -> Self {
        Self {
            kind,
            kernel: kernel.to_vec(),
            stride: stride.to_vec(),
            dilation: vec![1; kernel.len()],
            padding_lower: vec![0; kernel.len()],
            padding_upper: vec![0; kernel.len()],
            count_include_pad: false,
            uncounted: vec![0; kernel.len()],
        }
    }

    /// The same with padding before and after each dimension.
    #[must_use]
    pub fn padded(mut self, lower: &[u64], upper: &[u64]) -> Self {
        self.padding_lower = lower.to_vec();
        self.padding_upper = upper.to_vec();
        self
    }

    /// Elements from the first of a window to its last in a dimension.
    pub fn extent(&self, d: usize) -> u64 {
        let between = self.kernel[d].saturating_sub(1).saturating_mul(self.dilation[d]);
        between.saturating_add(1)
    }

    /// Positions before and after the input whose zeros count in the divisor of a mean, in a dimension.
    pub fn counted_padding(&self, d: usize) -> [u64; 2] {
        if self.count_include_pad {
            let upper = self.padding_upper[d].saturating_sub(self.uncounted[d]);
            [self.padding_lower[d], upper]
        } else {
            [0, 0]
        }
    }

    /// Whether every mean has the same divisor: all padding counts.
    pub fn divides_alike(&self) -> bool {
        (0..self.kernel.len())
            .all(|d| self.counted_padding(d) == [self.padding_lower[d], self.padding_upper[d]])
    }
}
