//! Activations, functions of two operands, softmax.

use std::ops::Range;

use super::Rule;
use crate::{Activation, Binary, GradientOperand, GraphError, OpKind};

pub(super) fn activation(rule: &mut Rule, activation: Activation) -> Result<(), GraphError> {
    if !activation.has_gradient() {
        return Err(rule.no_gradient());
    }
    let operand = match activation.gradient_operand() {
        GradientOperand::Input => rule.input(0),
        GradientOperand::Output => rule.output(),
    };
    let kind = OpKind::ActivationGradient(activation);
    let input = rule.op("input", kind, vec![rule.gradient, operand])?;
    rule.contribute(0, input);
    Ok(())
}

pub(super) fn scale(rule: &mut Rule, factor: f64) -> Result<(), GraphError> {
    let input = rule.op("input", OpKind::Scale { factor }, vec![rule.gradient])?;
    rule.contribute(0, input);
    Ok(())
}

/// Gradients are summed over the dimensions along which an operand repeats.
pub(super) fn binary(rule: &mut Rule, function: Binary) -> Result<(), GraphError> {
    let (left, right, gradient) = (rule.input(0), rule.input(1), rule.gradient);
    let (left_shape, right_shape) = (rule.shape(left), rule.shape(right));
    if rule.wants(0) {
        let whole = match function {
            Binary::Add | Binary::Subtract => gradient,
            Binary::Multiply => rule.binary("left_product", Binary::Multiply, gradient, right)?,
            Binary::Divide => rule.binary("left_quotient", Binary::Divide, gradient, right)?,
            Binary::Maximum => rule.gate("left_gate", gradient, left, right)?,
            Binary::Minimum => rule.gate("left_gate", gradient, right, left)?,
            Binary::Power => {
                // gradient · right · left^(right − 1), where left^right is the output.
                let along = rule.binary("left_product", Binary::Multiply, gradient, right)?;
                let along = rule.binary("along_output", Binary::Multiply, along, rule.output())?;
                rule.binary("left_quotient", Binary::Divide, along, left)?
            }
        };
        let sum = rule.sum_to("left", whole, &left_shape)?;
        rule.contribute(0, sum);
    }
    if rule.wants(1) {
        let whole = match function {
            Binary::Add | Binary::Subtract => gradient,
            Binary::Multiply => rule.binary("right_product", Binary::Multiply, gradient, left)?,
            Binary::Divide => {
                // −gradient · left / right², where left / right is the output.
                let along = rule.binary("along_output", Binary::Multiply, gradient, rule.output())?;
                rule.binary("right_quotient", Binary::Divide, along, right)?
            }
            // Where both are equal the second takes all, so that no gradient is lost.
            Binary::Maximum | Binary::Minimum => {
                let (larger, smaller) = if function == Binary::Maximum {
                    (left, right)
                } else {
                    (right, left)
                };
                let gated = rule.gate("right_gate", gradient, larger, smaller)?;
                rule.binary("right_rest", Binary::Subtract, gradient, gated)?
            }
            Binary::Power => {
                let kind = OpKind::Activation(Activation::Logarithm);
                let logarithm = rule.op("logarithm", kind, vec![left])?;
                let along = rule.binary("along_logarithm", Binary::Multiply, logarithm, gradient)?;
                rule.binary("right_product", Binary::Multiply, along, rule.output())?
            }
        };
        let mut sum = rule.sum_to("right", whole, &right_shape)?;
        if matches!(function, Binary::Subtract | Binary::Divide) {
            sum = rule.op("right_negated", OpKind::Scale { factor: -1.0 }, vec![sum])?;
        }
        rule.contribute(1, sum);
    }
    Ok(())
}

/// y · (gradient − Σ gradient · y), summed over what softmax takes together.
pub(super) fn softmax(rule: &mut Rule, axes: &Range<usize>) -> Result<(), GraphError> {
    let (gradient, y) = (rule.gradient, rule.output());
    let mut shape = rule.shape(y);
    for size in shape.get_mut(axes.clone()).into_iter().flatten() {
        *size = 1;
    }
    let along = rule.binary("along_output", Binary::Multiply, gradient, y)?;
    let sum = rule.sum_to("sum", along, &shape)?;
    let rest = rule.binary("rest", Binary::Subtract, gradient, sum)?;
    let input = rule.binary("input", Binary::Multiply, rest, y)?;
    rule.contribute(0, input);
    Ok(())
}
