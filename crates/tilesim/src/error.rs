//! What can be wrong with what was asked for. Every message names the place and what was expected there.

mod place;

use std::{
    io,
    path::{Path, PathBuf},
};

use tilesim_input::{Known, Mistakes};
use tilesim_onnx::OnnxError;
use tilesim_report::render::units::bytes;

pub use place::Place;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument cannot be understood.
    #[error("`{argument}`: {reason}; expected {expected}")]
    Argument {
        /// The argument as given.
        argument: String,
        /// What is wrong with it.
        reason: String,
        /// What it should be.
        expected: String,
    },
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is one of several that did not all take their places.
    #[error(
        "{}: was written with others, and not all of them took their places (`files.json` says so); expected files of one run, \
         as running it again with the same `--out` writes them", path.display()
    )]
    Incomplete {
        /// The file.
        path: PathBuf,
    },
    /// A result file does not hold a result.
    #[error("{0}\n`tilesim schema result` says what is expected")]
    Result(Mistakes),
    /// A result file holds a result that does not add up.
    #[error("{}: {source}", path.display())]
    UnsoundResult {
        /// The file.
        path: PathBuf,
        /// What does not add up.
        source: tilesim_report::ReportError,
    },
    /// A network cannot be lowered to the machine.
    #[error(transparent)]
    Lower(tilesim_lower::LowerError),
    /// A program cannot run on the machine.
    #[error(transparent)]
    Simulate(tilesim_sim::SimError),
    /// A program cannot be executed.
    #[error(transparent)]
    Execute(tilesim_exec::ExecError),
    /// Executing a network takes more memory than it may.
    #[error(
        "executing the network takes {} of memory; expected at most {}, the memory limit; {}",
        bytes(*needed), bytes(*limit), most_of(largest)
    )]
    ExecutionMemory {
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that it may take.
        limit: u64,
        /// What takes the most of them: names and bytes.
        largest: Vec<(String, u64)>,
    },
    /// A network cannot be evaluated plainly.
    #[error(transparent)]
    Reference(tilesim_exec::ReferenceError),
    /// An array cannot be read or written.
    #[error("{}: {reason}; expected {expected}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What it should be.
        expected: String,
    },
    /// The weights of a file are not those of the network.
    #[error("{}: {source}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What does not match.
        source: Box<tilesim_exec::MatchError>,
    },
    /// A network that cannot be trained.
    #[error(transparent)]
    Graph(#[from] tilesim_graph::GraphError),
    /// The network cannot be had.
    #[error(transparent)]
    Model(#[from] tilesim_models::ModelError),
    /// A specification describes no network.
    #[error("{name}: {source}")]
    Specification {
        /// Name of the network, or of its file.
        name: String,
        /// What is wrong with it.
        source: Box<tilesim_models::ModelError>,
    },
    /// A file is no network that can be imported.
    #[error("{}: {source}", path.display())]
    Onnx {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<OnnxError>,
    },
    /// The machine cannot be had.
    #[error(transparent)]
    Machine(#[from] tilesim_machine::MachineError),
    /// The system cannot be had.
    #[error(transparent)]
    System(#[from] tilesim_machine::system::SystemError),
    /// A network cannot be trained on the system.
    #[error(transparent)]
    LowerSystem(tilesim_lower::system::SystemError),
    /// The profile does not add up.
    #[error(transparent)]
    Report(#[from] tilesim_report::ReportError),
    /// The difference of two runs cannot be taken apart.
    #[error(transparent)]
    Difference(#[from] tilesim_difference::DifferenceError),
    /// There is nothing to compare.
    #[error(transparent)]
    Empty(#[from] tilesim_report::EmptyComparison),
    /// Traces cannot be written.
    #[error(transparent)]
    Trace(#[from] tilesim_traces::TraceError),
    /// A plot cannot be made.
    #[error(transparent)]
    Plot(#[from] tilesim_page::PlotError),
    /// A study makes no sense.
    #[error("{}: {source}", path.display())]
    Study {
        /// The file, or the bundled name.
        path: PathBuf,
        /// What is wrong.
        source: tilesim_study::StudyError,
    },
    /// A sweep cannot go on.
    #[error(transparent)]
    Sweep(#[from] tilesim_study::SweepError),
    /// A job cannot tell which shard it is.
    #[error(transparent)]
    Shard(#[from] tilesim_study::ShardError),
    /// A result cannot be written as JSON.
    #[error("the result cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A table of measurements cannot be read.
    #[error(transparent)]
    Validate(#[from] tilesim_validate::ValidateError),
    /// The work was cancelled: by who watches its progress, or by whom its simulator is.
    #[error("cancelled")]
    Cancelled,
}

/// What takes the most memory, in words.
fn most_of(largest: &[(String, u64)]) -> String {
    let largest = largest
        .iter()
        .map(|(name, size)| format!("`{name}` takes {}", bytes(*size)));
    largest.collect::<Vec<_>>().join(", ")
}

impl Error {
    /// An argument that cannot be understood.
    pub fn argument(argument: &str, reason: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Argument {
            argument: argument.to_owned(),
            reason: reason.into(),
            expected: expected.into(),
        }
    }

    /// An argument with a name in it that is none of those there are.
    pub(crate) fn unknown<N: AsRef<str>>(
        argument: &str,
        reason: &str,
        name: &str,
        all: impl IntoIterator<Item = N>,
    ) -> Self {
        let known = Known::beside(name, all);
        Self::argument(argument, format!("{reason}{}", known.hint()), known.expected())
    }

    /// The error of a file that cannot be read.
    pub fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// The error of an ONNX file.
    pub fn onnx(path: &Path) -> impl FnOnce(OnnxError) -> Self {
        let path = path.to_owned();
        move |source| match source {
            OnnxError::Read { path, source } => Self::Read { path, source },
            source => Self::Onnx {
                path,
                source: Box::new(source),
            },
        }
    }

    /// The error of a file that cannot be written.
    pub fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

// However deep the work was stopped, that it was is one error.

impl From<tilesim_lower::LowerError> for Error {
    fn from(error: tilesim_lower::LowerError) -> Self {
        match error {
            tilesim_lower::LowerError::Cancelled => Self::Cancelled,
            error => Self::Lower(error),
        }
    }
}

impl From<tilesim_lower::system::SystemError> for Error {
    fn from(error: tilesim_lower::system::SystemError) -> Self {
        match error {
            tilesim_lower::system::SystemError::Lower {
                source: tilesim_lower::LowerError::Cancelled,
                ..
            } => Self::Cancelled,
            error => Self::LowerSystem(error),
        }
    }
}

impl From<tilesim_sim::SimError> for Error {
    fn from(error: tilesim_sim::SimError) -> Self {
        match error {
            tilesim_sim::SimError::Cancelled => Self::Cancelled,
            error => Self::Simulate(error),
        }
    }
}

impl From<tilesim_exec::ExecError> for Error {
    fn from(error: tilesim_exec::ExecError) -> Self {
        match error {
            tilesim_exec::ExecError::Cancelled => Self::Cancelled,
            error => Self::Execute(error),
        }
    }
}

impl From<tilesim_exec::ReferenceError> for Error {
    fn from(error: tilesim_exec::ReferenceError) -> Self {
        match error {
            tilesim_exec::ReferenceError::Cancelled => Self::Cancelled,
            error => Self::Reference(error),
        }
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
