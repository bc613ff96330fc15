//! What both kernels on the convolution units (AMP: accumulating matrix product) share.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ConvolutionVertex;

/// Convolution units from which half partials use the full pipeline.
const FULL_PIPELINE_UNITS: u64 = 16;

/// A variant of the units: types, units in use, and what follows from both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amp {
    /// Units in use.
    pub conv_units: u64,
    /// Passes over the inputs that one block of output channels takes.
    pub passes: u64,
    /// Worker cycles per output position, which are tile cycles per output position when all workers stream.
    pub cycles_per_position: u64,
    /// Bytes of weights that one unit holds.
    pub weight_bytes: u64,
    /// Whether inputs are floats.
    pub float_input: bool,
    /// Whether partial sums are floats.
    pub float_partials: bool,
    /// Whether as many units are in use as the full pipeline has.
    pub full_pipeline: bool,
}

impl Amp {
    pub(super) fn new(machine: &Machine, vertex: &ConvolutionVertex, conv_units: u32) -> Self {
        let conv_units = u64::from(conv_units);
        let weights = u64::from(machine.weights_per_conv_unit(vertex.input_type));
        let inputs_per_cycle = u64::from(machine.conv_unit_inputs_per_cycle(vertex.input_type));
        let float_input = vertex.input_type == ElementType::F32;
        // A unit works through the weights that it holds; float products take it two cycles each.
        let cycles_per_product = if float_input { 2 } else { 1 };
        Self {
            conv_units,
            passes: vertex.grouping.out_channels / conv_units,
            cycles_per_position: weights / inputs_per_cycle * cycles_per_product,
            weight_bytes: weights * vertex.input_type.bytes(),
            float_input,
            float_partials: vertex.partials_type == ElementType::F32,
            full_pipeline: conv_units >= FULL_PIPELINE_UNITS,
        }
    }

    /// Cycles to fill the units in use at `bytes_per_cycle`.
    pub(super) fn weight_load_cycles(&self, bytes_per_cycle: u32) -> u64 {
        self.conv_units * self.weight_bytes / u64::from(bytes_per_cycle)
    }
}
