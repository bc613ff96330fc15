//! Movements of data put off until something needs them: several become one, and those that undo each other none.
//!
//! Exporters write images with their channels last for the operators that want them so, and turn them back for the next convolution.
//! What works element by element does the same in any order. So a value is what another one is, and how that is rearranged, until an
//! operator reads it for which the order counts. The vendor's framework gets by without such movements too: a transposition
//! is a view there, and data are moved by who reads them.

mod constant;

use std::ops::Range;

use tilesim_graph::{OpKind, Rearrangement, SourceIndex};

use super::network::{Network, Source, Step};

/// The same network, which moves data only where the order counts.
pub(super) fn deferred(network: Network) -> Network {
    let Network {
        inputs,
        constants,
        steps,
        outputs,
        over_batch,
    } = network;
    let mut deferral = Deferral {
        network: Network {
            inputs,
            constants,
            steps: Vec::with_capacity(steps.len()),
            ..Network::default()
        },
        forms: Vec::with_capacity(steps.len()),
        settled: Vec::new(),
    };
    for (index, step) in steps.into_iter().enumerate() {
        let form = deferral.form_of(step);
        if let Source::Step(origin) = form.origin
            && over_batch.contains(&index)
        {
            deferral.network.over_batch.insert(origin);
        }
        deferral.forms.push(form);
    }
    for output in outputs {
        let form = deferral.form(output);
        let output = match deferral.settle(&form) {
            step @ Source::Step(_) => step,
            other => deferral.copied(other),
        };
        deferral.network.outputs.push(output);
    }
    deferral.network
}

/// What a value is: another one, perhaps rearranged.
#[derive(Debug, Clone)]
struct Form {
    /// In the new network.
    origin: Source,
    pending: Option<Pending>,
}

/// A movement that nobody has needed yet.
#[derive(Debug, Clone)]
struct Pending {
    by: Rearrangement,
    /// The node that asked for it last.
    node: String,
    op_type: String,
}

/// The network so far.
struct Deferral {
    network: Network,
    /// What the steps of the old network have become.
    forms: Vec<Form>,
    /// Movements that somebody needed: of what, how, and the step.
    settled: Vec<(Source, Rearrangement, Source)>,
}

impl Deferral {
    fn form(&self, source: Source) -> Form {
        match source {
            Source::Step(index) => self.forms[index].clone(),
            Source::Input(_) | Source::Constant(_) => Form {
                origin: source,
                pending: None,
            },
        }
    }

    /// What a step becomes.
    fn form_of(&mut self, step: Step) -> Form {
        let moved = match &step.kind {
            OpKind::Rearrange(by) => self.moved(&step, by.clone()),
            OpKind::Reshape => self.reshaped(&step),
            OpKind::Activation(_) | OpKind::Scale { .. } => self.elementwise(&step),
            OpKind::Binary(_) => self.pairwise(&step),
            OpKind::Softmax { axes } => self.softmax(&step, axes.clone()),
            _ => None,
        };
        moved.unwrap_or_else(|| self.kept(step))
    }

    /// A step whose operands lie in the order in which it reads them.
    fn kept(&mut self, step: Step) -> Form {
        let inputs = step.inputs.iter().map(|&input| {
            let form = self.form(input);
            self.settle(&form)
        });
        let inputs = inputs.collect();
        self.pushed(Step { inputs, ..step }, None)
    }

    /// What is fed, as a result: a network puts out what its operators do.
    fn copied(&mut self, source: Source) -> Source {
        let name = match source {
            Source::Input(index) => self.network.inputs[index].name.clone(),
            Source::Constant(index) => self.network.constants[index].origin.clone(),
            Source::Step(_) => return source,
        };
        let copy = Step {
            node: name,
            op_type: "Identity".to_owned(),
            kind: OpKind::Reshape,
            inputs: vec![source],
            shape: self.network.shape(source).to_vec(),
        };
        self.pushed(copy, None).origin
    }

    fn pushed(&mut self, step: Step, pending: Option<Pending>) -> Form {
        self.network.steps.push(step);
        Form {
            origin: Source::Step(self.network.steps.len() - 1),
            pending,
        }
    }

