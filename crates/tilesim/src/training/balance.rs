//! Splits that balance the stages better.

use std::collections::BTreeMap;

use tilesim_graph::autodiff::cut_points;
use tilesim_lower::system::{Stretch, balance};
use tilesim_machine::system::Recomputation;
use tilesim_report::training::{SplitProposal, TrainingResult};

use tilesim_terms::Phase;

use super::Training;
use crate::{Error, Simulator};

impl Training {
    /// Proposes splits that balance the stages better, and simulates them; those of the system where nothing is better.
    ///
    /// # Errors
    /// As [`Training::run`].
    pub fn balance(&self, result: &TrainingResult, simulator: &Simulator) -> Result<SplitProposal, Error> {
        propose(self, result, simulator)
    }
}

/// Proposes splits from what each layer takes where the update cuts the network, and simulates them. `result` is that of the
/// update, whose splits are proposed again where nothing is better.
fn propose(
    training: &Training,
    result: &TrainingResult,
    simulator: &Simulator,
) -> Result<SplitProposal, Error> {
    let network = training.graph()?;
    let points = cut_points(&network);
    let mut cycles: BTreeMap<&str, [u64; Phase::ALL.len()]> = BTreeMap::new();
    for layer in result.stages.iter().flat_map(|stage| &stage.layers) {
        cycles.entry(&layer.name).or_default()[layer.phase as usize] += layer.cycles;
    }
    let recomputation = training.setup.recomputation;
    let mut stretches = vec![Stretch::default()];
    for (index, layer) in network.layers.iter().enumerate() {
        if points.iter().any(|point| point.layer == index) {
            stretches.push(Stretch::default());
        }
        if let (Some(stretch), Some(cycles)) = (stretches.last_mut(), cycles.get(layer.name.as_str())) {
            let once = cycles[Phase::Forward as usize] + cycles[Phase::Backward as usize];
            // Where it is not recomputed now, what it would take is that of the forward pass at most.
            let again = match cycles[Phase::Recompute as usize] {
                0 => cycles[Phase::Forward as usize],
                cycles => cycles,
            };
            let taken = |recomputes: bool| once + if recomputes { again } else { 0 };
            stretch.before_last += taken(recomputation != Recomputation::None);
            stretch.last += taken(recomputation == Recomputation::All);
        }
    }
    let mut best = of(result);
    let Some(firsts) = balance(&stretches, training.setup.stages as usize) else {
        return Ok(best);
    };
    let mut training = training.clone();
    training.setup.splits = firsts
        .into_iter()
        .filter_map(|first| points.get(first.checked_sub(1)?))
        .map(|point| point.split.clone())
        .collect();
    let found = of(&training.run(simulator)?);
    if found.images_per_second > best.images_per_second {
        best = found;
    }
    Ok(best)
}

fn of(result: &TrainingResult) -> SplitProposal {
    SplitProposal {
        splits: result.system.splits.clone(),
        images_per_second: result.time.images_per_second,
        full_slot_cycles: result.time.full_slot_cycles,
        fits: result.memory.fits,
    }
}
