//! Tensors as rows: what works along the last dimensions takes all those before them as samples.

use super::translator::Translator;
use crate::{OnnxError, network::Source, node::Node};

/// A tensor whose dimensions before `axis` are one, and those from there on another.
pub(super) fn of<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    axis: usize,
) -> Result<Source, OnnxError> {
    let shape = translator.network.shape(x);
    let (before, along) = shape.split_at(axis.min(shape.len()));
    let rows = [before.iter().product(), along.iter().product()];
    translator.reshaped(node, x, &rows)
}
