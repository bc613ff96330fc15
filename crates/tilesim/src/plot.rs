//! Plots for papers.

use tilesim_page::{Plot, PlotOptions, PlotRun, plots};
use tilesim_report::labels;

use crate::{Error, OutputFile, Run, RunRecord, record::RunDetails};

impl Run {
    /// The plots of the run, a file each.
    ///
    /// # Errors
    /// Where a plot cannot be made, or as [`Run::traces`].
    pub fn plots(&self, options: &PlotOptions) -> Result<Vec<OutputFile>, Error> {
        let labels = labels(std::slice::from_ref(self.result()));
        plot_files(&[self.record()?], &labels, options)
    }
}

/// The plots of these runs; `labels` tell them apart.
pub(crate) fn plot_files(
    runs: &[RunRecord],
    labels: &[String],
    options: &PlotOptions,
) -> Result<Vec<OutputFile>, Error> {
    let runs: Vec<PlotRun<'_>> = runs
        .iter()
        .zip(labels)
        .map(|(run, label)| PlotRun {
            label,
            result: &run.result,
            sram_bytes_per_cycle: run.details.as_deref().map(sram_bytes_per_cycle),
        })
        .collect();
    let named = |plot: Plot| {
        OutputFile::new(
            format!("{}.{}", plot.name, options.format.extension()),
            plot.contents,
        )
    };
    Ok(plots(&runs, options)?.into_iter().map(named).collect())
}

/// Bytes that all tiles can read and write in a cycle.
fn sram_bytes_per_cycle(details: &RunDetails) -> u64 {
    let machine = &details.machine;
    details.traced.profile.tiles * (machine.sram_read_bytes_per_cycle + machine.sram_write_bytes_per_cycle)
}
