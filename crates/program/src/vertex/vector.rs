//! Vector kernels: elementwise functions. Reductions, copies and pooling follow.

use tilesim_machine::ElementType;

/// Functions of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the function")]
pub enum UnaryOp {
    Absolute,
    Erf,
    Exponent,
    ExponentMinusOne,
    Floor,
    GeluErf,
    Inverse,
    IsFinite,
    Logarithm,
    Negate,
    Relu,
    ReciprocalSquareRoot,
    Sigmoid,
    Signum,
    SquareRoot,
    Square,
    Tanh,
}

/// A function of every element of one contiguous operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnaryVertex {
    /// The function.
    pub op: UnaryOp,
    /// Type of operand and result.
    pub element_type: ElementType,
    /// Whether the result overwrites the operand.
    pub in_place: bool,
    /// Elements on the tile.
    pub elements: u64,
}

/// Functions of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the function")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Maximum,
    Minimum,
    Equal,
    GreaterThan,
    Power,
}

/// A function of the elements of two contiguous operands of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BinaryVertex {
    /// The function.
    pub op: BinaryOp,
    /// Type of the operands.
    pub element_type: ElementType,
    /// Whether the result overwrites the first operand.
    pub in_place: bool,
    /// Elements on the tile.
    pub elements: u64,
}

/// Non-linearities that have a fused kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NonLinearity {
    /// x · sigmoid(x).
    Swish,
    /// Gaussian error linear unit.
    Gelu,
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

/// A vector kernel's work on one tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VectorVertex {
    /// A function of one operand.
    Unary(UnaryVertex),
    /// A function of two operands.
    Binary(BinaryVertex),
    /// A fused non-linearity.
    NonLinearity(NonLinearityVertex),
}
