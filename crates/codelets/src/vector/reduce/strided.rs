//! Outputs side by side, partials of an output at a fixed distance (`STRIDED_REDUCE`): the kernel of channel statistics.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::ReduceOp;

use super::is_float;
use crate::vector::worker::WorkerCycles;

/// A strided reduction by one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StridedReduce {
    /// What is accumulated.
    pub op: ReduceOp,
    /// Type of the partials.
    pub partials_type: ElementType,
    /// Type of the results.
    pub out_type: ElementType,
    /// Whether results are added to what is there.
    pub update: bool,
    /// Results.
    pub outputs: u64,
    /// Elements reduced into one result by each round of the outer loop.
    pub partials: u64,
    /// Elements between partials of one output.
    pub stride: u64,
    /// Rounds of the outer loop, which jumps between stretches of evenly spaced partials.
    pub stretches: u64,
}

/// Cycles to store a vector of results, and those that it takes more to add them to what is there: one row per function.
///
/// The estimator's table has no row for squares of halves, but the library has their kernel for both types of results
/// (`ReductionSpecial3.S`): they leave the same accumulators as sums of halves do.
const fn finish(op: ReduceOp, float_partials: bool, float_out: bool) -> (u64, u64) {
    match (op, float_partials, float_out) {
        (ReduceOp::Add | ReduceOp::SquareAdd, false, true) => (7, 5),
        (ReduceOp::Add | ReduceOp::SquareAdd, false, false) => (8, 2),
        (ReduceOp::Maximum, false, _) => (8, 3),
        (ReduceOp::Add, true, true) => (5, 3),
        (ReduceOp::Add, true, false) => (5, 2),
        (ReduceOp::Maximum | ReduceOp::SquareAdd, true, true) => (4, 3),
        (ReduceOp::Maximum | ReduceOp::SquareAdd, true, false) => (4, 2),
    }
}

impl StridedReduce {
    /// Outputs that the kernel takes at once: a vector of the data path, so long as every partial stays aligned to it.
    pub(crate) fn vector(machine: &Machine, partials_type: ElementType, stride: u64) -> u64 {
        greatest_common_divisor(machine.vector_width(partials_type), stride)
    }

    /// Start 16; a vector 3, each stretch 3 and a cycle for every partial but its first, then the store.
    pub fn cycles(&self, machine: &Machine) -> Option<WorkerCycles> {
        let (store, add) = finish(self.op, is_float(self.partials_type)?, is_float(self.out_type)?);
        let finish = store + if self.update { add } else { 0 };
        let vectors = self
            .outputs
            .div_ceil(Self::vector(machine, self.partials_type, self.stride));
        let vector = WorkerCycles {
            inner: self.stretches.checked_mul(self.partials.saturating_sub(1))?,
            overhead: self.stretches.checked_mul(3)?.checked_add(3 + finish)?,
        };
        let mut cycles = vector.times(vectors)?;
        cycles.overhead = cycles.overhead.checked_add(16)?;
        Some(cycles)
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
