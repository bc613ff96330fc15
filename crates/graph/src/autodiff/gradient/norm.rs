//! Norms and proxy-normalised activations.

use super::Rule;
use crate::{Binary, GraphError, Norm, NormKind, OpKind, ProxyActivation, TensorId};

/// Statistics are worked out from x, so gradients go through them (`GroupNorm.cpp` of PopLibs, `groupNormGradients`): x is
/// whitened once more, unless the norm did nothing else.
pub(super) fn norm(rule: &mut Rule, norm: &Norm) -> Result<(), GraphError> {
    let (x, gradient) = (rule.input(0), rule.gradient);
    let gamma = norm.gamma.then_some(1);
    let beta = norm.beta.then_some(1 + usize::from(norm.gamma));
    let statistics = 1 + usize::from(norm.gamma) + usize::from(norm.beta);
    let stored = (norm.kind == NormKind::Batch).then(|| [0, 1].map(|index| rule.input(statistics + index)));
    if let Some(beta) = beta
        && rule.wants(beta)
    {
        let sum = rule.sum_by_channel("beta", gradient)?;
        rule.contribute(beta, sum);
    }
    let white = if norm.gamma || norm.beta || norm.constant_affine {
        let whitening = Norm {
            gamma: false,
            beta: false,
            constant_affine: false,
            ..*norm
        };
        let mut operands = vec![x];
        operands.extend(stored.into_iter().flatten());
        rule.op("whitened", OpKind::Norm(whitening), operands)?
    } else {
        rule.output()
    };
    if let Some(gamma) = gamma
        && rule.wants(gamma)
    {
        let along = rule.binary("along", Binary::Multiply, gradient, white)?;
        let sum = rule.sum_by_channel("gamma", along)?;
        rule.contribute(gamma, sum);
    }
    if rule.wants(0) {
        if let Some([_, variance]) = stored {
            let input = by_constants(rule, norm, gamma, variance)?;
            rule.contribute(0, input);
            return Ok(());
        }
        let mut operands = vec![x, white, gradient];
        operands.extend(gamma.map(|gamma| rule.input(gamma)));
        let input = rule.op("input", OpKind::NormGradient(*norm), operands)?;
        rule.contribute(0, input);
    }
    Ok(())
}

/// With stored statistics a norm is linear in x: its gradient is scaled as x was, and shifted by nothing.
fn by_constants(
    rule: &mut Rule,
    norm: &Norm,
    gamma: Option<usize>,
    variance: TensorId,
) -> Result<TensorId, GraphError> {
    let shape = rule.shape(variance);
    let zero = rule.filled("no_mean", 0.0, &shape)?;
    let mut operands = vec![rule.gradient];
    operands.extend(gamma.map(|gamma| rule.input(gamma)));
    operands.extend([zero, variance]);
    let scaling = Norm { beta: false, ..*norm };
    rule.op("input", OpKind::Norm(scaling), operands)
}

/// The activation's operand is worked out once more, and its gradient shared by x, beta and gamma. Statistics are constants of a
/// micro-batch, whose gradients are handed on to the update.
pub(super) fn proxy_activation(rule: &mut Rule, proxy: &ProxyActivation) -> Result<(), GraphError> {
    const X: usize = 0;
    const BETA: usize = 1;
    const GAMMA: usize = 2;
    const MEAN: usize = 3;
    const INVERSE_STD: usize = 4;
    let (x, gradient) = (rule.input(X), rule.gradient);
    if rule.wants(MEAN) {
        // y = (f − mean) · scale.
        let mut sum = rule.sum_by_channel("output_sum", gradient)?;
        if proxy.scale {
            sum = rule.binary("scaled_sum", Binary::Multiply, sum, rule.input(INVERSE_STD))?;
        }
        let mean = rule.op("proxy_mean", OpKind::Scale { factor: -1.0 }, vec![sum])?;
        rule.contribute(MEAN, mean);
    }
    if proxy.scale && rule.wants(INVERSE_STD) {
        // f − mean is y / scale, and the scale is positive.
        let along = rule.binary("along_output", Binary::Multiply, gradient, rule.output())?;
        let sum = rule.sum_by_channel("along_output_sum", along)?;
        let inverse_std = rule.binary("proxy_inverse_std", Binary::Divide, sum, rule.input(INVERSE_STD))?;
        rule.contribute(INVERSE_STD, inverse_std);
    }
    let mut operands = vec![x, rule.input(BETA), rule.input(GAMMA), gradient];
    operands.extend(proxy.scale.then(|| rule.input(INVERSE_STD)));
    let inner = rule.op("inner", OpKind::ProxyActivationGradient(*proxy), operands)?;
    if rule.wants(BETA) {
        let beta = rule.sum_by_channel("beta", inner)?;
        rule.contribute(BETA, beta);
    }
    if rule.wants(GAMMA) {
        let along = rule.binary("along_input", Binary::Multiply, inner, x)?;
        let gamma = rule.sum_by_channel("gamma", along)?;
        rule.contribute(GAMMA, gamma);
    }
    if rule.wants(X) {
        let gamma = rule.spread("scale", rule.input(GAMMA), x)?;
        let input = rule.binary("input", Binary::Multiply, inner, gamma)?;
        rule.contribute(X, input);
    }
    Ok(())
}
