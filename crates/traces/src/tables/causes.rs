//! Names of the columns that share cycles out by cause.

use tilesim_sim::Cause;

use crate::table::Field;

/// Column of a cause in tile-cycles.
pub(super) const fn tile_cycles(cause: Cause) -> &'static str {
    match cause {
        Cause::Ideal => "ideal_tile_cycles",
        Cause::DotProductFill => "dot_product_fill_tile_cycles",
        Cause::KernelOverhead => "kernel_overhead_tile_cycles",
        Cause::TileImbalance => "tile_imbalance_tile_cycles",
        Cause::VectorWork => "vector_work_tile_cycles",
        Cause::Rearrangement => "rearrangement_tile_cycles",
        Cause::Exchange => "exchange_tile_cycles",
        Cause::Link => "link_tile_cycles",
        Cause::Sync => "sync_tile_cycles",
        Cause::Host => "host_tile_cycles",
        Cause::Bubble => "bubble_tile_cycles",
    }
}

/// Column of a cause in cycles.
pub(super) const fn cycles(cause: Cause) -> &'static str {
    match cause {
        Cause::Ideal => "ideal_cycles",
        Cause::DotProductFill => "dot_product_fill_cycles",
        Cause::KernelOverhead => "kernel_overhead_cycles",
        Cause::TileImbalance => "tile_imbalance_cycles",
        Cause::VectorWork => "vector_work_cycles",
        Cause::Rearrangement => "rearrangement_cycles",
        Cause::Exchange => "exchange_cycles",
        Cause::Link => "link_cycles",
        Cause::Sync => "sync_cycles",
        Cause::Host => "host_cycles",
        Cause::Bubble => "bubble_cycles",
    }
}

/// A column for each cause, in the order of [`Cause::ALL`].
pub(super) fn fields<Row>(
    name: fn(Cause) -> &'static str,
    value: impl Fn(&Row, Cause) -> u64 + Copy + 'static,
) -> [Field<Row>; Cause::ALL.len()] {
    Cause::ALL.map(|cause| Field::integer(name(cause), meaning(cause), move |row| value(row, cause)))
}

/// What a cause is.
const fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::Ideal => "Useful multiply-accumulates at the peak of the run's precision",
        Cause::DotProductFill => "Padding, half-used convolution units, a slower kernel than these units",
        Cause::KernelOverhead => "Weight load, start-up and loops of convolution kernels, worker imbalance",
        Cause::TileImbalance => "Waiting for the slowest tile, and tiles without work",
        Cause::VectorWork => "Norms, activations, elementwise functions, reductions, casts",
        Cause::Rearrangement => "On-tile copies between two layouts of one tensor",
        Cause::Exchange => "Exchange between tiles",
        Cause::Link => "Traffic between chips",
        Cause::Sync => "Synchronisation of the tiles",
        Cause::Host => "Traffic with the host",
        Cause::Bubble => "Pipeline stages that wait",
    }
}
