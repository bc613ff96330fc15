//! The network between the file and the graph: operators with their shapes.

use std::collections::BTreeSet;

use tilesim_graph::{Activation, Binary, ElementType, Norm, OpKind, Reduction};

use super::constant::Constant;

/// A network whose shapes are known.
#[derive(Debug, Default)]
pub(super) struct Network {
    pub(super) inputs: Vec<Input>,
    pub(super) constants: Vec<Constant>,
    pub(super) steps: Vec<Step>,
    /// Steps that join what their first dimension numbers, be it one: they are over the batch too.
    pub(super) over_batch: BTreeSet<usize>,
    /// Results; inputs among them have an operator of their own once movements have been put off.
    pub(super) outputs: Vec<Source>,
}

/// A tensor fed from outside.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) shape: Vec<u64>,
    pub(super) data_type: ElementType,
}

/// Where an operand comes from, as an index into a list of the [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Input(usize),
    Constant(usize),
    Step(usize),
}

/// One operator.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Name of the node.
    pub(super) node: String,
    /// Its operator.
    pub(super) op_type: String,
    /// What it computes.
    pub(super) kind: OpKind,
    /// Operands in the order of the kind.
    pub(super) inputs: Vec<Source>,
    /// Shape of the result.
    pub(super) shape: Vec<u64>,
}

impl Network {
    /// The step that an operand comes from.
    pub(super) fn step(&self, source: Source) -> Option<&Step> {
        match source {
            Source::Step(index) => self.steps.get(index),
            Source::Input(_) | Source::Constant(_) => None,
        }
    }

    /// The constant that an operand is.
    pub(super) fn constant(&self, source: Source) -> Option<&Constant> {
        match source {
            Source::Constant(index) => self.constants.get(index),
            Source::Input(_) | Source::Step(_) => None,
        }
    }

    /// Shape of an operand.
    pub(super) fn shape(&self, source: Source) -> &[u64] {
        match source {
            Source::Input(index) => &self.inputs[index].shape,
            Source::Constant(index) => self.constants[index].shape(),
            Source::Step(index) => &self.steps[index].shape,
        }
    }

    /// The operand of an activation, where the operand is put out by that one.
    pub(super) fn activated(&self, source: Source, activation: Activation) -> Option<Source> {
        let step = self.step(source)?;
        let is = step.kind == OpKind::Activation(activation);
        is.then(|| step.inputs.first().copied())?
    }

    /// The operand of a mean over all dimensions but the first, where the operand is put out by that one.
    pub(super) fn mean_of_sample(&self, source: Source) -> Option<Source> {
        let Source::Step(index) = source else {
            return None;
        };
        let step = self.steps.get(index)?;
        let of_samples =
            step.shape.iter().skip(1).all(|&size| size == 1) && !self.over_batch.contains(&index);
        let is = of_samples && step.kind == OpKind::Reduce(Reduction::Mean);
        is.then(|| step.inputs.first().copied())?
    }

    /// Both operands of a pointwise function, where the operand is put out by that one.
    pub(super) fn binary(&self, source: Source, function: Binary) -> Option<[Source; 2]> {
        let step = self.step(source)?;
        match (&step.kind, step.inputs.as_slice()) {
            (OpKind::Binary(of), &[left, right]) if *of == function => Some([left, right]),
            _ => None,
        }
    }

    /// The operand and the number of a pointwise function of a tensor and one number.
    pub(super) fn with_number(&self, source: Source, function: Binary) -> Option<(Source, f64)> {
        let [left, right] = self.binary(source, function)?;
        match (self.number(left), self.number(right)) {
            (None, Some(number)) => Some((left, number)),
            (Some(number), None) if matches!(function, Binary::Add | Binary::Multiply) => {
                Some((right, number))
            }
            _ => None,
        }
    }

    /// The norm that puts out the operand, and its operands.
    pub(super) fn norm(&self, source: Source) -> Option<(Norm, &[Source])> {
        let step = self.step(source)?;
        match step.kind {
            OpKind::Norm(norm) => Some((norm, &step.inputs)),
            _ => None,
        }
    }

    /// What the operand is a reshape of.
    pub(super) fn reshaped_from(&self, source: Source) -> Option<Source> {
        let step = self.step(source)?;
        let is = match &step.kind {
            OpKind::Rearrange(by) => by.is_reshape(),
            kind => *kind == OpKind::Reshape,
        };
        is.then(|| step.inputs.first().copied())?
    }

    /// The number that an operand is.
    pub(super) fn number(&self, source: Source) -> Option<f64> {
        self.constant(source)?.scalar()
    }
}
