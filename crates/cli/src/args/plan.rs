//! The arguments of `tilesim plan`.

use clap::Args;
use tilesim::{Framework, MAX_BATCH, RunOptions, Setting};
use tilesim_terms::{HostTransfers, Planning};

use super::{
    choice::{ObjectiveArgument, PassArgument, PrecisionArgument},
    number::share,
    shape_args::ShapeArgs,
};

/// `tilesim plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Explain the convolutions of this layer only
    #[arg(long, value_name = "NAME")]
    pub(crate) layer: Option<String>,
    /// Machine: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE", default_value = "mk2")]
    pub(crate) machine: String,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_BATCH))]
    pub(crate) batch: Option<u64>,
    /// Which pass is planned
    #[arg(long, value_enum, default_value_t = PassArgument::Forward)]
    pub(crate) pass: PassArgument,
    /// What is minimised first
    #[arg(long, value_enum, default_value_t = ObjectiveArgument::Cycles)]
    pub(crate) objective: ObjectiveArgument,
    /// Bits of the data and of the partial sums
    #[arg(long, value_enum, default_value_t = PrecisionArgument::F16F16)]
    pub(crate) precision: PrecisionArgument,
    /// Release of compiler and libraries: a bundled name or a JSON file; where left out, that of the system, or else the newest
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) software: Option<String>,
    /// Share of tile memory that a convolution's temporaries may take
    #[arg(long, value_name = "SHARE", default_value_t = 0.6, value_parser = share)]
    pub(crate) available_memory_proportion: f64,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Change the network's specification, with `machine.KEY=VALUE` the machine's, with `framework.KEY=VALUE` what the framework
    /// decides; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<Setting>,
}

impl PlanArgs {
    /// How the network would be run.
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            machine: Some(self.machine.clone()),
            batch: self.batch,
            precision: self.precision.into(),
            available_memory_proportion: self.available_memory_proportion,
            host: HostTransfers::default(),
            framework: Framework::default(),
            software: self.software.clone(),
            planning: Planning::Vendor,
            settings: self.settings.clone(),
            input_shapes: self.shapes.input.clone(),
            trace_tiles: Vec::new(),
        }
    }
}
