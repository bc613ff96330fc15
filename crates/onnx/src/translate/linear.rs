//! Matrix products.

use tilesim_graph::{Binary, OpKind, Rearrangement};

use super::{
    elementwise,
    operator::{OnnxOperator, OnnxSupport},
    product::{self, Factor, Operand},
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
        limits: "matrices",
        translate: gemm,
    },
    OnnxOperator {
        name: "MatMul",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: matrix_product,
    },
];

fn gemm<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let factor = |name| Ok::<_, OnnxError>(node.number(name)?.unwrap_or(1.0));
    let (alpha, beta) = (factor("alpha")?, factor("beta")?);
    let transposed = node.integer("transB")?.unwrap_or(0) != 0;
    if !matches!(
        (translator.operand(node, 0)?, translator.operand(node, 1)?),
        (Value::Tensor(_) | Value::Padded(_), Value::Constant(_))
    ) {
        return gemm_of_tensors(translator, node, [alpha, beta]);
    }
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

/// alpha · a · b + beta · c of two tensors, or of a constant and a tensor.
fn gemm_of_tensors<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    [alpha, beta]: [f64; 2],
) -> Result<Value, OnnxError> {
    let is = |name| Ok::<_, OnnxError>(node.integer(name)?.unwrap_or(0) != 0);
    let names = |transposed: bool, of: [char; 2]| {
        let [first, second] = of;
        if transposed {
            vec![second, first]
        } else {
            vec![first, second]
        }
    };
    let factors = [
        Factor {
            operand: Operand::of(translator, node, 0)?,
            names: names(is("transA")?, ['m', 'k']),
        },
        Factor {
            operand: Operand::of(translator, node, 1)?,
            names: names(is("transB")?, ['k', 'n']),
        },
    ];
    let mut product = product::of(translator, node, factors, &['m', 'n'])?;
    if alpha != 1.0 {
        product = translator.step(node, OpKind::Scale { factor: alpha }, vec![product], &[])?;
    }
    if node.input(2).is_none() || beta == 0.0 {
        return Ok(Value::Tensor(product));
    }
    let added = match Operand::of(translator, node, 2)? {
        Operand::Constant(constant) => {
            let scaled = scaled(node, constant, beta, &mut translator.budget)?;
            elementwise::stretched_constant(translator, node, &scaled, 2)?
        }
        Operand::Tensor(c) => {
            let c = elementwise::stretched(translator, node, c, 2)?;
            if beta == 1.0 {
                c
            } else {
                translator.step(node, OpKind::Scale { factor: beta }, vec![c], &[])?
            }
        }
    };
    translator.operator(node, OpKind::Binary(Binary::Add), vec![product, added])
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

/// The last dimension times a matrix, or a vector: all others are samples. Stacks of matrices are multiplied one by one.
fn matrix_product<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let is_linear = match (translator.operand(node, 0)?, translator.operand(node, 1)?) {
        (Value::Constant(_), _) => false,
        (_, Value::Constant(weights)) => weights.shape().len() <= 2 || matrix(weights).0.is_some(),
        _ => false,
    };
    if !is_linear {
        return stacked_product(translator, node);
    }
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

/// Matrices times matrices. The dimensions before the last two number them, and one that an operand has once serves for all.
fn stacked_product<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    const ROW: char = 'm';
    const COMMON: char = 'k';
    const COLUMN: char = 'n';
    let operands = [
        Operand::of(translator, node, 0)?,
        Operand::of(translator, node, 1)?,
    ];
    let shapes = [operands[0].shape(translator), operands[1].shape(translator)];
    let stacks = shapes.iter().map(|shape| shape.len().saturating_sub(2));
    let stack = stacks.max().unwrap_or(0);
    // Names of the dimensions that number matrices; they follow those of matrices.
    let numbering = |place: usize| char::from_u32(u32::from('Ā') + place as u32).unwrap_or('Ā');
    let own_names: [&[char]; 2] = match (shapes[0].len(), shapes[1].len()) {
        (0, _) | (_, 0) => return Err(node.invalid("an operand is one number", "vectors or matrices")),
        (1, 1) => [&[COMMON], &[COMMON]],
        (1, _) => [&[COMMON], &[COMMON, COLUMN]],
        (_, 1) => [&[ROW, COMMON], &[COMMON]],
        _ => [&[ROW, COMMON], &[COMMON, COLUMN]],
    };
    let [left, right] = &shapes;
    let of_stack = |shape: &[u64], place: usize| {
        let before = (place + shape.len()).checked_sub(stack + 2)?;
        shape.get(before).copied()
    };
    let mut factors = Vec::new();
    for ((operand, shape), (other, own)) in operands
        .into_iter()
        .zip(&shapes)
        .zip([(right, own_names[0]), (left, own_names[1])])
    {
        let mut names = Vec::new();
        let mut kept = Vec::new();
        for place in 0..stack {
            let (here, there) = (of_stack(shape, place), of_stack(other, place));
            // One matrix serves for all of the other's.
            if here.is_some_and(|here| here > 1 || there.is_none_or(|there| there == 1)) {
                names.push(numbering(place));
                kept.extend(here);
            }
        }
        names.extend(own);
        kept.extend(&shape[shape.len() - own.len()..]);
        factors.push(Factor {
            operand: operand.reshaped(translator, node, &kept)?,
            names,
        });
    }
    let result: Vec<char> = (0..stack).map(numbering).chain([ROW, COLUMN]).collect();
    let result: Vec<char> = result
        .into_iter()
        .filter(|name| factors.iter().any(|factor| factor.names.contains(name)))
        .collect();
    let [left, right] =
        <[Factor; 2]>::try_from(factors).map_err(|_| node.invalid("it has not two operands", "two"))?;
    product::of(translator, node, [left, right], &result).map(Value::Tensor)
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