    /// A movement of what a reshape put out, as one of the reshape's operand where it is one.
    fn with_reshape_before(&self, form: &mut Form, by: Rearrangement) -> Rearrangement {
        let step = self.network.step(form.origin);
        let Some(Step { inputs, shape, .. }) = step.filter(|step| step.kind == OpKind::Reshape) else {
            return by;
        };
        let reshape = Rearrangement::reshape(self.network.shape(inputs[0]), shape).unwrap_or_default();
        match reshape.as_slice() {
            [reshape] => match reshape.then(&by) {
                Some(both) => {
                    form.origin = inputs[0];
                    both
                }
                None => by,
            },
            _ => by,
        }
    }

    /// A movement of one operand: put off.
    fn moved(&mut self, step: &Step, by: Rearrangement) -> Option<Form> {
        if by.sources.len() != 1 || by.has_fill() {
            return None;
        }
        let mut form = self.form(*step.inputs.first()?);
        let by = match &form.pending {
            None => self.with_reshape_before(&mut form, by),
            Some(pending) => match (pending.by.then(&by), pending.by.selected_first(&by)) {
                (Some(both), _) => both,
                (None, Some((slice, rest))) => {
                    let slice = Pending {
                        by: slice,
                        node: step.node.clone(),
                        op_type: step.op_type.clone(),
                    };
                    form.origin = self.settle(&Form {
                        origin: form.origin,
                        pending: Some(slice),
                    });
                    rest
                }
                (None, None) => {
                    form.origin = self.settle(&form);
                    by
                }
            },
        };
        form.pending = Some(Pending {
            by,
            node: step.node.clone(),
            op_type: step.op_type.clone(),
        });
        Some(form)
    }

    /// A reshape of what is to be moved anyway, or one that is more than sizes of 1 that come and go: products take the
    /// dimensions before theirs as one, and what follows them element by element need not see these apart.
    fn reshaped(&mut self, step: &Step) -> Option<Form> {
        let form = self.form(*step.inputs.first()?);
        let from = match &form.pending {
            Some(pending) => pending.by.shape(),
            None => self.network.shape(form.origin).to_vec(),
        };
        let long = |shape: &[u64]| -> Vec<u64> { shape.iter().copied().filter(|size| *size > 1).collect() };
        if form.pending.is_none() && long(&from) == long(&step.shape) {
            return None;
        }
        let reshape = Rearrangement::reshape(&from, &step.shape).ok()?;
        match reshape.as_slice() {
            [by] => self.moved(step, by.clone()),
            _ => None,
        }
    }

    /// What works element by element does so before its operand is moved.
    fn elementwise(&mut self, step: &Step) -> Option<Form> {
        let form = self.form(*step.inputs.first()?);
        let pending = form.pending.filter(|pending| is_permutation(&pending.by))?;
        let before = self.before_movement(step, vec![form.origin], form.origin);
        Some(self.pushed(before, Some(pending)))
    }

    /// Softmax over what are whole dimensions of the operand too.
    fn softmax(&mut self, step: &Step, axes: Range<usize>) -> Option<Form> {
        let mut form = self.form(*step.inputs.first()?);
        form.pending
            .as_ref()
            .filter(|pending| is_permutation(&pending.by))?;
        if form
            .pending
            .as_ref()
            .is_some_and(|pending| dimensions_before(&pending.by, axes.clone()).is_none())
        {
            form = self.with_digits_apart(form)?;
        }
        let pending = form.pending?;
        let axes = dimensions_before(&pending.by, axes)?;
        let mut before = self.before_movement(step, vec![form.origin], form.origin);
        before.kind = OpKind::Softmax { axes };
        Some(self.pushed(before, Some(pending)))
    }

    /// A function of two operands that are moved alike, or of one and a constant.
    fn pairwise(&mut self, step: &Step) -> Option<Form> {
        let &[left, right] = step.inputs.as_slice() else {
            return None;
        };
        let (first, second) = (self.form(left), self.form(right));
        let (inputs, origin, pending) = match (first.pending, second.pending) {
            (Some(pending), Some(other)) if pending.by == other.by => {
                (vec![first.origin, second.origin], first.origin, pending)
            }
            (Some(pending), None) => {
                let (moved, constant, pending) = self.with_constant(first.origin, pending, second.origin)?;
                (vec![moved, constant], moved, pending)
            }
            (None, Some(pending)) => {
                let (moved, constant, pending) = self.with_constant(second.origin, pending, first.origin)?;
                (vec![constant, moved], moved, pending)
            }
            _ => return None,
        };
        if !is_permutation(&pending.by) || pending.by.shape() != step.shape {
            return None;
        }
        let before = self.before_movement(step, inputs, origin);
        Some(self.pushed(before, Some(pending)))
    }

