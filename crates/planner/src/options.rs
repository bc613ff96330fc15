//! What a caller asks of the planner.

use tilesim_machine::ElementType;
use tilesim_terms::ConvolutionPass;

use super::plan::MethodKind;
use super::purpose::Purpose;
use crate::plan_cost::PlanCost;

/// What the planner minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Objective {
    /// Cycles, then temporary memory (PopLibs `PlanningObjective.hpp`).
    Cycles,
    /// Temporary memory, then cycles.
    Memory,
    /// Tiles, then temporary memory, then cycles.
    Tiles,
}

impl Objective {
    /// What is minimised, most important first: of two plans the one with the smaller key is preferred.
    pub fn key(self, cost: &PlanCost) -> [u64; 3] {
        self.ordered(cost.cycles(), cost.temporary_bytes(), cost.tiles_used)
    }

    /// The three, most important first.
    pub(super) const fn ordered(self, cycles: u64, bytes: u64, tiles: u64) -> [u64; 3] {
        match self {
            Self::Cycles => [cycles, bytes, tiles],
            Self::Memory => [bytes, cycles, tiles],
            Self::Tiles => [tiles, bytes, cycles],
        }
    }
}

/// Which rewritings of a convolution may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransformScope {
    /// All that the vendor's planner has.
    All,
    /// Those that lowering turns into steps: all but dilation after the convolution.
    Lowered,
}

/// Options of the planner; the defaults are the vendor's (PopLibs `ConvOptions.hpp`) with half partials.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// Part of a tile's memory that a convolution may use for temporary data.
    pub available_memory_proportion: f64,
    /// Type of inputs, weights and outputs.
    pub input_type: ElementType,
    /// Type of partial sums.
    pub partials_type: ElementType,
    /// What the convolution is for.
    pub purpose: Purpose,
    /// Objective.
    pub objective: Objective,
    /// Kernel families that may be chosen.
    pub methods: Vec<MethodKind>,
    /// Rewritings that may be chosen.
    pub transforms: TransformScope,
    /// Whether reductions of 16 and more partial sums run in several stages.
    pub multi_stage_reduce: bool,
    /// Whether the convolution may be split over time.
    pub serial_splits: bool,
    /// Whether a plan that exceeds the memory is better than none: the bound is doubled until one is found, and in the end dropped.
    pub relax_memory: bool,
    /// How many of the best plans are returned.
    pub keep: usize,
}

impl PlanOptions {
    /// These options for a pass of a joint plan.
    #[must_use]
    pub fn of_joint_plan(&self, pass: ConvolutionPass) -> Self {
        Self {
            purpose: Purpose::of_joint_plan(pass),
            ..self.clone()
        }
    }

    /// Bytes that a tile with so much memory has for temporary data; none where none of it is for them, which asks for the least. A share
    /// of less than a byte is one byte: it does not ask for a search among all plans, however little memory a tile has.
    pub fn allowed_bytes(&self, tile_memory_bytes: u64) -> u64 {
        let bytes = tile_memory_bytes as f64 * self.available_memory_proportion;
        (bytes as u64).max(u64::from(bytes > 0.0))
    }
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            available_memory_proportion: 0.6,
            input_type: ElementType::F16,
            partials_type: ElementType::F16,
            purpose: Purpose::INFERENCE,
            objective: Objective::Cycles,
            methods: MethodKind::ALL.to_vec(),
            transforms: TransformScope::All,
            multi_stage_reduce: true,
            serial_splits: true,
            relax_memory: true,
            keep: 1,
        }
    }
}
