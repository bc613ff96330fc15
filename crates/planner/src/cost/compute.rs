//! Cycles of a tile's partial convolution.

use smallvec::SmallVec;
use tilesim_codelets::convolution;
use tilesim_program::vertex::convolution::{ConvolutionKernel, ConvolutionVertex};

use crate::error::PlanError;
use crate::plan::Method;
use crate::setting::Setting;
use crate::{sizes::MAX_DIMENSIONS, tile::Tile};

/// The kernel of the method that computes `tile`.
pub(crate) fn kernel(setting: &Setting, tile: &Tile) -> ConvolutionKernel {
    match setting.method {
        Method::Amp { conv_units } if uses_amp_1x1(setting, tile) => ConvolutionKernel::Amp1x1 { conv_units },
        Method::Amp { conv_units } => ConvolutionKernel::AmpNx1 { conv_units },
        Method::Slic { conv_chains } => ConvolutionKernel::Slic { conv_chains },
        Method::VerticalMac => ConvolutionKernel::VerticalMac,
        Method::HorizontalMac => ConvolutionKernel::HorizontalMac,
        Method::OuterProduct => ConvolutionKernel::OuterProduct,
    }
}

/// Whether the 1×1 kernel applies (PopLibs `ConvModel.cpp` `canUseConvPartial1x1Vertex`): full weights, and on the tile one kernel
/// position and outputs in the innermost dimension alone; but the whole batch decides, not the tile's.
fn uses_amp_1x1(setting: &Setting, tile: &Tile) -> bool {
    let full = u64::from(setting.machine.weights_per_conv_unit(setting.options.input_type));
    let dimensions = &setting.shape.dimensions;
    setting.grouping.in_channels == full
        && setting.shape.batch == 1
        && tile.kernel.iter().all(|&k| k == 1)
        && tile.output[..dimensions.len() - 1].iter().all(|&o| o == 1)
        && dimensions.iter().all(|d| d.input_dilation == d.stride)
}

/// The vertex of `tile`.
pub(crate) fn vertex(setting: &Setting, tile: &Tile) -> ConvolutionVertex {
    let dimensions = &setting.shape.dimensions;
    let count = dimensions.len();
    let mut stride = [1; MAX_DIMENSIONS];
    let mut input_dilation = [1; MAX_DIMENSIONS];
    for (d, dimension) in dimensions.iter().enumerate() {
        stride[d] = dimension.stride;
        input_dilation[d] = dimension.input_dilation;
    }
    ConvolutionVertex {
        kernel: kernel(setting, tile),
        input_type: setting.options.input_type,
        partials_type: setting.vertex_partials,
        grouping: setting.grouping,
        batch: tile.batch,
        conv_groups: tile.conv_groups,
        in_channels: tile.in_channels,
        out_channels: tile.out_channels,
        output: SmallVec::from_slice(&tile.output[..count]),
        kernel_size: SmallVec::from_slice(&tile.kernel[..count]),
        stride: SmallVec::from_slice(&stride[..count]),
        input_dilation: SmallVec::from_slice(&input_dilation[..count]),
    }
}

/// Makes a vertex of `setting` that of `tile`.
pub(crate) fn place(setting: &Setting, tile: &Tile, vertex: &mut ConvolutionVertex) {
    let count = setting.shape.dimensions.len();
    vertex.kernel = kernel(setting, tile);
    vertex.batch = tile.batch;
    vertex.conv_groups = tile.conv_groups;
    vertex.in_channels = tile.in_channels;
    vertex.out_channels = tile.out_channels;
    vertex.output.copy_from_slice(&tile.output[..count]);
    vertex.kernel_size.copy_from_slice(&tile.kernel[..count]);
}

/// Tile cycles of a vertex of `setting`.
pub(crate) fn vertex_cycles(setting: &Setting, vertex: &ConvolutionVertex) -> Result<u64, PlanError> {
    convolution::cycles(setting.machine, vertex, setting.count).map_err(|reason| PlanError::IllegalKernel {
        method: setting.method.kind(),
        reason,
    })
}

/// Tile cycles of the partial convolution.
pub(super) fn compute_cycles(setting: &Setting, tile: &Tile) -> Result<u64, PlanError> {
    vertex_cycles(setting, &vertex(setting, tile))
}
