//! What a weight update shows, in sentences.

use super::{StageResult, TrainingResult};
use crate::{
    comparison::spelled,
    render::units::{percent, significant},
};

/// What takes the most of a weight update, and how even its stages are.
pub fn training_reading(result: &TrainingResult) -> Vec<String> {
    let causes = &result.cycles_by_cause;
    let share = |cycles: u64| percent(cycles as f64 / result.time.cycles.max(1) as f64);
    let largest = causes
        .iter()
        .max_by_key(|&(cause, cycles)| (cycles, std::cmp::Reverse(cause)));
    let mut sentences = Vec::new();
    if let Some((cause, cycles)) = largest {
        sentences.push(format!(
            "Most cycles go to {}: {} of the time; useful multiply-accumulates take {}.",
            spelled(cause),
            share(cycles),
            share(causes.ideal)
        ));
    }
    let own = |stage: &StageResult| stage.cycles.forward + stage.cycles.recompute + stage.cycles.backward;
    let slowest = result.stages.iter().map(own).max().unwrap_or(0);
    let fastest = result.stages.iter().map(own).min().unwrap_or(0);
    if result.stages.len() > 1 && fastest > 0 {
        sentences.push(format!(
            "The slowest stage takes {}× the cycles of the fastest; pipeline bubbles are {} of the time.",
            significant(slowest as f64 / fastest as f64),
            share(causes.bubble)
        ));
    }
    if let Some(overlap) = result.system.overlap {
        let waits = result
            .stages
            .iter()
            .map(|stage| stage.waits.host)
            .max()
            .unwrap_or(0);
        let binding = if waits > 0 {
            format!("it binds: a stage waits {} of the time for it", share(waits))
        } else {
            "it never binds".to_owned()
        };
        sentences.push(format!(
            "The host sends beside the computation, to {} I/O tiles of every chip; {binding}.",
            overlap.io_tiles
        ));
    }
    sentences
}
