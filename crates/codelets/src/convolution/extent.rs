//! What all convolution kernels count: blocks of channels, positions, rows, kernel elements.

use tilesim_program::vertex::convolution::ConvolutionVertex;

/// Counts of a legal [`ConvolutionVertex`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Blocks of convolution groups.
    pub group_blocks: u64,
    /// Blocks of input channels.
    pub in_blocks: u64,
    /// Blocks of output channels.
    pub out_blocks: u64,
    /// Rows of the output, over the batch.
    pub rows: u64,
    /// Output positions in a row.
    pub width: u64,
    /// Rows that one kernel element contributes to: with input dilation, those where it meets an input.
    pub met_rows: u64,
    /// Positions of such a row that one kernel element contributes to.
    pub met_width: u64,
    /// Kernel planes: every spatial dimension but the innermost two.
    pub kernel_planes: u64,
    /// Kernel rows of a plane.
    pub kernel_height: u64,
    /// Kernel elements of a row.
    pub kernel_width: u64,
}

impl Extent {
    pub(super) fn of(vertex: &ConvolutionVertex) -> Self {
        let dimensions = vertex.output.len();
        let (mut rows, mut met_rows) = (vertex.batch, vertex.batch);
        let (mut width, mut met_width) = (1, 1);
        let (mut kernel_planes, mut kernel_height, mut kernel_width) = (1, 1, 1);
        for d in 0..dimensions {
            let output = vertex.output[d];
            let met = match vertex.input_dilation[d] {
                1 => output,
                _ => output.div_ceil(meeting_step(vertex, d)),
            };
            match dimensions - d {
                1 => {
                    (width, met_width) = (output, met);
                    kernel_width = vertex.kernel_size[d];
                }
                innermost => {
                    rows *= output;
                    met_rows *= met;
                    let kernel = if innermost == 2 {
                        &mut kernel_height
                    } else {
                        &mut kernel_planes
                    };
                    *kernel *= vertex.kernel_size[d];
                }
            }
        }
        Self {
            group_blocks: vertex.conv_groups.div_ceil(vertex.grouping.conv_groups),
            in_blocks: vertex.in_channels.div_ceil(vertex.grouping.in_channels),
            out_blocks: vertex.out_channels.div_ceil(vertex.grouping.out_channels),
            rows,
            width,
            met_rows,
            met_width,
            kernel_planes,
            kernel_height,
            kernel_width,
        }
    }

    /// Output positions, over the batch.
    pub(super) const fn positions(&self) -> u64 {
        self.rows * self.width
    }

    /// Output positions, over the batch, that one kernel element contributes to.
    pub(super) const fn met_positions(&self) -> u64 {
        self.met_rows * self.met_width
    }

    /// Kernel rows over all planes.
    pub(super) const fn kernel_rows(&self) -> u64 {
        self.kernel_planes * self.kernel_height
    }

    /// Kernel elements.
    pub(super) const fn kernel_elements(&self) -> u64 {
        self.kernel_rows() * self.kernel_width
    }
}

/// Multiply-accumulates of a legal vertex whose operands are real: no padded channels or kernel elements, and none of the zeros
/// between dilated inputs.
pub(super) fn useful_macs(vertex: &ConvolutionVertex, extent: &Extent) -> u64 {
    let channels = vertex.conv_groups * vertex.in_channels * vertex.out_channels;
    let macs = extent.positions() * extent.kernel_elements() * channels;
    (0..vertex.output.len()).fold(macs, |macs, d| macs / meeting_step(vertex, d))
}

/// Every how many outputs a kernel element meets an input of a dilated field (PopLibs `ConvUtilInternal.cpp`
/// `partitionConvPartialByWorker`).
fn meeting_step(vertex: &ConvolutionVertex, dimension: usize) -> u64 {
    let dilation = vertex.input_dilation[dimension];
    dilation / greatest_common_divisor(dilation, vertex.stride[dimension])
}

/// Greatest common divisor.
pub(super) const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
