//! Why a graph cannot be built.

use crate::{ConvolutionError, RearrangementError};

/// A mistake in building a graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An operator does not take the operands that it was given.
    #[error("operator `{op}`: {source}")]
    Shape {
        /// Name of the operator.
        op: String,
        /// What does not fit.
        source: ShapeError,
    },
    /// Two operators, or two tensors, have the same name.
    #[error("the name `{name}` is taken")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A tensor that is not in this graph.
    #[error("`{user}` refers to tensor {index}, but the graph has {tensors}")]
    UnknownTensor {
        /// The operator, or `outputs`.
        user: String,
        /// Index of the tensor.
        index: u32,
        /// Tensors of the graph.
        tensors: usize,
    },
    /// An operator stands before the first layer.
    #[error("operator `{op}` belongs to no layer; expected a layer to be opened before")]
    NoLayer {
        /// Name of the operator.
        op: String,
    },
    /// A graph that no loss can follow.
    #[error("the graph has outputs of shapes {shapes:?}; expected one, the logits `[N, classes]`")]
    NoLogits {
        /// Shapes of its outputs.
        shapes: Vec<Vec<u64>>,
    },
    /// A graph with none or several results.
    #[error("the graph has {got} outputs; expected one")]
    OneOutput {
        /// Its outputs.
        got: usize,
    },
    /// An operator whose gradient is not known.
    #[error("operator `{op}` ({kind}) has no gradient; expected an operator of a forward pass")]
    NoGradient {
        /// Name of the operator.
        op: String,
        /// What it computes.
        kind: String,
    },
    /// An option of training that cannot be.
    #[error("`{option}` is {got}; expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// Its value.
        got: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A tensor fed from outside has a shape that cannot be.
    #[error("tensor `{name}` has shape {shape:?}; expected positive sizes and at most {limit} elements")]
    TensorShape {
        /// Name of the tensor.
        name: String,
        /// Its shape.
        shape: Vec<u64>,
        /// Most elements of a tensor.
        limit: u64,
    },
}

/// What does not fit between an operator and its operands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// Too few or too many operands.
    #[error("expected {expected} operands, got {got}")]
    OperandCount {
        /// How many it takes.
        expected: &'static str,
        /// How many there are.
        got: usize,
    },
    /// An operand has another shape than it must have.
    #[error("{operand} has shape {got:?}; expected {expected:?}")]
    Operand {
        /// The operand's role.
        operand: &'static str,
        /// Shape that it must have.
        expected: Vec<u64>,
        /// Shape that it has.
        got: Vec<u64>,
    },
    /// An operand has another number of dimensions than it must have.
    #[error("{operand} has shape {got:?}; expected {expected}")]
    Rank {
        /// The operand's role.
        operand: &'static str,
        /// Dimensions that it must have.
        expected: &'static str,
        /// Shape that it has.
        got: Vec<u64>,
    },
    /// Two operands do not broadcast to one shape.
    #[error("shapes {left:?} and {right:?} do not broadcast; expected equal sizes or 1 in each dimension")]
    Broadcast {
        /// Shape of the first operand.
        left: Vec<u64>,
        /// Shape of the second operand.
        right: Vec<u64>,
    },
    /// The channels do not divide into the groups of a norm.
    #[error("{channels} channels do not divide into {groups} norm groups")]
    NormGroups {
        /// Channels.
        channels: u64,
        /// Groups.
        groups: u64,
    },
    /// A norm's gradient, where its statistics are constants.
    #[error(
        "the statistics of this batch norm are constants; expected those of the current batch, as in training"
    )]
    ConstantStatistics,
    /// A window does not fit its input.
    #[error(
        "window of {window} does not fit a padded input of {padded_input} in spatial dimension {dimension}"
    )]
    Window {
        /// Index of the dimension.
        dimension: usize,
        /// Input size, padded.
        padded_input: u64,
        /// Window size.
        window: u64,
    },
    /// A convolution that cannot be.
    #[error(transparent)]
    Convolution(#[from] ConvolutionError),
    /// A rearrangement that cannot be.
    #[error(transparent)]
    Rearrangement(Box<RearrangementError>),
    /// The output has too many elements.
    #[error("output of shape {shape:?} is too large; expected at most {limit} elements")]
    TooLarge {
        /// Shape of the output.
        shape: Vec<u64>,
        /// Most elements of a tensor.
        limit: u64,
    },
}

impl From<RearrangementError> for ShapeError {
    fn from(error: RearrangementError) -> Self {
        Self::Rearrangement(Box::new(error))
    }
}
