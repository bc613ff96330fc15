//! The choice among candidates: operator after operator, each plan by all that follows of it.
//!
//! This is a rollout (Bertsekas, Tsitsiklis and Wu, "Rollout Algorithms for Combinatorial Optimization", 1997): the network is walked
//! once, and at each convolution every candidate is tried with the plans so far before it and the vendor's behind it. The trial ends
//! where everything lies again as without it, because nothing that follows differs then. What is chosen is the least of these, the plan so
//! far among them, so that no choice makes the network slower.

use std::mem;

use rayon::prelude::*;
use tilesim_graph::Graph;
use tilesim_lower::{GraphPlans, HostTensors, LiveLayouts, LowerOptions, Lowering, SharedPlacements};
use tilesim_machine::Machine;
use tilesim_sim::{GeometrySource, cycles};
use tilesim_terms::Cancellation;

use super::candidates::{Candidates, Planned};
use crate::Error;

/// Operators that a trial is followed over at most: one whose layouts have not come back to those of the others by then is not taken.
const MOST_OPERATORS: usize = 96;

/// A walk over the network on which plans are chosen.
pub(super) struct Rollout<'a> {
    pub(super) graph: &'a Graph,
    /// What computes of the chip.
    pub(super) machine: &'a Machine,
    pub(super) options: &'a LowerOptions,
    pub(super) host: &'a HostTensors,
    pub(super) placements: &'a SharedPlacements,
    pub(super) geometry: GeometrySource<'a>,
    pub(super) cancellation: &'a Cancellation,
}

/// What an operator takes, and where all lies after it.
struct Lowered {
    cycles: u64,
    layouts: LiveLayouts,
}

/// What operators take from the one on whose plan is another.
struct Trial<'a> {
    planned: &'a Planned,
    saved_cycles: u64,
    operators: Vec<Lowered>,
}

impl<'a> Rollout<'a> {
    /// The plans chosen, beginning from `plans`.
    pub(super) fn best(&self, mut plans: GraphPlans, candidates: &Candidates) -> Result<GraphPlans, Error> {
        let mut so_far = self.all(&plans)?;
        let mut lowering = self.start();
        while let Some(op) = lowering.next() {
            let trials = candidates
                .of_op(op)
                .par_iter()
                .map(|planned| self.trial(&lowering, op, planned, &plans, &so_far))
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?;
            // Of equal ones the first, which the planner prefers.
            let best = trials.into_iter().flatten().reduce(|best, trial| {
                if trial.saved_cycles > best.saved_cycles {
                    trial
                } else {
                    best
                }
            });
            if let Some(trial) = best {
                plans.by_op.insert(op, trial.planned.clone());
                let end = op + trial.operators.len();
                so_far.splice(op..end, trial.operators);
            }
            lowering.go_on(plans.by_op.get(&op))?;
            lowering = lowering.from_here();
        }
        Ok(plans)
    }

    fn start(&self) -> Lowering<'a> {
        Lowering::new(self.graph, self.machine, self.options, self.host, self.placements)
    }

    /// What every operator takes.
    fn all(&self, plans: &GraphPlans) -> Result<Vec<Lowered>, Error> {
        let mut lowering = self.start();
        let mut operators = Vec::new();
        while let Some(op) = lowering.next() {
            operators.push(self.lower(&mut lowering, plans.by_op.get(&op))?);
        }
        Ok(operators)
    }

    /// Lowers the next operator of a lowering that has no steps, and leaves it without.
    fn lower(&self, lowering: &mut Lowering<'a>, planned: Option<&Planned>) -> Result<Lowered, Error> {
        lowering.go_on(planned)?;
        let next = lowering.from_here();
        let layouts = next.live_layouts();
        let steps = mem::replace(lowering, next).steps();
        let cycles = cycles(&steps, self.machine, self.geometry, self.cancellation)?;
        Ok(Lowered { cycles, layouts })
    }

    /// What the network takes where `planned` is the plan of `op`; nothing where it takes no less, or cannot be told.
    fn trial<'p>(
        &self,
        lowering: &Lowering<'a>,
        op: usize,
        planned: &'p Planned,
        plans: &GraphPlans,
        so_far: &[Lowered],
    ) -> Result<Option<Trial<'p>>, Error> {
        let mut fork = lowering.from_here();
        let mut operators = Vec::new();
        while let Some(next) = fork.next() {
            if operators.len() >= MOST_OPERATORS {
                return Ok(None);
            }
            let plan = if next == op {
                Some(planned)
            } else {
                plans.by_op.get(&next)
            };
            match self.lower(&mut fork, plan) {
                Ok(lowered) => operators.push(lowered),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                // A plan may be impossible in its place.
                Err(_) => return Ok(None),
            }
            let without = so_far.get(next).map(|lowered| &lowered.layouts);
            if operators.last().map(|lowered| &lowered.layouts) == without {
                break;
            }
        }
        let sum = |operators: &[Lowered]| {
            operators
                .iter()
                .map(|lowered| u128::from(lowered.cycles))
                .sum::<u128>()
        };
        let before = so_far.get(op..op + operators.len()).map_or(0, sum);
        let saved_cycles = before.saturating_sub(sum(&operators)) as u64;
        Ok((saved_cycles > 0).then_some(Trial {
            planned,
            saved_cycles,
            operators,
        }))
    }
}
