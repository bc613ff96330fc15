//! Scaled sums in place (`ScaledArithmetic`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{ScaledAddKind, ScaledAddVertex};

use super::deal::dealt;
use crate::{Count, VertexCost};

/// Vectors per worker from which a memory-constrained loop loads and stores in one cycle.
const PIPELINED_VECTORS: u64 = 16;

/// How a pair of operand formats is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Formats {
    /// Both half.
    Half,
    /// Both float.
    Float,
    /// Both half, summed with both operands scaled by floats.
    HalfByFloats,
    /// Half added to float.
    HalfToFloat,
    /// Float added to half.
    FloatToHalf,
}

/// Worker cycles of a share, taken apart.
#[derive(Debug, Clone, Copy)]
struct Cycles {
    supervisor: u64,
    /// Of every worker, whatever its share.
    start: u64,
    /// Where a worker has vectors: filling the pipeline, in place of the first turn.
    fill: u64,
    /// Of one turn of the inner loop, which takes a vector.
    turn: u64,
    /// Of the one worker that takes the elements beyond the last whole vector, after its vectors.
    left_over: u64,
}

impl Formats {
    /// The formats, or `None` where there is no kernel for them.
    fn of(vertex: &ScaledAddVertex) -> Option<Self> {
        use ElementType::{F16, F32};
        match (vertex.a_type, vertex.b_type, vertex.scale_type, vertex.kind) {
            (F16, F16, F32, ScaledAddKind::ScaleBoth) => Some(Self::HalfByFloats),
            (F16, F16, F16 | F32, _) => Some(Self::Half),
            (F32, F32, F32, _) => Some(Self::Float),
            (F32, F16, F16 | F32, ScaledAddKind::Add | ScaledAddKind::Subtract) => Some(Self::HalfToFloat),
            (F16, F32, F16 | F32, ScaledAddKind::Add | ScaledAddKind::Subtract) => Some(Self::FloatToHalf),
            _ => None,
        }
    }

    /// The cycles of the kernel where the busiest worker has `vectors` vectors and `left_over` elements are left over.
    fn cycles(self, vertex: &ScaledAddVertex, workers: u64, vectors: u64, left_over: u64) -> Cycles {
        let subtract = vertex.kind == ScaledAddKind::Subtract;
        let both = vertex.kind == ScaledAddKind::ScaleBoth;
        // Two loads and a store take three cycles of one path; operands in different memory elements load together, and a loop
        // long enough to be software-pipelined stores in the same cycle.
        let same = match (vertex.memory_constrained, vectors >= PIPELINED_VECTORS) {
            (false, _) => 3,
            (true, false) => 2,
            (true, true) => 1,
        };
        let supervisor = if subtract { 64 } else { 57 };
        match self {
            Self::Half => Cycles {
                supervisor,
                start: if both { 21 } else { 19 },
                fill: 6,
                turn: same,
                left_over: [0, 6, 13, 19][left_over as usize % 4],
            },
            Self::Float => Cycles {
                supervisor,
                start: if both { 20 } else { 19 },
                fill: 6,
                turn: same,
                left_over: match (left_over, both) {
                    (0, _) => 0,
                    (_, true) => 6,
                    (_, false) => 9,
                },
            },
            Self::HalfToFloat => Cycles {
                supervisor,
                start: 19,
                fill: 6,
                turn: 4,
                left_over: if left_over == 0 { 0 } else { 9 },
            },
            Self::FloatToHalf => {
                // The loop's own set-up of four is not reached without vectors.
                let no_loop = if vectors == 0 { 4 } else { 0 };
                Cycles {
                    supervisor,
                    start: 24,
                    fill: 5,
                    turn: 5,
                    left_over: match left_over {
                        0 => 0,
                        1 => 11 - no_loop,
                        2 => 10 - no_loop,
                        _ => 16 - no_loop,
                    },
                }
            }
            Self::HalfByFloats => Cycles {
                supervisor: if left_over == 0 { 58 } else { 59 },
                start: if vertex.memory_constrained { 45 } else { 44 },
                fill: 5,
                turn: 5,
                left_over: half_by_floats_end(vertex.elements, workers),
            },
        }
    }
}

/// Worker cycles of the end of halves scaled by floats, as far as the vendor's table tells.
///
/// Nothing is left over where every worker has as many elements. Otherwise the end goes by what is left of the elements of a worker
/// and of all of them after dividing by the workers once more: enough for another round of the workers, or else by whether a
/// worker's share ends in a whole pair.
const fn half_by_floats_end(elements: u64, workers: u64) -> u64 {
    let (share, beyond) = (elements / workers, elements % workers);
    match beyond {
        0 => 2,
        _ if share % workers + beyond > workers => 0,
        _ if share % 2 == 1 => 6,
        1..4 => 10,
        _ => 11,
    }
}

/// Whether a kernel sums these formats.
pub(super) fn takes(vertex: &ScaledAddVertex) -> bool {
    Formats::of(vertex).is_some()
}

/// What a tile pays; `None` for formats that no kernel sums.
///
/// Whole vectors (halves by floats: pairs) are dealt over the workers. The vendor's count takes what each worker surely has and
/// leaves the vectors that some have beyond that out; elements beyond the last whole vector fall to one worker.
pub(super) fn cost(machine: &Machine, vertex: &ScaledAddVertex, count: Count) -> Option<VertexCost> {
    let formats = Formats::of(vertex)?;
    let workers = u64::from(machine.workers);
    let width = match formats {
        Formats::HalfByFloats => 2,
        _ => machine.vector_width(vertex.a_type),
    };
    let (vectors, left_over) = (vertex.elements / width, vertex.elements % width);
    let (sure, beyond) = (vectors / workers, vectors % workers);
    let left_over = match formats {
        Formats::HalfByFloats => vertex.elements % workers,
        _ => left_over,
    };
    let counted = match count {
        Count::Vendor => sure.checked_mul(workers)?,
        Count::Machine => vectors,
    };
    let cycles = formats.cycles(vertex, workers, counted.div_ceil(workers), left_over);
    // Float to half is the one kernel whose estimate knows that some workers have one vector more.
    let one_more = match (formats, count) {
        (Formats::FloatToHalf, Count::Vendor) if beyond > 0 => 4,
        _ => 0,
    };
    let start = cycles.start + cycles.left_over.max(one_more);
    let a_bytes = vertex.elements.checked_mul(vertex.a_type.bytes())?;
    let b_bytes = vertex.elements.checked_mul(vertex.b_type.bytes())?;
    Some(VertexCost {
        cycles: dealt(
            machine,
            cycles.supervisor,
            start,
            counted,
            |vectors| match vectors {
                0 => Some(0),
                _ => (vectors - 1).checked_mul(cycles.turn)?.checked_add(cycles.fill),
            },
        )?,
        macs: 0,
        sram_read_bytes: a_bytes.checked_add(b_bytes)?,
        sram_write_bytes: a_bytes,
    })
}
