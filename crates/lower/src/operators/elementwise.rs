//! Kernels that work through an activation element by element, in place where nobody reads it afterwards.

use smallvec::SmallVec;
use tilesim_geometry::Spare;
use tilesim_graph::{Op, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, VariableId, Work,
    vertex::vector::{BinaryOp, NonLinearity, ScalarOp, UnaryOp},
    work::{CopyPositions, Factor, VectorKernel, VectorWork},
};

use super::{broadcast, repetition::Repetition};
use crate::{
    LowerError,
    context::{Context, cast},
    layout::{self, Layout, Value},
};

/// Applies kernels to one activation, one after the other.
pub(super) struct Chain<'l, 'a> {
    pub(super) context: &'l mut Context<'a>,
    name: String,
    value: Value,
    /// Whether the value is the chain's own to overwrite.
    own: bool,
}

impl<'l, 'a> Chain<'l, 'a> {
    /// A chain that begins with the first operand of `op`.
    pub(super) fn new(context: &'l mut Context<'a>, op: &Op) -> Result<Self, LowerError> {
        let value = context.operand(op, 0)?.by_channel();
        let own = context.may_overwrite(op.inputs[0]);
        Ok(Self::new_at(context, op, value, own))
    }

    /// A chain of `op` that begins with `value`, which is its `own` to overwrite or not.
    pub(super) fn new_at(context: &'l mut Context<'a>, op: &Op, value: Value, own: bool) -> Self {
        Self {
            context,
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
            context: self.context,
        }
    }

    /// A chain that begins with `value`, which is its own to overwrite.
    pub(super) const fn own(context: &'l mut Context<'a>, name: String, value: Value) -> Self {
        Self {
            context,
            name,
            value,
            own: true,
        }
    }

    /// A chain of the given name, which begins with `value`, its `own` to overwrite or not.
    pub(super) const fn named(context: &'l mut Context<'a>, name: String, value: Value, own: bool) -> Self {
        Self {
            context,
            name,
            value,
            own,
        }
    }

    /// A chain that begins with `value`, which it leaves as it is.
    pub(super) const fn not_own(context: &'l mut Context<'a>, name: String, value: Value) -> Self {
        Self::named(context, name, value, false)
    }

    /// A chain that begins with `value` where `layout` says, its `own` to overwrite if it lies there already.
    pub(super) fn moved(
        context: &'l mut Context<'a>,
        name: &str,
        value: &Value,
        own: bool,
        layout: &Layout,
    ) -> Self {
        let mut gathering = context.gather(format!("{name} gather"));
        let variable = gathering.bring(&format!("{name}/operand"), value, layout);
        gathering.finish();
        let own = own || variable != value.variable;
        let value = Value {
            variable,
            layout: layout.clone(),
            element_type: value.element_type,
        };
        Self::named(context, name.to_owned(), value, own)
    }

    /// Whoever else reads the activation as it is now goes on doing so.
    pub(super) const fn keep(&mut self) {
        self.own = false;
    }

    /// Goes on with another value, which it leaves as it is.
    pub(super) fn go_on_with(&mut self, value: Value) {
        self.value = value;
        self.own = false;
    }

