//! The files of runs.

use tilesim_page::PlotOptions;
use tilesim_traces::TracedRun;

#[cfg(feature = "plots")]
use crate::plot;
#[cfg(feature = "report")]
use crate::report;
use crate::{Error, OutputFile, RunRecord, TraceFormat, escaped, trace};

/// Name of the page.
#[cfg(feature = "report")]
pub(crate) const REPORT: &str = "report.html";

/// The files of runs beside their results: the page (feature `report`), the plots (feature `plots`), and the traces where a format is
/// given. `labels` tell the runs apart, `reading` says in sentences what their figures say.
///
/// # Errors
/// Where a file cannot be made.
pub fn run_files(
    runs: Vec<RunRecord>,
    labels: &[String],
    reading: &[String],
    plots: &PlotOptions,
    traces: Option<TraceFormat>,
) -> Result<Vec<OutputFile>, Error> {
    let labels: &[String] = &labels.iter().map(|label| escaped(label)).collect::<Vec<_>>();
    let mut files = Vec::new();
    #[cfg(feature = "report")]
    files.push(OutputFile::new(REPORT, report::page(&runs, labels, reading)?));
    #[cfg(not(feature = "report"))]
    let _ = reading;
    #[cfg(feature = "plots")]
    files.extend(plot::plot_files(&runs, labels, plots)?);
    #[cfg(not(feature = "plots"))]
    let _ = plots;
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
