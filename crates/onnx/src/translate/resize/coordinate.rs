//! Where an element of the result of a `Resize` lies in its operand.

use super::Stretch;
use crate::{OnnxError, node::Node};

/// The way from an index of the result to a position in the operand (`coordinate_transformation_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coordinates {
    /// Centres of elements lie half an element from their beginnings.
    HalfPixel,
    /// The same, around the centre of the operand where the scale leaves a part of an element over.
    HalfPixelSymmetric,
    /// The same as half pixels, but for a result of one element.
    PytorchHalfPixel,
    /// Without the half of an element of the operand.
    TfHalfPixelForNearest,
    /// First and last elements lie on each other.
    AlignCorners,
    /// First elements lie on each other.
    Asymmetric,
}

impl Coordinates {
    pub(super) fn of(node: Node) -> Result<Self, OnnxError> {
        match node
            .text("coordinate_transformation_mode")?
            .unwrap_or("half_pixel")
        {
            "half_pixel" => Ok(Self::HalfPixel),
            "half_pixel_symmetric" => Ok(Self::HalfPixelSymmetric),
            "pytorch_half_pixel" => Ok(Self::PytorchHalfPixel),
            "tf_half_pixel_for_nn" => Ok(Self::TfHalfPixelForNearest),
            "align_corners" => Ok(Self::AlignCorners),
            "asymmetric" => Ok(Self::Asymmetric),
            other => Err(node.unsupported(
                format!("coordinate_transformation_mode `{other}`"),
                "half_pixel, half_pixel_symmetric, pytorch_half_pixel, tf_half_pixel_for_nn, align_corners and asymmetric",
            )),
        }
    }

    /// The position of an index of the result, by the formulas of the ONNX specification of `Resize`.
    pub(super) fn position(self, index: u64, stretch: &Stretch) -> f64 {
        let Stretch { from, to, scale } = *stretch;
        let [index, size] = [index, from].map(|number| number as f64);
        let half_pixel = (index + 0.5) / scale - 0.5;
        match self {
            Self::PytorchHalfPixel | Self::AlignCorners if to == 1 => 0.0,
            Self::HalfPixel | Self::PytorchHalfPixel => half_pixel,
            Self::HalfPixelSymmetric => {
                let whole = to as f64 / (scale * size);
                size / 2.0 * (1.0 - whole) + half_pixel
            }
            Self::TfHalfPixelForNearest => (index + 0.5) / scale,
            Self::AlignCorners => index * (size - 1.0) / (to as f64 - 1.0),
            // In single precision, in which a scale is stated: 3 / 0.6 is 5 then, and no less.
            Self::Asymmetric => f64::from(index as f32 / scale as f32),
        }
    }
}
