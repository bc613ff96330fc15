//! Matrix products.

use tilesim_graph::{Binary, OpKind, Rearrangement};

use super::{
    elementwise,
    operator::{OnnxOperator, OnnxSupport},
    rows,
    translator::{Translator, Value},
};
use crate::{
    OnnxError,
    constant::{Constant, Content},
    fold::Budget,
    node::Node,
    weights::Weight,
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Gemm",
        versions: &[1, 7, 11],
        support: OnnxSupport::Training,
        limits: "a tensor of two dimensions and constants",
        translate: gemm,
    },
    OnnxOperator {
        name: "MatMul",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "a tensor […, C] and a constant matrix",
        translate: matrix_product,
    },
];

fn gemm<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let factor = |name| Ok::<_, OnnxError>(node.number(name)?.unwrap_or(1.0));
    let (alpha, beta) = (factor("alpha")?, factor("beta")?);
    let transposed = node.integer("transB")?.unwrap_or(0) != 0;
    let mut x = translator.tensor(node, 0)?;
    if node.integer("transA")?.unwrap_or(0) != 0 {
        let by = Rearrangement::transpose(translator.network.shape(x), &[1, 0])
            .map_err(|source| node.shape(source.into()))?;
        x = translator.step(node, OpKind::Rearrange(by), vec![x], &[])?;
    }
    let weights = translator.parameter(node, 1)?;
    let weights = scaled(node, weights, alpha, &mut translator.budget)?;
    let weights = if transposed {
        weights
    } else {
        translator.transposed(node, &weights)?
    };
    let mut inputs = vec![x];
    let bias = match node.input(2) {
        Some(_) if beta != 0.0 => {
            let bias = translator.parameter(node, 2)?;
            Some(scaled(node, bias, beta, &mut translator.budget)?)
        }
        _ => None,
    };
    let outputs = weights.shape().first().copied().unwrap_or(0);
    inputs.push(translator.add_constant(weights));
    let Some(bias) = bias else {
        return translator.operator(node, OpKind::FullyConnected, inputs);
    };
    if let Some(flat) = one_for_each(node, &bias, outputs, &mut translator.budget)? {
        inputs.push(translator.add_constant(flat));
        return translator.operator(node, OpKind::FullyConnected, inputs);
    }
    // What differs from sample to sample is added.
    let product = translator.step(node, OpKind::FullyConnected, inputs, &[])?;
    let rank = translator.network.shape(product).len();
    let bias = elementwise::stretched_constant(translator, node, &bias, rank)?;
    translator.operator(node, OpKind::Binary(Binary::Add), vec![product, bias])
}

/// A bias that is the same for all samples as one number for each output: it may be a single one.
fn one_for_each(
    node: Node,
    bias: &Constant,
    outputs: u64,
    budget: &mut Budget,
) -> Result<Option<Constant>, OnnxError> {
    let (Some(&last), Content::Numbers(numbers)) = (bias.shape_of_rank(1).last(), &bias.content) else {
        return Ok(None);
    };
    if bias.elements() == outputs && last == outputs {
        return Ok(bias.reshaped(&[outputs]));
    }
    if bias.elements() != 1 {
        return Ok(None);
    }
    budget.take(node, &[outputs], false)?;
    let repeated = numbers.reordered(vec![outputs], move || vec![0; outputs as usize])?;
    Ok(Some(Constant::numbers(&bias.origin, repeated)))
}

/// The last dimension times a matrix, or a vector: all others are samples.
fn matrix_product<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let weights = translator.parameter(node, 1)?;
    let (matrix, is_vector) = matrix(&weights);
    let weights = translator.transposed(node, matrix.as_ref().unwrap_or(&weights))?;
    let mut shape = translator.network.shape(x).to_vec();
    let rows = rows::of(translator, node, x, shape.len().saturating_sub(1))?;
    shape.pop();
    if !is_vector {
        shape.extend(weights.shape().first());
    }
    let weights = translator.add_constant(weights);
    let product = translator.step(node, OpKind::FullyConnected, vec![rows, weights], &[])?;
    translator.reshaped(node, product, &shape).map(Value::Tensor)
}

/// The matrix that a vector, or a stack of one matrix, is; and whether it is a vector.
fn matrix(weights: &Constant) -> (Option<Constant>, bool) {
    match weights.shape() {
        &[inputs] => (weights.reshaped(&[inputs, 1]), true),
        [stack @ .., inputs, outputs] if stack.iter().all(|&size| size == 1) => {
            (weights.reshaped(&[*inputs, *outputs]), false)
        }
        _ => (None, false),
    }
}

fn scaled(node: Node, constant: Constant, factor: f64, budget: &mut Budget) -> Result<Constant, OnnxError> {
    let Content::Numbers(numbers) = &constant.content else {
        return Ok(constant);
    };
    if factor == 1.0 {
        return Ok(constant);
    }
    budget.take(node, numbers.shape(), false)?;
    let scaled = Weight::computed(numbers.shape().to_vec(), vec![numbers.clone()], move |operands| {
        operands[0].iter().map(|value| value * factor as f32).collect()
    })?;
    Ok(Constant::numbers(&constant.origin, scaled))
}
