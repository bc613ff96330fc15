//! Regions of any size at any place (`DEFAULT`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::ReduceOp;

use super::{accumulated_elements, is_float};
use crate::vector::worker::WorkerCycles;

/// A reduction of scattered regions by one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneralReduce {
    /// What is accumulated.
    pub op: ReduceOp,
    /// Type of the partials.
    pub partials_type: ElementType,
    /// Type of the results.
    pub out_type: ElementType,
    /// Whether results are added to what is there.
    pub update: bool,
    /// Separate reductions.
    pub reductions: u64,
    /// Results of a reduction, which lie side by side.
    pub outputs: u64,
    /// Elements reduced into one result.
    pub partials: u64,
    /// Regions, each with a pointer, that the partials of a reduction come in.
    pub regions: u64,
}

/// Cycles to store `width` results, and those that it takes more to add them to what is there.
const fn store(width: u64, float_out: bool) -> (u64, u64) {
    match width {
        1 => (4, 1),
        2 => (6, 2),
        _ if float_out => (6, 2),
        _ => (10, 4),
    }
}

impl GeneralReduce {
    /// Start 33; a reduction 24 and twice the halvings of the accumulated width; then its outputs in passes.
    ///
    /// A pass takes as many outputs as are accumulated at once, later ones half as many, a quarter, … one. Each follows all
    /// regions (10 cycles a pointer) and takes 6 cycles for a partial of all its outputs, 9 where that is two loads.
    pub fn cycles(&self, machine: &Machine) -> Option<WorkerCycles> {
        is_float(self.partials_type)?;
        let float_out = is_float(self.out_type)?;
        let accumulated = accumulated_elements(machine, self.op, self.partials_type);
        let from_accumulators = match self.op {
            ReduceOp::Add | ReduceOp::SquareAdd => 3,
            ReduceOp::Maximum => 0,
        };
        let pointers = self.regions.checked_mul(10)?;
        let mut width = accumulated;
        let mut rest = self.outputs;
        let mut cycles = WorkerCycles {
            inner: 0,
            overhead: 24 + 2 * u64::from(accumulated.ilog2()),
        };
        while width > 0 && rest > 0 {
            let passes = rest / width;
            let (store, add) = store(width, float_out);
            let finish = store + if self.update { add } else { 0 } + from_accumulators;
            let full = if width == accumulated { 2 } else { 0 };
            let partial = if width > machine.vector_width(self.partials_type) {
                9
            } else {
                6
            };
            let pass = WorkerCycles {
                inner: self.partials.checked_mul(partial)?,
                overhead: pointers.checked_add(finish + full)?,
            }
            .times(passes)?;
            cycles.inner = cycles.inner.checked_add(pass.inner)?;
            cycles.overhead = cycles.overhead.checked_add(pass.overhead)?;
            rest %= width;
            width /= 2;
        }
        let mut cycles = cycles.times(self.reductions)?;
        cycles.overhead = cycles.overhead.checked_add(33)?;
        Some(cycles)
    }
}
