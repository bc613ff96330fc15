//! Schemas of the files that are read and of the answers that are given, as JSON.

use schemars::{Schema, schema_for};
use serde_json::Value;
use tilesim_difference::Why;
use tilesim_report::{Comparison, RunResult, training::TrainingResult};
use tilesim_response::{Sensitivity, Solution};
use tilesim_study::{Study, Summary};
use tilesim_traces::TraceSchema;

use crate::{
    Error, OutputManifest, RunExplanation,
    cost::NetworkCost,
    execution::{Execution, gradients::GradientComparison},
    listing::{MachineListing, NetworkListing, OperatorListing},
    lowered::Lowered,
    machine::MachineExplanation,
    plan::PlanExplanation,
    software::SoftwareExplanation,
    system::SystemExplanation,
};

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaSubject {
    /// The result of a run.
    Result,
    /// The answer of `compare`.
    Comparison,
    /// A network's specification.
    Network,
    /// A machine file.
    Machine,
    /// A study.
    Study,
    /// A system of chips.
    System,
    /// A release of compiler and libraries.
    Software,
    /// The result of a weight update.
    Training,
    /// The columns of traces.
    Traces,
    /// The answer of `cost`.
    Cost,
    /// The answer of `plan`.
    Plan,
    /// Why a run takes as long as it does.
    Explanation,
    /// The answer of `why`.
    Why,
    /// The answer of `sensitivity`.
    Sensitivity,
    /// The answer of `solve`.
    Solution,
    /// The answer of `lower`.
    Lowered,
    /// The answer of `run`.
    Run,
    /// The answer of `run --gradients`.
    Gradients,
    /// The answer of `models`.
    Models,
    /// The answer of `models --operators`.
    Operators,
    /// The answer of `machines`.
    Machines,
    /// The answer of `machines NAME`, where that is a machine.
    MachineExplanation,
    /// The answer of `machines NAME`, where that is a system.
    SystemExplanation,
    /// The answer of `machines NAME`, where that is a release.
    SoftwareExplanation,
    /// Which files of a folder belong together.
    Files,
    /// The answer of `search`.
    #[cfg(feature = "parquet")]
    Search,
    /// The answer of `sweep`.
    Summary,
    /// The answer of `sweep status`.
    #[cfg(feature = "parquet")]
    SweepStatus,
}

impl SchemaSubject {
    /// The schema.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn schema(self) -> Result<Value, Error> {
        let of = |schema: Schema| Ok(serde_json::to_value(schema)?);
        match self {
            Self::Result => of(schema_for!(RunResult)),
            Self::Comparison => of(schema_for!(Comparison)),
            Self::Network => of(tilesim_models::schema()),
            Self::Machine => of(schema_for!(tilesim_machine::MachineFile)),
            Self::Study => of(schema_for!(Study)),
            Self::System => of(schema_for!(tilesim_machine::system::SystemFile)),
            Self::Software => of(schema_for!(tilesim_machine::software::SoftwareFile)),
            Self::Training => of(schema_for!(TrainingResult)),
            Self::Traces => Ok(serde_json::to_value(TraceSchema::published())?),
            Self::Cost => of(schema_for!(NetworkCost)),
            Self::Plan => of(schema_for!(PlanExplanation)),
            Self::Explanation => of(schema_for!(RunExplanation)),
            Self::Why => of(schema_for!(Why)),
            Self::Sensitivity => of(schema_for!(Sensitivity)),
            Self::Solution => of(schema_for!(Solution)),
            Self::Lowered => of(schema_for!(Lowered)),
            Self::Run => of(schema_for!(Execution)),
            Self::Gradients => of(schema_for!(GradientComparison)),
            Self::Models => of(schema_for!(NetworkListing)),
            Self::Operators => of(schema_for!(OperatorListing)),
            Self::Machines => of(schema_for!(MachineListing)),
            Self::MachineExplanation => of(schema_for!(MachineExplanation)),
            Self::SystemExplanation => of(schema_for!(SystemExplanation)),
            Self::SoftwareExplanation => of(schema_for!(SoftwareExplanation)),
            Self::Files => of(schema_for!(OutputManifest)),
            #[cfg(feature = "parquet")]
            Self::Search => of(schema_for!(crate::SearchAnswer)),
            Self::Summary => of(schema_for!(Summary)),
            #[cfg(feature = "parquet")]
            Self::SweepStatus => of(schema_for!(tilesim_study::SweepStatus)),
        }
    }
}
