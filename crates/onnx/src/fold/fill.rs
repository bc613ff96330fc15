//! Constants that are made from few numbers.

use super::{
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, integers, operand, optional},
};
use crate::{
    OnnxError,
    constant::{self, Constant, Content, Integers, number_format},
    external::ExternalFiles,
    node::Node,
    weights::Weight,
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("ConstantOfShape", &[9], constant_of_shape),
    row("Range", &[11], range),
    row("Trilu", &[14], trilu),
];

fn constant_of_shape(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let shape = integers(node, operands, 0)?;
    let sizes: Option<Vec<u64>> = shape.iter().map(|&size| u64::try_from(size).ok()).collect();
    let sizes = sizes.ok_or_else(|| node.invalid(format!("its shape is {shape:?}"), "sizes of 0 or more"))?;
    let value = node.tensor("value")?;
    let is_whole = value.is_some_and(|value| number_format(value.data_type.unwrap_or(0)).is_none());
    let fill = match value {
        None => 0.0,
        Some(value) => constant::decode(value, node.output(), &ExternalFiles::default())?
            .number()?
            .ok_or_else(|| node.invalid("attribute `value` is not one number", "one number"))?,
    };
    let elements = budget.take(node, &sizes, is_whole)?;
    let content = if is_whole {
        Content::Integers(Integers {
            shape: sizes,
            values: std::iter::repeat_n(fill as i64, elements).collect(),
        })
    } else {
        Content::Numbers(Weight::computed(sizes, Vec::new(), move |_| {
            vec![fill as f32; elements]
        })?)
    };
    Ok(first_output(node, content))
}

fn range(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let are_whole = (0..3).all(|index| {
        matches!(
            optional(operands, index).map(|constant| &constant.content),
            Some(Content::Integers(_))
        )
    });
    if !are_whole {
        return range_of_numbers(node, operands, budget);
    }
    let [start, limit, step] =
        [0, 1, 2].map(|index| integers(node, operands, index).map(|list| list.first().copied()));
    let (Some(start), Some(limit), Some(step)) = (start?, limit?, step?) else {
        return Err(node.invalid("an operand is empty", "one whole number"));
    };
    let span = i128::from(limit) - i128::from(start);
    let count = match i128::from(step) {
        0 => return Err(node.invalid("its step is 0", "another step")),
        step => (span + step - step.signum()).div_euclid(step).max(0),
    };
    let count = if span.signum() * i128::from(step.signum()) <= 0 {
        0
    } else {
        count
    };
    let shape = [u64::try_from(count).unwrap_or(u64::MAX)];
    let elements = budget.take(node, &shape, true)?;
    let values = (0..elements as i64).map(|index| start.saturating_add(index.saturating_mul(step)));
    let content = Content::Integers(Integers::list(values));
    Ok(first_output(node, content))
}

/// Start + i · step for as many i as lie before the limit.
fn range_of_numbers(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let number = |index| {
        operand(node, operands, index)?
            .number()?
            .ok_or_else(|| node.invalid(format!("operand {index} is not one number"), "one number"))
    };
    let (start, limit, step) = (number(0)?, number(1)?, number(2)?);
    let count = ((limit - start) / step).ceil().max(0.0);
    if !count.is_finite() {
        return Err(node.invalid(
            format!("it goes from {start} to {limit} in steps of {step}"),
            "a step that leads there",
        ));
    }
    let shape = vec![count as u64];
    let elements = budget.take(node, &shape, false)?;
    let content = Weight::computed(shape, Vec::new(), move |_| {
        (0..elements)
            .map(|index| (start + index as f64 * step) as f32)
            .collect()
    })?;
    Ok(first_output(node, Content::Numbers(content)))
}

/// A triangle of the last two dimensions; the rest is 0.
fn trilu(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let x = operand(node, operands, 0)?;
    let shape = x.shape().to_vec();
    let &[.., rows, columns] = shape.as_slice() else {
        return Err(node.invalid(format!("its operand has shape {shape:?}"), "matrices"));
    };
    let offset = match optional(operands, 1) {
        Some(_) => integers(node, operands, 1)?.first().copied().unwrap_or(0),
        None => 0,
    };
    let is_upper = node.integer("upper")?.unwrap_or(1) != 0;
    let keeps = move |index: usize| {
        let column = index as u64 % columns.max(1);
        let row = index as u64 / columns.max(1) % rows.max(1);
        let distance = column as i64 - row as i64;
        if is_upper {
            distance >= offset
        } else {
            distance <= offset
        }
    };
    budget.take(node, &shape, matches!(x.content, Content::Integers(_)))?;
    let content = match &x.content {
        Content::Integers(integers) => {
            let values = integers.values.iter().enumerate();
            Content::Integers(Integers {
                shape,
                values: values
                    .map(|(index, &value)| if keeps(index) { value } else { 0 })
                    .collect(),
            })
        }
        Content::Numbers(_) => computed(node, shape, &[x], move |operands| {
            let values = operands[0].iter().enumerate();
            values
                .map(|(index, &value)| if keeps(index) { value } else { 0.0 })
                .collect()
        })?,
    };
    Ok(first_output(node, content))
}
