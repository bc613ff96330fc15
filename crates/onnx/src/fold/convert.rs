//! Conversions between types of numbers.

use super::{
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, operand, optional},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, Integers, number_format},
    node::{Node, dimension},
    proto::data_type,
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("Cast", &[1, 6, 19], cast),
    row("CastLike", &[15], cast_like),
    row("DequantizeLinear", &[10, 13, 21], dequantise),
];

fn cast(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let to = node.integer("to")?.unwrap_or(0);
    converted(
        node,
        operand(node, operands, 0)?,
        i32::try_from(to).unwrap_or(0),
        budget,
    )
}

fn cast_like(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let to = match operand(node, operands, 1)?.content {
        Content::Integers(_) => data_type::INT64,
        Content::Numbers(_) => data_type::FLOAT,
    };
    converted(node, operand(node, operands, 0)?, to, budget)
}

fn converted(
    node: Node,
    constant: &Constant,
    to: i32,
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let shape = constant.shape().to_vec();
    let content = match (&constant.content, number_format(to)) {
        (Content::Numbers(weight), Some(_)) => Content::Numbers(weight.clone()),
        (Content::Integers(_), Some(_)) => {
            budget.take(node, &shape, false)?;
            computed(node, shape, &[constant], |operands| operands[0].to_vec())?
        }
        (Content::Integers(integers), None) => Content::Integers(Integers {
            shape,
            values: integers.values.iter().map(|&value| narrowed(value, to)).collect(),
        }),
        (Content::Numbers(weight), None) => {
            budget.take(node, &shape, true)?;
            let values = weight.to_f32()?;
            let whole = |value: f32| {
                if to == data_type::BOOL {
                    i64::from(value != 0.0)
                } else {
                    narrowed(value as i64, to)
                }
            };
            Content::Integers(Integers {
                shape,
                values: values.into_iter().map(whole).collect(),
            })
        }
    };
    Ok(vec![Constant {
        origin: constant.origin.clone(),
        content,
        defined: false,
    }])
}

/// A whole number in a type, which has the low bits of it.
const fn narrowed(value: i64, to: i32) -> i64 {
    match to {
        data_type::BOOL => (value != 0) as i64,
        data_type::INT8 => value as i8 as i64,
        data_type::UINT8 => value as u8 as i64,
        data_type::INT16 => value as i16 as i64,
        data_type::UINT16 => value as u16 as i64,
        data_type::INT32 => value as i32 as i64,
        data_type::UINT32 => value as u32 as i64,
        _ => value,
    }
}

/// (x − zero point) · scale, the latter two one number, or one for each place of a dimension.
fn dequantise(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let (x, scale) = (operand(node, operands, 0)?, operand(node, operands, 1)?);
    let shape = x.shape().to_vec();
    if node.integer("block_size")?.unwrap_or(0) != 0 {
        return Err(node.unsupported(
            "block_size",
            "one scale for a tensor, or for each place of one dimension",
        ));
    }
    let axis = node.integer("axis")?.unwrap_or(1);
    let scales = scale.elements();
    let (places, inner) = if scales == 1 {
        (1, 1)
    } else {
        let axis = dimension(axis, shape.len()).filter(|&axis| shape[axis] == scales);
        let axis = axis.ok_or_else(|| {
            node.invalid(
                format!("{scales} scales for shape {shape:?}"),
                "one, or one for each place of `axis`",
            )
        })?;
        (scales, shape[axis + 1..].iter().product::<u64>())
    };
    let mut inputs = vec![x, scale];
    if let Some(zero) = optional(operands, 2) {
        if zero.elements() != scales {
            return Err(node.invalid(
                format!("{} zero points for {scales} scales", zero.elements()),
                "as many",
            ));
        }
        inputs.push(zero);
    }
    budget.take(node, &shape, false)?;
    let content = computed(node, shape, &inputs, move |operands| {
        let zeros = operands.get(2);
        let place = |index: usize| (index as u64 / inner.max(1) % places) as usize;
        let values = operands[0].iter().enumerate();
        values
            .map(|(index, value)| {
                let zero = zeros.map_or(0.0, |zeros| zeros[place(index)]);
                (value - zero) * operands[1][place(index)]
            })
            .collect()
    })?;
    Ok(first_output(node, content))
}
