//! What does not depend on the numbers that vary.

use std::collections::BTreeMap;

use serde_json::Value;
use tilesim_report::{CyclesByCause, RunResult};
use tilesim_response::Bound;
use tilesim_sim::Cause;

use super::goal::Goal;
use crate::Error;

/// Share by which cycles may differ and count as the same: plans of neighbours move a few.
const SAME: f64 = 0.01;

/// What two runs have in common: cycles of a cause in a layer that are the same in both. A goal that they alone miss is out of reach, as long as
/// they stay what they are.
pub(super) fn bound(base: &RunResult, nearest: &RunResult, goals: &[Goal]) -> Result<Bound, Error> {
    let before: BTreeMap<&str, &CyclesByCause> = base
        .layers
        .iter()
        .map(|layer| (layer.name.as_str(), &layer.cycles_by_cause))
        .collect();
    let same = |layer: &str, causes: &CyclesByCause| -> u64 {
        let Some(before) = before.get(layer) else {
            return 0;
        };
        let of_cause = |cause: Cause| {
            let (now, then) = (causes.get(cause), before.get(cause));
            let is_same = now.abs_diff(then) as f64 <= SAME * then as f64;
            if is_same { now.min(then) } else { 0 }
        };
        Cause::ALL.into_iter().map(of_cause).sum()
    };
    // Of other batches nothing is the same.
    let independent_cycles = if base.run.batch == nearest.run.batch {
        let layers = nearest.layers.iter();
        layers
            .map(|layer| same(&layer.name, &layer.cycles_by_cause))
            .sum()
    } else {
        0
    };
    let seconds = independent_cycles as f64 / nearest.machine.clock_hz as f64;
    let images_per_second = nearest.run.batch as f64 / seconds;
    let always_live_bytes = nearest.memory.always_live_bytes;
    // The nearest run with nothing left but what does not depend: whether it misses a goal that is not about anything else.
    let mut alone = serde_json::to_value(nearest)?;
    let mut put = |section: &str, key: &str, value: Value| {
        if let Some(figure) = alone.get_mut(section).and_then(|section| section.get_mut(key)) {
            *figure = value;
        }
    };
    put("time", "cycles", independent_cycles.into());
    put("time", "seconds", seconds.into());
    put("time", "images_per_second", finite(images_per_second).into());
    put("memory", "peak_bytes", always_live_bytes.into());
    put(
        "memory",
        "fits",
        (always_live_bytes <= nearest.memory.tile_bytes).into(),
    );
    let mut forbids = false;
    for goal in goals.iter().filter(|goal| goal.is_bounded()) {
        forbids |= goal.held(&alone)?.missed.is_some();
    }
    Ok(Bound {
        independent_cycles,
        cycles: nearest.time.cycles,
        images_per_second: finite(images_per_second),
        always_live_bytes,
        forbids,
    })
}

/// JSON has no infinity: no cycles at all allow any speed.
fn finite(figure: f64) -> f64 {
    figure.min(f64::MAX)
}
