//! The vendor's choices, costed again, beside the plans found here.

use std::{path::Path, time::Instant};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_codelets::Count;
use tilesim_planner::{Planner, Purpose};
use tilesim_report::{ErrorStatistics, relative_error};
use tilesim_terms::ConvolutionPass;

use super::{bound::PlansBound, rows::PlacedPlan};
use crate::{error::ValidateError, row::RowError};

/// A table of the vendor's choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedTable {
    /// Errors of the vendor's plans costed here, against the vendor's figures.
    pub recosted: ErrorStatistics,
    /// Share of rows whose cost here is within 5 % of the vendor's figure.
    pub recosted_within_5_percent_share: f64,
    /// Share of rows within the bound that was asked for.
    pub within_share: Option<f64>,
    /// Whether that is what was asked for.
    pub recosted_holds: bool,
    /// Rows where the plan found here costs more than the vendor's plan, both costed here.
    pub dearer_rows: u64,
    /// Rows where it costs less.
    pub cheaper_rows: u64,
    /// Median of the cycles of the plan found here over those of the vendor's plan, both costed here.
    pub median_ratio: f64,
    /// Smallest such ratio.
    pub least_ratio: f64,
    /// Median time to plan one layer, in seconds on one core.
    pub planning_seconds_median: f64,
    /// Longest time to plan one layer, in seconds on one core.
    pub planning_seconds_worst: f64,
    /// Time to plan all rows, in seconds on one core.
    pub planning_seconds: f64,
    /// Time that the vendor's planner took for all rows, in seconds on one core.
    pub vendor_planning_seconds: f64,
    /// The rows, in their order.
    pub rows: Vec<PlannedLayer>,
}

/// One row: the vendor's figure, its plan costed here, and the plan found here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedLayer {
    /// Line of the file.
    pub line: u64,
    /// What identifies the layer in the file.
    pub layer: String,
    /// Pass.
    pub pass: String,
    /// Whether the vendor planned the three passes of the layer as one.
    pub joint: bool,
    /// Cycles as the vendor's planner counted them.
    pub given_cycles: u64,
    /// The vendor's plan, costed here; absent where it is refused.
    pub recosted_cycles: Option<u64>,
    /// What `recosted_cycles` and `planned_cycles` add up to over the passes, where those were planned as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_cycles: Option<LayerCycles>,
    /// The kernel of the vendor's plan.
    pub given_kernel: String,
    /// The plan found here.
    pub planned_cycles: u64,
    /// Its kernel.
    pub planned_kernel: String,
    /// Time to find it.
    pub planning_seconds: f64,
    /// Time that the vendor's planner took.
    pub vendor_planning_seconds: Option<f64>,
}

/// Cycles of the three passes of a fully connected layer together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerCycles {
    /// The vendor's joint plan, costed here.
    pub recosted: u64,
    /// The joint plan found here.
    pub planned: u64,
}

impl PlannedLayer {
    /// Relative error of the vendor's plan costed here; 1 where it is refused.
    pub fn error(&self) -> f64 {
        self.recosted_cycles
            .map_or(1.0, |cycles| relative_error(cycles, self.given_cycles))
    }

    /// Cycles of the plan found here over those of the vendor's plan; of all passes where they were planned as one.
    pub fn ratio(&self) -> Option<f64> {
        let (planned, recosted) = match self.layer_cycles {
            Some(layer) => (layer.planned, Some(layer.recosted)),
            None => (self.planned_cycles, self.recosted_cycles),
        };
        recosted.map(|cycles| planned as f64 / cycles.max(1) as f64)
    }
}

impl PlannedTable {
    /// Why the table does not hold what was asked for, or what has to hold always.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        if !self.recosted_holds {
            failures.push("fewer rows within the bound than asked for".to_owned());
        }
        if self.dearer_rows > 0 {
            failures.push(format!(
                "the vendor's plan is cheaper on {} rows",
                self.dearer_rows
            ));
        }
        failures
    }
}