    /// What steps are named after.
    pub(super) fn name(&self) -> &str {
        &self.name
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
        kernel: impl FnOnce(ElementType, bool) -> VectorKernel,
    ) {
        let data = self.value.element_type;
        let operand = self.value.variable;
        if !self.own {
            self.value.variable = self.context.emitter.temporary(
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
        self.context.emitter.compute(
            format!("{} {what}", self.name),
            Work::Vector(work),
            reads,
            vec![self.value.variable],
        );
        self.own = true;
    }

    /// 1/√(x + ε) of every element, or from it back.
    pub(super) fn deviation(&mut self, what: &str, op: ScalarOp, epsilon: f64) {
        self.apply(what, &[], |element_type, in_place| {
            VectorKernel::BroadcastScalar {
                op,
                element_type,
                in_place,
                value: Some(Scalar::new(epsilon)),
            }
        });
    }

    /// A function of every element.
    pub(super) fn unary(&mut self, what: &str, op: UnaryOp) {
        self.apply(what, &[], |element_type, in_place| VectorKernel::Unary {
            op,
            element_type,
            in_place,
        });
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
        let shape = self.shape_by_channel();
        self.shaped_parameter(what, op, tensor, &shape);
    }

    /// The shape of what every channel of the activation has one of.
    fn shape_by_channel(&self) -> Vec<u64> {
        let mut shape = vec![1; self.value.shape().len()];
        if let Some(channels) = self.value.shape().get(1) {
            shape[1] = *channels;
        }
        shape
    }

    /// A function of every element and a parameter that is broadcast along it under `shape`.
    pub(super) fn shaped_parameter(&mut self, what: &str, op: BinaryOp, tensor: TensorId, shape: &[u64]) {
        let shape = &layout::by_channel(shape);
        let parameter = self.resting(tensor, shape);
        self.operand(what, op, &parameter, shape);
    }

    /// A chain of the parameter of every channel of the activation, which it leaves as it is.
    pub(super) fn of_parameter(&mut self, what: &str, tensor: TensorId) -> Chain<'_, 'a> {
        let shape = self.shape_by_channel();
        let name = format!("{}/{what}", self.name);
        let parameter = self.resting(tensor, &shape);
        Chain::not_own(self.context, name, parameter)
    }

    /// A parameter under `shape`, which is broadcast along the activation; it rests beside that unless it rests already.
    fn resting(&mut self, tensor: TensorId, shape: &[u64]) -> Value {
        let rest = layout::beside(&self.value.layout, shape, Spare::Shared);
        let mut parameter = self.context.parameter(tensor, rest);
        if let Some(layout) = parameter.layout.reshaped(shape) {
            parameter.layout = layout;
        }
        parameter
    }

    /// A function of every element and a constant of its channel, the same for all; it rests as a parameter does.
    pub(super) fn constant_by_channel(&mut self, what: &str, op: BinaryOp, value: u8) {
        let mut shape = vec![1; self.value.shape().len()];
        let channels = self.value.shape().get(1).copied().unwrap_or(1);
        if let Some(size) = shape.get_mut(1) {
            *size = channels;
        }
        let shape = layout::by_channel(&shape);
        let element_type = self.value.element_type;
        let key = (channels, value, element_type);
        let known = self.context.kept.constants.get(&key).cloned();
        let constant = known.unwrap_or_else(|| {
            let layout = layout::along(&self.value.layout, &shape, Spare::Shared);
            let values = vec![f64::from(value); channels as usize];
            let name = format!("{channels} × {value}");
            let constant = self.context.constant(name, layout, &values, element_type);
            self.context.kept.constants.insert(key, constant.clone());
            constant
        });
        self.operand(what, op, &constant, &shape);
    }

    /// A function of every element and another tensor of `shape`, which is broadcast along it, wherever that lies.
    pub(super) fn operand(&mut self, what: &str, op: BinaryOp, other: &Value, shape: &[u64]) {
        let shape = &layout::by_channel(shape);
        let other = &self.alike(what, other);
        // Where both have the same shape, each tile needs just what it holds of the first.
        let need = if shape.as_slice() == self.value.shape() {
            self.value.layout.clone()
        } else {
            layout::repeated(&self.value.layout, shape)
        };
        let mut gathering = self.context.gather(format!("{} gather {what}", self.name));
        let mut arrived = gathering.bring(&format!("{}/{what}", self.name), other, &need);
        gathering.finish();
        let mut repetition = Repetition::of(&self.value.layout, shape);
        if !repetition.has_kernel(op, self.value.placement().channel_block) {
            let name = format!("{} {what}", self.name);
            repetition = Repetition::None;
            arrived = broadcast::fill(
                self.context,
                &name,
                arrived,
                other.element_type,
                &self.value.layout,
            );
        }
        self.apply(what, &[arrived], |element_type, in_place| {
            repetition.kernel(op, element_type, in_place)
        });
    }

    /// Another tensor in the type of the activation.
    fn alike(&mut self, what: &str, other: &Value) -> Value {
        let wanted = self.value.element_type;
        if other.element_type == wanted {
            return other.clone();
        }
        cast(self.context, &format!("{} {what}", self.name), other, wanted)
    }

    /// Casts the activation.
    pub(super) fn cast(&mut self, to: ElementType) {
        if self.value.element_type != to {
            self.value = cast(self.context, &self.name, &self.value, to);
            self.own = true;
        }
    }

    /// own · activation + factor · another tensor of the same shape, wherever that lies; `rate` is the third operand where the
    /// factor is one.
    pub(super) fn scaled_add(
        &mut self,
        what: &str,
        own: f64,
        other: &Value,
        factor: Factor,
        rate: Option<VariableId>,
    ) {
        // No kernel scales both of two types.
        let own = Scalar::new(own);
        let other = if own == Scalar::ONE {
            other.clone()
        } else {
            self.alike(what, other)
        };
        let mut gathering = self.context.gather(format!("{} gather {what}", self.name));
        let arrived = gathering.bring(&format!("{}/{what}", self.name), &other, &self.value.layout);
        gathering.finish();
        self.own_copy();
        let others: SmallVec<[VariableId; 2]> = [Some(arrived), rate].into_iter().flatten().collect();
        self.apply(what, &others, |element_type, _| VectorKernel::ScaledAdd {
            element_type,
            other_type: other.element_type,
            own,
            factor,
        });
    }

    /// The gradient of the activation's operand by a fused kernel; `operand` is that of the non-linearity, or its output.
    pub(super) fn gradient(&mut self, what: &str, non_linearity: NonLinearity, operand: &Value) {
        let operand = self.alike(what, operand);
        let mut gathering = self.context.gather(format!("{} gather {what}", self.name));
        let arrived = gathering.bring(&format!("{}/{what}", self.name), &operand, &self.value.layout);
        gathering.finish();
        self.apply(what, &[arrived], |element_type, _| {
            VectorKernel::NonLinearityGradient {
                non_linearity,
                element_type,
            }
        });
    }

    /// Goes on with a copy where the activation is not the chain's to overwrite.
    pub(super) fn own_copy(&mut self) {
        if !self.own {
            self.copy();
        }
    }

    /// Goes on with a copy, which is the chain's own.
    pub(super) fn copy(&mut self) {
        self.apply("copy", &[], |element_type, _| VectorKernel::Copy {
            element_bytes: element_type.bytes(),
            piece_bytes: u64::MAX,
            positions: CopyPositions::Same,
        });
    }

    /// The result of the chain.
    pub(super) fn finish(self) -> Value {
        self.value
    }

    /// Ends the chain as the result of `tensor`.
    pub(super) fn define(self, tensor: TensorId) {
        let Self { context, value, .. } = self;
        context.define(tensor, value);
    }
}
