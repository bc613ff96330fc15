//! Networks that were run, with what files are made of, and results that were read.

use tilesim_report::{MachineFacts, RunResult};
use tilesim_traces::TracedRun;

use crate::{args::RunArgs, error::CliError, pipeline, report_files, run_request::RunRequest, traces};

/// A run, or a result that was read.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Its result.
    pub(crate) result: RunResult,
    /// What files are made of beside it; `None` where it was read, or no files are wanted.
    pub(crate) details: Option<Box<Details>>,
}

/// What is known of a run beside its result.
#[derive(Debug, Clone)]
pub(crate) struct Details {
    /// The machine's figures.
    pub(crate) machine: MachineFacts,
    /// The run, taken apart.
    pub(crate) traced: TracedRun,
}

impl Run {
    /// Runs a network; `detailed` where files are wanted.
    pub(crate) fn new(request: &RunRequest, detailed: bool) -> Result<Self, CliError> {
        if !detailed {
            return Ok(Self {
                result: pipeline::run(request)?,
                details: None,
            });
        }
        let traced = traces::traced(request)?;
        Ok(Self {
            result: traced.result.clone(),
            details: Some(Box::new(Details {
                machine: pipeline::facts(request)?.machine,
                traced,
            })),
        })
    }
}

impl From<RunResult> for Run {
    fn from(result: RunResult) -> Self {
        Self {
            result,
            details: None,
        }
    }
}

/// The files of runs beside their results: the page, the plots and the traces. `labels` tell the runs apart, `reading` says in sentences
/// what their figures say.
pub(crate) fn files(
    runs: Vec<Run>,
    labels: &[String],
    reading: &[String],
    args: &RunArgs,
) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let mut files = report_files::files(&runs, labels, reading, args.plots.into())?;
    let traced: Vec<TracedRun> = runs
        .into_iter()
        .zip(labels)
        .filter_map(|(run, label)| {
            run.details.map(|details| TracedRun {
                name: label.clone(),
                ..details.traced
            })
        })
        .collect();
    files.extend(traces::files(&traced, args.traces)?);
    Ok(files)
}
