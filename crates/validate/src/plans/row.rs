//! One of the vendor's planned convolutions: convolution, options, plan and given cost, from a row of either family of its tables.
//!
//! `PlannerLayer*` tables hold assignments costed by the current model, `*_planned` tables what the planner of SDK 2.0 chose.

use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_planner::{Plan, PlanCost, PlanError, PlanOptions};
use tilesim_terms::ConvolutionPass;

use crate::row::RowError;

/// Which planner a table is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFamily {
    /// Assignments costed by the current model, term by term.
    Assignments,
    /// Choices of the planner that SDK 2.0 shipped, costed by its own model.
    Planned,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRow {
    /// The convolution of the row's pass.
    pub convolution: Convolution,
    /// Options it was planned with.
    pub options: PlanOptions,
    /// The plan.
    pub plan: Plan,
    /// The terms of its cost as the table gives them.
    pub given: PlanCost,
    /// Total cycles as the table gives them.
    pub given_cycles: u64,
    /// Temporary bytes as the table gives them.
    pub given_temporary_bytes: u64,
    /// Seconds that the vendor's planner took, where the table says so.
    pub given_seconds: Option<f64>,
    /// The family of tables that the row is of.
    pub family: TableFamily,
    /// Chip and changes to its constants, such as `mk2:exch=8`.
    pub target: String,
    /// The joint plan that the row is a pass of.
    pub joint: Option<JointLayer>,
}

/// A fully connected layer whose passes were planned as one. Rows of all three passes state the plan of the forward pass.
#[derive(Debug, Clone, PartialEq)]
pub struct JointLayer {
    /// What its forward pass computes.
    pub forward: Convolution,
    /// The plans of all passes, in the order of [`ConvolutionPass::ALL`].
    pub plans: [Plan; 3],
}

impl JointLayer {
    /// The costs of the three passes on `machine`.
    ///
    /// # Errors
    /// When a plan does not fit its convolution or its kernel cannot compute a tile's share.
    pub fn costs(
        &self,
        machine: &Machine,
        options: &PlanOptions,
        count: Count,
    ) -> Result<[PlanCost; 3], PlanError> {
        let cost = |pass: ConvolutionPass| {
            let convolution = self.forward.of_pass(pass);
            tilesim_planner::cost(
                machine,
                &convolution,
                &options.of_joint_plan(pass),
                &self.plans[pass as usize],
                count,
            )
        };
        let [first, second, third] = ConvolutionPass::ALL;
        Ok([cost(first)?, cost(second)?, cost(third)?])
    }
}

impl PlannedRow {
    /// Name of the chip that the row was planned for.
    pub fn chip(&self) -> &str {
        self.target.split(':').next().unwrap_or_default()
    }

    /// `base` with the constants that the row's target changes.
    ///
    /// # Errors
    /// When the target changes a constant that is not known.
    pub fn machine(&self, base: &Machine) -> Result<Machine, RowError> {
        let mut machine = base.clone();
        for change in self.target.split(':').skip(1) {
            let invalid = || RowError::Invalid {
                column: "target".to_owned(),
                value: self.target.clone(),
                expected: "a chip and changes such as exch=8",
            };
            let (key, value) = change.split_once('=').ok_or_else(invalid)?;
            let value: u32 = value.parse().map_err(|_| invalid())?;
            match key {
                "exch" => machine.exchange_bytes_per_cycle = value,
                "f16f32" => machine.conv_units.f16_f32 = value,
                "coeff" => machine.weight_load_bytes_per_cycle = value,
                "bus" => machine.exchange_bus_sharing = value != 0,
                "memcpy" => machine.memcpy_bytes_per_cycle = value,
                _ => return Err(invalid()),
            }
        }
        Ok(machine)
    }
}

impl PlannedRow {
    /// The options with as much memory as the row's own plans need, where that is more than allowed: a search under them cannot
    /// miss those.
    pub fn options_that_admit(&self, plans: &[PlanCost], machine: &Machine) -> PlanOptions {
        let needed = plans.iter().map(PlanCost::temporary_bytes).max();
        let needed = needed.map_or(0.0, |bytes| (bytes + 1) as f64 / machine.tile_memory_bytes as f64);
        PlanOptions {
            available_memory_proportion: self.options.available_memory_proportion.max(needed),
            ..self.options.clone()
        }
    }
}
