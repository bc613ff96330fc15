//! Convolutions whose stride skips inputs: a kernel of one element reads every so many-th position only.
//!
//! They are computed as the convolution without stride of the positions that are read. The vendor's library does the same to
//! inputs, and to gradients as dilation after the convolution (PopLibs `ConvPlan.cpp` `getDilatePostConvDims`).

use tilesim_graph::{Convolution, Spatial};
use tilesim_program::{
    Scalar, Work,
    work::{CopyPositions, VectorKernel, VectorWork},
};

use crate::{
    context::Context,
    layout::{self, Layout, Order, Value},
};

/// The convolution of the positions that are read, and the distance between them in each dimension; `None` where all are read.
pub(crate) fn without_skipped(convolution: &Convolution) -> Option<(Convolution, Spatial<u64>)> {
    let skips = |d: usize| {
        convolution.kernel[d] == 1
            && convolution.stride[d] > 1
            && convolution.input_dilation[d] == 1
            && convolution.padding_lower[d] == 0
    };
    let strides: Spatial<u64> = (0..convolution.dimensions())
        .map(|d| if skips(d) { convolution.stride[d] } else { 1 })
        .collect();
    if strides.iter().all(|&stride| stride == 1) {
        return None;
    }
    let mut dense = convolution.clone();
    for (d, output) in convolution.output().into_iter().enumerate() {
        // Positions beyond the input, where the stride reads padding, keep the convolution as it is.
        if skips(d) && (output - 1) * convolution.stride[d] < convolution.input[d] {
            let positions = convolution.input[d].div_ceil(convolution.stride[d]);
            dense.input[d] = positions;
            dense.stride[d] = 1;
            // Negative where padding cuts positions off.
            dense.padding_upper[d] = output.cast_signed() - positions.cast_signed();
        } else if skips(d) {
            return None;
        }
    }
    Some((dense, strides))
}

/// Copies the positions that are read out of `value`, each where it lies; the value itself where they cannot be told apart.
pub(crate) fn subsample(context: &mut Context, name: &str, value: &Value, strides: &[u64]) -> Option<Value> {
    let dense = read_positions(value.shape(), strides);
    let layout = evenly(&dense, value.layout.order, context.tiles()).spread_out(strides, value.shape())?;
    let fits = value.layout.subsampled(strides).is_some();
    let value = &unshared(context, &format!("{name} input"), value, layout, fits);
    let layout = value.layout.subsampled(strides)?;
    let element_type = value.element_type;
    let bytes = element_type.bytes();
    let variable = context
        .emitter
        .temporary(format!("{name}/input subsampled"), &layout.placement, bytes);
    context.emitter.compute(
        format!("{name} subsample input"),
        Work::Vector(VectorWork {
            over: layout.placement.clone(),
            kernel: VectorKernel::Copy {
                element_bytes: bytes,
                piece_bytes: layout.placement.channel_block * bytes,
                positions: CopyPositions::Gather(per_dimension(strides)),
            },
        }),
        vec![value.variable],
        vec![variable],
    );
    Some(Value {
        variable,
        layout,
        element_type,
    })
}

/// The shape of the positions of a tensor that are read.
fn read_positions(shape: &[u64], strides: &[u64]) -> Vec<u64> {
    let field = shape[2..].iter().zip(strides);
    let read = field.map(|(size, stride)| size.div_ceil(*stride));
    shape[..2].iter().copied().chain(read).collect()
}

/// Where the positions that are read rest: where the convolution wants them, unless tiles share them out. Those would share what
/// is read in other parts than what is skipped too, so that it is spread evenly instead.
pub(crate) fn at_rest(wanted: Layout, tiles: u64) -> Layout {
    if wanted.placement.sharers() == 1 {
        wanted
    } else {
        evenly(&wanted.placement.operand.shape, wanted.order, tiles)
    }
}

/// A tensor over all tiles, every one with cells of its own, in an order as close as may be to the given one.
fn evenly(shape: &[u64], order: Order, tiles: u64) -> Layout {
    match order {
        Order::Channels { block } => layout::channel_blocks(shape, block, block, tiles),
        Order::Samples { .. } => layout::linear_positions(shape, tiles),
    }
}

/// The value where every tile has a cell of its own, which is `layout` unless it is such already. Tiles that share a cell out
/// would share the positions of it that are left in other parts than all of its positions. So is what does not fit as it lies.
fn unshared(context: &mut Context, name: &str, value: &Value, layout: Layout, fits: bool) -> Value {
    if value.placement().sharers() == 1 && fits {
        return value.clone();
    }
    let mut gathering = context.gather(format!("{name} spread"));
    let variable = gathering.bring(&format!("{name}/spread"), value, &layout);
    gathering.finish();
    Value {
        variable,
        layout,
        element_type: value.element_type,
    }
}

fn per_dimension(strides: &[u64]) -> [u64; 3] {
    std::array::from_fn(|d| strides.get(d).copied().unwrap_or(1))
}

/// Spreads a gradient out over a tensor of `shape`, with zeros at the positions that were not read.
pub(crate) fn spread_out(
    context: &mut Context,
    name: &str,
    value: &Value,
    strides: &[u64],
    shape: &[u64],
) -> Option<Value> {
    let even = evenly(value.shape(), value.layout.order, context.tiles());
    let fits = value.layout.spread_out(strides, shape).is_some();
    let value = &unshared(context, &format!("{name} output"), value, even, fits);
    let layout = value.layout.spread_out(strides, shape)?;
    let element_type = value.element_type;
    let variable =
        context
            .emitter
            .temporary(format!("{name}/output"), &layout.placement, element_type.bytes());
    context.emitter.compute(
        format!("{name} clear output"),
        Work::Vector(VectorWork {
            over: layout.placement.clone(),
            kernel: VectorKernel::Fill {
                element_type,
                value: Scalar::ZERO,
            },
        }),
        Vec::new(),
        vec![variable],
    );
    context.emitter.compute(
        format!("{name} spread output"),
        Work::Vector(VectorWork {
            over: value.placement().clone(),
            kernel: VectorKernel::Copy {
                element_bytes: element_type.bytes(),
                piece_bytes: value.placement().channel_block * element_type.bytes(),
                positions: CopyPositions::Scatter(per_dimension(strides)),
            },
        }),
        vec![value.variable],
        vec![variable],
    );
    Some(Value {
        variable,
        layout,
        element_type,
    })
}
