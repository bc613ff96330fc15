//! Results of simulations: the published JSON, comparisons of several runs, tables for people.
//!
//! Invariant: this crate knows what a profile holds, not how one is made; it neither prints nor reads files.

mod causes;
mod check;
mod comparison;
mod decisions;
mod error;
mod facts;
mod host;
mod nearest;
pub mod render;
mod result;
mod silicon;
mod statistics;
mod summarise;
pub mod training;
mod validation;

pub use causes::CyclesByCause;
pub use comparison::{
    Comparison, EmptyComparison, PracticalRatios, Ratios, TheoreticalRatios, labels,
    reading as comparison_reading, run_reading, spelled,
};
pub use decisions::framework_choices;
pub use error::ReportError;
pub use facts::{MachineFacts, RunFacts};
pub use host::{HostTime, OverlapSection};
pub use result::{
    Bounds, Energy, LayerKindResult, LayerResult, LayerTraffic, MachineSection, Memory, Mode, ModelSection,
    RESULT_SCHEMA, Resident, RunResult, RunSection, Suggestion, Theoretical, Time, Traffic, Utilisation,
};
pub use silicon::{SiliconCurve, SiliconErrors, SiliconGroup, SiliconGroupKey, SiliconKind};
pub use statistics::{ErrorStatistics, relative_error};
pub use summarise::summarise;
pub use validation::{
    KindErrors, ValidatedKind, ValidationSummary, stored_training_validation, stored_validation,
    training_validation_sentence, validation_sentence,
};
