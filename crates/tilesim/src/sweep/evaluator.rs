//! From a point of a study to its run, and from the result to its figures.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
};

use serde_json::Value;
use tilesim_study::{Evaluation, Point, Points, Study, Value as StudyValue};

use super::{
    memo::{Figures, Memo},
    requests::{Request, Requests},
};
use crate::{
    Error, Simulator,
    claim::{fields, look_up},
    simulation::SharedResult,
};

/// Points at which metrics are looked for, before a study is given up for having no result.
const TRIALS: usize = 16;

/// Evaluates the points of a study.
pub(super) struct Evaluator<'a> {
    study: &'a Study,
    points: &'a Points,
    requests: Requests,
    simulator: Simulator,
    memo: Option<Memo>,
    /// What became of the point that was tried first.
    tried: OnceLock<(u64, Evaluation)>,
}

/// Points whose figures are kept, a few hundred bytes each.
const KEPT_POINTS: usize = 1 << 14;
/// The setting in which points that share their figures differ.
const TILE_MEMORY: &str = "machine.tile_memory_bytes";

impl<'a> Evaluator<'a> {
    /// An evaluator of the points of `study`, which may have read some of what they name.
    pub(super) fn new(study: &'a Study, points: &'a Points, requests: Requests) -> Self {
        Self::with(study, points, requests, &Self::simulator(points))
    }

    /// The simulator for some points.
    pub(super) fn simulator(points: &Points) -> Simulator {
        Simulator::for_tile_memories(tile_memories(points))
    }

    /// As [`Evaluator::new`], with a simulator that may have run others.
    pub(super) fn with(
        study: &'a Study,
        points: &'a Points,
        requests: Requests,
        simulator: &Simulator,
    ) -> Self {
        Self {
            study,
            points,
            requests,
            simulator: simulator.cancelled_by(simulator.cancellation()),
            memo: Memo::new(&study.metrics, KEPT_POINTS),
            tried: OnceLock::new(),
        }
    }

    /// An error where results have no such figures as the study asks for.
    pub(super) fn check_metrics(&self) -> Result<(), Error> {
        let trial = self.points.iter().take(TRIALS).find_map(|point| {
            let (fits, result) = self.result(&point).ok()?;
            Some((point, fits, result))
        });
        let Some((point, fits, result)) = trial else {
            return Ok(());
        };
        let metrics = self.metrics(&result);
        self.tried
            .get_or_init(|| (point.index, Evaluation::Done { fits, metrics }));
        match self
            .study
            .metrics
            .iter()
            .find(|metric| look_up(&result, metric).is_none())
        {
            None => Ok(()),
            Some(metric) => Err(Error::unknown(
                metric,
                "results have no such figure",
                metric,
                fields(&result),
            )),
        }
    }

    /// What becomes of a point. Whatever goes wrong is its result: a study of thousands goes on.
    pub(super) fn evaluate(&self, point: &Point) -> Evaluation {
        if let Some((index, evaluation)) = self.tried.get()
            && *index == point.index
        {
            return evaluation.clone();
        }
        // Nothing is shared with other points but caches, whose entries are whole.
        let reason = match catch_unwind(AssertUnwindSafe(|| self.evaluation(point))) {
            Ok(Ok(evaluation)) => return evaluation,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the simulator broke down".to_owned(),
        };
        Evaluation::Failed { reason }
    }

    fn evaluation(&self, point: &Point) -> Result<Evaluation, Error> {
        match self.requests.of(self.points, point)? {
            Request::Inference(simulation) => {
                let run = || {
                    let SharedResult { result, tile_memory } = simulation.shared_result(&self.simulator)?;
                    Ok(Figures {
                        peak_bytes: result.memory.peak_bytes,
                        metrics: self.metrics(&serde_json::to_value(result)?),
                        tile_memory,
                    })
                };
                let bytes = simulation.chip().tile_memory_bytes;
                if let Some(memo) = &self.memo {
                    return memo.figures(&self.all_but_memory(point), bytes, run);
                }
                let figures = run()?;
                Ok(Evaluation::Done {
                    fits: figures.peak_bytes <= bytes,
                    metrics: figures.metrics,
                })
            }
            Request::Training(training) => {
                let result = training.run(&self.simulator)?;
                Ok(Evaluation::Done {
                    fits: result.memory.fits,
                    metrics: self.metrics(&serde_json::to_value(result)?),
                })
            }
        }
    }

    /// Whether a point fits, and its result as JSON.
    fn result(&self, point: &Point) -> Result<(bool, Value), Error> {
        Ok(match self.requests.of(self.points, point)? {
            Request::Inference(simulation) => {
                let result = simulation.shared_result(&self.simulator)?.result;
                (result.memory.fits, serde_json::to_value(result)?)
            }
            Request::Training(training) => {
                let result = training.run(&self.simulator)?;
                (result.memory.fits, serde_json::to_value(result)?)
            }
        })
    }

    fn metrics(&self, result: &Value) -> Vec<Option<f64>> {
        let figure = |metric: &String| match look_up(result, metric)? {
            Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
            figure => figure.as_f64(),
        };
        self.study.metrics.iter().map(figure).collect()
    }

    /// What a point sets, all but the memory of tiles.
    fn all_but_memory(&self, point: &Point) -> String {
        let others = self.points.settings(point).filter(|(key, _)| *key != TILE_MEMORY);
        let written = others.map(|(key, value)| format!("{key}={value}"));
        written.collect::<Vec<_>>().join("\n")
    }
}

/// Sizes of tile memory of a study.
fn tile_memories(points: &Points) -> Vec<u64> {
    let key = points.keys().iter().position(|key| key == TILE_MEMORY);
    let values = key.map_or_else(Vec::new, |key| points.values_of(key));
    let bytes = |value: &StudyValue| match value {
        StudyValue::Integer(bytes) => u64::try_from(*bytes).ok(),
        _ => None,
    };
    values.into_iter().filter_map(bytes).collect()
}
