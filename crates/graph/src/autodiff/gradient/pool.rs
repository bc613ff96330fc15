//! Pools and changes of shape.

use super::Rule;
use crate::{GraphError, OpKind, Pool, PoolKind};

pub(super) fn pool(rule: &mut Rule, pool: &Pool) -> Result<(), GraphError> {
    let mut operands = vec![rule.gradient];
    if pool.kind == PoolKind::Max {
        operands.extend([rule.input(0), rule.output()]);
    }
    let shape = rule.shape(rule.input(0));
    let input = rule.stated("input", OpKind::PoolGradient(pool.clone()), operands, &shape)?;
    rule.contribute(0, input);
    Ok(())
}

/// The same share for every position: repeated where it is added up or read.
pub(super) fn global_average(rule: &mut Rule) -> Result<(), GraphError> {
    let positions: u64 = rule.shape(rule.input(0)).iter().skip(2).product();
    let kind = OpKind::Scale {
        factor: 1.0 / positions.max(1) as f64,
    };
    let share = rule.op("input", kind, vec![rule.gradient])?;
    rule.contribute(0, share);
    Ok(())
}

pub(super) fn reshape(rule: &mut Rule) -> Result<(), GraphError> {
    let shape = rule.shape(rule.input(0));
    let input = rule.reshape("input", rule.gradient, &shape)?;
    rule.contribute(0, input);
    Ok(())
}
