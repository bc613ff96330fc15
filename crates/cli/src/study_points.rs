//! From a point of a study to its run, and from the result to its figures.

mod choices;
mod files;
mod requests;

pub(crate) use files::files;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use tilesim_study::{Evaluation, Point, Points, Study};

use self::requests::{Request, Requests};
use crate::{
    assertion::{fields, look_up},
    error::CliError,
    pipeline, training,
};

/// Points at which metrics are looked for, before a study is given up for having no result.
const TRIALS: usize = 16;

/// Evaluates the points of a study.
pub(crate) struct Evaluator<'a> {
    study: &'a Study,
    points: &'a Points,
    requests: Requests,
}

/// The result of a point, as JSON, and whether it fits.
struct Answer {
    fits: bool,
    result: Value,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of the points of `study`.
    pub(crate) fn new(study: &'a Study, points: &'a Points) -> Self {
        Self {
            study,
            points,
            requests: Requests::default(),
        }
    }

    /// An error where results have no such figures as the study asks for.
    pub(crate) fn check_metrics(&self) -> Result<(), CliError> {
        let Some(answer) = self
            .points
            .iter()
            .take(TRIALS)
            .find_map(|point| self.answer(&point).ok())
        else {
            return Ok(());
        };
        match self
            .study
            .metrics
            .iter()
            .find(|metric| look_up(&answer.result, metric).is_none())
        {
            None => Ok(()),
            Some(metric) => Err(CliError::argument(
                metric,
                "results have no such figure",
                format!("a field of a result: {}", fields(&answer.result).join(", ")),
            )),
        }
    }

    /// What becomes of a point. Whatever goes wrong is its result: a study of thousands goes on.
    pub(crate) fn evaluate(&self, point: &Point) -> Evaluation {
        let figures = || {
            let Answer { fits, result } = self.answer(point)?;
            let figure = |metric: &String| match look_up(&result, metric)? {
                Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
                figure => figure.as_f64(),
            };
            Ok::<_, CliError>(Evaluation::Done {
                fits,
                metrics: self.study.metrics.iter().map(figure).collect(),
            })
        };
        // Nothing is shared with other points but caches, whose entries are whole.
        let reason = match catch_unwind(AssertUnwindSafe(figures)) {
            Ok(Ok(evaluation)) => return evaluation,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the simulator broke down".to_owned(),
        };
        Evaluation::Failed { reason }
    }

    fn answer(&self, point: &Point) -> Result<Answer, CliError> {
        match self.requests.of(self.points, point)? {
            Request::Inference(request) => {
                let result = pipeline::run(&request)?;
                Ok(Answer {
                    fits: result.memory.fits,
                    result: serde_json::to_value(result)?,
                })
            }
            Request::Training(request) => {
                let result = training::run(&request)?;
                Ok(Answer {
                    fits: result.memory.fits,
                    result: serde_json::to_value(result)?,
                })
            }
        }
    }
}
