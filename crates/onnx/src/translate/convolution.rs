//! Convolutions and the padding before them.

use tilesim_graph::{Convolution, OpKind, ShapeError, Spatial};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Padded, Translator, Value},
};
use crate::{OnnxError, limits::MAX_ELEMENTS, network::Source, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[OnnxOperator {
    name: "Conv",
    versions: &[1],
    support: OnnxSupport::Training,
    limits: "one to three spatial dimensions, weights that are constants",
    translate: convolution,
}];

/// Windows of a convolution or pool, one value for each spatial dimension.
pub(super) struct Windows {
    pub(super) kernel: Spatial<u64>,
    pub(super) stride: Spatial<u64>,
    pub(super) dilation: Spatial<u64>,
    pub(super) lower: Spatial<i64>,
    pub(super) upper: Spatial<i64>,
}

impl Windows {
    /// The attributes of a node that goes over a field of size `input`.
    pub(super) fn of(node: Node, input: &[u64], kernel: &[u64]) -> Result<Self, OnnxError> {
        let dimensions = input.len();
        let sizes = |name: &str| -> Result<Spatial<u64>, OnnxError> {
            let stated = node.integers(name);
            if stated.is_empty() {
                return Ok(std::iter::repeat_n(1, dimensions).collect());
            }
            let sizes: Option<Spatial<u64>> = stated.iter().map(|&size| u64::try_from(size).ok()).collect();
            sizes
                .filter(|sizes| {
                    sizes.len() == dimensions && sizes.iter().all(|size| (1..=MAX_ELEMENTS).contains(size))
                })
                .ok_or_else(|| {
                    node.invalid(
                        format!("{name} is {stated:?}"),
                        format!("{dimensions} positive sizes"),
                    )
                })
        };
        let mut windows = Self {
            kernel: kernel.iter().copied().collect(),
            stride: sizes("strides")?,
            dilation: sizes("dilations")?,
            lower: std::iter::repeat_n(0, dimensions).collect(),
            upper: std::iter::repeat_n(0, dimensions).collect(),
        };
        match node.text("auto_pad")?.unwrap_or("NOTSET") {
            "NOTSET" => {
                let pads = node.integers("pads");
                let in_range = pads.iter().all(|pad| pad.unsigned_abs() <= MAX_ELEMENTS);
                if in_range && pads.len() == 2 * dimensions {
                    windows.lower = pads[..dimensions].iter().copied().collect();
                    windows.upper = pads[dimensions..].iter().copied().collect();
                } else if !pads.is_empty() {
                    return Err(
                        node.invalid(format!("pads is {pads:?}"), format!("{} sizes", 2 * dimensions))
                    );
                }
            }
            "VALID" => {}
            "SAME_UPPER" => windows.pad_same(input, false),
            "SAME_LOWER" => windows.pad_same(input, true),
            other => {
                return Err(node.invalid(
                    format!("auto_pad is `{other}`"),
                    "NOTSET, VALID, SAME_UPPER or SAME_LOWER",
                ));
            }
        }
        Ok(windows)
    }

    /// Padding with which the output has ceil(input / stride) elements; an odd one goes to the end, or to the beginning.
    fn pad_same(&mut self, input: &[u64], odd_before: bool) {
        for (d, &size) in input.iter().enumerate() {
            let extent = (self.kernel[d] - 1)
                .saturating_mul(self.dilation[d])
                .saturating_add(1);
            let reach = (size.div_ceil(self.stride[d]) - 1)
                .saturating_mul(self.stride[d])
                .saturating_add(extent);
            let total = reach.saturating_sub(size).min(MAX_ELEMENTS) as i64;
            let (less, more) = (total / 2, total - total / 2);
            (self.lower[d], self.upper[d]) = if odd_before { (more, less) } else { (less, more) };
        }
    }

    /// Whether a `Pad` before has cut off a side that is padded here: what is put there are zeros, not what was cut off.
    fn pad_what_is_cut(&self, padded: &Padded) -> bool {
        let sides = [(&self.lower, &padded.lower), (&self.upper, &padded.upper)];
        let mut pads = sides.into_iter().flat_map(|(own, border)| own.iter().zip(border));
        pads.any(|(&own, &border)| border < 0 && own > 0)
    }

    /// Adds the border that a `Pad` before has put around the input.
    pub(super) fn widen(&mut self, padded: &Padded) {
        for (own, border) in [(&mut self.lower, &padded.lower), (&mut self.upper, &padded.upper)] {
            for (pad, &more) in own.iter_mut().zip(border) {
                *pad = pad.saturating_add(more);
            }
        }
    }
}

/// The tensor of an operand, and the border around it, if that is one that its reader takes in.
pub(super) fn unpadded<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    takes: impl Fn(&Padded) -> bool,
) -> Result<(Source, Option<Padded>), OnnxError> {
    match translator.operand(node, 0)? {
        Value::Padded(padded) if takes(padded) => Ok((padded.source, Some(padded.clone()))),
        _ => Ok((translator.tensor(node, 0)?, None)),
    }
}

