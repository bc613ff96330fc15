//! A plain evaluator of graphs: every operator by its definition, one loop after the other.
//!
//! It is what faster execution is compared with, so it favours being obviously right over being fast. Every operator computes in
//! double precision; its result is rounded once, to the [`Precision`] asked for. Values are addressed by the names of tensors.

mod convolution;
mod difference;
mod error;
mod function;
mod loss;
mod norm;
mod operator;
mod optimiser;
mod pool;
mod proxy;
mod rearrangement;
mod tensor;

use std::collections::BTreeMap;

pub use difference::{difference, relative_difference};
pub use error::ReferenceError;
pub use tensor::Tensor;
use tilesim_terms::Cancellation;

use crate::{Graph, Op, OpKind};

/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

/// To what the result of every operator is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Single precision.
    Single,
    /// Double precision: not rounded.
    Double,
}

/// The values of all tensors of a graph, given those that no operator puts out.
///
/// Values given for outputs of [`OpKind::RandomMask`] are taken; without them a mask is 1 everywhere, which is its mean. Other
/// values that are given for outputs of operators are ignored, and values that the graph has no tensor for too.
///
/// # Errors
/// When a value is missing, has another shape than its tensor or is no index of a class.
pub fn evaluate(graph: &Graph, given: &Tensors, precision: Precision) -> Result<Tensors, ReferenceError> {
    evaluate_until(graph, given, precision, &Cancellation::never())
}

/// As [`evaluate`], until `cancellation` is asked for.
///
/// # Errors
/// As [`evaluate`]; [`ReferenceError::Cancelled`] where it was.
pub fn evaluate_until(
    graph: &Graph,
    given: &Tensors,
    precision: Precision,
    cancellation: &Cancellation,
) -> Result<Tensors, ReferenceError> {
    let mut values: Vec<Option<Tensor>> = graph
        .tensors
        .iter()
        .map(|tensor| {
            let value = given.get(&tensor.name);
            match value {
                Some(value) if value.shape != tensor.shape => Err(ReferenceError::Shape {
                    tensor: tensor.name.clone(),
                    expected: tensor.shape.clone(),
                    got: value.shape.clone(),
                }),
                _ => Ok(value.cloned()),
            }
        })
        .collect::<Result<_, _>>()?;
    for op in &graph.ops {
        if cancellation.is_asked() {
            return Err(ReferenceError::Cancelled);
        }
        let output = op.output.0 as usize;
        if matches!(op.kind, OpKind::RandomMask { .. }) && values[output].is_some() {
            continue;
        }
        let mut result = evaluate_operator(graph, op, &values)?;
        if precision == Precision::Single {
            result
                .values
                .iter_mut()
                .for_each(|value| *value = f64::from(*value as f32));
        }
        values[output] = Some(result);
    }
    Ok(graph
        .tensors
        .iter()
        .zip(values)
        .filter_map(|(tensor, value)| Some((tensor.name.clone(), value?)))
        .collect())
}

fn evaluate_operator(graph: &Graph, op: &Op, values: &[Option<Tensor>]) -> Result<Tensor, ReferenceError> {
    let operands = op
        .inputs
        .iter()
        .map(|id| {
            values[id.0 as usize]
                .as_ref()
                .ok_or_else(|| ReferenceError::Missing {
                    op: op.name.clone(),
                    tensor: graph.tensor(*id).name.clone(),
                })
        })
        .collect::<Result<Vec<_>, _>>()?;
    operator::evaluate(op, &operands, &graph.tensor(op.output).shape)
}
