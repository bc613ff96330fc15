//! Operations of pointwise functions: floating-point operations for one element, where a transcendental function counts as one.

use super::Activation;

impl Activation {
    /// Operations of one element.
    pub(crate) fn operations(self) -> u64 {
        match self {
            Self::Relu | Self::Tanh => 1,
            Self::Relu6 => 2,
            // Exponential, addition, division; swish multiplies by x.
            Self::Sigmoid => 3,
            // Addition, two bounds, division; hard swish multiplies by x. Gelu: division, error function, addition and two products.
            Self::Swish | Self::HardSigmoid => 4,
            Self::HardSwish | Self::Gelu => 5,
            // The cube, its scale and sum, the scale of that, the tangent, a sum and two products.
            Self::GeluTanh => 9,
            others => others.composition().map_or(1, |term| term.operations()),
        }
    }

    /// Operations of one element of a gradient, of its product with the output's gradient too.
    pub(crate) fn gradient_operations(self) -> u64 {
        match self {
            // A comparison and a choice.
            Self::Relu => 2,
            // Two comparisons and a choice; or y · (1 − y), or 1 − y².
            Self::Relu6 | Self::HardSigmoid | Self::Sigmoid | Self::Tanh => 3,
            // Two comparisons and a choice, of (2x + 3) / 6.
            Self::HardSwish => 6,
            // With s = sigmoid(x) of 3: s · (1 + x · (1 − s)).
            Self::Swish => 8,
            // The distribution function of 4, its density of 4, a product and a sum.
            Self::Gelu => 11,
            // The tangent of 6, its slope of 2, that of its argument of 3; three products, two sums, and the product.
            Self::GeluTanh => 17,
            others => others.gradient_composition().map_or(1, |term| term.operations()),
        }
    }
}
