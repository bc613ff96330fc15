//! The arguments of `tilesim lower`.

use clap::Args;
use tilesim::{Framework, MAX_BATCH, RunOptions, Setting};

use super::{
    choice::{EmitArgument, ModeArgument, PlanningArgument, PrecisionArgument},
    host_args::HostArgs,
    number::share,
    shape_args::ShapeArgs,
};

/// `tilesim lower`.
#[derive(Debug, Args)]
pub(crate) struct LowerArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`; that of the system where it names one
    #[arg(value_name = "MODEL", required_unless_present = "system")]
    pub(crate) model: Option<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = EmitArgument::Program)]
    pub(crate) emit: EmitArgument,
    /// Machine: a bundled name or a JSON file; where left out, that of the system, or else `mk2`
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) machine: Option<String>,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_BATCH))]
    pub(crate) batch: Option<u64>,
    /// What the program computes
    #[arg(long, value_enum, default_value_t = ModeArgument::Inference)]
    pub(crate) mode: ModeArgument,
    /// System of chips that trains the network, of which every stage has a program: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE",
        conflicts_with_all = ["batch", "precision", "available_memory_proportion"])]
    pub(crate) system: Option<String>,
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
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Change the network's specification, with `machine.KEY=VALUE` the machine's, with `framework.KEY=VALUE` what the framework
    /// decides, with `system.KEY=VALUE` the system's; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<Setting>,
}

impl LowerArgs {
    /// How the network would be run.
    pub(crate) fn options(&self) -> RunOptions {
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
            input_shapes: self.shapes.input.clone(),
            trace_tiles: Vec::new(),
        }
    }
}
