//! Activations and norms that exporters spell out.

use tilesim_graph::{Activation, Binary, Norm, NormKind, OpKind, Scalar};

use crate::network::{Network, Source};

/// Whether two numbers are the same but for single-precision rounding.
pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-5 * b.abs()
}

/// x · sigmoid(x) is swish, x · hard sigmoid(x) is hard swish; the second half of GELU's product.
pub(super) fn activation_of_product(
    network: &Network,
    function: Binary,
    left: Source,
    right: Source,
) -> Option<(Activation, Source)> {
    if function != Binary::Multiply {
        return None;
    }
    [(left, right), (right, left)].into_iter().find_map(|(x, gate)| {
        if network.activated(gate, Activation::Sigmoid) == Some(x) {
            return Some((Activation::Swish, x));
        }
        if network.activated(gate, Activation::HardSigmoid) == Some(x) {
            return Some((Activation::HardSwish, x));
        }
        if let Some(mish) = mish(network, x, gate).or_else(|| scaled_swish(network, x, gate)) {
            return Some((mish, x));
        }
        // (x / 2) · (1 + erf(x / √2)), and x · ((1 + erf(x / √2)) / 2).
        if let (Some((gelu, of)), Some((half_of, 0.5))) = (gelu_factor(network, gate), times(network, x))
            && of == half_of
        {
            return Some((gelu, of));
        }
        match times(network, gate) {
            Some((factor, 0.5)) => gelu_factor(network, factor).filter(|(_, of)| *of == x),
            _ => None,
        }
    })
}

/// A function of a tensor and one number that is a function of the tensor alone, or completes one.
pub(super) fn activation_of_number(
    network: &Network,
    function: Binary,
    x: Source,
    number: f64,
) -> Option<(Activation, Source)> {
    if matches!(function, Binary::Maximum | Binary::Minimum) {
        return bound(network, function, x, number);
    }
    if function == Binary::Power {
        return Some((power(number), x));
    }
    let factor = match function {
        Binary::Multiply => number,
        Binary::Divide => 1.0 / number,
        _ => return None,
    };
    if near(factor, 1.0 / 6.0) {
        if let Some(of) = shifted_relu6(network, x) {
            return Some((Activation::HardSigmoid, of));
        }
        let product = network.binary(x, Binary::Multiply)?;
        return either_way(product)
            .into_iter()
            .find(|&(of, gate)| shifted_relu6(network, gate) == Some(of))
            .map(|(of, _)| (Activation::HardSwish, of));
    }
    if near(factor, 0.5) {
        let product = network.binary(x, Binary::Multiply)?;
        return either_way(product)
            .into_iter()
            .find_map(|(of, gate)| gelu_factor(network, gate).filter(|(_, x)| *x == of));
    }
    None
}

/// x to a constant power.
fn power(exponent: f64) -> Activation {
    match exponent {
        2.0 => Activation::Square,
        0.5 => Activation::SquareRoot,
        -1.0 => Activation::Reciprocal,
        _ => Activation::Power {
            exponent: Scalar::new(exponent),
        },
    }
}

const fn either_way([left, right]: [Source; 2]) -> [(Source, Source); 2] {
    [(left, right), (right, left)]
}

/// The x of relu6(x + 3).
fn shifted_relu6(network: &Network, source: Source) -> Option<Source> {
    let sum = network.activated(source, Activation::Relu6)?;
    network
        .with_number(sum, Binary::Add)
        .and_then(|(x, shift)| near(shift, 3.0).then_some(x))
}

/// tanh(softplus(x)) beside x.
fn mish(network: &Network, x: Source, gate: Source) -> Option<Activation> {
    let softplus = network.activated(gate, Activation::Tanh)?;
    (network.activated(softplus, Activation::Softplus)? == x).then_some(Activation::Mish)
}

/// sigmoid(rate · x) beside x.
fn scaled_swish(network: &Network, x: Source, gate: Source) -> Option<Activation> {
    let scaled = network.activated(gate, Activation::Sigmoid)?;
    let (of, rate) = times(network, scaled)?;
    (of == x).then_some(Activation::ScaledSwish {
        rate: Scalar::new(rate),
    })
}

/// The x of 1 + erf(x / √2), and of 1 + tanh(√(2/π) · (x + 0.044715 · x³)).
fn gelu_factor(network: &Network, source: Source) -> Option<(Activation, Source)> {
    let (bounded, 1.0) = network.with_number(source, Binary::Add)? else {
        return None;
    };
    if let Some(scaled) = network.activated(bounded, Activation::ErrorFunction) {
        let (x, factor) = times(network, scaled)?;
        return near(factor, std::f64::consts::FRAC_1_SQRT_2).then_some((Activation::Gelu, x));
    }
    let scaled = network.activated(bounded, Activation::Tanh)?;
    let (inner, factor) = times(network, scaled)?;
    let is = near(factor, std::f64::consts::FRAC_2_PI.sqrt());
    let x = gelu_inner(network, inner).filter(|_| is)?;
    Some((Activation::GeluTanh, x))
}