fn convolution<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let (x, padded) = unpadded(translator, node, |padded| padded.fill == 0.0)?;
    let weights = translator.parameter(node, 1)?;
    let shape = translator.network.shape(x).to_vec();
    let (&[batch, channels, ref input @ ..], &[out_channels, _, ref kernel @ ..]) =
        (shape.as_slice(), weights.shape())
    else {
        return Err(node.shape(ShapeError::Rank {
            operand: "input",
            expected: "[N, C, spatial…], with weights [C_out, C_in / groups, kernel…]",
            got: shape,
        }));
    };
    if input.is_empty() || input.len() != kernel.len() || input.len() > 3 || kernel.contains(&0) {
        return Err(node.unsupported(
            format!(
                "an input of shape {shape:?} with weights of shape {:?}",
                weights.shape()
            ),
            "one to three spatial dimensions, the same for both",
        ));
    }
    let stated = node.integers("kernel_shape");
    if !stated.is_empty() && !stated.iter().map(|&size| size as u64).eq(kernel.iter().copied()) {
        return Err(node.invalid(
            format!(
                "kernel_shape is {stated:?}, but the weights have shape {:?}",
                weights.shape()
            ),
            "the same sizes",
        ));
    }
    // `auto_pad` goes by the size with the border.
    let field = match &padded {
        Some(padded) => padded.shape(&translator.network).map(|shape| shape[2..].to_vec()),
        None => Some(input.to_vec()),
    };
    let field = field.filter(|field| !field.contains(&0)).ok_or_else(|| {
        node.invalid(
            "its padded input has no size left",
            "padding that cuts off less than there is",
        )
    })?;
    let mut windows = Windows::of(node, &field, kernel)?;
    let (x, input) = match &padded {
        Some(padded) if windows.pad_what_is_cut(padded) => {
            (translator.with_border(padded)?, field.as_slice())
        }
        Some(padded) => {
            windows.widen(padded);
            (x, input)
        }
        None => (x, input),
    };
    let groups = node.integer("group")?.unwrap_or(1);
    let convolution = u64::try_from(groups)
        .ok()
        .and_then(|groups| Convolution::new(batch, channels, out_channels, input, kernel).grouped(groups))
        .ok_or_else(|| {
            node.invalid(
                format!("group is {groups} for {channels} to {out_channels} channels"),
                "a divisor of both",
            )
        })?;
    let convolution = Convolution {
        stride: windows.stride,
        kernel_dilation: windows.dilation,
        padding_lower: windows.lower,
        padding_upper: windows.upper,
        ..convolution
    };
    let bias = match node.input(2) {
        Some(_) => Some(translator.parameter(node, 2)?),
        None => None,
    };
    let mut inputs = vec![x, translator.add_constant(weights)];
    inputs.extend(bias.map(|bias| translator.add_constant(bias)));
    translator.operator(node, OpKind::Convolution(convolution), inputs)
}
