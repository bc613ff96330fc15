//! Functions of every element and the vector element of its channel, channels innermost (`BroadcastVectorInner1D`; PopLibs
//! 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{BinaryOp, BroadcastVectorInnerVertex};

use super::deal::dealt;
use crate::{Count, VertexCost};

/// Worker cycles of one slice.
#[derive(Debug, Clone, Copy)]
struct Slice {
    /// Whatever the rows: loading the vector, setting loops up.
    set_up: u64,
    /// Over the rows of the worker.
    inner: u64,
}

/// How a slice is gone through. Each channel (or vector of channels) keeps its element of the vector in a register down all rows,
/// except where divisions of an odd length go row by row.
#[derive(Debug, Clone, Copy)]
enum Path {
    /// Float add, subtract, multiply: channel by channel.
    Float,
    /// Half, lengths that are no multiple of four: channel by channel, each a read-modify-write of half a word.
    HalfScalar {
        /// Worker cycles to set a slice up.
        set_up: u64,
        /// Whether a single row goes past the loop, two cycles sooner.
        short_single_row: bool,
    },
    /// Half, four channels at a time, loads and stores in one cycle.
    HalfFour {
        /// Worker cycles to set a slice up.
        set_up: u64,
        /// Worker cycles to fill and drain the pipeline of four channels.
        pipeline: u64,
    },
    /// Half multiplication four channels at a time without pipeline: two cycles a row.
    HalfFourSerial {
        /// Worker cycles to set a slice up.
        set_up: u64,
    },
    /// Half, eight channels at a time.
    HalfEight,
    /// Division, even lengths: vectors of two floats, or two halves widened to floats.
    DivideEven {
        /// Worker cycles to set a slice up.
        set_up: u64,
        /// Worker cycles per channel and row.
        turn: u64,
    },
    /// Float division, odd lengths: channel by channel.
    DivideFloatOdd,
    /// Half division of a single channel: two rows at a time.
    DivideHalfSingle,
    /// Half division, odd lengths: row by row, every other one off the alignment of words.
    DivideHalfOdd,
}

impl Path {
    /// The path that the kernel takes, or `None` where it has no such function or type.
    fn of(vertex: &BroadcastVectorInnerVertex, rows: u64) -> Option<Self> {
        let length = vertex.slice_length;
        match (vertex.op, vertex.element_type) {
            (BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply, ElementType::F32) => Some(Self::Float),
            (BinaryOp::Add | BinaryOp::Subtract, ElementType::F16) => Some(if length.is_multiple_of(8) {
                Self::HalfEight
            } else if length.is_multiple_of(4) && rows > 1 {
                Self::HalfFour {
                    set_up: 32,
                    pipeline: 11,
                }
            } else {
                Self::HalfScalar {
                    set_up: 32,
                    short_single_row: true,
                }
            }),
            (BinaryOp::Multiply, ElementType::F16) => Some(if !length.is_multiple_of(4) {
                Self::HalfScalar {
                    set_up: 25,
                    short_single_row: false,
                }
            } else if vertex.in_place {
                Self::HalfFourSerial { set_up: 26 }
            } else if rows > 1 {
                Self::HalfFour {
                    set_up: 30,
                    pipeline: 9,
                }
            } else {
                Self::HalfFourSerial { set_up: 30 }
            }),
            (BinaryOp::Divide, ElementType::F32) => Some(if length.is_multiple_of(2) {
                Self::DivideEven { set_up: 27, turn: 3 }
            } else {
                Self::DivideFloatOdd
            }),
            (BinaryOp::Divide, ElementType::F16) => Some(if length.is_multiple_of(2) {
                Self::DivideEven { set_up: 31, turn: 4 }
            } else if length == 1 {
                Self::DivideHalfSingle
            } else {
                Self::DivideHalfOdd
            }),
            _ => None,
        }
    }

