//! Reductions, and repetition, which is the reverse of a sum.

use super::Rule;
use crate::{Activation, Binary, GraphError, OpKind, Reduction};

/// Every element that falls on a result takes its share of the gradient. Of several largest elements each takes the whole.
pub(super) fn reduction(rule: &mut Rule, reduction: Reduction) -> Result<(), GraphError> {
    let (x, y, gradient) = (rule.input(0), rule.output(), rule.gradient);
    let (shape, reduced) = (rule.shape(x), rule.shape(y));
    let joined = shape.iter().product::<u64>() as f64 / reduced.iter().product::<u64>().max(1) as f64;
    let scaled = |rule: &mut Rule, factor: f64| rule.op("scaled", OpKind::Scale { factor }, vec![gradient]);
    let input = match reduction {
        Reduction::Sum => gradient,
        Reduction::Mean => scaled(rule, 1.0 / joined)?,
        Reduction::SumOfSquares => {
            let twice = scaled(rule, 2.0)?;
            rule.binary("input", Binary::Multiply, x, twice)?
        }
        Reduction::Maximum => {
            let whole = rule.stated("whole", OpKind::Broadcast, vec![gradient], &shape)?;
            let below = rule.binary("below", Binary::Subtract, y, x)?;
            let kind = OpKind::ActivationGradient(Activation::Relu);
            let of_others = rule.op("of_others", kind, vec![whole, below])?;
            rule.binary("input", Binary::Subtract, whole, of_others)?
        }
        // Only statistics of batches are variances, and their gradients are those of norms.
        Reduction::Variance => return Err(rule.no_gradient()),
    };
    rule.contribute(0, input);
    Ok(())
}

pub(super) fn repetition(rule: &mut Rule) -> Result<(), GraphError> {
    let shape = rule.shape(rule.input(0));
    let sum = rule.sum_to("input", rule.gradient, &shape)?;
    rule.contribute(0, sum);
    Ok(())
}
