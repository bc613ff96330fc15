//! Norms and proxy-normalised activations.

use super::Rule;
use crate::{
    Binary, GradientOperand, GraphError, Norm, OpKind, ProxyActivation, Rearrangement, ShapeError,
    SliceRange, TensorId,
};

/// Statistics are worked out from x, so gradients go through them. One operator of the vendor's framework works out the gradients of x,
/// gamma and beta, of constants that stand for gamma and beta too (TensorFlow's `norm.cc`, `NormGradOp`): x is whitened once more
/// (PopLibs `GroupNorm.cpp`, `groupNormGradients`).
pub(super) fn norm(rule: &mut Rule, norm: &Norm) -> Result<(), GraphError> {
    if !norm.kind.has_own_statistics() {
        return with_stored_statistics(rule, norm);
    }
    let (x, gradient) = (rule.input(0), rule.gradient);
    let (gamma, beta) = parameters(norm);
    let white = rule.op("whitened", OpKind::Whiten(*norm), vec![x])?;
    if rule.wants(0) {
        let mut operands = vec![x, white, gradient];
        operands.extend(gamma.map(|gamma| rule.input(gamma)));
        let input = rule.op("input", OpKind::NormGradient(*norm), operands)?;
        rule.contribute(0, input);
    }
    let rows = rule.op("parameters", OpKind::NormParameterGradient, vec![white, gradient])?;
    for (row, (what, parameter)) in [("gamma", gamma), ("beta", beta)].into_iter().enumerate() {
        if let Some(parameter) = parameter
            && rule.wants(parameter)
        {
            let gradient = rule.row(what, rows, row as u64)?;
            rule.contribute(parameter, gradient);
        }
    }
    Ok(())
}

/// Where gamma and beta stand among the operands.
fn parameters(norm: &Norm) -> (Option<usize>, Option<usize>) {
    let beta = 1 + usize::from(norm.gamma);
    (norm.gamma.then_some(1), norm.beta.then_some(beta))
}

