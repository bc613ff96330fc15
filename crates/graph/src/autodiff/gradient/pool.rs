//! Pools and changes of shape.

use super::Rule;
use crate::{Binary, GraphError, OpKind, Pool, PoolKind, TensorId};

pub(super) fn pool(rule: &mut Rule, pool: &Pool) -> Result<(), GraphError> {
    let mut operands = vec![rule.gradient];
    if pool.kind == PoolKind::Max {
        operands.extend([rule.input(0), rule.output()]);
    }
    let shape = rule.shape(rule.input(0));
    let is_mean = pool.kind == PoolKind::Average;
    if is_mean && !pool.divides_alike() {
        operands[0] = of_windows_alike(rule, pool, &shape)?;
    }
    let alike = Pool {
        count_include_pad: pool.count_include_pad || is_mean,
        uncounted: vec![0; pool.kernel.len()],
        ..pool.clone()
    };
    let input = rule.stated("input", OpKind::PoolGradient(alike), operands, &shape)?;
    rule.contribute(0, input);
    Ok(())
}

/// The gradient of the means as if all windows had as many elements: divided by the share of each window that counts, which is the
/// mean of ones with all that does not count as zeros.
fn of_windows_alike(rule: &mut Rule, pool: &Pool, shape: &[u64]) -> Result<TensorId, GraphError> {
    let counted: Vec<[u64; 2]> = (0..pool.kernel.len()).map(|d| pool.counted_padding(d)).collect();
    let mut widened = shape.to_vec();
    let spatial = widened.iter_mut().skip(2);
    for (size, [lower, upper]) in spatial.zip(&counted) {
        *size += lower + upper;
    }
    let ones = rule.filled("ones", 1.0, &widened)?;
    let left = |padding: &[u64], side: usize| {
        let counted = counted.iter().map(move |counted| counted[side]);
        padding
            .iter()
            .zip(counted)
            .map(|(all, counted)| all - counted)
            .collect()
    };
    let whole = Pool {
        count_include_pad: true,
        padding_lower: left(&pool.padding_lower, 0),
        padding_upper: left(&pool.padding_upper, 1),
        uncounted: vec![0; pool.kernel.len()],
        ..pool.clone()
    };
    let inside = rule.op("inside", OpKind::Pool(whole), vec![ones])?;
    rule.binary("of_window", Binary::Divide, rule.gradient, inside)
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
