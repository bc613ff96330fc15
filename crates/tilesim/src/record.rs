//! What files of runs are made of: runs with their details, and results that were read.

use tilesim_page::PlotFormat;
use tilesim_report::{MachineFacts, RunResult};
use tilesim_traces::TracedRun;

use crate::{Error, OutputFile, TraceFormat, report, trace};

/// A run, or a result that was read.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// Its result.
    pub result: RunResult,
    /// What files are made of beside it; `None` where it was read, or no files are wanted.
    pub details: Option<Box<RunDetails>>,
}

/// What is known of a run beside its result.
#[derive(Debug, Clone)]
pub struct RunDetails {
    /// The machine's figures.
    pub machine: MachineFacts,
    /// The run, taken apart.
    pub traced: TracedRun,
}

impl From<RunResult> for RunRecord {
    fn from(result: RunResult) -> Self {
        Self {
            result,
            details: None,
        }
    }
}

/// The files of runs beside their results: the page, the plots, and the traces where a format is given. `labels` tell the runs apart,
/// `reading` says in sentences what their figures say.
///
/// # Errors
/// Where a file cannot be made.
pub fn run_files(
    runs: Vec<RunRecord>,
    labels: &[String],
    reading: &[String],
    plots: PlotFormat,
    traces: Option<TraceFormat>,
) -> Result<Vec<OutputFile>, Error> {
    let mut files = report::files(&runs, labels, reading, plots)?;
    let Some(format) = traces else {
        return Ok(files);
    };
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
    files.extend(trace::files(&traced, format)?);
    Ok(files)
}