    /// A value that is to be moved, and the constant that it is joined with then, as they are joined before: dimensions of which the
    /// constant varies along a part are several.
    fn with_constant(
        &mut self,
        origin: Source,
        pending: Pending,
        constant: Source,
    ) -> Option<(Source, Source, Pending)> {
        self.network.constant(constant)?;
        if let Some(constant) = self.constant_before(constant, &pending) {
            return Some((origin, constant, pending));
        }
        if !is_permutation(&pending.by) {
            return None;
        }
        let apart = self.with_digits_apart(Form {
            origin,
            pending: Some(pending),
        })?;
        let pending = apart.pending?;
        let constant = self.constant_before(constant, &pending)?;
        Some((apart.origin, constant, pending))
    }

    /// The same value, whose movement takes whole dimensions of the operand: those of which it takes parts are several.
    fn with_digits_apart(&mut self, form: Form) -> Option<Form> {
        let Some(pending) = form.pending else {
            return Some(form);
        };
        let [source] = pending.by.sources.as_slice() else {
            return None;
        };
        let size = |variable: &u8| pending.by.sizes[usize::from(*variable)];
        let mut sizes = Vec::new();
        let mut dimensions = Vec::new();
        let mut apart = Vec::new();
        for index in source {
            let SourceIndex::Digits(digits) = index else {
                return None;
            };
            let first = apart.len();
            for digit in digits.iter().filter(|digit| size(digit) > 1) {
                sizes.push(size(digit));
                apart.push(SourceIndex::Digits(vec![*digit]));
            }
            let own = (first..apart.len())
                .map(u8::try_from)
                .collect::<Result<_, _>>()
                .ok()?;
            dimensions.push(SourceIndex::Digits(own));
        }
        let places = (0..sizes.len()).map(|place| Some(vec![u8::try_from(place).ok()?]));
        let reshape = Rearrangement {
            sizes,
            result: places.collect::<Option<_>>()?,
            sources: vec![dimensions],
            fill: 0.0,
        };
        let origin = self.settle(&Form {
            origin: form.origin,
            pending: Some(Pending {
                by: reshape,
                ..pending.clone()
            }),
        });
        let by = Rearrangement {
            sources: vec![apart],
            ..pending.by
        };
        Some(Form {
            origin,
            pending: Some(Pending { by, ..pending }),
        })
    }

    /// A constant that is joined with what has been moved, as it is joined before.
    fn constant_before(&mut self, constant: Source, pending: &Pending) -> Option<Source> {
        let moved = constant::before(self.network.constant(constant)?, &pending.by)?;
        self.network.constants.push(moved);
        Some(Source::Constant(self.network.constants.len() - 1))
    }

    /// The step on operands that have not been moved yet, of which one has the shape of the result.
    fn before_movement(&self, step: &Step, inputs: Vec<Source>, like: Source) -> Step {
        Step {
            node: step.node.clone(),
            op_type: step.op_type.clone(),
            kind: step.kind.clone(),
            inputs,
            shape: self.network.shape(like).to_vec(),
        }
    }

    /// The value itself, moved once however many read it.
    fn settle(&mut self, form: &Form) -> Source {
        let Some(pending) = &form.pending else {
            return form.origin;
        };
        if pending.by.is_identity() {
            return form.origin;
        }
        let known = self
            .settled
            .iter()
            .find(|(origin, by, _)| *origin == form.origin && *by == pending.by);
        if let Some((_, _, settled)) = known {
            return *settled;
        }
        self.network.steps.push(Step {
            node: pending.node.clone(),
            op_type: pending.op_type.clone(),
            kind: if pending.by.is_reshape() {
                OpKind::Reshape
            } else {
                OpKind::Rearrange(pending.by.clone())
            },
            inputs: vec![form.origin],
            shape: pending.by.shape(),
        });
        let settled = Source::Step(self.network.steps.len() - 1);
        self.settled.push((form.origin, pending.by.clone(), settled));
        settled
    }
}

