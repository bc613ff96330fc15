//! From nodes to the [`Network`](super::network::Network): constants are folded, shapes inferred, and patterns recognised as their
//! last node arrives.

mod affine;
mod constants;
mod convolution;
mod elementwise;
mod linear;
mod norm;
mod operator;
mod pattern;
mod pool;
mod rows;
mod shape;
mod translator;
mod transposed;

pub use operator::{OnnxOperator, OnnxSupport, operators};
use translator::Value;
pub(super) use translator::{Batch, Translator};

use super::{
    OnnxError,
    constant::{Constant, Integers},
    fold,
    node::Node,
};

/// What refusals of whole operators say is supported.
pub(super) const SUPPORTED: &str = "those that `tilesim models --operators` lists";

impl<'a> Translator<'a> {
    /// Translates a node, whose operands have been.
    pub(super) fn node(&mut self, node: Node<'a>, attribute: Option<Constant>) -> Result<(), OnnxError> {
        let value = match attribute {
            Some(constant) => Value::Constant(constant),
            None => self.value_of(node)?,
        };
        self.values.insert(node.output(), value);
        Ok(())
    }

    fn value_of(&mut self, node: Node<'a>) -> Result<Value, OnnxError> {
        let op_type = node.op_type();
        if let Some(value) = self.known_shape(node, &op_type)? {
            return Ok(value);
        }
        if let Some(constant) = self.folded(node)? {
            return Ok(Value::Constant(constant));
        }
        match operator::named(&op_type) {
            Some(operator) => (operator.translate)(self, node),
            None => Err(node.unsupported("this operator is not imported", SUPPORTED)),
        }
    }

    /// `Shape` and `Size` are known though their operand is not.
    fn known_shape(&self, node: Node<'a>, op_type: &str) -> Result<Option<Value>, OnnxError> {
        if !matches!(op_type, "Shape" | "Size") {
            return Ok(None);
        }
        let shape = match self.operand(node, 0)? {
            Value::Constant(constant) => constant.shape().to_vec(),
            Value::Tensor(source) => self.network.shape(*source).to_vec(),
            Value::Padded(padded) => padded.shape(&self.network).ok_or_else(|| {
                node.invalid(
                    "its padded operand has no size left",
                    "padding that cuts off less than there is",
                )
            })?,
        };
        let sizes = || shape.iter().map(|&size| size as i64);
        let integers = if op_type == "Size" {
            Integers {
                shape: Vec::new(),
                values: [sizes().product()].into(),
            }
        } else {
            let rank = shape.len() as i64;
            let index = |name, absent| {
                Ok::<_, OnnxError>(
                    match node.integer(name)?.unwrap_or(absent) {
                        index if index < 0 => index.saturating_add(rank),
                        index => index,
                    }
                    .clamp(0, rank) as usize,
                )
            };
            let (start, end) = (index("start", 0)?, index("end", rank)?);
            Integers::list(sizes().take(end).skip(start))
        };
        Ok(Some(Value::Constant(Constant::integers(node.output(), integers))))
    }

    /// The value of a node whose operands are all constants.
    fn folded(&mut self, node: Node<'a>) -> Result<Option<Constant>, OnnxError> {
        let mut operands = Vec::new();
        for index in 0..node.proto.input.len() {
            operands.push(match node.input(index) {
                None => None,
                Some(_) => match self.operand(node, index)? {
                    Value::Constant(constant) => Some(constant.clone()),
                    Value::Tensor(_) | Value::Padded(_) => return Ok(None),
                },
            });
        }
        let operands: Vec<Option<&Constant>> = operands.iter().map(Option::as_ref).collect();
        fold::evaluate(node, &operands, &mut self.budget)
    }
}
