//! Local response normalisation (Krizhevsky et al. 2012): every element by the power of the squares of its neighbours in channels.

use tilesim_graph::{Activation, Binary, OpKind, PadMode, Rearrangement, Scalar, ShapeError};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, constant::Constant, limits::MAX_ELEMENTS, node::Node, weights::Weight};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[OnnxOperator {
    name: "LRN",
    versions: &[1],
    support: OnnxSupport::Training,
    limits: "",
    translate: normalised,
}];

/// x · (bias + alpha / size · sum of the squares of `size` channels around it)^−beta.
///
/// The sum is one of the squares moved by so many channels, zeros behind them, as the vendor's framework composes it (`PopART`
/// `lrnx.cpp`).
fn normalised<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    let &[_, channels, ..] = shape.as_slice() else {
        return Err(node.shape(ShapeError::Rank {
            operand: "input",
            expected: "[N, C, spatial…]",
            got: shape,
        }));
    };
    let size = node.integer("size")?.unwrap_or(0);
    let window = size.cast_unsigned();
    if !(1..=MAX_ELEMENTS).contains(&window) {
        return Err(node.invalid(format!("size is {size}"), "a positive number of channels"));
    }
    let number = |name, absent| Ok::<_, OnnxError>(node.number(name)?.unwrap_or(absent));
    let (alpha, beta, bias) = (
        number("alpha", 1e-4)?,
        number("beta", 0.75)?,
        number("bias", 1.0)?,
    );
    let square = OpKind::Activation(Activation::Square);
    let squares = translator.step(node, square, vec![x], &[])?;
    let before = ((window - 1) / 2).min(channels - 1).cast_signed();
    let behind = (window / 2).min(channels - 1).cast_signed();
    let mut sum = squares;
    for distance in (-before..=behind).filter(|&distance| distance != 0) {
        // The squares `distance` channels further on.
        let mut lower = vec![0; shape.len()];
        lower[1] = -distance;
        let upper: Vec<i64> = lower.iter().map(|padding| -padding).collect();
        let moved = Rearrangement::pad(&shape, &lower, &upper, PadMode::Constant(0.0))
            .map_err(|source| node.shape(ShapeError::from(source)))?;
        let moved = translator.step(node, OpKind::Rearrange(moved), vec![squares], &[])?;
        sum = translator.step(node, OpKind::Binary(Binary::Add), vec![sum, moved], &[])?;
    }
    let factor = alpha / window as f64;
    let scaled = translator.step(node, OpKind::Scale { factor }, vec![sum], &[])?;
    let name = format!("{}/bias", node.output());
    let bias = Weight::from_f32(vec![1; shape.len()], &[bias as f32])
        .ok_or_else(|| node.invalid("its bias is no number", "one number"))?;
    let bias = translator.add_constant(Constant::coefficients(&name, bias));
    let biased = translator.step(node, OpKind::Binary(Binary::Add), vec![scaled, bias], &[])?;
    let power = Activation::Power {
        exponent: Scalar::new(-beta),
    };
    let factors = translator.step(node, OpKind::Activation(power), vec![biased], &[])?;
    translator.operator(node, OpKind::Binary(Binary::Multiply), vec![x, factors])
}
