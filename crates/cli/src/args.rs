//! The command line.

mod byte_count;
mod choice;
mod plot;
mod shard_argument;

pub(crate) use choice::{
    BatchStatisticsArgument, CountArgument, EmitArgument, Format, HostIoArgument, LossReductionArgument,
    ModeArgument, ObjectiveArgument, PassArgument, PrecisionArgument, SchemaSubject, TracesArgument,
};

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use tilesim::{Claim, Framework, InputShape, MAX_BATCH, RunOptions, Setting};
use tilesim_terms::HostTransfers;

use self::{byte_count::byte_count, plot::PlotArgs, shard_argument::ShardArgument};
use crate::error::CliError;

/// Heading of the options that every command has.
const GLOBAL: &str = "Options of every command";

/// How fast does a network run on a many-tile processor, and why?
///
/// Exit codes: 0 the answer is positive, 1 it is negative (does not fit, an assertion or a validation fails), 2 the input is bad, 3
/// the time limit has passed.
#[derive(Debug, Parser)]
#[command(name = "tilesim", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// How to answer
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, help_heading = GLOBAL)]
    pub(crate) format: Format,
    /// No progress and no remarks on standard error
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,
    /// Threads to work with; all processors by default
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024),
        help_heading = GLOBAL)]
    pub(crate) threads: Option<u16>,
    /// Time that the command may take: it ends with exit code 3 where it has no answer by then
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, help_heading = GLOBAL)]
    pub(crate) time_limit: Option<Duration>,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare networks, machines or settings side by side
    Compare(CompareArgs),
    /// Why one run takes another time than another: the difference by cause, layer and decision, and what would change it
    Why(WhyArgs),
    /// Simulate one network
    Simulate(SimulateArgs),
    /// Compute a network with real numbers, tile by tile as it was lowered
    Run(ExecuteArgs),
    /// The program that a network is lowered to, as text; or only how each layer is planned
    Lower(LowerArgs),
    /// What a network costs in theory: multiply-accumulates, parameters, activations
    Cost(CostArgs),
    /// How the convolutions of a network are cut over tiles, and why
    Plan(PlanArgs),
    /// Simulate every combination of a study's settings; what is done stays done when it is stopped
    Sweep(SweepArgs),
    /// Compare predictions with measured tables
    Validate(ValidateArgs),
    /// List the bundled networks, or show the specification of one
    Models(ModelsArgs),
    /// List the bundled machines and systems, or explain every number of one
    Machines(MachinesArgs),
    /// Answer tools that call often, over standard input and output (Model Context Protocol)
    #[cfg(feature = "serve")]
    Serve,
    /// Print the JSON schema of a file format
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// How the host takes part in runs.
#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// Include the transfers of images and results from and to the host: serial, where nothing else is said, or overlapped with
    /// what the chip computes, on tiles reserved for them
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, default_value_t = HostIoArgument::None,
        default_missing_value = "serial")]
    pub(crate) host_io: HostIoArgument,
    /// Tiles reserved for overlapped transfers; 32 where left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) io_tiles: Option<u32>,
    /// Batches that these tiles hold at a time; 1 where left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) prefetch_depth: Option<u32>,
    /// Batches that one call of the host runs, of which the first transfer in and the last one out overlap with nothing; where left
    /// out, endlessly many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batches_per_step: Option<u32>,
}

impl HostArgs {
    fn transfers(&self) -> HostTransfers {
        HostTransfers {
            io: self.host_io.into(),
            io_tiles: self.io_tiles,
            prefetch_depth: self.prefetch_depth,
            batches_per_step: self.batches_per_step,
        }
    }
}

/// How to run networks.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Machine: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE", default_value = "mk2")]
    pub(crate) machine: String,
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
            settings: self.settings.clone(),
            input_shapes: shapes.to_vec(),
            trace_tiles: self.trace_tiles.clone(),
        }
    }
}

/// Shapes of inputs.
#[derive(Debug, Args)]
pub(crate) struct ShapeArgs {
    /// Shape of an input where an ONNX file leaves sizes open, such as `1x3x320x320`, with `NAME=` before it where there are
    /// several; may be repeated
    #[arg(long, value_name = "NAME=SIZES")]
    pub(crate) input: Vec<InputShape>,
}

/// `tilesim compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Networks to compare with the first: `NAME`, `SPEC.json`, `NET.onnx` or `RESULT.json`, perhaps with `@MACHINE:KEY=VALUE,…` for
    /// settings of that one alone, such as `efficientnet-b0-g16@bow:batch=8`
    #[arg(value_name = "MODEL", required = true)]
    pub(crate) models: Vec<String>,
    /// How to run them
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of their inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Search the largest batch that fits, for each network that is run, as `simulate --max-batch` does
    #[arg(long)]
    pub(crate) max_batch: bool,
}

