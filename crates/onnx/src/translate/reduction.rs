//! Reductions over any dimensions, composed of sums, means, sums of squares and largest elements.

use tilesim_graph::{Activation, Binary, OpKind, Reduction};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, fold, network::Source, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    row("ReduceL1", &[1, 11, 18]),
    row("ReduceL2", &[1, 11, 18]),
    row("ReduceLogSum", &[1, 11, 18]),
    row("ReduceLogSumExp", &[1, 11, 18]),
    row("ReduceMax", &[1, 11, 18]),
    row("ReduceMean", &[1, 11, 18]),
    row("ReduceMin", &[1, 11, 18]),
    row("ReduceSum", &[1, 11, 13]),
    row("ReduceSumSquare", &[1, 11, 18]),
];

const fn row(name: &'static str, versions: &'static [i64]) -> OnnxOperator {
    OnnxOperator {
        name,
        versions,
        support: OnnxSupport::Training,
        limits: "constant axes",
        translate: reduction,
    }
}

fn reduction<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.real_tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    let rank = shape.len();
    let operand = translator.constant_operand(node, 1)?.cloned();
    let axes = fold::axes(node, &[None, operand.as_ref()], 1)?.unwrap_or_default();
    let mut axes = fold::dimensions(node, axes, rank)?;
    if axes.is_empty() {
        if node.integer("noop_with_empty_axes")?.unwrap_or(0) != 0 {
            return unreduced(translator, node, x);
        }
        axes = (0..rank).collect();
    }
    axes.sort_unstable();
    axes.dedup();
    let joined: Vec<u64> = (0..rank)
        .map(|d| if axes.contains(&d) { 1 } else { shape[d] })
        .collect();
    let is_of_space = rank > 2 && axes.iter().copied().eq(2..rank);
    let y = Reducing {
        translator,
        node,
        joined: &joined,
        is_of_space,
    }
    .of(x)?;
    if let Source::Step(index) = y
        && axes[0] == 0
        && y != x
    {
        translator.network.over_batch.insert(index);
    }
    if node.integer("keepdims")?.unwrap_or(1) != 0 {
        return Ok(Value::Tensor(y));
    }
    let kept: Vec<u64> = (0..rank)
        .filter(|d| !axes.contains(d))
        .map(|d| shape[d])
        .collect();
    translator.reshaped(node, y, &kept).map(Value::Tensor)
}

/// A reduction over no dimensions, where that is asked for.
fn unreduced<'a>(translator: &Translator<'a>, node: Node<'a>, x: Source) -> Result<Value, OnnxError> {
    match node.op_type().as_str() {
        "ReduceMax" | "ReduceMean" | "ReduceMin" | "ReduceSum" => Ok(Value::Tensor(x)),
        _ => Err(node.unsupported(
            format!("no axes, of shape {:?}", translator.network.shape(x)),
            "axes; none for sums, means, largest and smallest elements, which leave their operand as it is",
        )),
    }
}

/// A reduction to a shape in which what is joined has sizes of 1.
struct Reducing<'t, 'a> {
    translator: &'t mut Translator<'a>,
    node: Node<'a>,
    joined: &'t [u64],
    /// Whether it is over all positions, and nothing else.
    is_of_space: bool,
}

impl Reducing<'_, '_> {
    fn of(&mut self, x: Source) -> Result<Source, OnnxError> {
        match self.node.op_type().as_str() {
            "ReduceMean" if self.is_of_space => self.step(OpKind::GlobalAveragePool, vec![x]),
            "ReduceMean" => self.reduced(Reduction::Mean, x),
            "ReduceMax" => self.reduced(Reduction::Maximum, x),
            "ReduceMin" => {
                let negated = self.function(Activation::Negate, x)?;
                let largest = self.reduced(Reduction::Maximum, negated)?;
                self.function(Activation::Negate, largest)
            }
            "ReduceSumSquare" => self.reduced(Reduction::SumOfSquares, x),
            "ReduceL1" => {
                let magnitudes = self.function(Activation::Absolute, x)?;
                self.reduced(Reduction::Sum, magnitudes)
            }
            "ReduceL2" => {
                let sum = self.reduced(Reduction::SumOfSquares, x)?;
                self.function(Activation::SquareRoot, sum)
            }
            "ReduceLogSum" => {
                let sum = self.reduced(Reduction::Sum, x)?;
                self.function(Activation::Logarithm, sum)
            }
            // Largest + ln Σ e^(x − largest), in which nothing overflows.
            "ReduceLogSumExp" => {
                let largest = self.reduced(Reduction::Maximum, x)?;
                let below = self.step(OpKind::Binary(Binary::Subtract), vec![x, largest])?;
                let exponential = self.function(Activation::Exponential, below)?;
                let sum = self.reduced(Reduction::Sum, exponential)?;
                let logarithm = self.function(Activation::Logarithm, sum)?;
                self.step(OpKind::Binary(Binary::Add), vec![logarithm, largest])
            }
            _ => self.reduced(Reduction::Sum, x),
        }
    }

    /// Sums, means and largest elements of one element each are the elements themselves.
    fn reduced(&mut self, reduction: Reduction, x: Source) -> Result<Source, OnnxError> {
        let changes = matches!(reduction, Reduction::SumOfSquares | Reduction::Variance);
        if self.translator.network.shape(x) == self.joined && !changes {
            return Ok(x);
        }
        self.step(OpKind::Reduce(reduction), vec![x])
    }

    fn function(&mut self, function: Activation, x: Source) -> Result<Source, OnnxError> {
        self.step(OpKind::Activation(function), vec![x])
    }

    fn step(&mut self, kind: OpKind, inputs: Vec<Source>) -> Result<Source, OnnxError> {
        self.translator.step(self.node, kind, inputs, self.joined)
    }
}
