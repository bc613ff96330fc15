//! Where the cycles went, in whole cycles of the chip.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_sim::{Cause, TileCycles};

use crate::ReportError;

/// Cycles by cause; the causes sum to the cycles of the run (or layer) exactly.
///
/// A cause's cycles are its tile-cycles divided by the tiles, rounded down; what rounding leaves is in `dot_product_fill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CyclesByCause {
    /// Useful multiply-accumulates at the peak of the run's precision.
    pub ideal: u64,
    /// Padding, half-used convolution units, a slower kernel than the convolution units; and the remainder of rounding.
    pub dot_product_fill: u64,
    /// Weight load, start-up and loops of the convolution kernels, worker imbalance.
    pub kernel_overhead: u64,
    /// Waiting for the slowest tile, and tiles without work, in convolutions.
    pub tile_imbalance: u64,
    /// Norms, activations, elementwise functions, reductions, casts.
    pub vector_work: u64,
    /// On-tile copies between two layouts of one tensor.
    pub rearrangement: u64,
    /// Exchange between tiles.
    pub exchange: u64,
    /// Traffic between chips.
    pub link: u64,
    /// Synchronisation of the tiles.
    pub sync: u64,
    /// Traffic with the host, and the tiles reserved for it while others compute.
    pub host: u64,
    /// Pipeline stages that wait.
    pub bubble: u64,
}

impl CyclesByCause {
    /// Divides tile-cycles by `tiles`, so that the causes sum to `cycles`; `scope` names the part of the run in errors.
    ///
    /// # Errors
    /// Where the causes do not sum to `cycles` × `tiles`.
    pub fn from_tile_cycles(
        causes: &TileCycles,
        tiles: u64,
        cycles: u64,
        scope: impl FnOnce() -> String,
    ) -> Result<Self, ReportError> {
        let expected = cycles.saturating_mul(tiles);
        if tiles == 0 || causes.total() != expected {
            return Err(ReportError::Attribution {
                scope: scope(),
                attributed: causes.total(),
                expected,
            });
        }
        let whole = |cause| causes[cause] / tiles;
        let rounded: u64 = Cause::ALL.into_iter().map(whole).sum();
        Ok(Self {
            ideal: whole(Cause::Ideal),
            dot_product_fill: whole(Cause::DotProductFill) + (cycles - rounded),
            kernel_overhead: whole(Cause::KernelOverhead),
            tile_imbalance: whole(Cause::TileImbalance),
            vector_work: whole(Cause::VectorWork),
            rearrangement: whole(Cause::Rearrangement),
            exchange: whole(Cause::Exchange),
            link: whole(Cause::Link),
            sync: whole(Cause::Sync),
            host: whole(Cause::Host),
            bubble: whole(Cause::Bubble),
        })
    }

    /// Cycles of one cause.
    pub const fn get(&self, cause: Cause) -> u64 {
        match cause {
            Cause::Ideal => self.ideal,
            Cause::DotProductFill => self.dot_product_fill,
            Cause::KernelOverhead => self.kernel_overhead,
            Cause::TileImbalance => self.tile_imbalance,
            Cause::VectorWork => self.vector_work,
            Cause::Rearrangement => self.rearrangement,
            Cause::Exchange => self.exchange,
            Cause::Link => self.link,
            Cause::Sync => self.sync,
            Cause::Host => self.host,
            Cause::Bubble => self.bubble,
        }
    }

    /// Every cause with its cycles, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Cause, u64)> {
        Cause::ALL.into_iter().map(|cause| (cause, self.get(cause)))
    }

    /// Sum over all causes.
    pub fn total(&self) -> u64 {
        saturating_sum(self.iter().map(|(_, cycles)| cycles))
    }

    /// Share of the dot products' cycles that does useful work: ideal / (ideal + fill). 1 where there are none.
    pub fn dot_product_fill_share(&self) -> f64 {
        let dot_products = self.ideal as f64 + self.dot_product_fill as f64;
        if dot_products <= 0.0 {
            1.0
        } else {
            self.ideal as f64 / dot_products
        }
    }
}

/// A sum that stays at the largest number instead of starting over: results may come from files that hold anything.
pub(crate) fn saturating_sum(figures: impl IntoIterator<Item = u64>) -> u64 {
    figures.into_iter().fold(0, u64::saturating_add)
}
