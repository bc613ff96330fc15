//! What a plot is told of a run.

use tilesim_report::RunResult;

/// One run of a plot.
#[derive(Debug, Clone, Copy)]
pub struct PlotRun<'a> {
    /// A name that tells it from the others.
    pub label: &'a str,
    /// Its result.
    pub result: &'a RunResult,
    /// Bytes per cycle that all tiles together read from and write to their SRAM at most, where that is known.
    pub sram_bytes_per_cycle: Option<u64>,
}
