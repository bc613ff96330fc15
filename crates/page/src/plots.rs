//! Plots for papers: the same figures as the page, as SVG or PNG.

mod axis;
mod canvas;
mod labels;
mod legend;
mod panel;
mod roofline;
mod run;
mod scene;
mod silicon;
mod study;
mod throughput;
mod utilisation;
mod waterfall;

pub use run::PlotRun;
pub use silicon::silicon_picture;
pub use study::picture;

use crate::{PlotError, PlotOptions};
use canvas::drawn;

/// A plot as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// What it shows: the name of a file without its extension.
    pub name: &'static str,
    /// The file.
    pub contents: Vec<u8>,
}

/// Every plot of these runs: the waterfall from FLOPs to cycles, the roofline, the utilisation
/// of sorted layers over the cycles, and the throughput against
/// the FLOPs.
///
/// # Errors
/// When a plot cannot be drawn or encoded.
pub fn plots(runs: &[PlotRun<'_>], options: &PlotOptions) -> Result<Vec<Plot>, PlotError> {
    Ok(vec![
        Plot {
            name: "waterfall",
            contents: drawn(options, &waterfall::Waterfall(runs))?,
        },
        Plot {
            name: "roofline",
            contents: drawn(options, &roofline::Roofline(runs))?,
        },
        Plot {
            name: "utilisation",
            contents: drawn(options, &utilisation::Utilisation(runs))?,
        },
        Plot {
            name: "throughput",
            contents: drawn(options, &throughput::Throughput(runs))?,
        },
    ])
}