/// `tilesim why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Run to start from: `NAME`, `SPEC.json`, `NET.onnx` or `RESULT.json`, perhaps with `@MACHINE:KEY=VALUE,…`; in training a system
    /// that names its network, too
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// Run whose time is explained, alike
    #[arg(value_name = "B")]
    pub(crate) b: String,
    /// How to run them
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of their inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// System of chips that trains both: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE",
        conflicts_with_all = ["machine", "batch", "precision", "available_memory_proportion"])]
    pub(crate) system: Option<String>,
}

/// `tilesim simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`; that of the system where it names one
    #[arg(value_name = "MODEL", required_unless_present = "system")]
    pub(crate) model: Option<String>,
    /// How to run it
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Search the largest batch that fits: none of half as many images again (8 at least, 64 at most) does; in training the largest
    /// micro-batch that leaves the global batch as it is
    #[arg(long)]
    pub(crate) max_batch: bool,
    /// System of chips that trains the network: a bundled name or a JSON file. It states machine, micro-batch, precision and
    /// memory proportion too; without one, a single chip trains
    #[arg(long, value_name = "NAME|FILE",
        conflicts_with_all = ["machine", "batch", "precision", "available_memory_proportion"])]
    pub(crate) system: Option<String>,
    /// Propose splits of the network that balance the stages of the system better
    #[arg(long, requires = "system")]
    pub(crate) balance: bool,
    /// Fail with exit code 1 unless this holds, such as `cycles<=1000000`, `time.images_per_second>=2000` or `fits`; may be
    /// repeated
    #[arg(long = "assert", value_name = "CLAIM")]
    pub(crate) assertions: Vec<Claim>,
}

/// `tilesim run`.
#[derive(Debug, Args)]
pub(crate) struct ExecuteArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// What it computes from: an array, with `NAME=` before it where there are several inputs, an archive (.npz) of inputs by name,
    /// or the shape alone; may be repeated, and is made up from the seed where left out
    #[arg(long, value_name = "[NAME=]FILE.npy|npz|SIZES")]
    pub(crate) input: Vec<String>,
    /// Where the result goes
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) output: Option<PathBuf>,
    /// What the first output is compared with, or with `NAME=` before it another, or those of an archive (.npz) by name; may be
    /// repeated. Exit code 1 where one differs by more than --tolerance. What gradients are compared with
    #[arg(long, value_name = "[NAME=]FILE.npy|npz")]
    pub(crate) reference: Vec<String>,
    /// Compare every operator with a plain evaluation of the network; exit code 1 where one differs
    #[arg(long)]
    pub(crate) check: bool,
    /// Execute a training step in single precision, and compare its logits, loss and gradients with the archive (.npz) that
    /// --reference names, which holds `input` and `labels` too; exit code 1 where one is off
    #[arg(long, requires = "reference", conflicts_with_all = ["check", "input", "output"])]
    pub(crate) gradients: bool,
    /// Weights of the network, from an ONNX file of the same structure
    #[arg(long, value_name = "FILE.onnx")]
    pub(crate) weights: Option<PathBuf>,
    /// Share of the target that the loss of --gradients spreads evenly over all classes; left out, what loss and logits of the
    /// reference show: 0.1 or 0
    #[arg(long, value_name = "SHARE", value_parser = below_one, requires = "gradients")]
    pub(crate) label_smoothing: Option<f64>,
    /// What the loss of --gradients is of the losses of the samples; left out, what loss and logits of the reference show
    #[arg(long, value_enum, requires = "gradients")]
    pub(crate) loss_reduction: Option<LossReductionArgument>,
    /// Which statistics batch norms take in --gradients
    #[arg(long, value_enum, default_value_t = BatchStatisticsArgument::Auto, requires = "gradients")]
    pub(crate) batch_statistics: BatchStatisticsArgument,
    /// Largest difference that --reference, --check or --gradients takes, relative to the largest magnitude of a tensor. Left out:
    /// 1e-4 in f32 and of gradients; of halves 0.02 (f16.32) or 0.04 (f16.16) of an output, 0.1 of an operator
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) tolerance: Option<f64>,
    /// Of inputs and parameters that are made up; 0 where left out, but an ONNX file whose weights have no data wants it given
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Memory that values may take, such as `500MB` or `4GiB`; what takes more is refused before it takes any. Left out: half of
    /// what the host has
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub(crate) memory_limit: Option<u64>,
    /// How to run it
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// `tilesim lower`.
#[derive(Debug, Args)]
pub(crate) struct LowerArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`; that of the system where it names one
    #[arg(value_name = "MODEL", required_unless_present = "system")]
    pub(crate) model: Option<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = EmitArgument::Program)]
    pub(crate) emit: EmitArgument,
    /// Machine: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE", default_value = "mk2")]
    pub(crate) machine: String,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_BATCH))]
    pub(crate) batch: Option<u64>,
    /// What the program computes
    #[arg(long, value_enum, default_value_t = ModeArgument::Inference)]
    pub(crate) mode: ModeArgument,
    /// System of chips that trains the network, of which every stage has a program: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE",
        conflicts_with_all = ["machine", "batch", "precision", "available_memory_proportion"])]
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
            settings: self.settings.clone(),
            input_shapes: self.shapes.input.clone(),
            trace_tiles: Vec::new(),
        }
    }
}

/// `tilesim cost`.
#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_BATCH))]
    pub(crate) batch: Option<u64>,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Change the network's specification; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<Setting>,
    /// List every layer
    #[arg(long)]
    pub(crate) layers: bool,
}

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
            machine: self.machine.clone(),
            batch: self.batch,
            precision: self.precision.into(),
            available_memory_proportion: self.available_memory_proportion,
            host: HostTransfers::default(),
            framework: Framework::default(),
            software: self.software.clone(),
            settings: self.settings.clone(),
            input_shapes: self.shapes.input.clone(),
            trace_tiles: Vec::new(),
        }
    }
}

/// `tilesim sweep`.
///
/// The folder gets one table, `results.parquet`, with a row for each point, and what it says as `summary.json`. The same command
/// again goes on where it was stopped.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SweepArgs {
    /// Study: a bundled name or a JSON file
    #[arg(value_name = "STUDY", required = true)]
    pub(crate) study: Option<String>,
    /// Folder for the rows
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) out: Option<PathBuf>,
    /// Part of the study to run, from 1: 2/4 is the second of four jobs; `auto` for what Slurm, Kubernetes, PBS or GNU parallel
    /// say of this job, with their number in `TILESIM_SHARD_COUNT` where they do not say that
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    pub(crate) shard: ShardArgument,
    /// Write files of the sweep that are damaged or missing anew, and run points again whose rows are lost
    #[arg(long)]
    pub(crate) repair: bool,
    /// Pictures in that folder
    #[command(flatten)]
    pub(crate) plots: PlotArgs,
    /// What else to do with sweeps
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,
}

/// What else to do with sweeps.
#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    /// Join the folders of all shards of a study
    Merge(MergeArgs),
    /// How far the shards of a study are; exit code 1 until all points have rows
    Status(StatusArgs),
}

/// `tilesim sweep status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Folders of the shards
    #[arg(value_name = "DIR", required = true)]
    pub(crate) folders: Vec<PathBuf>,
}

