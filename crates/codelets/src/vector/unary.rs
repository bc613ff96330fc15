//! Functions of one operand (`UnaryOp1D`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{UnaryOp, UnaryVertex};

use crate::{VertexCost, VertexCycles};

/// How the inner loop of a function goes.
#[derive(Debug, Clone, Copy)]
enum Loop {
    /// Unrolled over vectors: cycles per vector, out of place and in place.
    Vector(u64, u64),
    /// One vector at a time with four cycles of load, store and branch beside the function's own.
    Plain(u64),
    /// As `Plain`, with the first vector counted whole: cycles per vector in all.
    FirstWhole(u64),
}

/// The loops of a function for half and for float data: one row per function.
const fn loops(op: UnaryOp, in_place: bool) -> (Loop, Loop) {
    use Loop::{FirstWhole, Plain, Vector};
    match op {
        UnaryOp::Absolute if in_place => (FirstWhole(5), FirstWhole(5)),
        UnaryOp::Absolute => (Plain(16), Plain(6)),
        // Assumed: sine and cosine, for which the library's model has no row of its own here, take what the error function does,
        // which is a reduction of its operand and a polynomial too.
        UnaryOp::Erf | UnaryOp::Sine | UnaryOp::Cosine => (Plain(48), Plain(78)),
        UnaryOp::Exponent => (Vector(4, 4), Vector(6, 6)),
        UnaryOp::ExponentMinusOne => (FirstWhole(9), Plain(12)),
        // Assumed: rounding to the nearest is one instruction too, in another mode of rounding.
        UnaryOp::Floor | UnaryOp::Round => (FirstWhole(6), FirstWhole(6)),
        UnaryOp::GeluErf => (Plain(60), Plain(40)),
        UnaryOp::Inverse => (Vector(15, 15), Vector(6, 6)),
        UnaryOp::IsFinite | UnaryOp::Signum => (FirstWhole(9), FirstWhole(9)),
        UnaryOp::Logarithm => (Vector(4, 6), Vector(12, 14)),
        UnaryOp::Negate => (Vector(2, 3), Vector(2, 3)),
        UnaryOp::Relu => (Vector(3, 2), Vector(3, 2)),
        UnaryOp::ReciprocalSquareRoot => (Vector(19, 19), Vector(8, 8)),
        UnaryOp::Sigmoid => (Vector(6, 4), Vector(12, 10)),
        UnaryOp::SquareRoot => (Vector(23, 23), Vector(10, 10)),
        UnaryOp::Square => (Vector(2, 2), Vector(2, 2)),
        UnaryOp::Tanh => (Vector(4, 2), Vector(12, 10)),
    }
}

/// What a tile pays; `None` for data that are neither half nor float.
///
/// Supervisor 11 + 9 cycles, then every worker 17 (33 for the exponential, 55 in place) and its loop.
pub(super) fn cost(machine: &Machine, vertex: &UnaryVertex) -> Option<VertexCost> {
    let (half, float) = loops(vertex.op, vertex.in_place);
    let kind = match vertex.element_type {
        ElementType::F16 => half,
        ElementType::F32 => float,
        ElementType::U8 | ElementType::I32 => return None,
    };
    let workers = u64::from(machine.workers);
    let width = machine.vector_width(vertex.element_type);
    let elements = vertex.elements.div_ceil(workers);
    let inner = match kind {
        Loop::Vector(apart, in_place) => {
            elements
                .div_ceil(width)
                .checked_mul(if vertex.in_place { in_place } else { apart })?
        }
        Loop::Plain(cycles) => (cycles + 4).checked_mul(elements)? / width,
        Loop::FirstWhole(cycles) => cycles + cycles.checked_mul(elements.saturating_sub(1))? / width,
    };
    let start = match (vertex.in_place, vertex.op) {
        (true, _) => 55,
        (false, UnaryOp::Exponent) => 33,
        (false, _) => 17,
    };
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    Some(VertexCost {
        cycles: VertexCycles {
            useful: workers.checked_mul(inner)?,
            overhead: 11 + 9 + workers * start,
            ..VertexCycles::default()
        },
        macs: 0,
        sram_read_bytes: bytes,
        sram_write_bytes: bytes,
    })
}
