//! When partial results take another stage before they meet where the results will lie, and how they are spread over the chip for
//! it (PopLibs lib/popops/reduction, `ReductionPlan.cpp` and `ReductionStages.cpp`).

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Contributors, Operand, Placement, Spare};

use crate::{
    context::Context,
    layout::{self, Layout},
    placements::StageKey,
};

/// Partial results of a result from which another stage pays, and fewest elements of a piece of a stage.
const WORTH_A_STAGE: u64 = 64;
/// Fewest contributors whose partial results a piece joins.
const FEWEST_CONTRIBUTORS: u64 = 2;

/// Where the partial results of so many `tensors`, which lie alike, are joined to fewer; `None` where they go straight to the
/// results. A kernel takes results in vectors of `grain`.
///
/// The results have one more dimension than the partial results, which numbers runs of contributors.
pub(super) fn next(context: &mut Context, partials: &Placement, tensors: u64, grain: u64) -> Option<Layout> {
    let key = StageKey {
        partials: partials.clone(),
        tensors,
        grain,
        tiles: context.tiles(),
    };
    let layout = context.placements.stage(&key, |key| {
        stage(&key.partials, key.tensors, key.grain, key.tiles)
    })?;
    // The one result of a reduction of everything has no dimension that tiles could be counted by.
    if partials.operand.elements() == 1 {
        return Some(layout);
    }
    let slot = context.next_results(layout.placement.grid.tiles());
    Some(layout::moved(layout, slot))
}

/// Who has partial results after such a stage: every tile those of its run of contributors.
pub(super) fn partials_of(stage: &Layout) -> Placement {
    let placement = &stage.placement;
    let mut operand = Operand::clone(&placement.operand);
    operand.shape.pop();
    operand.covers.pop();
    Placement {
        operand: Arc::new(operand),
        spare: Spare::Replicated,
        ..placement.clone()
    }
}

fn stage(partials: &Placement, tensors: u64, grain: u64, tiles: u64) -> Option<Layout> {
    let results = partials.operand.elements();
    let count: u64 = partials.elements_by_tile().into_iter().sum();
    if count <= WORTH_A_STAGE * results {
        return None;
    }
    let contributors = Contributors::of(partials);
    let of_result = || contributors.stretches().map(|(_, contributors)| contributors);
    let (most, fewest) = (of_result().max()?, of_result().min()?);
    // 2 √tiles.
    let few = most * most < 4 * tiles;
    let spread = 4 * contributors.contributing_tiles() > 3 * tiles;
    if few && spread {
        return None;
    }
    let shape: SmallVec<[u64; 5]> = partials.operand.shape.clone();
    let channels = shape.get(1).copied().unwrap_or(1);
    let longest = contributors.stretches().map(|(elements, _)| elements).max()?;
    let whole = (results / channels).max(1) * tensors;
    // No more pieces than tiles.
    let grain = grain * (whole * channels).div_ceil(grain * tiles);
    let columns = grain.min(channels).min(longest).max(1);
    let ideal = (count * tensors / tiles).max(1);
    let elements = most * columns;
    let mut runs = (elements / ideal).max(1);
    if elements / runs < WORTH_A_STAGE {
        runs = (elements / WORTH_A_STAGE).max(1);
    }
    if most / runs < FEWEST_CONTRIBUTORS {
        runs = (most / FEWEST_CONTRIBUTORS).max(1);
    }
    // Every run of every result has somebody, and no tile several runs.
    let pieces = results / channels.max(1) * channels.div_ceil(columns);
    let runs = runs.min(fewest).min(tiles / pieces.max(1)).max(1);
    Some(layout::in_runs(&shape, columns, runs, tiles))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statistics of four groups of a batch of images of 28 × 28, which lie over a whole chip.
    fn of_groups(batch: u64) -> Option<Layout> {
        let whole = layout::linear_positions(&[batch, 4, 28, 28], 1472);
        let partials = layout::along(&whole, &[batch, 4, 1, 1], Spare::Replicated).placement;
        stage(&partials, 1, 4, 1472)
    }

    #[test]
    fn a_sample_on_many_tiles_takes_another_stage() {
        let layout = of_groups(12).expect("a sample lies on 122 or more tiles");
        // 64 partial results a piece: 7 pieces of the four groups of a sample.
        assert_eq!(layout.placement.operand.shape.as_slice(), [12, 4, 1, 1, 7]);
        assert_eq!(layout.placement.grid.tiles(), 12 * 7);
        let then = partials_of(&layout);
        assert_eq!(stage(&then, 1, 4, 1472), None, "what is left meets at once");
    }

    #[test]
    fn samples_on_few_tiles_of_a_chip_that_is_full_meet_at_once() {
        assert_eq!(of_groups(24), None);
    }

    #[test]
    fn few_tiles_with_much_to_add_up_take_another_stage() {
        let whole = layout::linear_positions(&[1, 4, 10, 10], 1472);
        let partials = layout::along(&whole, &[1, 4, 1, 1], Spare::Replicated).placement;
        assert!(
            stage(&partials, 1, 4, 1472).is_some(),
            "100 tiles hold partial results"
        );
    }
}
