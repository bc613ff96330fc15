//! Partials of an output side by side (`SCALAR_OUTPUT_SINGLE_INPUT`, `ALL_REGIONS_CONTINUOUS`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::ReduceOp;

use super::{accumulated_elements, is_float};
use crate::Count;
use crate::vector::worker::WorkerCycles;

/// One output from one contiguous run, by one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalarReduce {
    /// What is accumulated.
    pub op: ReduceOp,
    /// Type of the partials.
    pub partials_type: ElementType,
    /// Type of the result.
    pub out_type: ElementType,
    /// Elements reduced.
    pub partials: u64,
}

impl ScalarReduce {
    /// Start and store 17, 5 more to round to half; a cycle for each data path of an accumulated vector.
    ///
    /// What does not fill one goes element by element, with a cycle more if it fills a data path. Adding to what is there is free.
    pub fn cycles(&self, machine: &Machine) -> Option<WorkerCycles> {
        is_float(self.partials_type)?;
        let rounding = if is_float(self.out_type)? { 0 } else { 5 };
        let data_path = machine.vector_width(self.partials_type);
        let accumulated = accumulated_elements(machine, self.op, self.partials_type);
        let rest = self.partials % accumulated;
        Some(WorkerCycles {
            inner: self.partials / accumulated * (accumulated / data_path),
            overhead: 17 + rounding + rest + u64::from(rest >= data_path),
        })
    }
}

/// Several outputs, whose runs of partials follow each other, by one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContiguousReduce {
    /// Type of the partials.
    pub partials_type: ElementType,
    /// Whether results are added to what is there.
    pub update: bool,
    /// Results.
    pub outputs: u64,
    /// Elements reduced into one result.
    pub partials: u64,
}

impl ContiguousReduce {
    /// Start 17 (18 to add to what is there); each output 12, a cycle for each data path, 2 for an odd last element.
    ///
    /// The vendor's count forgets one output, charges the odd element once instead of for each output, and left-over pairs of
    /// halves not at all.
    pub fn cycles(&self, machine: &Machine, count: Count) -> Option<WorkerCycles> {
        let data_path = machine.vector_width(self.partials_type);
        is_float(self.partials_type)?;
        let start = 17 + u64::from(self.update);
        let odd = 2 * (self.partials % 2);
        let vectors = self.partials / data_path;
        let (outputs, start, rest) = match count {
            Count::Vendor => (self.outputs.saturating_sub(1), start + odd, 0),
            Count::Machine => (self.outputs, start, self.partials % data_path / 2 + odd),
        };
        let mut cycles = WorkerCycles {
            inner: vectors,
            overhead: 12 + rest,
        }
        .times(outputs)?;
        cycles.overhead = cycles.overhead.checked_add(start)?;
        Some(cycles)
    }
}
