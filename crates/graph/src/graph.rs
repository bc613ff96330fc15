//! The graph: tensors and operators in topological order.

use crate::{Layer, LayerId, Op, OpId, StateChange, Tensor, TensorId};

/// A network as a directed acyclic graph in static single assignment: each tensor has one producer.
///
/// Operators stand in topological order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Name of the network.
    pub name: String,
    /// All tensors.
    pub tensors: Vec<Tensor>,
    /// All operators, in an order in which they can run.
    pub ops: Vec<Op>,
    /// All layers, in order of first use.
    pub layers: Vec<Layer>,
    /// Tensors fed from outside.
    pub inputs: Vec<TensorId>,
    /// Tensors that are the result.
    pub outputs: Vec<TensorId>,
    /// Tensors that live on from one round to the next, and their new values.
    pub state: Vec<StateChange>,
}

impl Graph {
    /// The tensor of an id.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0 as usize]
    }

    /// The operator of an id.
    pub fn op(&self, id: OpId) -> &Op {
        &self.ops[id.0 as usize]
    }

    /// The layer of an id.
    pub fn layer(&self, id: LayerId) -> &Layer {
        &self.layers[id.0 as usize]
    }
}
