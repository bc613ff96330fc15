//! The terms of a cost, gathered into the phases that a reader asks about.

use crate::plan_cost::PlanCost;

/// A phase of a planned convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CostPhase {
    /// The partial convolution.
    Compute,
    /// Exchange of inputs.
    InputExchange,
    /// Exchange of weights.
    WeightExchange,
    /// Exchange of partial sums.
    PartialExchange,
    /// Adding up partial sums, and casts.
    Reduction,
    /// Rearrangement of whole operands, copies and exchange.
    Rearrangement,
    /// Writing the zeros that the kernel needs.
    Padding,
    /// Slicing, updating and accumulating of a serial loop.
    SerialLoop,
}

impl CostPhase {
    /// All phases.
    pub const ALL: [Self; 8] = [
        Self::Compute,
        Self::InputExchange,
        Self::WeightExchange,
        Self::PartialExchange,
        Self::Reduction,
        Self::Rearrangement,
        Self::Padding,
        Self::SerialLoop,
    ];

    /// Name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::InputExchange => "input_exchange",
            Self::WeightExchange => "weight_exchange",
            Self::PartialExchange => "partial_exchange",
            Self::Reduction => "reduction",
            Self::Rearrangement => "rearrangement",
            Self::Padding => "padding",
            Self::SerialLoop => "serial_loop",
        }
    }
}

impl PlanCost {
    /// Cycles of one phase over all iterations; the phases add up to [`PlanCost::cycles`].
    pub const fn phase_cycles(&self, phase: CostPhase) -> u64 {
        let (each, once) = match phase {
            CostPhase::Compute => (self.compute, 0),
            CostPhase::InputExchange => (self.exchange_input, self.broadcast_input_exchange),
            CostPhase::WeightExchange => (self.exchange_weights, 0),
            CostPhase::PartialExchange => (self.exchange_reduce_first + self.exchange_reduce_rest, 0),
            CostPhase::Reduction => (self.reduce + self.inputs_cast, self.output_cast),
            CostPhase::Rearrangement => (
                self.transform_copy + self.transform_exchange,
                self.broadcast_input_copy + self.rearrange_before_slice,
            ),
            CostPhase::Padding => (self.tile_transform, 0),
            CostPhase::SerialLoop => (self.dynamic_slice + self.dynamic_update + self.add_in_place, 0),
        };
        self.serial_splits * each + once
    }

    /// The phase that takes the most cycles: what limits the plan.
    pub fn limiting_phase(&self) -> CostPhase {
        let mut limiting = CostPhase::Compute;
        for phase in CostPhase::ALL {
            if self.phase_cycles(phase) > self.phase_cycles(limiting) {
                limiting = phase;
            }
        }
        limiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_add_up_to_the_cycles() {
        let cost = PlanCost {
            compute: 1,
            exchange_input: 2,
            exchange_weights: 4,
            exchange_reduce_first: 8,
            exchange_reduce_rest: 16,
            reduce: 32,
            transform_copy: 64,
            transform_exchange: 128,
            tile_transform: 256,
            inputs_cast: 512,
            dynamic_slice: 1024,
            dynamic_update: 2048,
            add_in_place: 4096,
            output_cast: 1 << 20,
            rearrange_before_slice: 1 << 21,
            broadcast_input_copy: 1 << 22,
            broadcast_input_exchange: 1 << 23,
            serial_splits: 3,
            ..PlanCost::default()
        };
        let sum: u64 = CostPhase::ALL.iter().map(|&phase| cost.phase_cycles(phase)).sum();
        assert_eq!(sum, cost.cycles());
    }
}