fn with_stored_statistics(rule: &mut Rule, norm: &Norm) -> Result<(), GraphError> {
    let (x, gradient) = (rule.input(0), rule.gradient);
    let (gamma, beta) = parameters(norm);
    let statistics = 1 + usize::from(norm.gamma) + usize::from(norm.beta);
    let [mean, variance] = [0, 1].map(|index| rule.input(statistics + index));
    if let Some(beta) = beta
        && rule.wants(beta)
    {
        let sum = rule.sum_by_channel("beta", gradient)?;
        rule.contribute(beta, sum);
    }
    if let Some(gamma) = gamma
        && rule.wants(gamma)
    {
        let whitening = Norm {
            gamma: false,
            beta: false,
            ..*norm
        };
        let white = rule.op("whitened", OpKind::Norm(whitening), vec![x, mean, variance])?;
        let along = rule.binary("along", Binary::Multiply, gradient, white)?;
        let sum = rule.sum_by_channel("gamma", along)?;
        rule.contribute(gamma, sum);
    }
    if rule.wants(0) {
        let input = by_constants(rule, norm, gamma, variance)?;
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

/// What is cheap is worked out once more, as the source's own gradient does (Masters et al. 2021): the affine map, and where the scale
/// is applied here also the activation and its distance from the mean. Statistics are constants of a micro-batch, whose gradients
/// are handed on to the update.
///
/// So that nothing of it is worked out before the gradient is there, a zero that is made of the gradient is added to all five operands
/// first (the source's `proxy_norm.py`, `fake_data_dep`).
pub(super) fn proxy_activation(rule: &mut Rule, proxy: &ProxyActivation) -> Result<(), GraphError> {
    const X: usize = 0;
    const BETA: usize = 1;
    const GAMMA: usize = 2;
    const MEAN: usize = 3;
    const INVERSE_STD: usize = 4;
    let gradient = rule.gradient;
    let mut operands = Vec::new();
    let zero = zero_of_gradient(rule)?;
    for (operand, what) in ["x", "beta", "gamma", "mean", "inverse_std"]
        .into_iter()
        .enumerate()
    {
        operands.push(after_gradient(rule, what, operand, zero)?);
    }
    let x = operands[X];
    if rule.wants(MEAN) {
        // y = (f − mean) · scale.
        let mut sum = rule.sum_by_channel("output_sum", gradient)?;
        if proxy.scale {
            sum = rule.binary("scaled_sum", Binary::Multiply, sum, operands[INVERSE_STD])?;
        }
        let mean = rule.op("proxy_mean", OpKind::Scale { factor: -1.0 }, vec![sum])?;
        rule.contribute(MEAN, mean);
    }
    let gamma = rule.spread("scale", operands[GAMMA], x)?;
    let beta = rule.spread("shift", operands[BETA], x)?;
    let scaled = rule.binary("scaled", Binary::Multiply, x, gamma)?;
    let inner = rule.binary("inner", Binary::Add, scaled, beta)?;
    let wants_inverse_std = proxy.scale && rule.wants(INVERSE_STD);
    let by_output = proxy.activation.gradient_operand() == GradientOperand::Output;
    let mut operand = inner;
    if by_output || wants_inverse_std {
        let activated = rule.op("activated", OpKind::Activation(proxy.activation), vec![inner])?;
        if wants_inverse_std {
            let mean = rule.spread("mean", operands[MEAN], x)?;
            let centred = rule.binary("centred", Binary::Subtract, activated, mean)?;
            let along = rule.binary("along_centred", Binary::Multiply, gradient, centred)?;
            let inverse_std = rule.sum_by_channel("proxy_inverse_std", along)?;
            rule.contribute(INVERSE_STD, inverse_std);
        }
        if by_output {
            operand = activated;
        }
    }
    let mut given = gradient;
    if proxy.scale {
        let inverse_std = rule.spread("inverse_std", operands[INVERSE_STD], x)?;
        given = rule.binary("centred_gradient", Binary::Multiply, gradient, inverse_std)?;
    }
    let kind = OpKind::ActivationGradient(proxy.activation);
    let inner = rule.op("inner_gradient", kind, vec![given, operand])?;
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
        let input = rule.binary("input", Binary::Multiply, inner, gamma)?;
        rule.contribute(X, input);
    }
    Ok(())
}

/// Zero, `[1, 1, …]`, as the difference of two equal products with an element of the gradient.
fn zero_of_gradient(rule: &mut Rule) -> Result<TensorId, GraphError> {
    /// The smallest half.
    const FACTOR: f64 = 1.0 / (1 << 24) as f64;
    let shape = rule.shape(rule.gradient);
    let first: Vec<SliceRange> = shape
        .iter()
        .map(|_| SliceRange {
            start: 0,
            count: 1,
            step: 1,
        })
        .collect();
    let slice =
        Rearrangement::slice(&shape, &first).map_err(|source| rule.wrong(ShapeError::from(source)))?;
    let element = rule.op(
        "dependency/element",
        OpKind::Rearrange(slice),
        vec![rule.gradient],
    )?;
    let mut product = |index: u32| {
        let scale = OpKind::Scale { factor: FACTOR };
        rule.op(&format!("dependency/product{index}"), scale, vec![element])
    };
    let (one, other) = (product(0)?, product(1)?);
    rule.binary("dependency/zero", Binary::Subtract, one, other)
}

/// An operand with a zero added that is not known before the gradient.
fn after_gradient(
    rule: &mut Rule,
    what: &str,
    operand: usize,
    zero: TensorId,
) -> Result<TensorId, GraphError> {
    let value = rule.input(operand);
    let ones = vec![1; rule.shape(value).len()];
    let zero = rule.reshape(&format!("dependency/{what}/zero"), zero, &ones)?;
    rule.binary(&format!("dependency/{what}"), Binary::Add, value, zero)
}
