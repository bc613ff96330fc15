//! Attention: a softmax between two products of tensors. What is done to the scores between them belongs to it.

use tilesim_graph::{LayerKind, OpKind};

use super::{Uses, follows, is_product, operator};
use crate::network::{Network, Source};

/// Marks the layers of the attention that a softmax is part of, if it is one.
pub(super) fn mark(network: &Network, uses: &Uses, softmax: usize, kinds: &mut [Option<LayerKind>]) {
    if !matches!(operator(network, softmax), Some(OpKind::Softmax { .. })) {
        return;
    }
    let (Some(before), Some(behind)) = (scores(network, softmax), values(network, uses, softmax)) else {
        return;
    };
    for step in before.into_iter().chain([softmax]).chain(behind) {
        kinds[step] = Some(LayerKind::Attention);
    }
}

/// The product of queries with keys, and what stands between it and the softmax.
fn scores(network: &Network, softmax: usize) -> Option<Vec<usize>> {
    let mut steps = Vec::new();
    let mut at = softmax;
    while !is_product(network, at) {
        at = operands(network, at).find(|&operand| {
            is_product(network, operand) || (is_passed(network, operand) && reaches_product(network, operand))
        })?;
        steps.push(at);
    }
    Some(steps)
}

/// The product with values, and what stands between the softmax and it.
fn values(network: &Network, uses: &Uses, softmax: usize) -> Option<Vec<usize>> {
    let mut steps = Vec::new();
    let mut at = softmax;
    loop {
        at = uses.only_reader(at)?;
        steps.push(at);
        if is_product(network, at) {
            return Some(steps);
        }
        if !is_passed(network, at) {
            return None;
        }
    }
}

/// Whether a step that is passed leads back to a product through such steps alone.
fn reaches_product(network: &Network, step: usize) -> bool {
    // Masks and biases are added, scores scaled and bounded; few steps are.
    const MOST: usize = 16;
    let mut at = vec![step];
    for _ in 0..MOST {
        if at.iter().any(|&step| is_product(network, step)) {
            return true;
        }
        at = at
            .into_iter()
            .filter(|&step| is_passed(network, step))
            .flat_map(|step| operands(network, step))
            .collect();
        at.truncate(MOST);
    }
    false
}

/// Steps that leave scores what they are: numbers for pairs of places.
fn is_passed(network: &Network, step: usize) -> bool {
    follows(network, step)
        || matches!(
            operator(network, step),
            Some(OpKind::Binary(_) | OpKind::Scale { .. } | OpKind::Reshape | OpKind::Rearrange(_))
        )
}

fn operands(network: &Network, step: usize) -> impl Iterator<Item = usize> {
    network.steps[step]
        .inputs
        .iter()
        .filter_map(|&input| match input {
            Source::Step(index) => Some(index),
            Source::Input(_) | Source::Constant(_) => None,
        })
}
