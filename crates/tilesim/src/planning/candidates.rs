//! The plans that are tried of every convolution.

use std::collections::BTreeMap;

use tilesim_codelets::Count;
use tilesim_lower::{GraphPlans, LowerOptions, alternatives, computing_part, plan_requests};
use tilesim_machine::{ConvUnits, Machine};
use tilesim_planner::{PlanChoice, PlanOptions, PlanRequest};

use super::{KEPT_PLANS, WholeNetwork};
use crate::Error;

/// Most plans that are tried of a convolution beside the vendor's.
const MOST_CANDIDATES: usize = 2 * KEPT_PLANS;

/// A plan with the options that it was found with.
pub(super) type Planned = (PlanOptions, PlanChoice);

/// Plans of convolutions besides the vendor's, by the index of the operator, best first.
pub(super) struct Candidates(BTreeMap<usize, Vec<Planned>>);

impl Candidates {
    /// The next best plans after those of `vendor`, and the best ones of smaller machines: what these can do, this one can do too.
    pub(super) fn of(network: &WholeNetwork<'_>, vendor: &GraphPlans) -> Result<Self, Error> {
        let options = LowerOptions {
            kept_plans: KEPT_PLANS,
            ..*network.options
        };
        let mut candidates = alternatives(network.graph, &options, &network.plans(network.chip, &options)?);
        let machine = computing_part(network.chip, options.host)?;
        let requests: BTreeMap<usize, PlanRequest> =
            plan_requests(network.graph, &options).into_iter().collect();
        for smaller in smaller(network.chip) {
            let found = match network.plans(&smaller, &options) {
                Ok(plans) => alternatives(network.graph, &options, &plans),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                // What a smaller machine cannot do is no loss.
                Err(_) => continue,
            };
            for (op, plans) in found {
                let known = candidates.entry(op).or_default();
                let Some(request) = requests.get(&op) else {
                    continue;
                };
                let allowed = request.options.allowed_bytes(machine.tile_memory_bytes);
                for (options, choice) in plans {
                    let cost = tilesim_planner::cost(
                        &machine,
                        &request.convolution,
                        &options,
                        &choice.plan,
                        Count::Machine,
                    );
                    if let Ok(cost) = cost
                        && cost.temporary_bytes() <= allowed
                        && known.iter().all(|(_, other)| other.plan != choice.plan)
                    {
                        known.push((options, PlanChoice { cost, ..choice }));
                    }
                }
            }
        }
        for (op, plans) in &mut candidates {
            plans.retain(|(_, choice)| {
                vendor
                    .by_op
                    .get(op)
                    .is_some_and(|(_, best)| best.plan != choice.plan)
            });
            plans.sort_by_key(|(options, choice)| options.objective.key(&choice.cost));
            plans.truncate(MOST_CANDIDATES);
        }
        Ok(Self(candidates))
    }

    /// Those that need no more temporary memory than the vendor's.
    pub(super) fn of_no_more_memory(mut self, vendor: &GraphPlans) -> Self {
        let bytes = |choice: &PlanChoice| choice.cost.temporary_bytes();
        for (op, plans) in &mut self.0 {
            let most = vendor.by_op.get(op).map_or(0, |(_, best)| bytes(best));
            plans.retain(|(_, choice)| bytes(choice) <= most);
        }
        self
    }

    /// Those of an operator.
    pub(super) fn of_op(&self, op: usize) -> &[Planned] {
        self.0.get(&op).map_or(&[], Vec::as_slice)
    }
}

/// Machines that have half of what decides about plans most: of the convolution units, which kernels come in two sizes for alone, and of
/// the rate of exchange.
fn smaller(machine: &Machine) -> Vec<Machine> {
    let units = machine.conv_units;
    let half = |count: u32| (count / 2).max(1);
    let fewer_units = ConvUnits {
        f16_f16: half(units.f16_f16),
        f16_f32: half(units.f16_f32),
        f32_f32: half(units.f32_f32),
    };
    let machines = [
        Machine {
            conv_units: fewer_units,
            ..machine.clone()
        },
        Machine {
            exchange_bytes_per_cycle: half(machine.exchange_bytes_per_cycle),
            ..machine.clone()
        },
    ];
    machines
        .into_iter()
        .filter(|smaller| smaller != machine)
        .collect()
}
