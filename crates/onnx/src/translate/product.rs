//! Products of two tensors along dimensions that they share, as one grouped convolution: dimensions that stay in both are its groups,
//! those that are summed over its input channels, those of the first operand alone its samples, and those of the second alone its output
//! channels.
//!
//! The vendor's library computes batched matrix products so too (PopLibs `MatMul.cpp`: a convolution with as many groups as there are
//! matrices). It does not matter to a convolution whether its weights are parameters.

use std::collections::BTreeMap;

use tilesim_graph::{Convolution, OpKind, Rearrangement};

use super::{
    movement,
    translator::{Translator, Value},
};
use crate::{
    OnnxError,
    constant::{Constant, Content},
    fold,
    network::Source,
    node::Node,
};

/// An operand of a product: a name for each of its dimensions.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub(super) operand: Operand,
    /// What dimensions of equal names have in common is joined; a name stands for one dimension of an operand.
    pub(super) names: Vec<char>,
}

/// What is multiplied.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Tensor(Source),
    Constant(Constant),
}

impl Operand {
    /// An operand of a node, of floating-point numbers.
    pub(super) fn of<'a>(
        translator: &mut Translator<'a>,
        node: Node<'a>,
        index: usize,
    ) -> Result<Self, OnnxError> {
        Ok(match translator.operand(node, index)? {
            Value::Constant(_) => Self::Constant(translator.parameter(node, index)?),
            _ => Self::Tensor(translator.real_tensor(node, index)?),
        })
    }

    pub(super) fn shape(&self, translator: &Translator) -> Vec<u64> {
        match self {
            Self::Tensor(source) => translator.network.shape(*source).to_vec(),
            Self::Constant(constant) => constant.shape().to_vec(),
        }
    }

    /// The same elements in another shape.
    pub(super) fn reshaped<'a>(
        self,
        translator: &mut Translator<'a>,
        node: Node<'a>,
        shape: &[u64],
    ) -> Result<Self, OnnxError> {
        Ok(match self {
            Self::Tensor(source) => Self::Tensor(translator.reshaped(node, source, shape)?),
            Self::Constant(constant) => {
                let reshaped = constant.reshaped(shape);
                Self::Constant(reshaped.ok_or_else(|| {
                    node.invalid(
                        format!("a constant of shape {:?}", constant.shape()),
                        format!("as many elements as {shape:?} has"),
                    )
                })?)
            }
        })
    }

    const fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }
}

impl Factor {
    /// The dimensions in another order, and then as one shape.
    fn arranged<'a>(
        &self,
        translator: &mut Translator<'a>,
        node: Node<'a>,
        order: &[char],
        shape: &[u64],
    ) -> Result<Source, OnnxError> {
        let place = |name: &char| self.names.iter().position(|own| own == name);
        let permutation: Vec<usize> = order.iter().filter_map(place).collect();
        if permutation.len() != self.names.len() {
            return Err(node.invalid(
                format!("an operand of shape {:?}", self.operand.shape(translator)),
                format!("{} dimensions", self.names.len()),
            ));
        }
        match &self.operand {
            Operand::Tensor(source) => {
                let made = Rearrangement::transpose(&self.operand.shape(translator), &permutation);
                let moved = movement::rearranged(translator, node, made, vec![*source])?;
                translator.reshaped(node, moved, shape)
            }
            Operand::Constant(constant) => {
                let constant = arranged_constant(translator, node, constant, permutation, shape)?;
                Ok(translator.add_constant(constant))
            }
        }
    }
}

/// The sum of the products of two tensors over the dimensions that both have and the result does not name. Every dimension of the
/// result is one of an operand, and every dimension of an operand one of the result or of the other operand.
///
/// # Errors
/// Where dimensions of one name differ in size, or the product is too large to count.
pub(super) fn of<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    factors: [Factor; 2],
    result: &[char],
) -> Result<Source, OnnxError> {
    let [mut x, mut weights] = factors;
    if x.operand.is_constant() {
        std::mem::swap(&mut x, &mut weights);
    }
    let sizes = sizes(translator, node, [&x, &weights])?;
    let within = |factor: &Factor, name: &char| factor.names.contains(name);
    let of_result = |keep: &dyn Fn(&char) -> bool| -> Vec<char> {
        result.iter().filter(|name| keep(name)).copied().collect()
    };
    let groups = of_result(&|name| within(&x, name) && within(&weights, name));
    let rows = of_result(&|name| !within(&weights, name));
    let columns = of_result(&|name| !within(&x, name));
    let summed: Vec<char> = x
        .names
        .iter()
        .filter(|name| within(&weights, name) && !result.contains(name))
        .copied()
        .collect();
    let size = |names: &[char]| {
        let mut product: u64 = 1;
        for name in names {
            product = product.saturating_mul(sizes[name]);
        }
        product
    };
    let [group_count, samples, outputs, inputs] =
        [&groups, &rows, &columns, &summed].map(|names| size(names));
    let convolution = Convolution::new(
        samples,
        group_count.saturating_mul(inputs),
        group_count.saturating_mul(outputs),
        &[1],
        &[1],
    );
    let convolution = convolution.grouped(group_count).ok_or_else(|| {
        node.invalid(
            format!("a product of {group_count} matrices"),
            "one with an element at least",
        )
    })?;
    let by_groups = [&rows[..], &groups, &summed].concat();
    let input = x.arranged(translator, node, &by_groups, &convolution.input_shape())?;
    let by_outputs = [&groups[..], &columns, &summed].concat();
    let kernel = weights.arranged(translator, node, &by_outputs, &convolution.weight_shape())?;
    let product = translator.step(node, OpKind::Convolution(convolution), vec![input, kernel], &[])?;
    let names = [&rows[..], &groups, &columns].concat();
    let shape: Vec<u64> = names.iter().map(|name| sizes[name]).collect();
    let product = translator.reshaped(node, product, &shape)?;
    let permutation: Vec<usize> = result
        .iter()
        .filter_map(|name| names.iter().position(|own| own == name))
        .collect();
    let made = Rearrangement::transpose(&shape, &permutation);
    movement::rearranged(translator, node, made, vec![product])
}

/// The size of every dimension by its name.
fn sizes(
    translator: &Translator,
    node: Node,
    factors: [&Factor; 2],
) -> Result<BTreeMap<char, u64>, OnnxError> {
    let mut sizes = BTreeMap::new();
    for factor in factors {
        for (&name, size) in factor.names.iter().zip(factor.operand.shape(translator)) {
            let known = *sizes.entry(name).or_insert(size);
            if known != size {
                return Err(node.invalid(
                    format!("its operands have {known} and {size} elements along one dimension"),
                    "equal sizes",
                ));
            }
        }
    }
    Ok(sizes)
}

/// A constant in another order and shape.
fn arranged_constant<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    constant: &Constant,
    permutation: Vec<usize>,
    shape: &[u64],
) -> Result<Constant, OnnxError> {
    let Content::Numbers(numbers) = &constant.content else {
        return Ok(constant.clone());
    };
    let moved = if permutation.is_sorted() {
        numbers.reshaped(shape)
    } else {
        translator.budget.take(node, shape, false)?;
        let from = constant.shape().to_vec();
        let order = move || fold::transposed_positions(&from, &permutation);
        Some(numbers.reordered(shape.to_vec(), order)?)
    };
    let moved = moved.ok_or_else(|| {
        node.invalid(
            format!("a constant of shape {:?}", constant.shape()),
            format!("as many elements as {shape:?} has"),
        )
    })?;
    Ok(Constant {
        defined: constant.defined,
        ..Constant::numbers(&constant.origin, moved)
    })
}
