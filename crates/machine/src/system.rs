//! Systems: chips joined by links, and how they share the training of a network.

mod bundled;
mod error;
mod file;
mod interconnect;
mod load;
mod training;

pub use bundled::{bundled_configurations, bundled_measured, bundled_presets, bundled_systems};
pub use error::SystemError;
pub use file::{NetworkReference, SystemFile, TrainingSection};
pub use interconnect::{INTERCONNECT_KEYS, Interconnect};
pub use load::{LoadedSystem, load, parse, parse_with};
pub use training::{
    BatchNormStatistics, MemoryProportion, OptimiserName, Recomputation, Schedule, StageProportion,
    TrainingPrecision, TrainingSetup,
};

/// Chips of one kind, what joins them, and how they train.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Name, such as `pod16`.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// Chips, links, host and streaming memory.
    pub interconnect: Interconnect,
    /// How the chips share the training of a network.
    pub training: TrainingSetup,
    /// The network that is trained, where the file names one.
    pub network: Option<NetworkReference>,
}
