//! A tile's reduction, dealt over its workers.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{ReduceForm, ReduceOp, ReduceVertex};

use super::{ContiguousReduce, GeneralReduce, ScalarReduce, StridedReduce, accumulated_elements};
use crate::vector::worker::WorkerCycles;
use crate::{Count, VertexCost};

/// Most parts that the partials of an output are split into; splitting further gains nothing over a second pass of that depth.
const MOST_PARTS: u64 = 16;

/// What a tile pays; `None` for data that are neither half nor float, and for counts that overflow.
///
/// Workers share the outputs in whole vectors. Where that leaves workers idle, the partials are split too, as the library splits
/// rows of a reduction over workers: each part gives intermediate results, which a second pass adds up. The number of parts is
/// the one with the fewest cycles, between one and the number of workers.
pub(crate) fn cost(machine: &Machine, vertex: &ReduceVertex, count: Count) -> Option<VertexCost> {
    let vertex = match vertex.form {
        // One output, whose partials follow each other.
        ReduceForm::Strided { stride: 1 } if vertex.outputs == 1 => ReduceVertex {
            form: ReduceForm::Contiguous,
            ..*vertex
        },
        _ => *vertex,
    };
    let parts = u64::from(machine.workers).clamp(1, MOST_PARTS);
    (1..=parts)
        .filter_map(|parts| split(machine, &vertex, parts, count))
        .min_by_key(|cost| cost.cycles.total())
}

/// The cost with the partials of every output in `parts` parts.
fn split(machine: &Machine, vertex: &ReduceVertex, parts: u64, count: Count) -> Option<VertexCost> {
    if parts == 1 {
        return pass(machine, vertex, 1, count);
    }
    let intermediate_type = match vertex.op {
        ReduceOp::Add | ReduceOp::SquareAdd => ElementType::F32,
        ReduceOp::Maximum => vertex.partials_type,
    };
    let first = ReduceVertex {
        out_type: intermediate_type,
        update: false,
        ..*vertex
    };
    let second = ReduceVertex {
        op: match vertex.op {
            ReduceOp::Add | ReduceOp::SquareAdd => ReduceOp::Add,
            ReduceOp::Maximum => ReduceOp::Maximum,
        },
        form: match vertex.form {
            ReduceForm::Contiguous => ReduceForm::Contiguous,
            // Intermediate results are laid out anew, each part aligned to a vector.
            ReduceForm::Strided { .. } | ReduceForm::General => ReduceForm::Strided {
                stride: vertex
                    .outputs
                    .checked_next_multiple_of(machine.vector_width(intermediate_type))?,
            },
        },
        partials_type: intermediate_type,
        partials: parts,
        ..*vertex
    };
    let first = pass(machine, &first, parts, count)?;
    let second = pass(machine, &second, 1, count)?;
    first.cycles.total().checked_add(second.cycles.total())?;
    let mut cycles = first.cycles + second.cycles;
    if count == Count::Machine {
        // The parts are added up in a compute set of their own.
        cycles.overhead = cycles
            .overhead
            .checked_add(u64::from(machine.vector_launch_cycles))?;
    }
    Some(VertexCost {
        cycles,
        macs: 0,
        sram_read_bytes: first.sram_read_bytes.checked_add(second.sram_read_bytes)?,
        sram_write_bytes: first.sram_write_bytes.checked_add(second.sram_write_bytes)?,
    })
}

/// One pass over the partials, which gives `parts` results for every output.
fn pass(machine: &Machine, vertex: &ReduceVertex, parts: u64, count: Count) -> Option<VertexCost> {
    // The workers are grouped by part; those of a group share the outputs.
    let group = (u64::from(machine.workers) / parts).max(1);
    let vector = outputs_at_once(machine, vertex);
    let vectors = vertex.outputs.div_ceil(vector);
    let slowest = Share {
        outputs: vectors.div_ceil(group).checked_mul(vector)?.min(vertex.outputs),
        partials: vertex.partials.div_ceil(parts),
        all_partials: parts == 1,
    };
    let everything = Share {
        outputs: vertex.outputs,
        partials: vertex.partials,
        all_partials: parts == 1,
    };
    let results = vertex.outputs.checked_mul(parts)?;
    let result_bytes = results.checked_mul(vertex.out_type.bytes())?;
    let partial_bytes = vertex
        .outputs
        .checked_mul(vertex.partials)?
        .checked_mul(vertex.partials_type.bytes())?;
    Some(VertexCost {
        cycles: slowest
            .cycles(machine, vertex, count)?
            .of_slowest(machine, everything.cycles(machine, vertex, count)?.inner)?,
        macs: 0,
        sram_read_bytes: partial_bytes.checked_add(if vertex.update { result_bytes } else { 0 })?,
        sram_write_bytes: result_bytes,
    })
}

/// Outputs that the kernel for `vertex` takes at once.
fn outputs_at_once(machine: &Machine, vertex: &ReduceVertex) -> u64 {
    match vertex.form {
        ReduceForm::Contiguous => 1,
        ReduceForm::Strided { stride } => StridedReduce::vector(machine, vertex.partials_type, stride),
        ReduceForm::General => accumulated_elements(machine, vertex.op, vertex.partials_type),
    }
}

/// What one worker takes of a reduction.
struct Share {
    /// Results.
    outputs: u64,
    /// Partials of each.
    partials: u64,
    /// Whether these are all partials of the outputs, so that contiguous ones of several outputs follow each other.
    all_partials: bool,
}

impl Share {
    /// The cycles of a worker that takes this share of `vertex`.
    fn cycles(&self, machine: &Machine, vertex: &ReduceVertex, count: Count) -> Option<WorkerCycles> {
        let ReduceVertex {
            op,
            partials_type,
            out_type,
            update,
            ..
        } = *vertex;
        let Self {
            outputs, partials, ..
        } = *self;
        let scattered = |regions| {
            GeneralReduce {
                op,
                partials_type,
                out_type,
                update,
                reductions: 1,
                outputs,
                partials,
                regions,
            }
            .cycles(machine)
        };
        match vertex.form {
            ReduceForm::Strided { stride } => StridedReduce {
                op,
                partials_type,
                out_type,
                update,
                outputs,
                partials,
                stride,
                stretches: 1,
            }
            .cycles(machine),
            ReduceForm::General => scattered(partials),
            ReduceForm::Contiguous if self.all_partials && outputs > 1 => ContiguousReduce {
                partials_type,
                update,
                outputs,
                partials,
            }
            .cycles(machine, count),
            ReduceForm::Contiguous => ScalarReduce {
                op,
                partials_type,
                out_type,
                partials,
            }
            .cycles(machine)?
            .times(outputs),
        }
    }
}