/// Costs and plans every row; with the reasons of refused rows.
pub(super) fn compare(
    file: &Path,
    rows: &[PlacedPlan],
    bound: Option<PlansBound>,
) -> Result<(PlannedTable, Vec<String>), ValidateError> {
    let (planners, planner_of_row) = planners(rows);
    let compared = rows
        .par_iter()
        .zip(&planner_of_row)
        .map(|(row, &planner)| layer(file, row, &planners[planner]))
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<Vec<_>, ValidateError>>()?;
    let (layers, refused): (Vec<PlannedLayer>, Vec<Option<String>>) = compared.into_iter().unzip();
    let errors: Vec<f64> = layers.iter().map(PlannedLayer::error).collect();
    let empty = || ValidateError::no_rows(file);
    let recosted = ErrorStatistics::of(&errors).ok_or_else(empty)?;
    let mut ratios: Vec<f64> = layers.iter().filter_map(PlannedLayer::ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let mut times: Vec<f64> = layers.iter().map(|layer| layer.planning_seconds).collect();
    times.sort_by(f64::total_cmp);
    let within_share = bound.map(|bound| ErrorStatistics::share_within(&errors, bound.within));
    let rows_where = |holds: fn(f64) -> bool| {
        let ratios = layers.iter().filter_map(PlannedLayer::ratio);
        ratios.filter(|&ratio| holds(ratio)).count() as u64
    };
    let table = PlannedTable {
        recosted,
        recosted_within_5_percent_share: ErrorStatistics::share_within(&errors, 0.05),
        within_share,
        recosted_holds: within_share
            .zip(bound)
            .is_none_or(|(share, bound)| share >= bound.share),
        dearer_rows: rows_where(|ratio| ratio > 1.0),
        cheaper_rows: rows_where(|ratio| ratio < 1.0),
        median_ratio: ratios.get(ratios.len() / 2).copied().unwrap_or(1.0),
        least_ratio: ratios.first().copied().unwrap_or(1.0),
        planning_seconds_median: times.get(times.len() / 2).copied().unwrap_or(0.0),
        planning_seconds_worst: times.last().copied().unwrap_or(0.0),
        planning_seconds: times.iter().sum(),
        vendor_planning_seconds: layers
            .iter()
            .filter_map(|layer| layer.vendor_planning_seconds)
            .sum(),
        rows: layers,
    };
    Ok((table, refused.into_iter().flatten().collect()))
}

/// A planner for every machine of the table, and which of them is that of each row.
fn planners(rows: &[PlacedPlan]) -> (Vec<Planner>, Vec<usize>) {
    let mut planners: Vec<Planner> = Vec::new();
    let of_rows = rows
        .iter()
        .map(|PlacedPlan { machine, .. }| {
            let known = planners.iter().position(|planner| planner.machine() == machine);
            known.unwrap_or_else(|| {
                planners.push(Planner::new(machine.clone(), Count::Vendor));
                planners.len() - 1
            })
        })
        .collect();
    (planners, of_rows)
}

/// One row, and why its plan is refused.
fn layer(
    file: &Path,
    row: &PlacedPlan,
    planner: &Planner,
) -> Result<(PlannedLayer, Option<String>), ValidateError> {
    let PlacedPlan { planned, machine, .. } = row;
    let given = tilesim_planner::cost(
        machine,
        &planned.convolution,
        &planned.options,
        &planned.plan,
        Count::Vendor,
    );
    let illegal = |reason: String| ValidateError::Row {
        path: file.to_owned(),
        line: row.line,
        source: RowError::Illegal { reason },
    };
    let joint_costs = planned
        .joint
        .as_ref()
        .and_then(|joint| joint.costs(machine, &planned.options, Count::Vendor).ok());
    let own = given.as_ref().ok().copied();
    let admitted = joint_costs
        .as_ref()
        .map_or(own.as_slice(), |costs| costs.as_slice());
    let options = planned.options_that_admit(admitted, machine);
    let start = Instant::now();
    let (found, joint) = if let Some(joint) = &planned.joint {
        let found = planner
            .plan_jointly(&joint.forward, &options)
            .map_err(|error| illegal(error.to_string()))?
            .ok_or_else(|| illegal("there is no joint plan".to_owned()))?;
        let cycles = found.cycles();
        let of_pass = ConvolutionPass::ALL
            .into_iter()
            .zip(found.into_planned())
            .find(|(pass, _)| Purpose::of_joint_plan(*pass) == options.purpose)
            .map(|(_, planned)| planned)
            .ok_or_else(|| illegal("no pass of a fully connected layer".to_owned()))?;
        (of_pass, Some(cycles))
    } else {
        let found = planner.plan(&planned.convolution, &options);
        (found.map_err(|error| illegal(error.to_string()))?, None)
    };
    let planning_seconds = start.elapsed().as_secs_f64();
    let recosted = joint_costs.map(|costs| costs.iter().map(tilesim_planner::PlanCost::cycles).sum());
    let layer = PlannedLayer {
        line: row.line,
        layer: row.layer.clone(),
        pass: row.pass.clone(),
        joint: planned.joint.is_some(),
        layer_cycles: recosted
            .zip(joint)
            .map(|(recosted, planned)| LayerCycles { recosted, planned }),
        given_cycles: planned.given_cycles,
        recosted_cycles: given.as_ref().ok().map(tilesim_planner::PlanCost::cycles),
        given_kernel: planned.plan.method.kind().name().to_owned(),
        planned_cycles: found.cost.cycles(),
        planned_kernel: found.plan.method.kind().name().to_owned(),
        planning_seconds,
        vendor_planning_seconds: planned.given_seconds,
    };
    Ok((layer, given.err().map(|error| error.to_string())))
}