/// The neighbouring dimensions of the operand that neighbouring ones of the result are; `None` where they are none.
fn dimensions_before(by: &Rearrangement, axes: Range<usize>) -> Option<Range<usize>> {
    let long = |digits: &[u8]| -> Vec<u8> {
        let long = digits.iter().filter(|digit| by.sizes[usize::from(**digit)] > 1);
        long.copied().collect()
    };
    let taken: Vec<u8> = by
        .result
        .get(axes)?
        .iter()
        .flat_map(|digits| long(digits))
        .collect();
    let mut dimensions = Vec::new();
    let mut digits = 0;
    for (dimension, index) in by.sources.first()?.iter().enumerate() {
        let own = long(index.variables());
        if own.iter().any(|digit| taken.contains(digit)) {
            if !own.iter().all(|digit| taken.contains(digit)) {
                return None;
            }
            dimensions.push(dimension);
            digits += own.len();
        }
    }
    let (&first, &last) = (dimensions.first()?, dimensions.last()?);
    // A dimension between them may have one element, no more.
    let between = by.sources.first()?.get(first..=last)?;
    let apart = between
        .iter()
        .enumerate()
        .any(|(index, own)| !dimensions.contains(&(first + index)) && !long(own.variables()).is_empty());
    (digits == taken.len() && !apart).then_some(first..last + 1)
}

/// Whether every element of the operand goes to one place.
fn is_permutation(by: &Rearrangement) -> bool {
    let [source] = by.sources.as_slice() else {
        return false;
    };
    let mut elements: u64 = 1;
    for index in source {
        match index {
            SourceIndex::Digits(digits) => {
                elements *= digits
                    .iter()
                    .map(|digit| by.sizes[usize::from(*digit)])
                    .product::<u64>();
            }
            SourceIndex::Progressions { .. } => return false,
        }
    }
    elements == by.sizes.iter().product::<u64>()
}

#[cfg(test)]
mod tests {
    use tilesim_graph::{Activation, Binary, ElementType, SliceRange};

    use super::*;
    use crate::{constant::Constant, network::Input, weights::Weight};

    const IMAGE: [u64; 4] = [2, 3, 4, 5];

    /// A network that begins with an image.
    fn network() -> Network {
        Network {
            inputs: vec![Input {
                name: "x".to_owned(),
                shape: IMAGE.to_vec(),
                data_type: ElementType::F16,
            }],
            ..Network::default()
        }
    }

    fn push(network: &mut Network, kind: OpKind, inputs: &[Source]) -> Source {
        let shapes: Vec<&[u64]> = inputs.iter().map(|&input| network.shape(input)).collect();
        let shape = kind.output_shape(&shapes, &[]).expect("operands fit");
        let index = network.steps.len();
        network.steps.push(Step {
            node: format!("node{index}"),
            op_type: "Node".to_owned(),
            kind,
            inputs: inputs.to_vec(),
            shape,
        });
        Source::Step(index)
    }

    fn transpose(network: &mut Network, x: Source, permutation: &[usize]) -> Source {
        let by = Rearrangement::transpose(network.shape(x), permutation).expect("a permutation");
        push(network, OpKind::Rearrange(by), &[x])
    }

    fn kinds(network: &Network) -> Vec<&OpKind> {
        network.steps.iter().map(|step| &step.kind).collect()
    }

    fn movements(network: &Network) -> usize {
        let is = |kind: &&&OpKind| matches!(kind, OpKind::Rearrange(_));
        kinds(network).iter().filter(is).count()
    }