/// `tilesim sweep merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Folders of the shards
    #[arg(value_name = "DIR", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// Folder for the whole
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Join what there is by now, as a sweep that may go on there, and as the table `partial.parquet`
    #[arg(long)]
    pub(crate) partial: bool,
}

/// `tilesim validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// What is predicted
    #[command(subcommand)]
    pub(crate) subject: ValidateSubject,
}

/// What is predicted.
#[derive(Debug, Subcommand)]
pub(crate) enum ValidateSubject {
    /// Throughput of training configurations
    Training(TrainingArgs),
    /// Cycles of one kernel on one tile
    Vertices(VerticesArgs),
    /// Cycles and memory of whole layers over the chip
    Layers(LayersArgs),
    /// Cycles of convolutions planned over the chip
    Plans(PlansArgs),
    /// What was measured on real chips: kernels, products, inference, training, and what fits
    Silicon(SiliconArgs),
    /// The errors of all open tables by kind of operator, as this version stores them
    Summary(SummaryArgs),
}

/// `tilesim validate training`.
#[derive(Debug, Args)]
pub(crate) struct TrainingArgs {
    /// Tables as CSV files, or folders of them: with columns `config` and `training_images_per_second_pod16`, or `configuration`,
    /// `images_per_second` (or `cycles_per_update`) and `sdk`; configurations are bundled systems, or JSON files
    #[arg(value_name = "FILE.csv|DIR", required = true)]
    pub(crate) tables: Vec<PathBuf>,
    /// Print the error budget: the cycles of a pipeline slot by phase and cause beside the measured ones
    #[arg(long)]
    pub(crate) explain: bool,
    /// Fail with exit code 1 unless every configuration has at most this relative error
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    pub(crate) within: Option<f64>,
}

/// `tilesim validate vertices`.
#[derive(Debug, Args)]
pub(crate) struct VerticesArgs {
    /// Tables as CSV files, or folders of them
    #[arg(value_name = "FILE.csv|DIR", required = true)]
    pub(crate) tables: Vec<PathBuf>,
    /// Whose count is compared: the vendor's, quirks included, or what the machine has to do
    #[arg(long, value_enum, default_value_t = CountArgument::Vendor)]
    pub(crate) count: CountArgument,
    /// Fail with exit code 1 unless enough rows of every table have at most this relative error
    #[arg(long, value_name = "PERCENT", requires = "share", value_parser = percentage)]
    pub(crate) within: Option<f64>,
    /// How many rows are enough for --within
    #[arg(long, value_name = "PERCENT", requires = "within", value_parser = percentage)]
    pub(crate) share: Option<f64>,
    /// Machine: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE", default_value = "mk2")]
    pub(crate) machine: String,
}

