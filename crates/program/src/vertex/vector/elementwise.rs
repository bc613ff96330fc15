//! Functions of one or two operands, element by element.

use tilesim_machine::ElementType;

/// Functions of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the function")]
pub enum UnaryOp {
    Absolute,
    Cosine,
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
    Round,
    Sigmoid,
    Signum,
    Sine,
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

/// Kinds of scaled sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScaledAddKind {
    /// a := a + s·b.
    Add,
    /// a := a − s·b.
    Subtract,
    /// a := s·a + t·b.
    ScaleBoth,
}

/// A scaled sum of two contiguous operands, in the place of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScaledAddVertex {
    /// Which operands are scaled.
    pub kind: ScaledAddKind,
    /// Type of the operand that is overwritten.
    pub a_type: ElementType,
    /// Type of the other operand.
    pub b_type: ElementType,
    /// Type of the scale.
    pub scale_type: ElementType,
    /// Whether the operands are kept in different memory elements, so that both load in one cycle.
    pub memory_constrained: bool,
    /// Elements on the tile.
    pub elements: u64,
}

/// A choice between two operands by a third, region by region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SelectVertex {
    /// Type of the operands chosen from.
    pub element_type: ElementType,
    /// Elements on the tile.
    pub elements: u64,
}

/// A change of number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CastVertex {
    /// Format read.
    pub from: ElementType,
    /// Format written.
    pub to: ElementType,
    /// Elements on the tile.
    pub elements: u64,
}
