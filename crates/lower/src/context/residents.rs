//! What lives through the whole run: parameters, statistics, and the state of an optimiser.

use tilesim_graph::{OpKind, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{Source, VariableId};

use super::{Context, cast, source::source};
use crate::layout::{Layout, Value};

impl Context<'_> {
    /// A parameter or a view of one, which its first reader lays out as it wants it to rest.
    ///
    /// A cast of a parameter is made where it is first read. What an update joins lies alike, so that it need not move.
    pub(crate) fn parameter(&mut self, tensor: TensorId, rest: Layout) -> Value {
        if let Some(value) = self.laid_out(tensor) {
            return value;
        }
        let producer = self.analysis.producer(tensor).map(|index| &self.graph.ops[index]);
        let view = producer.and_then(|op| Some((&op.kind, *op.inputs.first()?)));
        let value = match view {
            Some((OpKind::Reshape, original)) => self.parameter(original, rest),
            Some((OpKind::Cast(_), original)) => {
                let master = self.parameter(original, rest);
                let wanted = self.element_type(tensor);
                if master.element_type == wanted {
                    master
                } else {
                    let name = self.graph.tensor(original).name.clone();
                    cast(self, &name, &master, wanted)
                }
            }
            _ => self.resident(tensor, rest),
        };
        let value = self.shaped_as(tensor, value);
        self.define(tensor, value.clone());
        value
    }

    /// A value under the shape of a tensor, as far as that only drops or adds dimensions of one element.
    fn shaped_as(&self, tensor: TensorId, value: Value) -> Value {
        match value.layout.reshaped(&self.graph.tensor(tensor).shape) {
            Some(layout) => Value { layout, ..value },
            None => value,
        }
    }

    /// Something that the graph starts from comes to rest.
    fn resident(&mut self, tensor: TensorId, rest: Layout) -> Value {
        let description = self.graph.tensor(tensor);
        let home = self.homes.get(&self.analysis.kin(tensor));
        let layout = home.cloned().unwrap_or(rest);
        let layout = layout.reshaped(&description.shape).unwrap_or(layout);
        let element_type = self.element_type(tensor);
        let variable = self.emitter.resident(
            description.name.clone(),
            &layout.placement,
            element_type.bytes(),
            source(self.graph, tensor),
        );
        self.residents.insert(variable, tensor);
        self.homes
            .entry(self.analysis.kin(tensor))
            .or_insert_with(|| layout.clone());
        Value {
            variable,
            layout,
            element_type,
        }
    }

    /// Whether the present operator may overwrite a tensor: nobody reads it afterwards, and if it is where something that lives on
    /// rests, then the result is its next value.
    pub(crate) fn may_overwrite(&self, tensor: TensorId) -> bool {
        let output = self.graph.ops[self.op].output;
        let own = |variable| {
            self.residents
                .get(&variable)
                .is_none_or(|resident| self.analysis.next(*resident) == Some(output))
        };
        self.analysis.is_read_last_by(tensor, self.op)
            && self.laid_out(tensor).is_some_and(|value| own(value.variable))
    }

    /// Where the result of the present operator is to lie, if it is the next value of something that lives on, and nobody reads
    /// any more what is there.
    pub(crate) fn place_of_next(&self) -> Option<Value> {
        let previous = self.analysis.previous(self.graph.ops[self.op].output)?;
        let value = self.laid_out(previous)?;
        self.is_vacant(value.variable).then_some(value)
    }

    fn is_vacant(&self, variable: VariableId) -> bool {
        self.occupants
            .get(&variable)
            .is_none_or(|occupant| self.analysis.is_read_last_by(*occupant, self.op))
    }

    /// A constant that no network states.
    pub(crate) fn constant(
        &mut self,
        name: String,
        layout: Layout,
        values: &[f64],
        element_type: ElementType,
    ) -> Value {
        let values = values
            .iter()
            .map(|value| tilesim_program::Scalar::new(*value))
            .collect();
        let variable = self.emitter.resident(
            name,
            &layout.placement,
            element_type.bytes(),
            Source::Constant(values),
        );
        Value {
            variable,
            layout,
            element_type,
        }
    }
}
