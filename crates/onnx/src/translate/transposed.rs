//! Transposed convolutions: in the forward pass of a network what the gradient of a convolution's input is in a backward pass.

use tilesim_graph::{Convolution, OpKind, ShapeError, Spatial};

use super::{
    convolution::Windows,
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, limits::MAX_ELEMENTS, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[OnnxOperator {
    name: "ConvTranspose",
    versions: &[1],
    support: OnnxSupport::Training,
    limits: "one to three spatial dimensions, weights that are constants",
    translate: convolution,
}];

/// `ConvTranspose`, whose weights `[C_in, C_out / groups, kernel…]` are those of the convolution that it is the transpose of.
pub(super) fn convolution<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let weights = translator.parameter(node, 1)?;
    let shape = translator.network.shape(x).to_vec();
    let (&[batch, channels, ref field @ ..], &[in_channels, group_out, ref kernel @ ..]) =
        (shape.as_slice(), weights.shape())
    else {
        return Err(node.shape(ShapeError::Rank {
            operand: "input",
            expected: "[N, C, spatial…], with weights [C_in, C_out / groups, kernel…]",
            got: shape,
        }));
    };
    let sizes_fit = in_channels == channels && field.len() == kernel.len();
    if field.is_empty() || field.len() > 3 || !sizes_fit || kernel.contains(&0) {
        return Err(node.unsupported(
            format!(
                "an input of shape {shape:?} with weights of shape {:?}",
                weights.shape()
            ),
            "one to three spatial dimensions, the same for both, and weights of all input channels",
        ));
    }
    let groups = node.integer("group")?.unwrap_or(1);
    let uneven = || {
        node.invalid(
            format!("group is {groups} for {channels} to {group_out} times as many channels"),
            "a divisor of the input channels",
        )
    };
    let groups = u64::try_from(groups).ok().ok_or_else(uneven)?;
    let out_channels = group_out.checked_mul(groups).ok_or_else(uneven)?;
    let stretch = Stretch::of(node, field, kernel)?;
    let forward = Convolution::new(batch, out_channels, channels, &stretch.output, kernel)
        .grouped(groups)
        .ok_or_else(uneven)?;
    let forward = Convolution {
        stride: stretch.windows.stride,
        kernel_dilation: stretch.windows.dilation,
        padding_lower: stretch.windows.lower,
        padding_upper: stretch.windows.upper,
        ..forward
    };
    let mut inputs = vec![x, translator.add_constant(weights)];
    if node.input(2).is_some() {
        let bias = translator.parameter(node, 2)?;
        inputs.push(translator.add_constant(bias));
    }
    translator.operator(node, OpKind::ConvolutionInputGradient(forward), inputs)
}

/// The size of the result, and the windows of the convolution that leads back from it.
struct Stretch {
    output: Spatial<u64>,
    windows: Windows,
}

impl Stretch {
    /// By the definition of `ConvTranspose`: without padding the result has stride · (size − 1) + extent of the kernel elements;
    /// `output_padding` adds to its end, `pads` takes off, and `output_shape` or `auto_pad` say what is left.
    fn of(node: Node, field: &[u64], kernel: &[u64]) -> Result<Self, OnnxError> {
        let mut windows = Windows::of(node, field, kernel)?;
        let added = spatial(node, "output_padding", field.len())?;
        let stated = spatial(node, "output_shape", field.len())?;
        let automatic = node.text("auto_pad")?.unwrap_or("NOTSET");
        let mut output: Spatial<u64> = Spatial::new();
        for (d, &size) in field.iter().enumerate() {
            let [stride, dilation] = [windows.stride[d], windows.dilation[d]].map(i128::from);
            let extent = (i128::from(kernel[d]) - 1) * dilation + 1;
            let whole = stride * (i128::from(size) - 1) + extent;
            let longest = whole + i128::from(added.as_ref().map_or(0, |added| added[d]));
            let wanted = match (&stated, automatic) {
                (Some(stated), _) => Some(i128::from(stated[d])),
                (None, "SAME_UPPER" | "SAME_LOWER") => Some(i128::from(size) * stride),
                (None, _) => None,
            };
            let (lower, length) = if let Some(wanted) = wanted {
                // What is to be taken off is halved, the odd one at the end or at the beginning; what is missing is added at the
                // end.
                let off = (longest - wanted).max(0);
                let lower = if automatic == "SAME_UPPER" {
                    off / 2
                } else {
                    off - off / 2
                };
                (lower, wanted)
            } else {
                let [lower, upper] = [windows.lower[d], windows.upper[d]].map(i128::from);
                (lower, longest - lower - upper)
            };
            let limit = i128::from(MAX_ELEMENTS);
            if !(1..=limit).contains(&length) || whole > limit {
                return Err(node.invalid(
                    format!("dimension {d} of its result has size {length}"),
                    format!("1 to {MAX_ELEMENTS}, before pads take off too"),
                ));
            }
            output.push(length as u64);
            windows.lower[d] = lower as i64;
            // Negative where the result goes on after the last window.
            windows.upper[d] = (whole - lower - length) as i64;
        }
        Ok(Self { output, windows })
    }
}

/// A list of sizes, one for each spatial dimension, if it is there.
fn spatial(node: Node, name: &str, dimensions: usize) -> Result<Option<Spatial<u64>>, OnnxError> {
    let stated = node.integers(name);
    // Files of some versions give the whole shape.
    let sizes = match stated.len().checked_sub(dimensions) {
        Some(2) if name == "output_shape" => &stated[2..],
        _ => stated,
    };
    if sizes.is_empty() {
        return Ok(None);
    }
    let found: Option<Spatial<u64>> = sizes.iter().map(|&size| u64::try_from(size).ok()).collect();
    found
        .filter(|found| found.len() == dimensions && found.iter().all(|&size| size <= MAX_ELEMENTS))
        .map(Some)
        .ok_or_else(|| {
            node.invalid(
                format!("{name} is {stated:?}"),
                format!("{dimensions} sizes of 0 or more"),
            )
        })
}
