//! How fast does a network run on a many-tile processor, and why?
//!
//! tilesim simulates IPU-style processors, with hundreds of tiles that have memory, six workers and vector dot-product units each and
//! work in bulk-synchronous steps. This crate is the library behind all its doors: everything from a name or a file to an answer. It
//! prints nothing, reads no clock and never exits; long work tells a [`Progress`] how far it is, which may cancel it.
//!
//! # A first run
//!
//! A [`Simulation`] says what is run: a network, a machine, a batch, settings of either. A [`Simulator`] runs it, and keeps what the
//! next run may have in common with it.
//!
//! ```
//! use tilesim::{Simulation, Simulator};
//!
//! let simulator = Simulator::new();
//! let run = Simulation::of("efficientnet-b0-g16")?
//!     .machine("mk2")?
//!     .batch(4)
//!     .set("group_size", 8)?
//!     .run(&simulator)?;
//! let result = run.result();
//! println!("{} cycles, {:.0} images/s", result.time.cycles, result.time.images_per_second);
//! assert!(result.memory.fits);
//! # Ok::<(), tilesim::Error>(())
//! ```
//!
//! # Why it takes that long
//!
//! Every cycle of every tile has a cause, and the causes sum to the cycles, for the run and for each of its layers:
//!
//! ```
//! # use tilesim::{Simulation, Simulator};
//! let run = Simulation::of("efficientnet-b0-g1")?.run(&Simulator::forgetful())?;
//! assert_eq!(run.causes().total(), run.result().time.cycles);
//! let slowest = run.layers().iter().max_by_key(|layer| layer.cycles);
//! println!("the slowest layer is {}", slowest.map_or("none", |layer| &layer.name));
//! // The program that was timed, as text that diffs.
//! assert!(run.program().to_string().contains("exchange"));
//! # Ok::<(), tilesim::Error>(())
//! ```
//!
//! [`Run::traces`] takes a run apart into steps, tiles, variables and plans; `Run::report` (feature `report`) is a page to look at, and [`run_files`] makes
//! of it the files that `tilesim simulate --out` writes. [`Simulation::explain_plans`] says how convolutions are cut over tiles, and why.
//!
//! # Machines and networks of one's own
//!
//! Neither needs a file. A [`MachineVariant`] is a bundled machine with other numbers, or a [`Machine`] that code puts together; every
//! number is held to what a machine can have.
//!
//! ```
//! use tilesim::{Machine, MachineVariant, Network, Simulation, Simulator};
//!
//! let mk2 = MachineVariant::load("mk2")?;
//! let wide = Machine { name: "wide".to_owned(), exchange_bytes_per_cycle: 16, ..mk2.machine().clone() };
//! let mut network = Network::load("mobilenet-v1")?;
//! network.set("resolution", 96)?;
//! let before = Simulation::new(network.clone(), mk2).result(&Simulator::forgetful())?;
//! let after = Simulation::new(network, wide.try_into()?).result(&Simulator::forgetful())?;
//! assert!(after.time.cycles < before.time.cycles);
//! # Ok::<(), tilesim::Error>(())
//! ```
//!
//! [`Network::from_code`] takes a graph that is built operator by operator, [`Network::from_onnx`] a model in memory.
//!
//! # The other questions
//!
//! | question | answer |
//! |---|---|
//! | which of two, and by how much? | [`compare`] |
//! | why does one take longer than another? | [`why`](why()) |
//! | which of its numbers matters, and what to buy next? | [`sensitivity`](sensitivity()) |
//! | which numbers reach a goal? | [`solve`](solve()) |
//! | how large a batch fits? | [`Simulation::largest_batch`] |
//! | what does a weight update over many chips take? | [`Training`] |
//! | what would change it? | [`Sweep`], all combinations of what a study varies |
//! | does the program compute the right numbers? | [`Simulation::execute`], [`Simulation::compare_gradients`] |
//! | what does it cost in theory? | [`Network::cost`] |
//! | what is bundled? | [`listing`] |
//!
//! # Features
//!
//! None is on by default; `full` is all of them, as the command line has it.
//!
//! | feature | with it |
//! |---|---|
//! | `report` | reports as HTML pages |
//! | `plots` | plots for papers, as SVG and PNG |
//! | `parquet` | trace tables as Parquet; sweeps in folders that go on where they were stopped |
//! | `npy` | arrays from and to files of numpy |
//!
//! Examples of each stand in `examples/`. All answers serialise to the JSON that the command line prints; [`SchemaSubject`] has their
//! schemas. What can go wrong is one type, [`Error`], which says where and what was expected. That a network does not fit is no error but
//! a result.

mod claim;
mod comparison;
pub mod cost;
mod error;
pub mod execution;
mod explanation;
mod file;
mod files;
mod framework;
mod input_shape;
pub mod listing;
pub mod lowered;
pub mod machine;
mod model_reference;
pub mod network;
mod numbers;
mod output;
pub mod plan;
mod planning;
#[cfg(feature = "plots")]
mod plot;
mod precision;
mod progress;
mod record;
#[cfg(feature = "report")]
mod report;
mod run;
mod saved_result;
mod schema;
#[cfg(feature = "parquet")]
mod search;
mod sensitivity;
mod setting;
mod shown;
mod silicon;
mod simulation;
mod simulator;
pub mod software;
mod solve;
mod sweep;
pub mod system;
mod trace;
mod training;
mod why;

pub use tilesim_difference as difference;
pub use tilesim_graph as graph;
pub use tilesim_machine::Machine;
pub use tilesim_report as results;
pub use tilesim_response as response;
pub use tilesim_study as study;
pub use tilesim_terms::{
    Cancellation, Framework, FunctionCode, FunctionCopies, InferenceNorm, NetworkInput, Placing, Planning,
};
pub use tilesim_traces as traces;

pub use claim::{Claim, Verdict};
pub use comparison::compare;
pub use error::{Error, Place};
pub use explanation::RunExplanation;
pub use files::run_files;
pub use input_shape::InputShape;
pub use machine::MachineVariant;
pub use model_reference::{ModelReference, ModelSource};
pub use network::Network;
pub use output::{ListedFile, OutputFile, OutputFolder, OutputManifest, file_name};
pub use precision::Precision;
pub use progress::Progress;
pub use record::{RunDetails, RunRecord};
pub use run::Run;
pub use saved_result::{read_result, read_update};
pub use schema::SchemaSubject;
#[cfg(feature = "parquet")]
pub use search::{SearchAnswer, SearchOutcome, SearchPoint};
pub use sensitivity::{SensitivityOptions, sensitivity};
pub use setting::Setting;
pub use shown::{escaped, message};
pub use silicon::{silicon_files, validate_silicon};
pub use simulation::{MAX_BATCH, RunOptions, Simulation, Subject, Wanted};
pub use simulator::Simulator;
pub use solve::{Extreme, SolveQuestion, solve};
pub use sweep::Sweep;
#[cfg(feature = "parquet")]
pub use sweep::{OpenSweep, SweepOutcome, SweepState, SweepStatus, sweep_status};
pub use system::SystemVariant;
pub use tilesim_page::{PlotFormat, PlotOptions, PlotSize};
pub use tilesim_terms::{HostIo, HostTransfers};
pub use trace::TraceFormat;
pub use training::{ONE_CHIP, Training, validation::validate_training};
pub use why::{WhySubject, why};
