//! The reduction of a convolution's partial sums, as its planner charges it.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::reduce_add::ReduceAddVertex;

use super::reduce_add::accumulated_elements;
use super::{cast_cycles, reduce_add_cycles, stage_depths};

/// Part of a tile's memory that received partial sums must stay below to be put one behind the other.
const SINGLE_INPUT_MEMORY_PARTS: u64 = 16;

/// A reduction of the partial sums of a convolution over the tiles that computed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvolutionReduce {
    /// Type of the partial sums.
    pub partials_type: ElementType,
    /// Type of the outputs.
    pub output_type: ElementType,
    /// Outputs that one tile is left with: a part in `depth` of the partial sums that it holds.
    pub outputs_per_tile: u64,
    /// Partial sums of each output.
    pub depth: u64,
    /// Whether deep reductions run in several stages.
    pub multi_stage: bool,
    /// Whether received partial sums are put in interleaved memory.
    pub fast: bool,
    /// Whether a loop over input channels goes on to accumulate the result, which is then cast after the loop.
    pub accumulated_in_loop: bool,
}

/// The vertex of one stage on one tile: `outputs` outputs of `depth` partial sums each (PopLibs `ConvReduce.cpp`).
pub fn reduce_add_vertex(
    machine: &Machine,
    partials_type: ElementType,
    output_type: ElementType,
    outputs: u64,
    depth: u64,
    fast: bool,
) -> ReduceAddVertex {
    let received = outputs * depth.saturating_sub(1) * partials_type.bytes();
    let memory = received.next_multiple_of(machine.memory_element_bytes);
    let small = memory * SINGLE_INPUT_MEMORY_PARTS < machine.tile_memory_bytes;
    let single_input =
        outputs.is_multiple_of(accumulated_elements(machine, partials_type)) && (fast || small);
    ReduceAddVertex {
        partials_type,
        output_type,
        outputs,
        depth,
        single_input,
        interleaved: single_input && fast,
    }
}

/// Tile cycles of all stages of `reduce` (PopLibs `PerformanceEstimation.hpp` `estimateConvReduceCycles`).
pub fn convolution_reduce_cycles(machine: &Machine, reduce: &ConvolutionReduce) -> u64 {
    let ConvolutionReduce {
        partials_type,
        output_type,
        depth,
        ..
    } = *reduce;
    if depth <= 1 {
        return if partials_type == output_type || reduce.accumulated_in_loop {
            0
        } else {
            cast_cycles(machine, partials_type, output_type, reduce.outputs_per_tile)
        };
    }
    let depths = stage_depths(depth, reduce.multi_stage);
    let mut outputs = reduce.outputs_per_tile * depth;
    let mut cycles = 0;
    for (stage, &stage_depth) in depths.iter().enumerate() {
        outputs = outputs.div_ceil(stage_depth);
        let is_last = stage + 1 == depths.len();
        let to = if is_last { output_type } else { partials_type };
        let vertex = reduce_add_vertex(machine, partials_type, to, outputs, stage_depth, reduce.fast);
        cycles += reduce_add_cycles(machine, &vertex);
    }
    cycles
}
