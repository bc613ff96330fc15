//! Padding of convolutions.

use tilesim_graph::Convolution;

/// How a network pads its convolutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// As `TensorFlow` does: output = ceil(input / stride), the smaller half before.
    Same,
    /// Half a kernel on each side, as `PyTorch` networks do.
    Centred,
}

impl Padding {
    /// A convolution with a stride and padding.
    pub(super) fn of(self, convolution: Convolution, stride: u64) -> Convolution {
        match self {
            Self::Same => convolution.strided(stride).same_padded(),
            Self::Centred => {
                let kernel = convolution.kernel.first().copied().unwrap_or(1);
                convolution.strided(stride).padded(kernel / 2)
            }
        }
    }
}
