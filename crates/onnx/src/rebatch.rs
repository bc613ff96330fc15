//! A network for another number of images than its file states.
//!
//! Exporters write the batch into shapes and indices, so that a file is translated for the batch that it states. Afterwards every
//! operator is given the other one: what it does for each image stays, its results lie one behind the other. Where images are
//! mixed, there is no such network.

use tilesim_graph::{OpKind, Rearrangement, SourceIndex};

use super::{
    OnnxError,
    network::{Network, Source},
};

/// The network for `asked` images at a time instead of `own`.
///
/// # Errors
/// Where an operator mixes images, or counts on their number.
pub(super) fn rebatched(mut network: Network, own: u64, asked: u64) -> Result<Network, OnnxError> {
    let live = network.live();
    for input in &mut network.inputs {
        if let Some(first) = input.shape.first_mut() {
            *first = asked;
        }
    }
    for index in (0..network.steps.len()).filter(|&index| live[index]) {
        let step = &network.steps[index];
        let fails = || OnnxError::Batch {
            asked,
            reason: format!(
                "`{}` ({}) puts out {:?} for a batch of {own}, which it mixes or counts on",
                step.node, step.op_type, step.shape
            ),
        };
        if network.over_batch.contains(&index) {
            return Err(fails());
        }
        let change = Change {
            own,
            asked,
            has_batch: step
                .inputs
                .iter()
                .map(|&input| network.constant(input).is_none())
                .collect(),
        };
        let kind = change.kind(&step.kind, &step.shape).ok_or_else(fails)?;
        let shape = change.shape(&step.shape).ok_or_else(fails)?;
        let operands: Vec<&[u64]> = step.inputs.iter().map(|&input| network.shape(input)).collect();
        if kind.output_shape(&operands, &shape).ok().as_ref() != Some(&shape) {
            return Err(fails());
        }
        let step = &mut network.steps[index];
        step.kind = kind;
        step.shape = shape;
    }
    Ok(network)
}

impl Network {
    /// Which steps contribute to the outputs.
    fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.steps.len()];
        let mut reached = self.outputs.clone();
        while let Some(source) = reached.pop() {
            if let Source::Step(index) = source
                && !std::mem::replace(&mut live[index], true)
            {
                reached.extend(&self.steps[index].inputs);
            }
        }
        live
    }
}

/// Another batch for one operator.
struct Change {
    own: u64,
    asked: u64,
    /// Which operands have images, and are no constants.
    has_batch: Vec<bool>,
}

impl Change {
    /// The shape of a result, whose first dimension numbers the images, and perhaps positions of each.
    fn shape(&self, shape: &[u64]) -> Option<Vec<u64>> {
        let mut shape = shape.to_vec();
        let first = shape.first_mut()?;
        *first = self.size(*first)?;
        Some(shape)
    }

    fn size(&self, size: u64) -> Option<u64> {
        size.is_multiple_of(self.own)
            .then(|| (size / self.own).checked_mul(self.asked))?
    }

    /// The operator, whose result has a shape, for the other batch; `None` where it mixes images.
    fn kind(&self, kind: &OpKind, shape: &[u64]) -> Option<OpKind> {
        Some(match kind {
            OpKind::Convolution(convolution) | OpKind::ConvolutionInputGradient(convolution) => {
                let mut changed = convolution.clone();
                changed.batch = self.size(convolution.batch)?;
                match kind {
                    OpKind::Convolution(_) => OpKind::Convolution(changed),
                    _ => OpKind::ConvolutionInputGradient(changed),
                }
            }
            OpKind::Rearrange(by) => OpKind::Rearrange(self.rearrangement(by)?),
            OpKind::Softmax { axes } if axes.start == 0 => {
                // Of one image a first dimension of one element is no part of what is shared out.
                let axes = 1..axes.end;
                let is_one = self.own == 1 && shape.first() == Some(&1) && !axes.is_empty();
                is_one.then_some(OpKind::Softmax { axes })?
            }
            other => other.clone(),
        })
    }

