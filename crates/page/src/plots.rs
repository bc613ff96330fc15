//! Plots for papers: the same figures as the page, as SVG or PNG.

mod canvas;
mod frame;
mod roofline;
mod run;
mod silicon;
mod study;
mod throughput;
mod utilisation;
mod waterfall;

pub use run::PlotRun;
pub use silicon::silicon_picture;
pub use study::picture;

use crate::{PlotError, PlotFormat};
use canvas::drawn;

/// A plot as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// What it shows: the name of a file without its extension.
    pub name: &'static str,
    /// The file.
    pub contents: Vec<u8>,
}

/// Every plot of these runs: the waterfall from FLOPs to cycles, the roofline, the utilisation by layer, and the throughput against
/// the FLOPs.
///
/// # Errors
/// When a plot cannot be drawn or encoded.
pub fn plots(runs: &[PlotRun<'_>], format: PlotFormat) -> Result<Vec<Plot>, PlotError> {
    Ok(vec![
        Plot {
            name: "waterfall",
            contents: drawn(format, &waterfall::Waterfall(runs))?,
        },
        Plot {
            name: "roofline",
            contents: drawn(format, &roofline::Roofline(runs))?,
        },
        Plot {
            name: "utilisation",
            contents: drawn(format, &utilisation::Utilisation(runs))?,
        },
        Plot {
            name: "throughput",
            contents: drawn(format, &throughput::Throughput(runs))?,
        },
    ])
}
