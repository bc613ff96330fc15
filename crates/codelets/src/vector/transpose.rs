//! Transpositions of small matrices (`Transpose`; PopLibs 7eac0f26, lib/popsparse/PerformanceEstimation.hpp
//! getTransposeCycleEstimate).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{CopyVertex, TransposeVertex};
use tilesim_terms::TranspositionKernel;

use super::{copy, deal::dealt};
use crate::VertexCost;

/// Supervisor cycles.
const SUPERVISOR: u64 = 7;

/// How much longer the kernel without grains takes (comment in PopLibs lib/poplin/Convolution.cpp: about five times).
const SLOW: u64 = 5;

/// Worker cycles of the kernel that goes by grains: squares of a data path each way (4×4 halves, 2×2 words), of which a matrix has
/// `rows` × `columns`.
#[derive(Debug, Clone, Copy)]
struct Grains {
    rows: u64,
    columns: u64,
    /// Worker cycles of a grain in the inner loop.
    grain: u64,
}

impl Grains {
    /// Parts of `matrices` that workers take, and the largest of them.
    fn split(self, machine: &Machine, matrices: u64) -> (u64, Self) {
        let workers = u64::from(machine.workers);
        let shared = machine.library.transposition == TranspositionKernel::SplitMatrices
            && matrices < workers
            && workers.is_multiple_of(matrices);
        if !shared {
            return (matrices, self);
        }
        let longer = self.rows.max(self.columns);
        let length = longer.div_ceil(workers / matrices);
        let part = if self.rows >= self.columns {
            Self { rows: length, ..self }
        } else {
            Self {
                columns: length,
                ..self
            }
        };
        (matrices * longer.div_ceil(length), part)
    }

    /// Worker cycles before the first matrix and after the last.
    const fn start(self) -> u64 {
        match (self.rows, self.columns) {
            (2.., 1) => 27,
            _ => 29,
        }
    }

    /// Worker cycles of `matrices` matrices beyond `start`.
    fn inner(self, matrices: u64) -> Option<u64> {
        let pipelined = |grains: u64| grains.saturating_sub(2).checked_mul(self.grain);
        match (self.rows, self.columns) {
            // One grain each: the loop goes over matrices, and a single one needs no loop.
            (1, 1) if matrices <= 1 => Some(0),
            (1, 1) => pipelined(matrices)?.checked_add(8),
            (rows, 1) => pipelined(rows)?.checked_add(35)?.checked_mul(matrices),
            (rows, columns) => pipelined(columns)?
                .checked_add(12)?
                .checked_mul(rows)?
                .checked_add(18)?
                .checked_mul(matrices),
        }
    }
}

/// What a tile pays; `None` for bytes. Integers move as floats do.
///
/// Workers take whole matrices, or share each of a few (PopLibs `RearrangeInternal`, `canSplitTranspose`): then a matrix is cut along
/// its longer side, which is assumed. Sizes that are no multiple of the grain take a kernel without grains, assumed to be five times
/// slower over the grains that cover the matrix, or are copied element by element where that takes less. Transposing nothing costs
/// nothing.
pub(super) fn cost(machine: &Machine, vertex: &TransposeVertex) -> Option<VertexCost> {
    let cycles_of_grain = match vertex.element_type {
        ElementType::F16 => 4,
        ElementType::F32 | ElementType::I32 => 3,
        ElementType::U8 => return None,
    };
    let bytes = vertex
        .matrices
        .checked_mul(vertex.rows)?
        .checked_mul(vertex.columns)?
        .checked_mul(vertex.element_type.bytes())?;
    if bytes == 0 {
        return Some(VertexCost::default());
    }
    let side = machine.vector_width(vertex.element_type);
    let grains = Grains {
        rows: vertex.rows.div_ceil(side),
        columns: vertex.columns.div_ceil(side),
        grain: cycles_of_grain,
    };
    let (parts, part) = grains.split(machine, vertex.matrices);
    let transposed = |slower: u64| {
        Some(VertexCost {
            cycles: dealt(machine, SUPERVISOR, part.start(), parts, |matrices| {
                part.inner(matrices)?.checked_mul(slower)
            })?,
            macs: 0,
            sram_read_bytes: bytes,
            sram_write_bytes: bytes,
        })
    };
    if vertex.rows.is_multiple_of(side) && vertex.columns.is_multiple_of(side) {
        return transposed(1);
    }
    let one_by_one = CopyVertex {
        bytes,
        piece_bytes: vertex.element_type.bytes(),
    };
    let (slowly, copied) = (transposed(SLOW)?, copy::cost(machine, &one_by_one)?);
    Some(if copied.cycles.total() < slowly.cycles.total() {
        copied
    } else {
        slowly
    })
}
