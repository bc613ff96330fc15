//! How networks are run.

use std::path::PathBuf;

use clap::Args;
use tilesim::{Framework, InputShape, MAX_BATCH, RunOptions, Setting};

use super::{
    choice::{ModeArgument, PlanningArgument, PrecisionArgument, TracesArgument},
    host_args::HostArgs,
    number::share,
    plot::PlotArgs,
};
use crate::error::CliError;

/// How to run networks.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Machine: a bundled name or a JSON file; where left out, that of the system, or else `mk2`
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) machine: Option<String>,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_BATCH))]
    pub(crate) batch: Option<u64>,
    /// What a run computes
    #[arg(long, value_enum, default_value_t = ModeArgument::Inference)]
    pub(crate) mode: ModeArgument,
    /// Bits of the data and of the partial sums
    #[arg(long, value_enum, default_value_t = PrecisionArgument::F16F16)]
    pub(crate) precision: PrecisionArgument,
    /// Release of compiler and libraries: a bundled name or a JSON file; where left out, that of the system, or else the newest
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) software: Option<String>,
    /// Share of tile memory that a convolution's temporaries may take
    #[arg(long, value_name = "SHARE", default_value_t = 0.6, value_parser = share)]
    pub(crate) available_memory_proportion: f64,
    /// By what plans of convolutions are chosen
    #[arg(long, value_enum, default_value_t = PlanningArgument::Vendor)]
    pub(crate) planning: PlanningArgument,
    /// How the host takes part
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// Change the network's specification, with `machine.KEY=VALUE` the machine's, with `framework.KEY=VALUE` what the framework
    /// decides, with `system.KEY=VALUE` the system's; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<Setting>,
    /// Folder for the results as JSON, a report to look at, plots, and traces: tables, and a timeline for Perfetto
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Traces in that folder
    #[arg(long, value_enum, default_value_t = TracesArgument::Parquet, requires = "out")]
    pub(crate) traces: TracesArgument,
    /// Tiles that get a track of their own in the timeline, such as `0,735`
    #[arg(long, value_name = "TILE,…", value_delimiter = ',', requires = "out")]
    pub(crate) trace_tiles: Vec<u32>,
    /// Plots in that folder
    #[command(flatten)]
    pub(crate) plots: PlotArgs,
}

impl RunArgs {
    /// How to run networks in inference, whose inputs have these shapes.
    pub(crate) fn inference(&self, shapes: &[InputShape]) -> Result<RunOptions, CliError> {
        match self.mode {
            ModeArgument::Inference => Ok(self.options(shapes)),
            ModeArgument::Training => Err(CliError::argument(
                "--mode training",
                "this command runs inference",
                "`simulate --mode training`",
            )),
        }
    }

    /// How to run networks, whatever the mode, whose inputs have these shapes.
    pub(crate) fn options(&self, shapes: &[InputShape]) -> RunOptions {
        RunOptions {
            machine: self.machine.clone(),
            batch: self.batch,
            precision: self.precision.into(),
            available_memory_proportion: self.available_memory_proportion,
            host: self.host.transfers(),
            framework: Framework::default(),
            software: self.software.clone(),
            planning: self.planning.into(),
            settings: self.settings.clone(),
            input_shapes: shapes.to_vec(),
            trace_tiles: self.trace_tiles.clone(),
        }
    }
}
