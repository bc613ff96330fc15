//! Scales and shifts for each channel that belong to the operator before them.

use tilesim_graph::{Binary, Norm, NormKind, OpKind};

use super::{
    norm::per_channel,
    translator::{Translator, Value},
};
use crate::onnx::{
    OnnxError,
    constant::Constant,
    network::{Source, StepKind},
    node::Node,
};

/// A product with, or sum of, one number for each channel after a norm without scale or shift, or a sum after a convolution or
/// fully connected layer without bias: that operator with the parameter. `None` where it is none of these.
pub(super) fn absorbed<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    x: Source,
    constant: &Constant,
) -> Result<Option<Value>, OnnxError> {
    let shape = translator.network.shape(x);
    let Some(parameter) = shape
        .get(1)
        .and_then(|&channels| per_channel(constant, channels, shape.len()))
    else {
        return Ok(None);
    };
    let Some(step) = translator.network.step(x) else {
        return Ok(None);
    };
    let StepKind::Operator(kind) = &step.kind else {
        return Ok(None);
    };
    let Some(kind) = with_parameter(kind, function, step.inputs.len()) else {
        return Ok(None);
    };
    let mut inputs = step.inputs.clone();
    inputs.push(translator.add_constant(parameter));
    translator.operator(node, kind, inputs).map(Some)
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
