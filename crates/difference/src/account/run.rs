//! The account of an inference.

use tilesim_report::RunResult;
use tilesim_terms::Phase;

use super::{Account, Cycles, Part, PartKind, rounding};

impl Account {
    /// The account of a run; `label` tells it from the other.
    pub fn of_run(result: &RunResult, label: &str) -> Self {
        let parts: Vec<Part> = result
            .layers
            .iter()
            .map(|layer| Part {
                name: layer.name.clone(),
                kind: PartKind::Layer(layer.kind),
                phase: Some(Phase::Forward),
                stage: None,
                macs: layer.macs,
                macs_images: result.run.batch,
                plan: layer.plan.clone(),
                cycles: Cycles::times(&layer.cycles_by_cause, 1),
            })
            .collect();
        Self {
            label: label.to_owned(),
            cycles: result.time.cycles,
            images: result.run.batch,
            clock_hz: result.machine.clock_hz,
            fits: result.memory.fits,
            macs_per_image: result.theoretical.macs,
            rounding: rounding(&result.cycles_by_cause, &parts),
            parts,
        }
    }
}