    /// One slice of `length` channels and `rows` rows on one worker.
    fn slice(self, length: u64, rows: u64) -> Option<Slice> {
        let per_channel = |set_up: u64, each: u64, turn: u64, channels: u64| {
            Some(Slice {
                set_up: each.checked_mul(channels)?.checked_add(set_up)?,
                inner: turn.checked_mul(channels)?.checked_mul(rows)?,
            })
        };
        match self {
            Self::Float => per_channel(24, 8, 2, length),
            Self::HalfScalar {
                set_up,
                short_single_row,
            } => {
                let saved = if short_single_row && rows == 1 { 2 } else { 0 };
                per_channel(set_up - saved, 5, 9, length)
            }
            Self::HalfFour { set_up, pipeline } => per_channel(set_up, pipeline, 1, length / 4),
            Self::HalfFourSerial { set_up } => per_channel(set_up, 7, 2, length / 4),
            // A single row needs no loop.
            Self::HalfEight if rows > 1 => per_channel(29, 13, 2, length / 8),
            Self::HalfEight => per_channel(28, 5, 2, length / 8),
            // Five cycles per pair of channels.
            Self::DivideEven { set_up, turn } => per_channel(set_up, 5, 2 * turn, length / 2),
            Self::DivideFloatOdd => per_channel(26, 5, 4, length),
            Self::DivideHalfSingle => Some(Slice {
                set_up: 37,
                inner: match rows {
                    1 => 4,
                    _ => rows.div_ceil(2).checked_mul(8)?,
                },
            }),
            Self::DivideHalfOdd => {
                let (aligned, misaligned) = if length % 4 == 1 { (11, 6) } else { (20, 16) };
                let fours = length / 4;
                let aligned = fours.checked_mul(18)?.checked_add(aligned)?;
                let misaligned = fours.checked_mul(20)?.checked_add(misaligned)?;
                Some(Slice {
                    set_up: 27,
                    inner: rows
                        .div_ceil(2)
                        .checked_mul(aligned)?
                        .checked_add((rows / 2).checked_mul(misaligned)?)?,
                })
            }
        }
    }
}

/// Worker cycles before the first slice.
const fn start(vertex: &BroadcastVectorInnerVertex, count: Count) -> u64 {
    let half = matches!(vertex.element_type, ElementType::F16);
    let (of_half, of_float) = match (vertex.op, vertex.in_place) {
        (BinaryOp::Divide, _) => (8, 3),
        (BinaryOp::Multiply, false) | (BinaryOp::Add, true) => (4, 2),
        _ => (6, 4),
    };
    let counted_twice = match (vertex.op, count) {
        (BinaryOp::Multiply, Count::Vendor) if half => 24,
        (BinaryOp::Multiply, Count::Vendor) => 17,
        _ => 0,
    };
    // Halves of an odd length: rows are not aligned to words.
    let odd = if half && vertex.slice_length % 2 == 1 && !matches!(vertex.op, BinaryOp::Divide) {
        7
    } else {
        0
    };
    // The kernel of several slices (`BroadcastVectorInner2D`) goes from one to the next.
    let loop_over_slices = if vertex.slices > 1 { 17 } else { 0 };
    (if half { of_half } else { of_float }) + counted_twice + odd + loop_over_slices
}

/// Whether there is such a kernel for the function and the type, however many rows there are.
pub(super) fn takes(vertex: &BroadcastVectorInnerVertex) -> bool {
    Path::of(vertex, 1).is_some()
}

/// What a tile pays; `None` for functions and types without such a kernel.
///
/// Supervisor 13 cycles (division: 12, in place 10); then every worker takes its share of the rows of all slices.
pub(super) fn cost(
    machine: &Machine,
    vertex: &BroadcastVectorInnerVertex,
    count: Count,
) -> Option<VertexCost> {
    let supervisor = match (vertex.op, vertex.in_place) {
        (BinaryOp::Divide, true) => 10,
        (BinaryOp::Divide, false) => 12,
        _ => 13,
    };
    let rows = vertex.broadcast_factor.div_ceil(u64::from(machine.workers));
    let path = Path::of(vertex, rows)?;
    let set_up = path.slice(vertex.slice_length, rows)?.set_up;
    let start = start(vertex, count).checked_add(set_up.checked_mul(vertex.slices)?)?;
    let vector_bytes = vertex
        .slice_length
        .checked_mul(vertex.slices)?
        .checked_mul(vertex.element_type.bytes())?;
    let operand_bytes = vector_bytes.checked_mul(vertex.broadcast_factor)?;
    Some(VertexCost {
        cycles: dealt(machine, supervisor, start, vertex.broadcast_factor, |rows| {
            path.slice(vertex.slice_length, rows)?
                .inner
                .checked_mul(vertex.slices)
        })?,
        macs: 0,
        // Every worker with rows loads the vector itself.
        sram_read_bytes: vector_bytes
            .checked_mul(vertex.broadcast_factor.min(u64::from(machine.workers)))?
            .checked_add(operand_bytes)?,
        sram_write_bytes: operand_bytes,
    })
}
