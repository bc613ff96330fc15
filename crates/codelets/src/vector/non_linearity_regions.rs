//! Non-linearities and gradients of several regions by one worker (`NonLinearity2D`; PopLibs 7eac0f26, popnnCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::NonLinearity;

use super::worker::WorkerCycles;
use super::{non_linearity, non_linearity_gradient};

/// Several regions of one size, taken by one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonLinearityRegions {
    /// The function.
    pub non_linearity: NonLinearity,
    /// Type of operands and result.
    pub element_type: ElementType,
    /// Whether the result overwrites the operand.
    pub in_place: bool,
    /// Whether the gradient is asked for.
    pub gradient: bool,
    /// Regions.
    pub regions: u64,
    /// Elements of a region.
    pub elements: u64,
}

impl NonLinearityRegions {
    /// Start 14, 6 for swish in place, 17 for gradients; a region 17 (half) or 12 (float), gradients 14 or 12, beside its run.
    pub fn cycles(&self, machine: &Machine) -> Option<WorkerCycles> {
        let width = machine.vector_width(self.element_type);
        let (vectors, left_over) = (self.elements / width, self.elements % width);
        let float = self.element_type == ElementType::F32;
        let (start, region, run) = if self.gradient {
            let run = non_linearity_gradient::run(self.non_linearity, self.element_type, vectors, left_over)?;
            (17, if float { 12 } else { 14 }, run)
        } else {
            let run = non_linearity::run(self.non_linearity, self.element_type, vectors, left_over)?;
            let swish_in_place = self.in_place && self.non_linearity == NonLinearity::Swish;
            (
                if swish_in_place { 6 } else { 14 },
                if float { 12 } else { 17 },
                run,
            )
        };
        let mut cycles = WorkerCycles {
            overhead: run.overhead.checked_add(region)?,
            ..run
        }
        .times(self.regions)?;
        cycles.overhead = cycles.overhead.checked_add(start)?;
        Some(cycles)
    }
}
