//! Scales and shifts for each channel that belong to the operator before them.

use tilesim_graph::{Binary, Norm, NormKind, OpKind};

use super::{
    norm::per_channel,
    translator::{Translator, Value},
};
use crate::{OnnxError, constant::Constant, network::Source, node::Node};

/// A product with, or sum of, one number for each channel after a norm without scale or shift, or a sum after a convolution or
/// fully connected layer without bias: that operator with the parameter. `None` where it is none of these.
pub(super) fn absorbed<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    x: Source,
    constant: &Constant,
) -> Result<Option<Value>, OnnxError> {
    if let Some(value) = absorbed_by_rows(translator, node, function, x, constant)? {
        return Ok(Some(value));
    }
    let shape = translator.network.shape(x);
    let Some(parameter) = shape
        .get(1)
        .and_then(|&channels| per_channel(constant, channels, shape.len()))
    else {
        return Ok(None);
    };
    with_operand(translator, node, function, x, parameter).map(|source| source.map(Value::Tensor))
}

/// The same of numbers along the last dimension of what has been computed row by row.
fn absorbed_by_rows<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    x: Source,
    constant: &Constant,
) -> Result<Option<Value>, OnnxError> {
    let shape = translator.network.shape(x).to_vec();
    let Some(rows) = translator.network.reshaped_from(x) else {
        return Ok(None);
    };
    let channels = shape.last().copied().unwrap_or(0);
    let along_last = constant.elements() == channels && constant.shape().last() == Some(&channels);
    let are_rows = matches!(translator.network.shape(rows), [_, last] if *last == channels);
    if !are_rows || !along_last || constant.shape().len() > shape.len() {
        return Ok(None);
    }
    let Some(parameter) = constant.reshaped(&[channels]) else {
        return Ok(None);
    };
    match with_operand(translator, node, function, rows, parameter)? {
        Some(rows) => translator
            .reshaped(node, rows, &shape)
            .map(|source| Some(Value::Tensor(source))),
        None => Ok(None),
    }
}

/// The operator that put out `x`, with one operand more.
fn with_operand<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    x: Source,
    parameter: Constant,
) -> Result<Option<Source>, OnnxError> {
    let Some(step) = translator.network.step(x) else {
        return Ok(None);
    };
    let Some(kind) = with_parameter(&step.kind, function, step.inputs.len()) else {
        return Ok(None);
    };
    let mut inputs = step.inputs.clone();
    inputs.push(translator.add_constant(parameter));
    translator.step(node, kind, inputs, &[]).map(Some)
}

/// The operator with one parameter more, if that is what the function of its result makes of it.
fn with_parameter(kind: &OpKind, function: Binary, operands: usize) -> Option<OpKind> {
    match (kind, function) {
        (OpKind::Norm(norm), Binary::Multiply) if is_plain(norm) && !norm.gamma && !norm.beta => {
            Some(OpKind::Norm(Norm { gamma: true, ..*norm }))
        }
        (OpKind::Norm(norm), Binary::Add) if is_plain(norm) && !norm.beta => {
            Some(OpKind::Norm(Norm { beta: true, ..*norm }))
        }
        (OpKind::Convolution(_) | OpKind::FullyConnected, Binary::Add) if operands == 2 => Some(kind.clone()),
        _ => None,
    }
}

/// Whether the parameters of a norm are its scale and shift alone.
const fn is_plain(norm: &Norm) -> bool {
    matches!(norm.kind, NormKind::Group { .. })
}
