//! Activations and norms that exporters spell out.

use tilesim_graph::{Activation, Binary, Norm, NormKind};

use crate::onnx::network::{Fragment, Network, Source};

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
        // (x / 2) · (1 + erf(x / √2)), and x · ((1 + erf(x / √2)) / 2).
        let gelu = gelu_factor(network, gate);
        if let (Some(of), Some((half_of, 0.5))) = (gelu, times(network, x))
            && of == half_of
        {
            return Some((Activation::Gelu, of));
        }
        match times(network, gate) {
            Some((factor, 0.5)) if gelu_factor(network, factor) == Some(x) => Some((Activation::Gelu, x)),
            _ => None,
        }
    })
}

/// A product or quotient with one number that completes an activation.
pub(super) fn activation_of_number(
    network: &Network,
    function: Binary,
    x: Source,
    number: f64,
) -> Option<(Activation, Source)> {
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
            .find(|&(of, gate)| gelu_factor(network, gate) == Some(of))
            .map(|(of, _)| (Activation::Gelu, of));
    }
    None
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

/// The x of 1 + erf(x / √2).
fn gelu_factor(network: &Network, source: Source) -> Option<Source> {
    let (error_function, 1.0) = network.with_number(source, Binary::Add)? else {
        return None;
    };
    let scaled = network.fragment(error_function, &Fragment::ErrorFunction)?;
    let (x, factor) = times(network, scaled)?;
    near(factor, std::f64::consts::FRAC_1_SQRT_2).then_some(x)
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
        Binary::Multiply => match network.fragment(right, &Fragment::Reciprocal) {
            Some(deviation) => (left, deviation),
            None => (right, network.fragment(left, &Fragment::Reciprocal)?),
        },
        _ => return None,
    };
    let [x, mean] = network.binary(centred, Binary::Subtract)?;
    let variance = network.fragment(deviation, &Fragment::SquareRoot)?;
    let (mean_square, epsilon) = network.with_number(variance, Binary::Add)?;
    let square = network.fragment(mean_square, &Fragment::SampleMean)?;
    let squared = match network.fragment(square, &Fragment::Square) {
        Some(squared) => squared,
        None => match network.binary(square, Binary::Multiply)? {
            [a, b] if a == b => a,
            _ => return None,
        },
    };
    let is = network.fragment(mean, &Fragment::SampleMean) == Some(x) && is_same(network, squared, centred);
    is.then_some((
        Norm {
            kind: NormKind::Group { groups: 1 },
            epsilon,
            gamma: false,
            beta: false,
            constant_affine: false,
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
