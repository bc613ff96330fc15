//! Rows of vendor tables of convolution kernels.

use smallvec::smallvec;
use tilesim_codelets::{
    Count,
    convolution::{IllegalKernel, SLIC_WINDOW_WIDTH, cycles, zero_partials_cycles},
};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel, ConvolutionVertex, Sizes};

use crate::row::{Row, RowError};
use crate::vertices::predicted::Predicted;

impl From<IllegalKernel> for RowError {
    fn from(error: IllegalKernel) -> Self {
        Self::Illegal {
            reason: error.to_string(),
        }
    }
}

/// Predicts the row of a convolution kernel's table, or `None` where `name` is not the name of one.
pub(super) fn predict(
    machine: &Machine,
    name: &str,
    row: &Row<'_>,
    count: Count,
) -> Option<Result<Predicted, RowError>> {
    let answer = if name == "OuterProduct" {
        "cycles_planner_tile"
    } else {
        "cycles_planner"
    };
    let vertex = match name {
        "PlannerZeroPartials" => return Some(predict_zero_partials(machine, row, count)),
        _ => vertex(name, row)?,
    };
    Some(vertex.and_then(|vertex| {
        Ok(Predicted {
            predicted: cycles(machine, &vertex, count)?,
            given: row.u64(answer)?,
        })
    }))
}

/// The vertex that a row of the table `name` describes, or `None` where that is no convolution kernel.
pub fn vertex(name: &str, row: &Row<'_>) -> Option<Result<ConvolutionVertex, RowError>> {
    Some(match name {
        "ConvPartial1x1Out" => amp_1x1(row),
        "ConvPartialnx1" => amp_nx1(row),
        "ConvPartial1x4SLIC" => slic(row),
        "ConvPartialVerticalMac" => vertical_mac(row),
        "ConvPartialHorizontalMac" => horizontal_mac(row),
        "OuterProduct" => outer_product(row),
        _ => return None,
    })
}

/// A vertex of one group, channel, position and kernel element, of the row's types.
fn base(row: &Row<'_>, kernel: ConvolutionKernel) -> Result<ConvolutionVertex, RowError> {
    let input_type = row.element_type("in_type")?;
    Ok(ConvolutionVertex {
        kernel,
        input_type,
        partials_type: match row.get("partials_type") {
            Some(_) => row.element_type("partials_type")?,
            None => input_type,
        },
        grouping: ChannelGrouping {
            conv_groups: 1,
            in_channels: 1,
            out_channels: 1,
        },
        batch: 1,
        conv_groups: row.positive("conv_groups")?,
        in_channels: 1,
        out_channels: 1,
        output: smallvec![1, 1],
        kernel_size: smallvec![1, 1],
        stride: smallvec![1, 1],
        input_dilation: smallvec![1, 1],
    })
}

/// Channels of a vertex whose block has one convolution group.
fn with_channels(row: &Row<'_>, vertex: ConvolutionVertex) -> Result<ConvolutionVertex, RowError> {
    Ok(ConvolutionVertex {
        grouping: ChannelGrouping {
            conv_groups: 1,
            in_channels: row.positive("in_chans_per_group")?,
            out_channels: row.positive("out_chans_per_group")?,
        },
        in_channels: row.positive("in_chans")?,
        out_channels: row.positive("out_chans")?,
        ..vertex
    })
}

/// Batch, field and kernel of a vertex over two dimensions; strides and dilations are the same in both.
fn with_field(
    row: &Row<'_>,
    stride: &str,
    mut vertex: ConvolutionVertex,
) -> Result<ConvolutionVertex, RowError> {
    let both = |size: u64| -> Sizes { smallvec![size, size] };
    vertex.batch = row.positive("batch")?;
    vertex.output = smallvec![row.positive("out_h")?, row.positive("out_w")?];
    vertex.kernel_size = smallvec![row.positive("kernel_h")?, row.positive("kernel_w")?];
    vertex.stride = both(row.positive(stride)?);
    if row.get("in_dilation").is_some() {
        vertex.input_dilation = both(row.positive("in_dilation")?);
    }
    Ok(vertex)
}

fn amp_1x1(row: &Row<'_>) -> Result<ConvolutionVertex, RowError> {
    let conv_units = row.positive_u32("conv_units")?;
    let vertex = base(row, ConvolutionKernel::Amp1x1 { conv_units })?;
    with_channels(
        row,
        ConvolutionVertex {
            output: smallvec![1, row.positive("out_elements")?],
            ..vertex
        },
    )
}

fn amp_nx1(row: &Row<'_>) -> Result<ConvolutionVertex, RowError> {
    let conv_units = row.positive_u32("conv_units")?;
    let vertex = base(row, ConvolutionKernel::AmpNx1 { conv_units })?;
    with_channels(row, with_field(row, "stride", vertex)?)
}

fn slic(row: &Row<'_>) -> Result<ConvolutionVertex, RowError> {
    if row.u64("window_width")? != SLIC_WINDOW_WIDTH {
        return Err(row.unexpected("window_width", "4"));
    }
    let conv_chains = row.positive_u32("conv_chains")?;
    let vertex = base(row, ConvolutionKernel::Slic { conv_chains })?;
    let channels = row.positive("chans_per_group")?;
    with_field(
        row,
        "out_stride",
        ConvolutionVertex {
            grouping: ChannelGrouping {
                conv_groups: row.positive("conv_groups_per_group")?,
                in_channels: channels,
                out_channels: channels,
            },
            in_channels: channels,
            out_channels: channels,
            ..vertex
        },
    )
}

fn vertical_mac(row: &Row<'_>) -> Result<ConvolutionVertex, RowError> {
    let vertex = base(row, ConvolutionKernel::VerticalMac)?;
    with_field(
        row,
        "stride",
        ConvolutionVertex {
            grouping: ChannelGrouping {
                conv_groups: row.positive("conv_groups_per_group")?,
                ..vertex.grouping
            },
            in_channels: row.positive("in_chans")?,
            ..vertex
        },
    )
}

fn horizontal_mac(row: &Row<'_>) -> Result<ConvolutionVertex, RowError> {
    let vertex = base(row, ConvolutionKernel::HorizontalMac)?;
    with_channels(row, with_field(row, "stride", vertex)?)
}

fn outer_product(row: &Row<'_>) -> Result<ConvolutionVertex, RowError> {
    let vertex = base(row, ConvolutionKernel::OuterProduct)?;
    Ok(ConvolutionVertex {
        grouping: ChannelGrouping {
            out_channels: row.positive("chans_per_group")?,
            ..vertex.grouping
        },
        out_channels: row.positive("out_chans")?,
        output: smallvec![1, row.positive("out_width")?],
        ..vertex
    })
}

/// A positive size that fits 32 bits, so that products of two do not overflow.
fn size(row: &Row<'_>, column: &str) -> Result<u64, RowError> {
    row.positive_u32(column).map(u64::from)
}

/// The table has no column for the type: the vendor takes partial sums for floats whatever they are.
fn predict_zero_partials(machine: &Machine, row: &Row<'_>, count: Count) -> Result<Predicted, RowError> {
    let elements = size(row, "field_elements")? * size(row, "out_chans_per_group")?;
    let blocks = size(row, "out_groups")? * size(row, "conv_groups")?;
    if elements.saturating_mul(blocks) > 1 << 50 {
        return Err(row.unexpected("field_elements", "fewer than 2^50 partial sums on a tile"));
    }
    Ok(Predicted {
        predicted: zero_partials_cycles(machine, ElementType::F32, elements, blocks, count),
        given: row.u64("cycles")?,
    })
}
