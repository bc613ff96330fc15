//! How a reduction over many tiles is cut into stages.

use smallvec::{SmallVec, smallvec};

/// Depth from which a reduction takes two stages.
const TWO_STAGES: u64 = 16;
/// Depth from which a reduction takes three stages.
const THREE_STAGES: u64 = 125;

/// Partial sums that each stage of a reduction of `depth` adds up (PopLibs `ConvReducePlan.cpp` `getMultiStageReducePlan`).
///
/// After the last stage one is left; without `multi_stage` there is one stage.
pub fn stage_depths(depth: u64, multi_stage: bool) -> SmallVec<[u64; 3]> {
    let stages = match depth {
        _ if !multi_stage => 1,
        _ if depth < TWO_STAGES => 1,
        _ if depth < THREE_STAGES => 2,
        _ => 3,
    };
    let mut depths = SmallVec::new();
    let mut remaining = depth;
    for left in remaining_after_stages(depth, stages).left {
        let stage = remaining.div_ceil(left);
        depths.push(stage);
        remaining = remaining.div_ceil(stage);
    }
    if remaining > 1 || depths.is_empty() {
        depths.push(remaining);
    }
    depths
}

/// A choice of stages.
struct Stages {
    /// Messages that a tile receives over all stages, as a fraction of the depth need not be whole.
    messages: f64,
    /// Partial sums left after each stage but the last.
    left: SmallVec<[u64; 2]>,
}

/// The stages with the fewest messages: after a stage, about the root of the depth that the later stages call for is left.
fn remaining_after_stages(depth: u64, stages: u32) -> Stages {
    if stages <= 1 {
        return Stages {
            messages: depth as f64,
            left: smallvec![],
        };
    }
    let with = |left: u64| {
        let mut later = remaining_after_stages(left, stages - 1);
        later.left.insert(0, left);
        later.messages += depth as f64 / left as f64;
        later
    };
    let (down, exact) = root_of_power(depth, stages);
    let rounded_down = with(down);
    let rounded_up = with(if exact { down } else { down + 1 });
    if rounded_down.messages < rounded_up.messages {
        rounded_down
    } else {
        rounded_up
    }
}

/// depth^((stages - 1) / stages) rounded down, and whether that is exact.
fn root_of_power(depth: u64, stages: u32) -> (u64, bool) {
    let power = u128::from(depth).saturating_pow(stages - 1);
    let raised = |root: u64| u128::from(root).saturating_pow(stages);
    // The root of floats is right to a position or two.
    let mut root = ((power as f64).powf(1.0 / f64::from(stages)) as u64).clamp(1, depth.max(1));
    while root > 1 && raised(root) > power {
        root -= 1;
    }
    while root < depth && raised(root + 1) <= power {
        root += 1;
    }
    (root, raised(root) == power)
}
