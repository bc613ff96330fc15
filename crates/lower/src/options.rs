//! What a caller asks of lowering.

use tilesim_machine::ElementType;
use tilesim_program::Precision;

use crate::planner::{Pass, PlanOptions, TransformScope};

/// Options of lowering.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LowerOptions {
    /// Types of data and partial sums.
    pub precision: Precision,
    /// Part of a tile's memory that a convolution may use for temporary data.
    pub available_memory_proportion: f64,
    /// Whether the host sends the inputs and receives the outputs.
    pub host_io: bool,
}

impl Default for LowerOptions {
    fn default() -> Self {
        Self {
            precision: Precision {
                data: ElementType::F16,
                partials: ElementType::F16,
            },
            available_memory_proportion: 0.6,
            host_io: false,
        }
    }
}

impl LowerOptions {
    /// How convolutions are planned.
    pub(crate) fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            available_memory_proportion: self.available_memory_proportion,
            input_type: self.precision.data,
            partials_type: self.precision.partials,
            pass: Pass::InferenceForward,
            transforms: TransformScope::Lowered,
            serial_splits: false,
            ..PlanOptions::default()
        }
    }
}
