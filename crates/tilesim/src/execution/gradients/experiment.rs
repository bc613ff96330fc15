//! What is executed, and which of its tensors a reference may hold.

use std::collections::BTreeMap;

use tilesim_exec::{Mode, Tensor, Tensors, execute_observed};
use tilesim_graph::{ElementType, Graph, OpKind, TensorId};
use tilesim_program::Program;

use crate::{Cancellation, Error, execution::Archive};

/// A graph with all that it computes from.
pub(super) struct Experiment {
    /// What is lowered.
    pub(super) graph: Graph,
    pub(super) inputs: Tensors,
    pub(super) weights: Tensors,
    /// Results that have names of their own.
    pub(super) results: Vec<Expected>,
    /// Gradients of parameters, in the order of the network's tensors.
    pub(super) gradients: Vec<Expected>,
    /// What a reader should know of how it was computed.
    pub(super) remarks: Vec<String>,
}

/// A tensor that a reference may hold.
pub(super) struct Expected {
    /// Names that the reference may give it.
    pub(super) names: Vec<String>,
    pub(super) tensor: TensorId,
    /// What its values are multiplied with.
    pub(super) factor: f32,
}

impl Experiment {
    /// Makes floats of all halves that the graph states.
    pub(super) fn in_single_precision(&mut self) {
        for tensor in &mut self.graph.tensors {
            if tensor.data_type == ElementType::F16 {
                tensor.data_type = ElementType::F32;
            }
        }
        for op in &mut self.graph.ops {
            if op.kind == OpKind::Cast(ElementType::F16) {
                op.kind = OpKind::Cast(ElementType::F32);
            }
        }
    }

    /// Computes the program that the graph was lowered to, without rounding to types of the machine; values of what a reference may
    /// hold.
    pub(super) fn execute(
        &self,
        program: &Program,
        cancellation: &Cancellation,
    ) -> Result<BTreeMap<TensorId, Tensor>, Error> {
        let expected = || self.results.iter().chain(&self.gradients);
        let factors: BTreeMap<&str, (TensorId, f32)> = expected()
            .map(|expected| {
                let name = self.graph.tensor(expected.tensor).name.as_str();
                (name, (expected.tensor, expected.factor))
            })
            .collect();
        let mut values = BTreeMap::new();
        execute_observed(
            program,
            &self.inputs,
            &self.weights,
            Mode::Float,
            cancellation,
            |name, value| {
                if let Some(&(tensor, factor)) = factors.get(name) {
                    values.insert(tensor, value.scaled(factor));
                }
                true
            },
        )?;
        Ok(values)
    }
}

/// Takes values of parameters that an archive holds under their names instead of the network's own.
pub(super) fn given(archive: &Archive, weights: &mut Tensors) -> Result<(), Error> {
    for (name, weight) in weights.iter_mut() {
        if let Some(shape) = archive.shape(name)? {
            super::shape::shaped(archive, name, shape, &weight.shape)?;
            if let Some(array) = archive.get(name)? {
                weight.clone_from(array);
            }
        }
    }
    Ok(())
}
