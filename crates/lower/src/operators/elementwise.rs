//! Kernels that work through an activation element by element, in place where nobody reads it afterwards.

use tilesim_graph::{Op, TensorId};
use tilesim_program::{
    Scalar, VariableId, Work,
    geometry::Spare,
    vertex::vector::{BinaryOp, ScalarOp},
    work::{VectorKernel, VectorWork},
};

use crate::{
    LowerError,
    layout::{self, Value},
    lowering::Lowering,
};

/// Applies kernels to one activation, one after the other.
pub(super) struct Chain<'l, 'a> {
    pub(super) lowering: &'l mut Lowering<'a>,
    name: String,
    value: Value,
    /// Whether the value is the chain's own to overwrite.
    own: bool,
}

impl<'l, 'a> Chain<'l, 'a> {
    /// A chain that begins with the first operand of `op`.
    pub(super) fn new(lowering: &'l mut Lowering<'a>, op: &Op) -> Result<Self, LowerError> {
        let value = lowering.operand(op, 0)?;
        let own = lowering.may_overwrite(op.inputs[0]);
        Ok(Self::new_at(lowering, op, value, own))
    }

    /// A chain of `op` that begins with `value`, which is its `own` to overwrite or not.
    pub(super) fn new_at(lowering: &'l mut Lowering<'a>, op: &Op, value: Value, own: bool) -> Self {
        Self {
            lowering,
            name: op.name.clone(),
            value,
            own,
        }
    }

    /// A second chain from the same activation, which leaves it as it is.
    pub(super) fn branch(&mut self, what: &str) -> Chain<'_, 'a> {
        Chain {
            name: format!("{}/{what}", self.name),
            value: self.value.clone(),
            own: false,
            lowering: self.lowering,
        }
    }

    /// A chain that begins with `value`, which is its own to overwrite.
    pub(super) const fn own(lowering: &'l mut Lowering<'a>, name: String, value: Value) -> Self {
        Self {
            lowering,
            name,
            value,
            own: true,
        }
    }

    /// Where the activation is now.
    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    /// Applies the kernel that `kernel` makes of the element type and of whether the result overwrites the operand.
    pub(super) fn apply(
        &mut self,
        what: &str,
        others: &[VariableId],
        kernel: impl FnOnce(tilesim_machine::ElementType, bool) -> VectorKernel,
    ) {
        let data = self.lowering.data();
        let operand = self.value.variable;
        if !self.own {
            self.value.variable = self.lowering.emitter.temporary(
                format!("{}/{what}", self.name),
                self.value.placement(),
                data.bytes(),
            );
        }
        let work = VectorWork {
            over: self.value.placement().clone(),
            kernel: kernel(data, self.own),
        };
        let mut reads = vec![operand];
        reads.extend_from_slice(others);
        self.lowering.emitter.compute(
            format!("{} {what}", self.name),
            Work::Vector(work),
            reads,
            vec![self.value.variable],
        );
        self.own = true;
    }

    /// A function of every element and a constant.
    pub(super) fn scalar(&mut self, what: &str, op: BinaryOp, value: f64) {
        self.apply(what, &[], |element_type, in_place| {
            VectorKernel::BroadcastScalar {
                op: ScalarOp::Binary(op),
                element_type,
                in_place,
                value: Some(Scalar::new(value)),
            }
        });
    }

    /// A function of every element and the parameter of its channel.
    pub(super) fn parameter(&mut self, what: &str, op: BinaryOp, tensor: TensorId) {
        let mut shape = vec![1; self.value.shape().len()];
        if let Some(channels) = self.value.shape().get(1) {
            shape[1] = *channels;
        }
        self.shaped_parameter(what, op, tensor, &shape);
    }

    /// A function of every element and a parameter that is broadcast along it under `shape`.
    pub(super) fn shaped_parameter(&mut self, what: &str, op: BinaryOp, tensor: TensorId, shape: &[u64]) {
        let rest = layout::along(&self.value.layout, shape, Spare::Shared);
        let mut parameter = self.lowering.parameter(tensor, rest);
        if let Some(layout) = parameter.layout.reshaped(shape) {
            parameter.layout = layout;
        }
        self.operand(what, op, &parameter, shape);
    }

    /// A function of every element and another tensor of `shape`, which is broadcast along it, wherever that lies.
    pub(super) fn operand(&mut self, what: &str, op: BinaryOp, other: &Value, shape: &[u64]) {
        let data = self.lowering.data();
        // Where both have the same shape, each tile needs just what it holds of the first.
        let need = if shape == self.value.shape() {
            self.value.layout.clone()
        } else {
            layout::along(&self.value.layout, shape, Spare::Replicated)
        };
        let mut gathering = self.lowering.gather(format!("{} gather {what}", self.name));
        let vector = gathering.bring(&format!("{}/{what}", self.name), other, &need, data);
        gathering.finish();
        self.broadcast(what, op, vector, shape);
    }

    fn broadcast(&mut self, what: &str, op: BinaryOp, vector: VariableId, shape: &[u64]) {
        let own = self.value.shape().to_vec();
        let varies = |dimension: usize| shape.get(dimension).is_some_and(|&size| size > 1);
        let same = shape == own.as_slice();
        let (by_sample, by_channel) = (varies(0), varies(1));
        self.apply(what, &[vector], |element_type, in_place| {
            if same {
                VectorKernel::Binary {
                    op,
                    element_type,
                    in_place,
                }
            } else if by_channel {
                VectorKernel::BroadcastChannel {
                    op,
                    element_type,
                    in_place,
                    per_sample: by_sample,
                }
            } else if by_sample {
                VectorKernel::BroadcastSample {
                    op,
                    element_type,
                    in_place,
                }
            } else {
                VectorKernel::BroadcastScalar {
                    op: ScalarOp::Binary(op),
                    element_type,
                    in_place,
                    value: None,
                }
            }
        });
    }

    /// The result of the chain.
    pub(super) fn finish(self) -> Value {
        self.value
    }

    /// Ends the chain as the result of `tensor`.
    pub(super) fn define(self, tensor: TensorId) {
        let Self { lowering, value, .. } = self;
        lowering.define(tensor, value);
    }
}