/// `tilesim validate layers`.
///
/// Every row is lowered and simulated on the chip that its column `target` names, with the tiles that it used.
#[derive(Debug, Args)]
pub(crate) struct LayersArgs {
    /// Table of layers as a CSV file
    #[arg(value_name = "FILE.csv")]
    pub(crate) table: PathBuf,
    /// Fail with exit code 1 unless the cycles of enough rows of every kind of layer have at most this relative error
    #[arg(long, value_name = "PERCENT", requires = "share", value_parser = percentage)]
    pub(crate) within: Option<f64>,
    /// The same for memory
    #[arg(long, value_name = "PERCENT", requires = "share", value_parser = percentage)]
    pub(crate) memory_within: Option<f64>,
    /// How many rows are enough for --within and --memory-within
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    pub(crate) share: Option<f64>,
}

/// `tilesim validate plans`.
///
/// Tables of given assignments are costed again, term by term. Where a table holds the choices of the vendor's planner, each
/// layer is planned here too, under the memory that the vendor's plan needs, and the answer is negative where a plan found here
/// costs more than the vendor's.
#[derive(Debug, Args)]
pub(crate) struct PlansArgs {
    /// Tables of plans as CSV files, or folders of them
    #[arg(value_name = "FILE.csv|DIR", required = true)]
    pub(crate) tables: Vec<PathBuf>,
    /// Fail with exit code 1 unless enough rows of every table, and of every term, have at most this relative error
    #[arg(long, value_name = "PERCENT", requires = "share", value_parser = percentage)]
    pub(crate) within: Option<f64>,
    /// How many rows are enough for --within
    #[arg(long, value_name = "PERCENT", requires = "within", value_parser = percentage)]
    pub(crate) share: Option<f64>,
}

/// `tilesim validate silicon`.
///
/// Tables are told apart by their columns: kernels, matrix products, inference, capacity, training, and the configurations that rows
/// of training name.
#[derive(Debug, Args)]
pub(crate) struct SiliconArgs {
    /// Tables of measurements as CSV files, or folders of them
    #[arg(value_name = "FILE.csv|DIR", required = true)]
    pub(crate) tables: Vec<PathBuf>,
    /// Folder for the answer as JSON and its picture: predicted over measured, sorted
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// That picture
    #[command(flatten)]
    pub(crate) plots: PlotArgs,
    /// Fail with exit code 1 unless every row is predicted, fits and has at most this relative error
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    pub(crate) within: Option<f64>,
}

/// `tilesim validate summary`.
#[derive(Debug, Args)]
pub(crate) struct SummaryArgs {
    /// Folder with the vendor's tables: vertices in `vertices`, plans in `plans`, and `layers_open.csv`
    #[arg(value_name = "DIR")]
    pub(crate) vendor: PathBuf,
    /// Folder with the tables of measurements
    #[arg(value_name = "SILICON")]
    pub(crate) silicon: PathBuf,
}

/// `tilesim models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Network whose specification is shown; without it, all are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// List the operators of ONNX that are imported: which are executed, timed and trained, and within what limits
    #[arg(long, conflicts_with = "name")]
    pub(crate) operators: bool,
}

/// `tilesim machines`.
#[derive(Debug, Args)]
pub(crate) struct MachinesArgs {
    /// Machine or system to explain, by its name or JSON file; without it, the bundled ones are listed
    #[arg(value_name = "NAME|FILE")]
    pub(crate) name: Option<String>,
}

/// `tilesim schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which file format
    #[arg(value_enum)]
    pub(crate) subject: SchemaSubject,
}

/// `tilesim completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

fn share(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "expected a number above 0, at most 1".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    number(text)
        .filter(|seconds| *seconds > 0.0 && *seconds <= 1e9)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

fn below_one(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| "expected a number from 0 on, below 1".to_owned())
}

fn percentage(text: &str) -> Result<f64, String> {
    number(text.trim_end_matches('%'))
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "expected a number between 0 and 100".to_owned())
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shares_and_percentages() {
        assert_eq!(share("0.6"), Ok(0.6));
        assert!(
            ["0", "1.1", "x", "NaN"]
                .into_iter()
                .all(|text| share(text).is_err())
        );
        assert_eq!(percentage("99.5%"), Ok(99.5));
        assert!(
            ["-1", "101", "x", "NaN"]
                .into_iter()
                .all(|text| percentage(text).is_err())
        );
    }
}
