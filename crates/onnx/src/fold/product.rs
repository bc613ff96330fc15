//! Matrix products of constants.

use super::{
    array::{broadcast, positions, stretched_strides},
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, operand, optional},
};
use crate::{OnnxError, constant::Constant, node::Node};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("Gemm", &[1, 7, 11], gemm),
    row("MatMul", &[1], matrix_product),
];

/// Sizes of a product, and how its operands lie.
#[derive(Clone, Copy)]
struct Sizes {
    rows: usize,
    common: usize,
    columns: usize,
    /// Whether an operand is the other way round.
    transposed: [bool; 2],
}

impl Sizes {
    /// The product of the matrices that begin at two places.
    fn product(self, a: &[f32], b: &[f32]) -> Vec<f32> {
        let of_a = |row: usize, k: usize| {
            if self.transposed[0] {
                k * self.rows + row
            } else {
                row * self.common + k
            }
        };
        let of_b = |k: usize, column: usize| {
            if self.transposed[1] {
                column * self.common + k
            } else {
                k * self.columns + column
            }
        };
        let element = |row: usize, column: usize| {
            let products =
                (0..self.common).map(|k| f64::from(a[of_a(row, k)]) * f64::from(b[of_b(k, column)]));
            products.sum::<f64>() as f32
        };
        (0..self.rows)
            .flat_map(|row| (0..self.columns).map(move |column| (row, column)))
            .map(|(row, column)| element(row, column))
            .collect()
    }

    /// Takes the work from the budget: a number for each multiplication.
    fn charge(self, node: Node, batches: u64, budget: &mut Budget) -> Result<(), OnnxError> {
        let sizes = [batches, self.rows as u64, self.common as u64, self.columns as u64];
        budget.take(node, &sizes, false).map(|_| ())
    }
}

/// alpha · a · b + beta · c.
fn gemm(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let (a, b) = (operand(node, operands, 0)?, operand(node, operands, 1)?);
    let wrong = || does_not_fit(node, a, b);
    let is = |name| Ok::<_, OnnxError>(node.integer(name)?.unwrap_or(0) != 0);
    let transposed = [is("transA")?, is("transB")?];
    let matrix = |constant: &Constant, transposed: bool| match *constant.shape() {
        [rows, columns] if transposed => Ok([columns, rows]),
        [rows, columns] => Ok([rows, columns]),
        _ => Err(wrong()),
    };
    let ([rows, common], [also, columns]) = (matrix(a, transposed[0])?, matrix(b, transposed[1])?);
    if common != also {
        return Err(wrong());
    }
    let sizes = Sizes {
        rows: rows as usize,
        common: common as usize,
        columns: columns as usize,
        transposed,
    };
    sizes.charge(node, 1, budget)?;
    let factor = |name| Ok::<_, OnnxError>(node.number(name)?.unwrap_or(1.0) as f32);
    let (alpha, beta) = (factor("alpha")?, factor("beta")?);
    let shape = vec![rows, columns];
    let mut inputs = vec![a, b];
    let mut strides = Vec::new();
    if let Some(c) = optional(operands, 2) {
        if broadcast(c.shape(), &shape).as_ref() != Some(&shape) {
            return Err(does_not_fit(node, c, b));
        }
        strides = stretched_strides(c.shape(), &shape);
        inputs.push(c);
    }
    let result = shape.clone();
    let content = computed(node, shape, &inputs, move |operands| {
        let mut values = sizes.product(&operands[0], &operands[1]);
        for value in &mut values {
            *value *= alpha;
        }
        if let Some(c) = operands.get(2) {
            for (value, place) in values.iter_mut().zip(positions(&result, &strides)) {
                *value += beta * c[place];
            }
        }
        values
    })?;
    Ok(first_output(node, content))
}

/// Products of matrices, the dimensions before them broadcast; a vector is a row before a matrix, and a column after one.
fn matrix_product(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let (a, b) = (operand(node, operands, 0)?, operand(node, operands, 1)?);
    let wrong = || does_not_fit(node, a, b);
    let (mut left, mut right) = (a.shape().to_vec(), b.shape().to_vec());
    let is_vector = [left.len() == 1, right.len() == 1];
    if is_vector[0] {
        left.insert(0, 1);
    }
    if is_vector[1] {
        right.push(1);
    }
    let (&[ref before_left @ .., rows, common], &[ref before_right @ .., also, columns]) =
        (left.as_slice(), right.as_slice())
    else {
        return Err(wrong());
    };
    if common != also {
        return Err(wrong());
    }
    let batches = broadcast(before_left, before_right).ok_or_else(wrong)?;
    let sizes = Sizes {
        rows: rows as usize,
        common: common as usize,
        columns: columns as usize,
        transposed: [false; 2],
    };
    let mut shape = batches.clone();
    shape.extend([rows].iter().filter(|_| !is_vector[0]));
    shape.extend([columns].iter().filter(|_| !is_vector[1]));
    budget.take(node, &shape, false)?;
    sizes.charge(node, batches.iter().product(), budget)?;
    let strides = [before_left, before_right].map(|before| stretched_strides(before, &batches));
    let content = computed(node, shape, &[a, b], move |operands| {
        let lefts = positions(&batches, &strides[0]);
        let pairs = lefts.zip(positions(&batches, &strides[1]));
        pairs
            .flat_map(|(left, right)| {
                let left = &operands[0][left * sizes.rows * sizes.common..];
                let right = &operands[1][right * sizes.common * sizes.columns..];
                sizes.product(left, right)
            })
            .collect()
    })?;
    Ok(first_output(node, content))
}

fn does_not_fit(node: Node, a: &Constant, b: &Constant) -> OnnxError {
    node.invalid(
        format!("operands of shape {:?} and {:?}", a.shape(), b.shape()),
        "matrices that fit",
    )
}
