//! Operands: where they lie, and where they come to lie when they are first read.

use tilesim_graph::{Op, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{Action, HostDirection};
use tilesim_terms::HostIo;

use super::Context;
use crate::{
    LowerError,
    layout::{self, Layout, Value},
};

impl Context<'_> {
    /// Where an operand lies.
    pub(crate) fn value(&self, op: &Op, tensor: TensorId) -> Result<Value, LowerError> {
        self.values[tensor.0 as usize]
            .clone()
            .ok_or_else(|| LowerError::Undefined {
                op: op.name.clone(),
                tensor: self.graph.tensor(tensor).name.clone(),
            })
    }

    /// Where the operand of this index lies.
    pub(crate) fn operand(&self, op: &Op, index: usize) -> Result<Value, LowerError> {
        match op.inputs.get(index) {
            Some(tensor) => self.value(op, *tensor),
            None => Err(LowerError::Undefined {
                op: op.name.clone(),
                tensor: format!("operand {index}"),
            }),
        }
    }

    /// An operand that is an input of the graph that nobody has laid out yet is laid out as its first reader wants it.
    pub(crate) fn operand_or(
        &mut self,
        op: &Op,
        index: usize,
        rest: impl FnOnce() -> Layout,
    ) -> Result<Value, LowerError> {
        if let Some(&tensor) = op.inputs.get(index)
            && self.values[tensor.0 as usize].is_none()
            && self.graph.inputs.contains(&tensor)
        {
            let layout = rest();
            self.receive(tensor, layout);
        }
        self.operand(op, index)
    }

    /// The operand of this index; one that lives through the run and that nobody has read yet comes to rest as `rest`.
    pub(crate) fn resting(&mut self, op: &Op, index: usize, rest: &Layout) -> Result<Value, LowerError> {
        match op.inputs.get(index) {
            Some(&tensor) if self.is_parameter(tensor) && !self.is_laid_out(tensor) => {
                let value = self.parameter(tensor, rest.clone());
                Ok(self.laid_out(tensor).unwrap_or(value))
            }
            _ => self.operand(op, index),
        }
    }

    /// Where a tensor that no operand determines had best lie: as what its first reader uses it with.
    pub(crate) fn layout_of_companion(&self, tensor: TensorId) -> Layout {
        let shape = layout::by_channel(&self.graph.tensor(tensor).shape);
        let reader = self.graph.ops[self.op..]
            .iter()
            .find(|op| op.inputs.contains(&tensor));
        let companions = reader.into_iter().flat_map(|op| &op.inputs);
        companions
            .filter_map(|companion| self.laid_out(*companion))
            .find(|value| value.shape() == shape.as_slice())
            .map_or_else(
                || layout::linear_positions(&shape, self.tiles()),
                |value| value.layout,
            )
    }

    /// The type in which the host sends an input beside the other steps; nothing where it does not.
    pub(crate) fn sent_beside(&self, tensor: TensorId) -> Option<ElementType> {
        if self.options.host.io != HostIo::Overlapped {
            return None;
        }
        let input = self.host.inputs.iter().find(|input| input.tensor == tensor)?;
        Some(input.sent_as.unwrap_or_else(|| self.element_type(tensor)))
    }

    /// An input of the graph comes to lie somewhere, perhaps from the host.
    pub(crate) fn receive(&mut self, tensor: TensorId, layout: Layout) {
        if let Some(sent_as) = self.sent_beside(tensor) {
            self.fetch(tensor, sent_as, layout);
            return;
        }
        let description = self.graph.tensor(tensor);
        let element_type = self.element_type(tensor);
        let bytes = element_type.bytes();
        let variable = self
            .emitter
            .temporary(description.name.clone(), &layout.placement, bytes);
        if self.options.host.io == HostIo::Serial {
            self.emitter.step(
                format!("receive {}", description.name),
                Action::Host {
                    direction: HostDirection::In,
                    bytes: description.elements() * bytes,
                },
                Vec::new(),
                vec![variable],
            );
        }
        self.define(
            tensor,
            Value {
                variable,
                layout,
                element_type,
            },
        );
    }
}
