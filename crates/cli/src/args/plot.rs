//! How plots are wanted.

use clap::Args;
use tilesim_page::{PlotOptions, PlotSize};

use super::choice::PlotsArgument;

/// Options of plots.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlotArgs {
    /// Format of the plots in that folder
    #[arg(long, value_enum, default_value_t = PlotsArgument::Svg, requires = "out")]
    plots: PlotsArgument,
    /// Size of the plots: `one-column` or `two-columns` of a paper, or `WIDTHxHEIGHT` in points of 1/96 inch
    #[arg(long, value_name = "SIZE", default_value = "two-columns", requires = "out")]
    plot_size: PlotSize,
    /// What stands above each plot
    #[arg(long, value_name = "TEXT", requires = "out")]
    plot_title: Option<String>,
}

impl PlotArgs {
    /// The options as the library takes them.
    pub(crate) fn options(&self) -> PlotOptions {
        PlotOptions {
            format: self.plots.into(),
            size: self.plot_size,
            title: self.plot_title.clone(),
        }
    }
}
