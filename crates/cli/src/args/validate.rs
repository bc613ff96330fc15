//! The arguments of `tilesim validate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{choice::CountArgument, number::percentage, plot::PlotArgs};

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
