//! Kinds of layers, from the patterns that the layers make.

use tilesim_graph::{Activation, Binary, Convolution, LayerKind, OpKind};

use super::{Uses, attention, follows, is_product, is_reshape, of_two, operator, producer};
use crate::network::{Network, Source};

/// Kinds that a step has as part of a pattern.
pub(super) struct Kinds {
    of: Vec<Option<LayerKind>>,
}

impl Kinds {
    pub(super) fn of(network: &Network, uses: &Uses) -> Self {
        let mut kinds = Self {
            of: vec![None; network.steps.len()],
        };
        let live = || (0..network.steps.len()).filter(|&index| uses.live[index]);
        for index in live() {
            attention::mark(network, uses, index, &mut kinds.of);
            kinds.mark_squeeze_excite(network, index);
        }
        for index in live() {
            kinds.mark_inverted_bottleneck(network, index);
        }
        kinds
    }

    /// The kind of the layer that a step is the main operator of.
    pub(super) fn of_anchor(&self, network: &Network, step: usize) -> LayerKind {
        if let Some(kind) = self.of[step] {
            return kind;
        }
        if is_product(network, step) {
            return LayerKind::MatrixProduct;
        }
        match operator(network, step) {
            Some(OpKind::Convolution(of) | OpKind::ConvolutionInputGradient(of)) if of.conv_groups > 1 => {
                LayerKind::Spatial
            }
            Some(OpKind::Convolution(_) | OpKind::ConvolutionInputGradient(_)) => LayerKind::Conv,
            Some(OpKind::FullyConnected) => LayerKind::FullyConnected,
            Some(OpKind::Pool(_) | OpKind::GlobalAveragePool) => LayerKind::Pool,
            Some(OpKind::Softmax { .. }) => LayerKind::Softmax,
            Some(OpKind::Rearrange(_)) => LayerKind::Rearrangement,
            Some(OpKind::Binary(Binary::Add)) if of_two(network, step, Binary::Add).is_some() => {
                LayerKind::Add
            }
            _ => LayerKind::Elementwise,
        }
    }

    /// Mean over space → 1×1 → activation → 1×1 → sigmoid → product with what the mean is of.
    fn mark_squeeze_excite(&mut self, network: &Network, product: usize) {
        let Some([left, right]) = of_two(network, product, Binary::Multiply) else {
            return;
        };
        let found = [(left, right), (right, left)].into_iter().find_map(|(x, gate)| {
            let (mean, [first, second]) = gate_of(network, gate)?;
            (network.steps[mean].inputs.first() == Some(&x)).then_some((mean, [first, second]))
        });
        if let Some((mean, fully_connected)) = found {
            self.of[product] = Some(LayerKind::SqueezeExciteMultiply);
            self.of[mean] = Some(LayerKind::SqueezeExcitePool);
            for step in fully_connected {
                self.of[step] = Some(LayerKind::SqueezeExciteFc);
            }
        }
    }

    /// A dense 1×1 convolution after a grouped one projects; where it narrows, one that widens before them expands.
    fn mark_inverted_bottleneck(&mut self, network: &Network, projection: usize) {
        let Some(projected) = dense_pointwise(network, projection).filter(|_| self.of[projection].is_none())
        else {
            return;
        };
        let Some(spatial) = self.convolution_before(network, projection) else {
            return;
        };
        if !is_grouped_spatial(network, spatial) {
            return;
        }
        self.of[projection] = Some(LayerKind::PointwiseProject);
        let narrows = projected.out_channels() < projected.in_channels();
        if let Some(expansion) = self.convolution_before(network, spatial).filter(|_| narrows)
            && let Some(expanded) = dense_pointwise(network, expansion)
            && expanded.out_channels() > expanded.in_channels()
            && self.of[expansion].is_none()
        {
            self.of[expansion] = Some(LayerKind::PointwiseExpand);
        }
    }

    /// The convolution whose result a step reads through norms, activations and squeeze-excite.
    fn convolution_before(&self, network: &Network, step: usize) -> Option<usize> {
        let mut at = first_operand(network, step)?;
        loop {
            match operator(network, at)? {
                OpKind::Convolution(_) => return Some(at),
                _ if follows(network, at) => at = producer(network, at)?,
                _ if self.of[at] == Some(LayerKind::SqueezeExciteMultiply) => {
                    let [left, right] = of_two(network, at, Binary::Multiply)?;
                    let (Source::Step(left), Source::Step(right)) = (left, right) else {
                        return None;
                    };
                    at = if gate_of(network, Source::Step(right)).is_some() {
                        left
                    } else {
                        right
                    };
                }
                _ => return None,
            }
        }
    }
}

fn first_operand(network: &Network, step: usize) -> Option<usize> {
    match network.steps[step].inputs.first() {
        Some(&Source::Step(index)) => Some(index),
        _ => None,
    }
}

fn dense_pointwise(network: &Network, step: usize) -> Option<&Convolution> {
    match operator(network, step) {
        Some(OpKind::Convolution(convolution))
            if convolution.is_pointwise() && convolution.conv_groups == 1 =>
        {
            Some(convolution)
        }
        _ => None,
    }
}

fn is_grouped_spatial(network: &Network, step: usize) -> bool {
    matches!(operator(network, step), Some(OpKind::Convolution(of)) if of.conv_groups > 1 && !of.is_pointwise())
}

/// The mean and the two layers that a squeeze-excite gate comes from.
fn gate_of(network: &Network, gate: Source) -> Option<(usize, [usize; 2])> {
    let Source::Step(gate) = gate else { return None };
    let sigmoid = without(network, gate, |step| is_reshape(network, step))?;
    let Some(OpKind::Activation(Activation::Sigmoid | Activation::HardSigmoid)) = operator(network, sigmoid)
    else {
        return None;
    };
    let passed = |step| is_reshape(network, step) || follows(network, step);
    let second = without(network, first_operand(network, sigmoid)?, passed)?;
    let first = without(network, first_operand(network, second)?, passed)?;
    let mean = without(network, first_operand(network, first)?, |step| {
        is_reshape(network, step)
    })?;
    let connected = [first, second].iter().all(|&step| {
        dense_pointwise(network, step).is_some() || operator(network, step) == Some(&OpKind::FullyConnected)
    });
    let is = connected && operator(network, mean) == Some(&OpKind::GlobalAveragePool);
    is.then_some((mean, [first, second]))
}

/// The first step, going back, that is not passed.
fn without(network: &Network, step: usize, passed: impl Fn(usize) -> bool) -> Option<usize> {
    let mut at = step;
    while passed(at) {
        at = producer(network, at)?;
    }
    Some(at)
}
