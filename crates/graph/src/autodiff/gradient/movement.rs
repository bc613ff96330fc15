//! Data that moved: its gradient goes back.

use super::Rule;
use crate::{GraphError, OpKind, Rearrangement, ShapeError};

/// To each operand by the ways that its elements took, summed over those along which it is repeated.
pub(super) fn rearrange(rule: &mut Rule, rearrangement: &Rearrangement) -> Result<(), GraphError> {
    for operand in 0..rearrangement.sources.len() {
        if !rule.wants(operand) {
            continue;
        }
        let shape = rule.shape(rule.input(operand));
        let ways = rearrangement
            .reversed(operand, &shape)
            .map_err(|source| rule.wrong(ShapeError::from(source)))?;
        for (index, way) in ways.into_iter().enumerate() {
            let what = format!("input{operand}/way{index}");
            let mut gradient = rule.gradient;
            if !way.rearrangement.is_identity() {
                gradient = rule.op(&what, OpKind::Rearrange(way.rearrangement), vec![gradient])?;
            }
            let summed: Vec<u64> = shape
                .iter()
                .copied()
                .chain(std::iter::repeat_n(1, way.repetitions))
                .collect();
            let sum = rule.sum_to(&format!("{what}/sum"), gradient, &summed)?;
            let input = rule.reshape(&format!("{what}/input"), sum, &shape)?;
            rule.contribute(operand, input);
        }
    }
    Ok(())
}
