//! The account of a weight update: the mean over the chips of its pipeline.

use tilesim_report::training::{StageResult, StageWaits, TrainingResult};
use tilesim_sim::Cause;
use tilesim_terms::Phase;

use super::{Account, Cycles, Part, PartKind, rounding};

/// A reason of a stage to do something outside of its own program: its name, its cause, its cycles.
type Wait = (&'static str, Cause, fn(&StageWaits) -> u64);

const WAITS: [Wait; 7] = [
    ("fill and drain", Cause::Bubble, |waits| waits.fill_and_drain),
    ("slower stages", Cause::Bubble, |waits| waits.slower_stages),
    ("between stages", Cause::Link, |waits| waits.link),
    ("all-reduce", Cause::Link, |waits| waits.all_reduce),
    ("all chips agree", Cause::Sync, |waits| waits.sync),
    ("images and labels", Cause::Host, |waits| waits.host),
    ("streaming memory", Cause::Host, |waits| waits.streaming),
];

impl Account {
    /// The account of a weight update; `label` tells it from the other. What layers take in every micro-batch counts as often as there
    /// are micro-batches, and everything is the mean over the stages: each takes the time of the update, at work or waiting.
    pub fn of_update(result: &TrainingResult, label: &str) -> Self {
        let mut parts = Vec::new();
        for (index, stage) in result.stages.iter().enumerate() {
            parts.extend(layers(index, stage, result));
        }
        parts.extend(WAITS.iter().map(|(name, cause, cycles)| {
            let all: i128 = result
                .stages
                .iter()
                .map(|stage| i128::from(cycles(&stage.waits)))
                .sum();
            let mut of_cause = Cycles::default();
            of_cause.add(*cause, all);
            Part {
                name: (*name).to_owned(),
                kind: PartKind::Pipeline,
                phase: None,
                stage: None,
                macs: 0,
                macs_images: 1,
                plan: String::new(),
                cycles: of_cause,
            }
        }));
        divide(&mut parts, result.stages.len());
        Self {
            label: label.to_owned(),
            cycles: result.time.cycles,
            images: result.system.global_batch,
            clock_hz: result.machine.clock_hz,
            fits: result.memory.fits,
            macs_per_image: result.theoretical.macs,
            rounding: rounding(&result.cycles_by_cause, &parts),
            parts,
        }
    }
}

fn layers(index: usize, stage: &StageResult, result: &TrainingResult) -> impl Iterator<Item = Part> {
    let (micro_batches, images) = (result.system.gradient_accumulation, result.system.micro_batch);
    stage.layers.iter().map(move |layer| {
        let times = match layer.phase {
            Phase::Update => 1,
            Phase::Forward | Phase::Recompute | Phase::Backward => micro_batches,
        };
        Part {
            name: layer.name.clone(),
            kind: PartKind::Layer(layer.kind),
            phase: Some(layer.phase),
            stage: Some(index),
            macs: layer.macs,
            macs_images: images,
            plan: String::new(),
            cycles: Cycles::times(&layer.cycles_by_cause, times),
        }
    })
}

/// Divides the cycles of all parts by `stages`, to whole cycles: what rounding takes from a part the next one gets, so that no sum of
/// parts is off by more than a cycle.
fn divide(parts: &mut [Part], stages: usize) {
    let stages = stages.max(1) as i128;
    for cause in Cause::ALL {
        let (mut whole, mut divided) = (0_i128, 0);
        for part in &mut *parts {
            whole = part.cycles.get(cause).saturating_add(whole);
            let so_far = whole.div_euclid(stages);
            part.cycles.0[cause as usize] = so_far - divided;
            divided = so_far;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divided_parts_sum_to_the_divided_whole() {
        let part = |cycles| {
            let mut of_cause = Cycles::default();
            of_cause.add(Cause::Exchange, cycles);
            Part {
                name: String::new(),
                kind: PartKind::Pipeline,
                phase: None,
                stage: None,
                macs: 0,
                macs_images: 1,
                plan: String::new(),
                cycles: of_cause,
            }
        };
        let mut parts = [5, 5, 5, 5].map(part);
        divide(&mut parts, 3);
        let cycles = parts.map(|part| part.cycles.get(Cause::Exchange));
        assert_eq!(cycles, [1, 2, 2, 1]);
        assert_eq!(cycles.iter().sum::<i128>(), 20 / 3);
    }
}