    /// The same movement of every image: a variable more, or a larger one, is outermost of result and operands.
    fn rearrangement(&self, by: &Rearrangement) -> Option<Rearrangement> {
        let mut changed = by.clone();
        let batch = self.batch_variable(&mut changed)?;
        for (source, &has_batch) in changed.sources.iter_mut().zip(&self.has_batch) {
            match source.first_mut() {
                Some(SourceIndex::Digits(digits)) if has_batch => match batch {
                    Variable::New(variable) => digits.insert(0, variable),
                    Variable::Own(variable) if digits.first() == Some(&variable) => {}
                    Variable::Own(_) => return None,
                },
                _ if has_batch => return None,
                _ => {
                    let reads = |index: &SourceIndex| match batch {
                        Variable::New(_) => false,
                        Variable::Own(variable) => index.variables().contains(&variable),
                    };
                    if source.iter().any(reads) {
                        return None;
                    }
                }
            }
        }
        Some(changed)
    }

    /// The variable that numbers the images, in the result's first dimension.
    fn batch_variable(&self, by: &mut Rearrangement) -> Option<Variable> {
        let first = by.result.first_mut()?;
        if self.own == 1 {
            let variable = u8::try_from(by.sizes.len()).ok()?;
            // A variable with progressions is a dimension of its own.
            let follows = |index: &SourceIndex| match index {
                SourceIndex::Progressions { variable, .. } => first.contains(variable),
                SourceIndex::Digits(_) => false,
            };
            if by.sources.iter().flatten().any(follows) {
                return None;
            }
            by.sizes.push(self.asked);
            first.insert(0, variable);
            return Some(Variable::New(variable));
        }
        let variable = *first.first()?;
        let size = by.sizes.get_mut(usize::from(variable))?;
        *size = self.size(*size)?;
        Some(Variable::Own(variable))
    }
}

/// A variable that numbers images.
#[derive(Clone, Copy)]
enum Variable {
    New(u8),
    Own(u8),
}

#[cfg(test)]
mod tests {
    use tilesim_graph::{Activation, ElementType, SliceRange};

    use super::*;
    use crate::network::{Input, Step};

    /// One step on an input.
    fn network(shape: &[u64], kind: OpKind) -> Network {
        let result = kind.output_shape(&[shape], &[]).expect("it fits");
        Network {
            inputs: vec![Input {
                name: "x".to_owned(),
                shape: shape.to_vec(),
                data_type: ElementType::F16,
            }],
            steps: vec![Step {
                node: "node".to_owned(),
                op_type: "Node".to_owned(),
                kind,
                inputs: vec![Source::Input(0)],
                shape: result,
            }],
            outputs: vec![Source::Step(0)],
            ..Network::default()
        }
    }

    fn reshape(from: &[u64], to: &[u64]) -> OpKind {
        OpKind::Rearrange(
            Rearrangement::reshape(from, to)
                .expect("as many elements")
                .remove(0),
        )
    }

    fn shape_of(network: Result<Network, OnnxError>) -> Vec<u64> {
        network.expect("another batch").steps.remove(0).shape
    }

    #[test]
    fn every_image_is_moved_alike() {
        let rows = || reshape(&[1, 4, 6], &[4, 6]);
        assert_eq!(shape_of(rebatched(network(&[1, 4, 6], rows()), 1, 3)), [12, 6]);
        let rows = || reshape(&[2, 4, 6], &[8, 6]);
        assert_eq!(shape_of(rebatched(network(&[2, 4, 6], rows()), 2, 3)), [12, 6]);
        let flat = || reshape(&[1, 4, 6], &[24]);
        assert_eq!(shape_of(rebatched(network(&[1, 4, 6], flat()), 1, 3)), [72]);
        let active = || OpKind::Activation(Activation::Relu);
        assert_eq!(shape_of(rebatched(network(&[8, 4], active()), 8, 1)), [1, 4]);
    }

    #[test]
    fn shares_of_all_images_are_refused() {
        let over_all = || OpKind::Softmax { axes: 0..2 };
        assert_eq!(shape_of(rebatched(network(&[1, 6], over_all()), 1, 3)), [3, 6]);
        rebatched(network(&[4, 6], over_all()), 1, 3).expect_err("positions of an image are shared out");
    }

    #[test]
    fn images_that_are_mixed_are_named() {
        let turned = Rearrangement::transpose(&[2, 4], &[1, 0]).expect("a permutation");
        let mut ranges = [4, 6].map(SliceRange::whole);
        ranges[0].count = 2;
        let slice = Rearrangement::slice(&[4, 6], &ranges).expect("within the shape");
        for (shape, by, own) in [([2, 4], turned, 2), ([4, 6], slice, 4)] {
            let network = network(&shape, OpKind::Rearrange(by));
            let error = rebatched(network, own, 3).expect_err("no such network");
            assert!(error.to_string().contains("`node`"), "{error}");
        }
    }
}