    #[test]
    fn channels_that_were_last_for_a_while_never_move() {
        let mut network = network();
        let last = transpose(&mut network, Source::Input(0), &[0, 2, 3, 1]);
        let active = push(&mut network, OpKind::Activation(Activation::Gelu), &[last]);
        let scale = Weight::from_f32(vec![1, 1, 1, 3], &[1.0, 2.0, 3.0]).expect("three numbers");
        network.constants.push(Constant::numbers("scale", scale));
        let scaled = push(
            &mut network,
            OpKind::Binary(Binary::Multiply),
            &[active, Source::Constant(0)],
        );
        let back = transpose(&mut network, scaled, &[0, 3, 1, 2]);
        network.outputs.push(back);
        let network = deferred(network);
        assert_eq!(movements(&network), 0);
        assert_eq!(network.steps.len(), 2);
        let product = network.step(network.outputs[0]).expect("a step");
        assert_eq!(product.shape, IMAGE);
        assert_eq!(network.shape(product.inputs[1]), [1, 3, 1, 1]);
    }

    #[test]
    fn what_stands_between_reshapes_sees_the_rows_of_a_product() {
        let mut network = network();
        let reshape = |network: &mut Network, x: Source, shape: &[u64]| {
            network.steps.push(Step {
                node: "reshape".to_owned(),
                op_type: "Reshape".to_owned(),
                kind: OpKind::Reshape,
                inputs: vec![x],
                shape: shape.to_vec(),
            });
            Source::Step(network.steps.len() - 1)
        };
        let rows = reshape(&mut network, Source::Input(0), &[24, 5]);
        let scaled = push(&mut network, OpKind::Scale { factor: 2.0 }, &[rows]);
        let image = reshape(&mut network, scaled, &[2, 3, 4, 5]);
        let active = push(&mut network, OpKind::Activation(Activation::Gelu), &[image]);
        let rows = reshape(&mut network, active, &[24, 5]);
        network.outputs.push(rows);
        let network = deferred(network);
        // Both work on the image, as it was; its rows are the output's.
        assert_eq!(network.steps.len(), 3);
        assert_eq!(network.steps[2].kind, OpKind::Reshape);
        assert_eq!(network.steps[1].shape, IMAGE);
    }

    #[test]
    fn softmax_follows_its_dimension() {
        let mut network = network();
        let last = transpose(&mut network, Source::Input(0), &[0, 2, 3, 1]);
        let shares = push(&mut network, OpKind::Softmax { axes: 3..4 }, &[last]);
        let back = transpose(&mut network, shares, &[0, 3, 1, 2]);
        network.outputs.push(back);
        let network = deferred(network);
        assert_eq!(kinds(&network), [&OpKind::Softmax { axes: 1..2 }]);
    }

    #[test]
    fn what_several_read_is_moved_once() {
        let mut network = network();
        let last = transpose(&mut network, Source::Input(0), &[0, 2, 3, 1]);
        for axis in [1, 2] {
            let pieces = OpKind::Concat { axis };
            let joined = push(&mut network, pieces, &[last, last]);
            network.outputs.push(joined);
        }
        assert_eq!(movements(&deferred(network)), 1);
    }

    #[test]
    fn a_slice_of_what_is_transposed_is_one_movement() {
        let mut network = network();
        let last = transpose(&mut network, Source::Input(0), &[0, 2, 3, 1]);
        let mut ranges = [2, 4, 5, 3].map(SliceRange::whole);
        ranges[3] = SliceRange {
            start: 1,
            count: 2,
            step: 1,
        };
        let by = Rearrangement::slice(network.shape(last), &ranges).expect("within the shape");
        let slice = push(&mut network, OpKind::Rearrange(by), &[last]);
        network.outputs.push(slice);
        let network = deferred(network);
        assert_eq!((network.steps.len(), movements(&network)), (1, 1));
        assert_eq!(network.shape(network.outputs[0]), [2, 4, 5, 2]);
    }

    #[test]
    fn an_operand_in_another_order_is_moved_first() {
        let mut network = network();
        let last = transpose(&mut network, Source::Input(0), &[0, 2, 3, 1]);
        let active = push(&mut network, OpKind::Activation(Activation::Relu), &[last]);
        let other = transpose(&mut network, Source::Input(0), &[0, 2, 3, 1]);
        let same = push(&mut network, OpKind::Binary(Binary::Add), &[active, other]);
        network.outputs.push(same);
        let once = deferred(network);
        // Both lie alike, so that the sum does too, and is moved itself.
        assert_eq!((once.steps.len(), movements(&once)), (3, 1));
        assert_eq!(once.shape(once.outputs[0]), [2, 4, 5, 3]);
    }
}
