//! From nodes to the [`Network`](super::network::Network): constants are folded, shapes inferred, and patterns recognised as their
//! last node arrives.

mod affine;
mod choice;
mod constants;
mod convolution;
mod einsum;
mod elementwise;
mod functions;
mod linear;
mod local_response;
mod movement;
mod norm;
mod operator;
mod pattern;
mod pool;
mod product;
mod reduction;
mod resize;
mod rows;
mod several;
mod shape;
mod softmax;
mod table;
mod translator;
mod transposed;

pub use operator::{OnnxOperator, OnnxSupport};
pub use table::operators;
pub(super) use translator::Translator;
use translator::Value;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    OnnxError,
    constant::{self, Constant, Content},
    fold,
    node::{Node, SUPPORTED},
    order,
    proto::{GraphProto, TensorProto},
};

/// Operators that pick from what a network puts out: exporters append them.
const TAILS: [&str; 5] = ["ArgMax", "ArgMin", "NonMaxSuppression", "TopK", "Unique"];

impl<'a> Translator<'a> {
    /// Translates the nodes of a graph, each after those that it reads. What the graph reads besides has been.
    pub(super) fn graph(&mut self, graph: &'a GraphProto, opset: i64) -> Result<(), OnnxError> {
        let mut initialisers: BTreeMap<&str, &TensorProto> = BTreeMap::new();
        for tensor in &graph.initializer {
            let name = tensor.name.as_deref().unwrap_or_default();
            if self.values.contains_key(name) || initialisers.insert(name, tensor).is_some() {
                return Err(OnnxError::Duplicate {
                    value: name.to_owned(),
                });
            }
        }
        let nodes: Vec<Node> = graph.node.iter().map(|proto| Node { proto, opset }).collect();
        let known = |name: &str| initialisers.contains_key(name) || self.values.contains_key(name);
        let nodes = order::topological(&nodes, known)?;
        let mut read: BTreeSet<&str> = nodes.iter().flat_map(|node| node.reads()).collect();
        read.extend(graph.output.iter().filter_map(|output| output.name.as_deref()));
        for (name, tensor) in initialisers {
            if read.contains(name) {
                let constant = constant::decode(tensor, name, self.files)?;
                self.constant(name, constant);
            }
        }
        nodes.into_iter().try_for_each(|node| self.node(node))
    }

    /// Translates a node, whose operands have been.
    fn node(&mut self, node: Node<'a>) -> Result<(), OnnxError> {
        if let Some(constants) = self.folded(node)? {
            for (index, constant) in constants.into_iter().enumerate() {
                self.put_out(node, index, Value::Constant(constant));
            }
            return Ok(());
        }
        let op_type = node.op_type();
        let value = match table::named(&op_type) {
            Some(operator) => (operator.translate)(self, node)?,
            None if fold::foldings().any(|folding| folding.name == op_type) => {
                return Err(node.unsupported(
                    "an operand is computed from the inputs",
                    format!("shapes and constants as operands of it, and {SUPPORTED}"),
                ));
            }
            None if TAILS.contains(&op_type.as_str()) => {
                return Err(node.unsupported(
                    "it puts out indices",
                    "networks that put out real numbers: cut the file off before this node, whose operand they are",
                ));
            }
            None => return Err(node.unsupported("this operator is not imported", SUPPORTED)),
        };
        self.put_out(node, 0, value);
        Ok(())
    }

    /// The values of a node whose operands are all constants.
    fn folded(&mut self, node: Node<'a>) -> Result<Option<Vec<Constant>>, OnnxError> {
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
        if repeats_parameter(node, &operands) {
            return Ok(None);
        }
        fold::evaluate(node, &operands, &mut self.budget)
    }
}

/// Whether a node repeats a parameter: that is done when the network runs, since what is trained has the parameter's shape. Vision
/// transformers repeat a class token for every image.
fn repeats_parameter(node: Node, operands: &[Option<&Constant>]) -> bool {
    let Some(&Some(parameter)) = operands.first() else {
        return false;
    };
    let is_of_file = node.input(0) == Some(parameter.origin.as_str());
    node.op_type() == "Expand"
        && is_of_file
        && matches!(&parameter.content, Content::Numbers(numbers) if numbers.is_float() && numbers.elements() > 1)
}
