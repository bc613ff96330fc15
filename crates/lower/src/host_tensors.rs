//! Which tensors the host sends and takes.

use tilesim_graph::{Graph, TensorId};
use tilesim_machine::ElementType;

/// An input that the host sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostInput {
    /// The input of the graph.
    pub tensor: TensorId,
    /// The type in which it is sent, where that is not the one that it has on the chip.
    pub sent_as: Option<ElementType>,
}

/// Who times what passes between host and chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostSteps {
    /// The program, which has a step for each tensor.
    OfTheProgram,
    /// The slots of the system whose stage the program is.
    OfTheSystem,
}

/// The tensors that the host sends and takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostTensors {
    /// Inputs of the graph that it sends.
    pub inputs: Vec<HostInput>,
    /// Outputs of the graph that it takes.
    pub outputs: Vec<TensorId>,
    /// Where their transfers are steps.
    pub transfers: HostSteps,
}

impl HostTensors {
    /// All inputs and outputs of a graph, in the types that they have on the chip.
    pub fn of(graph: &Graph) -> Self {
        let inputs = graph.inputs.iter().map(|&tensor| HostInput {
            tensor,
            sent_as: None,
        });
        Self {
            inputs: inputs.collect(),
            outputs: graph.outputs.clone(),
            transfers: HostSteps::OfTheProgram,
        }
    }
}
