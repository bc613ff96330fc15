//! Options that take one of a few values.

use clap::ValueEnum;
use tilesim::{
    Precision, TraceFormat,
    execution::gradients::{BatchStatistics, LossReduction},
};
use tilesim_codelets::Count;
use tilesim_page::PlotFormat;
use tilesim_planner::Objective;
use tilesim_terms::{ConvolutionPass, HostIo, Planning};

/// How a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    Table,
    /// JSON for programs
    Json,
}

/// Formats of plots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlotsArgument {
    /// Lines and letters
    Svg,
    /// Pixels
    Png,
}

impl From<PlotsArgument> for PlotFormat {
    fn from(format: PlotsArgument) -> Self {
        match format {
            PlotsArgument::Svg => Self::Svg,
            PlotsArgument::Png => Self::Png,
        }
    }
}

/// Which traces are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TracesArgument {
    /// Tables as Parquet, and the timeline
    Parquet,
    /// Tables as CSV, and the timeline
    Csv,
    /// None, results only
    None,
}

impl TracesArgument {
    /// The format; nothing where there are to be no traces.
    pub(crate) const fn format(self) -> Option<TraceFormat> {
        match self {
            Self::Parquet => Some(TraceFormat::Parquet),
            Self::Csv => Some(TraceFormat::Csv),
            Self::None => None,
        }
    }
}

/// What a run computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArgument {
    /// The forward pass with fixed parameters
    Inference,
    /// One weight update: forward, backward and optimiser
    Training,
}

/// By what plans of convolutions are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanningArgument {
    /// Each for itself, as the vendor's compiler does
    Vendor,
    /// Among the best plans of each, by what the network takes with it; at inference alone
    #[value(name = "layout_aware")]
    LayoutAware,
}

impl From<PlanningArgument> for Planning {
    fn from(argument: PlanningArgument) -> Self {
        match argument {
            PlanningArgument::Vendor => Self::Vendor,
            PlanningArgument::LayoutAware => Self::LayoutAware,
        }
    }
}

/// When the host sends inputs and receives results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HostIoArgument {
    /// Inputs are on the chip before, results stay there
    None,
    /// Before and after all else
    Serial,
    /// Beside all else, on tiles reserved for it
    Overlapped,
}

impl From<HostIoArgument> for HostIo {
    fn from(argument: HostIoArgument) -> Self {
        match argument {
            HostIoArgument::None => Self::None,
            HostIoArgument::Serial => Self::Serial,
            HostIoArgument::Overlapped => Self::Overlapped,
        }
    }
}

/// Types of data and partial sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArgument {
    /// Half data, half partial sums (also `f16.16`)
    #[value(name = "16.16", alias = "f16.16")]
    F16F16,
    /// Half data, float partial sums (also `f16.32`)
    #[value(name = "16.32", alias = "f16.32")]
    F16F32,
    /// Float data, float partial sums (also `f32`)
    #[value(name = "32.32", aliases = ["f32", "f32.f32"])]
    F32F32,
}

impl From<PrecisionArgument> for Precision {
    fn from(precision: PrecisionArgument) -> Self {
        match precision {
            PrecisionArgument::F16F16 => Self::F16F16,
            PrecisionArgument::F16F32 => Self::F16F32,
            PrecisionArgument::F32F32 => Self::F32F32,
        }
    }
}

/// How the loss of a batch is made of the losses of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LossReductionArgument {
    /// Their mean
    Mean,
    /// Their sum
    Sum,
}

impl From<LossReductionArgument> for LossReduction {
    fn from(reduction: LossReductionArgument) -> Self {
        match reduction {
            LossReductionArgument::Mean => Self::Mean,
            LossReductionArgument::Sum => Self::Sum,
        }
    }
}

/// Statistics of batch norms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BatchStatisticsArgument {
    /// The stored ones where the logits of the reference come of them, or else those of the batch
    Auto,
    /// Those of the batch, as in training
    Current,
    /// The stored ones, as in evaluation
    Stored,
}

impl BatchStatisticsArgument {
    /// The statistics; nothing where the reference shows them.
    pub(crate) const fn given(self) -> Option<BatchStatistics> {
        match self {
            Self::Auto => None,
            Self::Current => Some(BatchStatistics::Current),
            Self::Stored => Some(BatchStatistics::Stored),
        }
    }
}

/// What `lower` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmitArgument {
    /// Variables, steps and their order
    Program,
    /// How each layer is planned, in one line
    Plans,
}

/// Passes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PassArgument {
    /// The outputs
    Forward,
    /// Gradients of the inputs
    InputGradient,
    /// Gradients of the weights
    WeightGradient,
}

impl From<PassArgument> for ConvolutionPass {
    fn from(pass: PassArgument) -> Self {
        match pass {
            PassArgument::Forward => Self::Forward,
            PassArgument::InputGradient => Self::InputGradient,
            PassArgument::WeightGradient => Self::WeightGradient,
        }
    }
}

/// What the planner minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ObjectiveArgument {
    /// Cycles, then temporary memory
    Cycles,
    /// Temporary memory, then cycles
    Memory,
    /// Tiles used, then temporary memory
    Tiles,
}

impl From<ObjectiveArgument> for Objective {
    fn from(objective: ObjectiveArgument) -> Self {
        match objective {
            ObjectiveArgument::Cycles => Self::Cycles,
            ObjectiveArgument::Memory => Self::Memory,
            ObjectiveArgument::Tiles => Self::Tiles,
        }
    }
}

/// Whose count of cycles is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CountArgument {
    /// What the vendor's library charges
    Vendor,
    /// What the machine has to do
    Machine,
}

impl From<CountArgument> for Count {
    fn from(count: CountArgument) -> Self {
        match count {
            CountArgument::Vendor => Self::Vendor,
            CountArgument::Machine => Self::Machine,
        }
    }
}

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaSubject {
    /// What `simulate` answers
    Result,
    /// What `compare` answers
    Comparison,
    /// Specification of a network
    Network,
    /// Description of a machine
    Machine,
    /// What `sweep` runs
    Study,
    /// Description of a system of chips
    System,
    /// A release of compiler and libraries
    Software,
    /// What `simulate --mode training` answers
    Training,
    /// Columns of the trace tables (not a JSON schema: the tables are Parquet or CSV)
    Traces,
    /// What `cost` answers
    Cost,
    /// What `plan` answers
    Plan,
    /// What `explain` of the server answers
    Explanation,
    /// What `why` answers
    Why,
    /// What `sensitivity` answers
    Sensitivity,
    /// What `solve` answers
    Solution,
    /// What `search` answers
    Search,
    /// What `lower` answers
    Lowered,
    /// What `run` answers
    Run,
    /// What `run --gradients` answers
    Gradients,
    /// What `models` answers
    Models,
    /// What `models --operators` answers
    Operators,
    /// What `machines` answers
    Machines,
    /// What `machines NAME` answers of a machine
    MachineExplanation,
    /// What `machines NAME` answers of a system
    SystemExplanation,
    /// The answer of `machines NAME`, where that is a release of compiler and libraries
    SoftwareExplanation,
    /// Which files of a folder belong together: its `files.json`
    Files,
    /// What `sweep` answers
    Summary,
    /// What `sweep status` answers
    SweepStatus,
    /// What `validate vertices` answers
    ValidateVertices,
    /// What `validate plans` answers
    ValidatePlans,
    /// What `validate layers` answers
    ValidateLayers,
    /// What `validate training` answers
    ValidateTraining,
    /// What `validate silicon` answers
    ValidateSilicon,
    /// What `validate summary` answers
    ValidateSummary,
}
