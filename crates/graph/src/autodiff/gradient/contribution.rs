//! What an operator adds to the gradients of its operands, and how it is put down.

use crate::{Activation, Binary, GraphBuilder, GraphError, Op, OpKind, Reduction, ShapeError, TensorId};

/// A reader's share of the gradient of one of its operands. Its shape may have sizes of 1 where the operand repeats it.
pub(crate) struct Contribution {
    /// Index of the operand.
    pub(crate) operand: usize,
    /// The share.
    pub(crate) gradient: TensorId,
}

/// The gradient of one operator under construction.
pub(super) struct Rule<'a> {
    builder: &'a mut GraphBuilder,
    op: &'a Op,
    /// Gradient of the output.
    pub(super) gradient: TensorId,
    wanted: &'a [bool],
    contributions: Vec<Contribution>,
}

impl<'a> Rule<'a> {
    pub(super) const fn new(
        builder: &'a mut GraphBuilder,
        op: &'a Op,
        gradient: TensorId,
        wanted: &'a [bool],
    ) -> Self {
        Self {
            builder,
            op,
            gradient,
            wanted,
            contributions: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Contribution> {
        self.contributions
    }

    /// Whether the gradient of an operand is wanted; of operands that are not there it is not.
    pub(super) fn wants(&self, operand: usize) -> bool {
        self.wanted.get(operand).copied().unwrap_or(false)
    }

    pub(super) fn contribute(&mut self, operand: usize, gradient: TensorId) {
        if self.wants(operand) {
            self.contributions.push(Contribution { operand, gradient });
        }
    }

    /// The operand of this index; shape inference has seen to it that it is there.
    pub(super) fn input(&self, operand: usize) -> TensorId {
        self.op.inputs[operand]
    }

    pub(super) const fn output(&self) -> TensorId {
        self.op.output
    }

    pub(super) fn shape(&self, id: TensorId) -> Vec<u64> {
        self.builder.shape(id).to_vec()
    }

    /// The error that what follows from the operator is not right.
    pub(super) fn wrong(&self, source: ShapeError) -> GraphError {
        GraphError::Shape {
            op: format!("{}/gradient", self.op.name),
            source,
        }
    }

    /// An operator named after the one whose gradient this is.
    pub(super) fn op(
        &mut self,
        what: &str,
        kind: OpKind,
        operands: Vec<TensorId>,
    ) -> Result<TensorId, GraphError> {
        self.stated(what, kind, operands, &[])
    }

    /// The same with a stated shape.
    pub(super) fn stated(
        &mut self,
        what: &str,
        kind: OpKind,
        operands: Vec<TensorId>,
        shape: &[u64],
    ) -> Result<TensorId, GraphError> {
        self.builder
            .stated_op(format!("{}/gradient/{what}", self.op.name), kind, operands, shape)
    }

    pub(super) fn binary(
        &mut self,
        what: &str,
        function: Binary,
        left: TensorId,
        right: TensorId,
    ) -> Result<TensorId, GraphError> {
        self.op(what, OpKind::Binary(function), vec![left, right])
    }

    /// The gradient where one operand is larger than the other, and else 0. Both repeat along it.
    pub(super) fn gate(
        &mut self,
        what: &str,
        gradient: TensorId,
        larger: TensorId,
        smaller: TensorId,
    ) -> Result<TensorId, GraphError> {
        let difference = self.binary(&format!("{what}/difference"), Binary::Subtract, larger, smaller)?;
        let kind = OpKind::ActivationGradient(Activation::Relu);
        self.op(what, kind, vec![gradient, difference])
    }

    /// The error that the operator has no gradient.
    pub(super) fn no_gradient(&self) -> GraphError {
        GraphError::NoGradient {
            op: self.op.name.clone(),
            kind: format!("{:?}", self.op.kind),
        }
    }

    /// A tensor of one value throughout, of the type of the gradient.
    pub(super) fn filled(&mut self, what: &str, value: f64, shape: &[u64]) -> Result<TensorId, GraphError> {
        let data_type = self.builder.graph().tensor(self.gradient).data_type;
        let name = format!("{}/gradient/{what}", self.op.name);
        self.builder
            .made_op(name, OpKind::Fill { value }, shape, data_type)
    }

    /// Parameters in the type in which the forward pass uses them: cast once more, so that no cast of them is kept from the
    /// forward pass on (Masters et al. 2021: cast where they are used). Other tensors as they are.
    pub(super) fn cast_anew(&mut self, what: &str, used: TensorId) -> Result<TensorId, GraphError> {
        let mut ops = self.builder.graph().ops.iter();
        let master = ops.find(|op| op.output == used).and_then(|op| match op.kind {
            OpKind::Cast(to) => Some((to, *op.inputs.first()?)),
            _ => None,
        });
        match master {
            Some((to, master)) => self.op(what, OpKind::Cast(to), vec![master]),
            None => Ok(used),
        }
    }

    /// A tensor in another shape; itself where that is its own.
    pub(super) fn reshape(&mut self, what: &str, x: TensorId, shape: &[u64]) -> Result<TensorId, GraphError> {
        if self.builder.shape(x) == shape {
            return Ok(x);
        }
        self.stated(what, OpKind::Reshape, vec![x], shape)
    }

    /// The sum over the dimensions along which an operand of this shape repeats.
    pub(super) fn sum_to(&mut self, what: &str, x: TensorId, shape: &[u64]) -> Result<TensorId, GraphError> {
        if self.builder.shape(x) == shape {
            return Ok(x);
        }
        self.stated(what, OpKind::Reduce(Reduction::Sum), vec![x], shape)
    }

    /// The sum of every channel, `[C]`.
    pub(super) fn sum_by_channel(&mut self, what: &str, x: TensorId) -> Result<TensorId, GraphError> {
        let kept = by_channel(self.builder.shape(x));
        let sum = self.sum_to(&format!("{what}/sum"), x, &kept)?;
        let channels = kept.get(1).copied().unwrap_or(1);
        self.reshape(what, sum, &[channels])
    }

    /// A row `[C]` of a tensor `[rows, C]`.
    pub(super) fn row(&mut self, what: &str, rows: TensorId, index: u64) -> Result<TensorId, GraphError> {
        let channels = self.builder.shape(rows).get(1).copied().unwrap_or(1);
        let slice = OpKind::Slice {
            axis: 0,
            start: index,
            size: 1,
        };
        let row = self.op(&format!("{what}/row"), slice, vec![rows])?;
        self.reshape(what, row, &[channels])
    }

    /// A value for each channel, shaped so that it broadcasts over x.
    pub(super) fn spread(
        &mut self,
        what: &str,
        values: TensorId,
        x: TensorId,
    ) -> Result<TensorId, GraphError> {
        let shape = by_channel(self.builder.shape(x));
        self.reshape(what, values, &shape)
    }
}

/// The shape of one value for each channel.
fn by_channel(shape: &[u64]) -> Vec<u64> {
    shape
        .iter()
        .enumerate()
        .map(|(d, &size)| if d == 1 { size } else { 1 })
        .collect()
}
