//! Changes of number format (`Cast1D`; PopLibs 7eac0f26, lib/popops/PerformanceEstimation.cpp castWorkerCycles).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::CastVertex;

use super::deal::dealt;
use crate::VertexCost;

/// How a worker casts: data of the pair of formats.
#[derive(Debug, Clone, Copy)]
struct Cast {
    /// Worker cycles before the first element and after the last.
    start: u64,
    /// Worker cycles to fill the pipeline, where there is a whole vector.
    fill: u64,
    /// Elements of a vector: what one turn of the inner loop takes.
    vector: u64,
    /// Worker cycles of one turn.
    turn: u64,
    /// Worker cycles of one, two and three elements beyond the last whole vector.
    left_over: [u64; 3],
}

/// Supervisor cycles.
const SUPERVISOR: u64 = 12;

impl Cast {
    const fn new(start: u64, fill: u64, vector: u64, turn: u64, left_over: [u64; 3]) -> Self {
        Self {
            start,
            fill,
            vector,
            turn,
            left_over,
        }
    }

    /// One row per pair of formats that has a kernel.
    ///
    /// Between half and float the one store (two loads) a cycle bounds the loop: two floats a cycle. Bytes have no vector
    /// instructions and are taken apart or put together in registers. Byte to float is in no table: assumed to be byte to half
    /// with one more store per four elements, which is what the wider result takes.
    const fn of(from: ElementType, to: ElementType) -> Option<Self> {
        match (from, to) {
            (ElementType::F16, ElementType::F32) => Some(Self::new(38, 0, 2, 1, [2, 0, 0])),
            (ElementType::F32, ElementType::F16) => Some(Self::new(39, 0, 4, 2, [2, 2, 4])),
            (ElementType::U8, ElementType::F16) => Some(Self::new(24, 5, 4, 9, [10, 12, 20])),
            (ElementType::U8, ElementType::F32) => Some(Self::new(24, 5, 4, 10, [10, 12, 20])),
            (ElementType::F16, ElementType::U8) => Some(Self::new(28, 3, 4, 16, [12, 19, 27])),
            (ElementType::I32, ElementType::F32) => Some(Self::new(37, 0, 1, 2, [0, 0, 0])),
            _ => None,
        }
    }

    /// Worker cycles beyond `start` for `elements` elements.
    fn inner(self, elements: u64) -> Option<u64> {
        let vectors = elements / self.vector;
        let left_over = match elements % self.vector {
            0 => 0,
            count => self.left_over[count as usize - 1],
        };
        let fill = if vectors == 0 { 0 } else { self.fill };
        vectors.checked_mul(self.turn)?.checked_add(fill + left_over)
    }
}

/// Whether there is a kernel for the pair of formats.
pub(super) const fn takes(vertex: &CastVertex) -> bool {
    Cast::of(vertex.from, vertex.to).is_some()
}

/// What a tile pays; `None` for pairs of formats that have no kernel.
///
/// Elements left over cost more than a whole vector would: the shares of 3 and of 4 bytes cost 44 and 38 worker cycles.
pub(super) fn cost(machine: &Machine, vertex: &CastVertex) -> Option<VertexCost> {
    let cast = Cast::of(vertex.from, vertex.to)?;
    Some(VertexCost {
        cycles: dealt(machine, SUPERVISOR, cast.start, vertex.elements, |elements| {
            cast.inner(elements)
        })?,
        macs: 0,
        sram_read_bytes: vertex.elements.checked_mul(vertex.from.bytes())?,
        sram_write_bytes: vertex.elements.checked_mul(vertex.to.bytes())?,
    })
}
