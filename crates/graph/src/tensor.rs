//! Tensors: a name, a logical shape, an element type and a role.

use tilesim_terms::ElementType;

/// Index of a tensor in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub u32);

/// What a tensor is to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TensorKind {
    /// Fed from outside.
    Input,
    /// Trainable parameter.
    Parameter,
    /// Stored with the parameters but not trained (moving statistics).
    Statistic,
    /// Produced by an operator in the forward pass.
    Activation,
    /// Gradient of a loss, or what the backward pass works out on the way to one.
    Gradient,
    /// State of the optimiser: slots, accumulated gradients, and what an update works out on the way.
    OptimiserState,
}

/// A tensor. Activations are `[N, C, spatial…]`; convolution weights are `[C_out, C_in / groups, kernel…]`;
/// fully connected weights are `[C_out, C_in]`; biases are `[C]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Unique name.
    pub name: String,
    /// Logical shape, outermost first.
    pub shape: Vec<u64>,
    /// Element type.
    pub data_type: ElementType,
    /// Role.
    pub kind: TensorKind,
}

impl Tensor {
    /// Elements.
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }
}
