//! Pooling (`Pooling`; PopLibs 7eac0f26, lib/popnn/PerformanceEstimation.hpp `getPoolingCycles`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{PoolingKind, PoolingVertex};

use crate::{Count, VertexCost, VertexCycles};

/// Worker cycles of what is pooled: one row per kind.
struct Kind {
    /// Set-up of the work list.
    start: u64,
    /// An item.
    item: u64,
    /// A group of channels of an item.
    channel_group: u64,
    /// A vector of channels of a group, with its first element.
    vector: u64,
    /// Every further element of a vector of channels.
    element: u64,
    /// Operands read for every element.
    operands: u64,
}

const fn kind(kind: PoolingKind) -> Kind {
    match kind {
        PoolingKind::Sum => Kind {
            start: 20,
            item: 19,
            channel_group: 6,
            vector: 8,
            element: 3,
            operands: 1,
        },
        PoolingKind::Maximum => Kind {
            start: 19,
            item: 19,
            channel_group: 6,
            vector: 7,
            element: 3,
            operands: 1,
        },
        // Compares what was pooled with the input, and adds the gradient where they agree.
        PoolingKind::MaximumGradient => Kind {
            start: 25,
            item: 17,
            channel_group: 8,
            vector: 10,
            element: 5,
            operands: 2,
        },
    }
}

/// What a tile pays; `None` for data that are neither half nor float, and for counts that overflow.
///
/// Supervisor 13 cycles; every worker starts in 24, sets its share of the first values of every group of channels (4 and one per
/// vector) and, where it has rows, sets up its work list and takes 15 for a row beside its items.
///
/// The vendor counts one first value too many where a group is several vectors.
pub(super) fn cost(machine: &Machine, vertex: &PoolingVertex, count: Count) -> Option<VertexCost> {
    const ROW: u64 = 15;
    if !matches!(vertex.element_type, ElementType::F16 | ElementType::F32) {
        return None;
    }
    let kind = kind(vertex.kind);
    let workers = u64::from(machine.workers);
    let first_values = vertex.initial_elements.checked_mul(vertex.channel_vectors)?;
    let quirk = count == Count::Vendor && first_values > 0 && vertex.channel_vectors > 1;
    let initialise = vertex.channel_groups.checked_mul(
        first_values
            .checked_add(u64::from(quirk))?
            .div_ceil(workers)
            .checked_add(4)?,
    )?;
    let items = vertex.rows_per_worker.checked_mul(vertex.items_per_row)?;
    let groups = items.checked_mul(vertex.channel_groups)?;
    let vectors = groups.checked_mul(vertex.channel_vectors)?;
    let elements = vectors.checked_mul(vertex.elements_per_item.max(1))?;
    let inner = elements.checked_mul(kind.element)?;
    let rows = match vertex.rows_per_worker {
        0 => 0,
        rows => rows.checked_mul(ROW)?.checked_add(kind.start)?,
    };
    let overhead = [
        items.checked_mul(kind.item)?,
        groups.checked_mul(kind.channel_group)?,
        vectors.checked_mul(kind.vector - kind.element)?,
        rows,
    ]
    .iter()
    .try_fold(initialise.checked_add(24)?, |sum, part| sum.checked_add(*part))?;
    let cycles = VertexCycles {
        useful: workers.checked_mul(inner)?,
        overhead: workers.checked_mul(overhead)?.checked_add(13)?,
        ..VertexCycles::default()
    };
    cycles.useful.checked_add(cycles.overhead)?;
    let bytes = |vectors: u64| {
        vectors
            .checked_mul(workers)?
            .checked_mul(u64::from(machine.data_path_bytes))
    };
    let first_bytes = first_values
        .checked_mul(vertex.channel_groups)?
        .checked_mul(u64::from(machine.data_path_bytes))?;
    Some(VertexCost {
        cycles,
        macs: 0,
        // As if every worker took as many rows as the slowest. An item also reads the result so far of its rows above.
        sram_read_bytes: bytes(elements.checked_mul(kind.operands)?.checked_add(vectors)?)?,
        sram_write_bytes: bytes(vectors)?.checked_add(first_bytes)?,
    })
}