/// The x of x + 0.044715 · x³, and of x · (1 + 0.044715 · x²).
fn gelu_inner(network: &Network, source: Source) -> Option<Source> {
    const CUBE: f64 = 0.044_715;
    let scaled = |source, power: fn(&Network, Source) -> Option<Source>| {
        let (of, factor) = times(network, source)?;
        near(factor, CUBE).then(|| power(network, of))?
    };
    if let Some(sum) = network.binary(source, Binary::Add) {
        return either_way(sum)
            .into_iter()
            .find(|&(x, rest)| scaled(rest, cubed) == Some(x))
            .map(|(x, _)| x);
    }
    let product = network.binary(source, Binary::Multiply)?;
    either_way(product)
        .into_iter()
        .find(|&(x, rest)| match network.with_number(rest, Binary::Add) {
            Some((square, 1.0)) => scaled(square, squared) == Some(x),
            _ => false,
        })
        .map(|(x, _)| x)
}

/// The x of x².
fn squared(network: &Network, source: Source) -> Option<Source> {
    network.activated(source, Activation::Square).or_else(|| {
        match network.binary(source, Binary::Multiply)? {
            [a, b] if a == b => Some(a),
            _ => None,
        }
    })
}

/// The x of x³.
fn cubed(network: &Network, source: Source) -> Option<Source> {
    let cube = Activation::Power {
        exponent: Scalar::new(3.0),
    };
    network.activated(source, cube).or_else(|| {
        let product = network.binary(source, Binary::Multiply)?;
        either_way(product)
            .into_iter()
            .find(|&(x, square)| squared(network, square) == Some(x))
            .map(|(x, _)| x)
    })
}

/// The function that keeps within bounds; `None` where there are none.
pub(super) fn within(low: f64, high: f64) -> Option<Activation> {
    // Exporters write the largest numbers of the format where there is no bound.
    let most = f64::from(f32::MAX);
    let low = if low <= -most { f64::NEG_INFINITY } else { low };
    let high = if high >= most { f64::INFINITY } else { high };
    match (low, high) {
        (0.0, 6.0) => Some(Activation::Relu6),
        (0.0, f64::INFINITY) => Some(Activation::Relu),
        (f64::NEG_INFINITY, f64::INFINITY) => None,
        _ => Some(Activation::Clip {
            low: Scalar::new(low),
            high: Scalar::new(high),
        }),
    }
}

/// A bound beside the one that the operand has, or a bound alone.
fn bound(network: &Network, function: Binary, x: Source, number: f64) -> Option<(Activation, Source)> {
    if number.is_nan() {
        return None;
    }
    let (of, low, high) = bounds(network, x).unwrap_or((x, f64::NEG_INFINITY, f64::INFINITY));
    // The later bound counts: the larger of a bounded value is bounded as before only above the bound.
    let (low, high) = match function {
        Binary::Maximum if number <= high => (low.max(number), high),
        Binary::Minimum if number >= low => (low, high.min(number)),
        Binary::Maximum => return within(number, f64::INFINITY).map(|bounded| (bounded, x)),
        _ => return within(f64::NEG_INFINITY, number).map(|bounded| (bounded, x)),
    };
    within(low, high).map(|bounded| (bounded, of))
}

/// What a bounded value is of, and its bounds.
fn bounds(network: &Network, source: Source) -> Option<(Source, f64, f64)> {
    let step = network.step(source)?;
    let (low, high) = match step.kind {
        OpKind::Activation(Activation::Relu) => (0.0, f64::INFINITY),
        OpKind::Activation(Activation::Relu6) => (0.0, 6.0),
        OpKind::Activation(Activation::Clip { low, high }) => (low.value(), high.value()),
        _ => return None,
    };
    Some((step.inputs.first().copied()?, low, high)).filter(|_| low <= high)
}

/// The x and the number of a product or quotient.
fn times(network: &Network, source: Source) -> Option<(Source, f64)> {
    network.with_number(source, Binary::Multiply).or_else(|| {
        let (x, divisor) = network.with_number(source, Binary::Divide)?;
        Some((x, 1.0 / divisor))
    })
}

/// (x − mean) / √(mean((x − mean)²) + epsilon), with the quotient perhaps as a product with a reciprocal.
pub(super) fn layer_norm(
    network: &Network,
    function: Binary,
    left: Source,
    right: Source,
) -> Option<(Norm, Source)> {
    let (centred, deviation) = match function {
        Binary::Divide => (left, right),
        Binary::Multiply => match network.activated(right, Activation::Reciprocal) {
            Some(deviation) => (left, deviation),
            None => (right, network.activated(left, Activation::Reciprocal)?),
        },
        _ => return None,
    };
    let [x, mean] = network.binary(centred, Binary::Subtract)?;
    let variance = network.activated(deviation, Activation::SquareRoot)?;
    let (mean_square, epsilon) = network.with_number(variance, Binary::Add)?;
    let square = network.mean_of_sample(mean_square)?;
    let squared = squared(network, square)?;
    let is = network.mean_of_sample(mean) == Some(x) && is_same(network, squared, centred);
    is.then_some((
        Norm {
            kind: NormKind::LAYER,
            epsilon,
            gamma: false,
            beta: false,
        },
        x,
    ))
}

/// Whether two operands are one value, perhaps computed twice.
fn is_same(network: &Network, a: Source, b: Source) -> bool {
    a == b
        || match (network.step(a), network.step(b)) {
            (Some(a), Some(b)) => a.kind == b.kind && a.inputs == b.inputs,
            _ => false,
        }
}
