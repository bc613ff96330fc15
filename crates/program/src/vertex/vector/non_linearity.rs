//! Non-linearities that have a kernel of their own.

use tilesim_machine::ElementType;

/// Non-linearities. Swish and GELU have a fused forward kernel; the others are functions of one operand forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NonLinearity {
    /// x · sigmoid(x).
    Swish,
    /// Gaussian error linear unit.
    Gelu,
    /// The same by a hyperbolic tangent, as networks that are trained with the approximation define it.
    GeluTanh,
    /// max(x, 0).
    Relu,
    /// 1 / (1 + exp(−x)).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
}

/// A non-linearity of every element of one contiguous operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NonLinearityVertex {
    /// The function.
    pub non_linearity: NonLinearity,
    /// Type of operand and result.
    pub element_type: ElementType,
    /// Whether the result overwrites the operand.
    pub in_place: bool,
    /// Elements on the tile.
    pub elements: u64,
}

/// The gradient of a non-linearity for every element, from its input (or output) and the gradient of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NonLinearityGradientVertex {
    /// The function.
    pub non_linearity: NonLinearity,
    /// Type of operands and result.
    pub element_type: ElementType,
    /// Elements on the tile.
    pub elements: u64,
}
