//! A network for another number of images than its file states.
//!
//! Exporters write the batch into shapes and indices, so that a file is translated for the batch that it states. Afterwards every
//! operator is given the other one: what it does for each image stays, its results lie one behind the other. Products of two tensors
//! have images before their groups, which movements bring about. Where images are mixed, there is no such network.

use tilesim_graph::{Convolution, OpKind, Rearrangement, SourceIndex};

use super::{
    OnnxError,
    network::{Network, Source, Step},
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
    let steps = std::mem::take(&mut network.steps);
    let over_batch = std::mem::take(&mut network.over_batch);
    // Where the step that puts out what each step did stands now.
    let mut places: Vec<usize> = vec![0; steps.len()];
    let placed = |source: &Source, places: &[usize]| match *source {
        Source::Step(index) => Source::Step(places[index]),
        other => other,
    };
    for (index, mut step) in steps.into_iter().enumerate().filter(|(index, _)| live[*index]) {
        step.inputs = step.inputs.iter().map(|input| placed(input, &places)).collect();
        let change = Change {
            own,
            asked,
            has_batch: step
                .inputs
                .iter()
                .map(|&input| network.constant(input).is_none())
                .collect(),
        };
        let fails = OnnxError::Batch {
            asked,
            reason: format!(
                "`{}` ({}) puts out {:?} for a batch of {own}, which it mixes or counts on",
                step.node, step.op_type, step.shape
            ),
        };
        let changed = Some(step)
            .filter(|_| !over_batch.contains(&index))
            .and_then(|step| change.step(&mut network, step));
        places[index] = changed.ok_or(fails)?;
    }
    network.outputs = network
        .outputs
        .iter()
        .map(|output| placed(output, &places))
        .collect();
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
    /// Adds a step for the other batch to the network: the index of the step that puts out its result, images outermost; `None` where
    /// images are mixed.
    fn step(&self, network: &mut Network, step: Step) -> Option<usize> {
        if let (OpKind::Convolution(product), [true, true, ..]) = (&step.kind, self.has_batch.as_slice()) {
            let product = product.clone();
            return self.product(network, step, &product);
        }
        let shape = self.shape(&step.shape)?;
        if let Some(kind) = self.kind(&step.kind, &step.shape) {
            let whole = Step {
                kind,
                shape: shape.clone(),
                ..step.clone()
            };
            if let Some(index) = push(network, whole) {
                return Some(index);
            }
        }
        match &step.kind {
            OpKind::Rearrange(by) => self.image_by_image(network, &step, by.clone(), shape),
            OpKind::Binary(_) => self.joined_image_by_image(network, &step, shape),
            _ => None,
        }
    }

    /// A function of a tensor and a constant that varies along the first dimension of an image, as masks of attention do: images are a
    /// dimension before, along which the constant repeats.
    fn joined_image_by_image(&self, network: &mut Network, step: &Step, shape: Vec<u64>) -> Option<usize> {
        if self.own != 1 {
            return None;
        }
        let mut inputs = Vec::new();
        for &input in &step.inputs {
            inputs.push(if let Some(constant) = network.constant(input) {
                let repeated = constant.reshaped(&[&[1], constant.shape()].concat())?;
                network.constants.push(repeated);
                Source::Constant(network.constants.len() - 1)
            } else {
                self.with_images_apart(network, step, input)?
            });
        }
        let apart = [&[self.asked], step.shape.as_slice()].concat();
        let joined = Step {
            inputs,
            shape: apart,
            ..step.clone()
        };
        let joined = push(network, joined)?;
        push(network, reshape(step, Source::Step(joined), shape))
    }

    /// A tensor whose images are a dimension before all others.
    fn with_images_apart(&self, network: &mut Network, step: &Step, x: Source) -> Option<Source> {
        let [first, rest @ ..] = network.shape(x) else {
            return None;
        };
        let apart = [&[self.asked, first / self.asked], rest].concat();
        Some(Source::Step(push(network, reshape(step, x, apart))?))
    }

    /// A movement that has indices of its own along the first dimension of an operand or of the result: images are a dimension before.
    fn image_by_image(
        &self,
        network: &mut Network,
        step: &Step,
        mut by: Rearrangement,
        shape: Vec<u64>,
    ) -> Option<usize> {
        if self.own != 1 {
            return None;
        }
        let image = u8::try_from(by.sizes.len()).ok()?;
        by.sizes.push(self.asked);
        by.result.insert(0, vec![image]);
        let mut inputs = step.inputs.clone();
        for ((input, source), _) in inputs
            .iter_mut()
            .zip(&mut by.sources)
            .zip(&self.has_batch)
            .filter(|(_, has_batch)| **has_batch)
        {
            source.insert(0, SourceIndex::Digits(vec![image]));
            *input = self.with_images_apart(network, step, *input)?;
        }
        let apart = [&[self.asked], step.shape.as_slice()].concat();
        let moved = push(
            network,
            Step {
                kind: OpKind::Rearrange(by),
                inputs,
                shape: apart,
                ..step.clone()
            },
        )?;
        push(network, reshape(step, Source::Step(moved), shape))
    }

    /// A product of two tensors: the images number further groups, so that they come to stand before the groups of both operands.
    fn product(&self, network: &mut Network, step: Step, product: &Convolution) -> Option<usize> {
        let is_matrix_product = product.input.as_slice() == [1] && product.kernel.as_slice() == [1];
        let &[x, weights, ..] = step.inputs.as_slice() else {
            return None;
        };
        if self.own != 1 || !is_matrix_product {
            return None;
        }
        let (images, rows) = (self.asked, product.batch);
        let digits = |variables: &[u8]| SourceIndex::Digits(variables.to_vec());
        // From images before rows to images before groups.
        let by = Rearrangement {
            sizes: vec![images, rows, product.in_channels()],
            result: vec![vec![1], vec![0, 2], Vec::new()],
            sources: vec![vec![digits(&[0, 1]), digits(&[2]), digits(&[])]],
            fill: 0.0,
        };
        let x = push(
            network,
            Step {
                kind: OpKind::Rearrange(by),
                inputs: vec![x],
                shape: vec![rows, images.checked_mul(product.in_channels())?, 1],
                ..step.clone()
            },
        )?;
        let mut changed = product.clone();
        changed.conv_groups = product.conv_groups.checked_mul(images)?;
        let shape = changed.output_shape();
        let outputs = product.out_channels();
        let multiplied = push(
            network,
            Step {
                kind: OpKind::Convolution(changed),
                inputs: vec![Source::Step(x), weights],
                shape,
                ..step.clone()
            },
        )?;
        // And back.
        let by = Rearrangement {
            sizes: vec![rows, images, outputs],
            result: vec![vec![1, 0], vec![2], Vec::new()],
            sources: vec![vec![digits(&[0]), digits(&[1, 2]), digits(&[])]],
            fill: 0.0,
        };
        push(
            network,
            Step {
                kind: OpKind::Rearrange(by),
                inputs: vec![Source::Step(multiplied)],
                shape: vec![images * rows, outputs, 1],
                ..step
            },
        )
    }

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
        if self.own == 1 {
            // A variable with progressions is a dimension of its own.
            let follows = |index: &SourceIndex| match index {
                SourceIndex::Progressions { variable, .. } => {
                    by.result.first().is_some_and(|first| first.contains(variable))
                }
                SourceIndex::Digits(_) => false,
            };
            if by.sources.iter().flatten().any(follows) {
                return None;
            }
            let variable = u8::try_from(by.sizes.len()).ok()?;
            by.sizes.push(self.asked);
            by.result.first_mut()?.insert(0, variable);
            return Some(Variable::New(variable));
        }
        let first = by.result.first_mut()?;
        let variable = *first.first()?;
        let size = by.sizes.get_mut(usize::from(variable))?;
        *size = self.size(*size)?;
        Some(Variable::Own(variable))
    }
}

/// A reshape for the sake of a step.
fn reshape(step: &Step, x: Source, shape: Vec<u64>) -> Step {
    Step {
        kind: OpKind::Reshape,
        inputs: vec![x],
        shape,
        ..step.clone()
    }
}

/// Adds a step whose operands are there, if its shape is what its operator makes of theirs: its index.
fn push(network: &mut Network, step: Step) -> Option<usize> {
    let operands: Vec<&[u64]> = step.inputs.iter().map(|&input| network.shape(input)).collect();
    let made = step.kind.output_shape(&operands, &step.shape).ok()?;
    if made != step.shape {
        return None;
    }
    network.steps.push(step);
    Some(network.steps.len() - 1)
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
    use crate::network::Input;

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
