//! Convolutions and fully connected layers.

use super::Rule;
use crate::{Convolution, GraphError, OpKind};

pub(super) fn convolution(rule: &mut Rule, forward: &Convolution) -> Result<(), GraphError> {
    let gradient = rule.gradient;
    bias(rule)?;
    if rule.wants(1) {
        let kind = OpKind::ConvolutionWeightGradient(forward.clone());
        let weights = rule.op("weights", kind, vec![rule.input(0), gradient])?;
        rule.contribute(1, weights);
    }
    if rule.wants(0) {
        let kind = OpKind::ConvolutionInputGradient(forward.clone());
        let weights = rule.cast_anew("weights_cast", rule.input(1))?;
        let input = rule.op("input", kind, vec![gradient, weights])?;
        rule.contribute(0, input);
    }
    Ok(())
}

/// A transposed convolution is the input gradient of `forward`, which is bilinear in both: its operand's gradient is what
/// `forward` makes of the gradient, and that of its weights is the weight gradient of `forward` with the roles of x and of the
/// output's gradient exchanged.
pub(super) fn transposed(rule: &mut Rule, forward: &Convolution) -> Result<(), GraphError> {
    let gradient = rule.gradient;
    bias(rule)?;
    if rule.wants(1) {
        let kind = OpKind::ConvolutionWeightGradient(forward.clone());
        let weights = rule.op("weights", kind, vec![gradient, rule.input(0)])?;
        rule.contribute(1, weights);
    }
    if rule.wants(0) {
        let weights = rule.cast_anew("weights_cast", rule.input(1))?;
        let input = rule.op(
            "input",
            OpKind::Convolution(forward.clone()),
            vec![gradient, weights],
        )?;
        rule.contribute(0, input);
    }
    Ok(())
}

/// A fully connected layer is a convolution over a field of one position.
pub(super) fn fully_connected(rule: &mut Rule) -> Result<(), GraphError> {
    let (x, weights) = (rule.input(0), rule.input(1));
    let (x_shape, weight_shape) = (rule.shape(x), rule.shape(weights));
    let (&[batch, in_channels], &[out_channels, _]) = (x_shape.as_slice(), weight_shape.as_slice()) else {
        // Shape inference lets nothing else through.
        return Ok(());
    };
    let forward = Convolution::new(batch, in_channels, out_channels, &[1], &[1]);
    bias(rule)?;
    let field = rule.reshape("output_field", rule.gradient, &forward.output_shape())?;
    if rule.wants(1) {
        let x = rule.reshape("input_field", x, &forward.input_shape())?;
        let kind = OpKind::ConvolutionWeightGradient(forward.clone());
        let gradient = rule.op("weights_field", kind, vec![x, field])?;
        let gradient = rule.reshape("weights", gradient, &weight_shape)?;
        rule.contribute(1, gradient);
    }
    if rule.wants(0) {
        let weights = rule.cast_anew("weights_cast", weights)?;
        let weights = rule.reshape("kernel", weights, &forward.weight_shape())?;
        let kind = OpKind::ConvolutionInputGradient(forward);
        let gradient = rule.op("input_gradient_field", kind, vec![field, weights])?;
        let gradient = rule.reshape("input", gradient, &x_shape)?;
        rule.contribute(0, gradient);
    }
    Ok(())
}

fn bias(rule: &mut Rule) -> Result<(), GraphError> {
    if rule.wants(2) {
        let bias = rule.sum_by_channel("bias", rule.gradient)?;
        rule.contribute(2, bias);
    }
    Ok(())
}
