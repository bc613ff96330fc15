//! Softmax, composed as the vendor's library composes it (PopLibs `NonLinearity.cpp`): subtract the largest, exponentiate, and
//! multiply by the inverse of the sum.

use std::ops::Range;

use tilesim_graph::Op;
use tilesim_machine::ElementType;
use tilesim_program::vertex::vector::{BinaryOp, ReduceOp, UnaryOp};
use tilesim_program::work::Channels;

use super::{
    elementwise::Chain,
    reduce::{Results, reduce, reduce_beside},
};
use crate::{
    LowerError,
    context::Context,
    layout::{self, Layout, Value},
};

pub(crate) fn lower(context: &mut Context, op: &Op, axes: &Range<usize>) -> Result<(), LowerError> {
    let mut shape = context.graph.tensor(op.output).shape.clone();
    for size in shape.get_mut(axes.clone()).into_iter().flatten() {
        *size = 1;
    }
    let mut chain = Chain::new(context, op)?;
    apply(&mut chain, &layout::by_channel(&shape));
    chain.define(op.output);
    Ok(())
}

/// The largest number that a half holds.
const MOST_IN_HALF: u64 = 65_504;

/// Softmax of a chain over the dimensions in which `shape` has one element.
pub(super) fn apply(chain: &mut Chain, shape: &[u64]) {
    let name = chain.name().to_owned();
    let joining = Joining::new(chain.context, shape);
    let element_type = chain.value().element_type;
    let joined = chain.value().shape().iter().product::<u64>() / shape.iter().product::<u64>().max(1);
    // No exponential is above 1.
    let sum_type = if joined > MOST_IN_HALF {
        ElementType::F32
    } else {
        element_type
    };
    if let Some(largest) = joining.join(chain, &name, ReduceOp::Maximum, element_type) {
        chain.operand("subtract largest", BinaryOp::Subtract, &largest, shape);
    }
    chain.unary("exponentiate", UnaryOp::Exponent);
    if let Some(sum) = joining.join(chain, &name, ReduceOp::Add, sum_type) {
        let mut inverse = Chain::own(chain.context, format!("{name}/sum"), sum);
        inverse.unary("invert", UnaryOp::Inverse);
        let inverse = inverse.finish();
        chain.operand("multiply by inverse sum", BinaryOp::Multiply, &inverse, shape);
    }
}

/// Where the largest elements and the sums come to lie: those of samples on tiles of their own, those of positions and channels,
/// of which there are many, with their elements.
struct Joining<'s> {
    shape: &'s [u64],
    of_samples: Option<Layout>,
}

impl<'s> Joining<'s> {
    fn new(context: &mut Context, shape: &'s [u64]) -> Self {
        let is_of_samples = shape.iter().skip(1).all(|&size| size == 1);
        let of_samples = is_of_samples.then(|| {
            let to = layout::spread(shape, 1, context.tiles());
            let slot = context.next_results(to.placement.grid.tiles());
            layout::moved(to, slot)
        });
        Self { shape, of_samples }
    }

    fn join(&self, chain: &mut Chain, name: &str, op: ReduceOp, element_type: ElementType) -> Option<Value> {
        let value = chain.value().clone();
        let Some(to) = &self.of_samples else {
            return reduce_beside(chain.context, name, &value, op, self.shape, (element_type, 1.0));
        };
        let results = Results {
            shape: self.shape,
            layout: to,
            element_type,
            scale: 1.0,
            channels: Channels::Runs(1),
        };
        reduce(chain.context, name, &value, op, &results)
    }
}
