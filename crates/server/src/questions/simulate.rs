//! One network on one chip.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, Simulator, Subject, Wanted, results::RunResult};

use super::run::How;
use crate::tool::Question;

/// The arguments of `simulate`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Simulate {
    /// Network: a bundled name (the tool `models` lists them), a JSON specification or an ONNX file, perhaps with `@MACHINE:KEY=VALUE,…`.
    network: String,
    /// Whether the largest batch that fits is searched too; no where left out.
    #[serde(default)]
    max_batch: bool,
    #[serde(flatten)]
    how: How,
}

impl Question for Simulate {
    const NAME: &'static str = "simulate";
    const DESCRIPTION: &'static str = "Runs a network on one chip: cycles, images a second, memory, traffic, and where the cycles went, by layer and cause";
    type Answer = RunResult;

    fn answer(self, simulator: &Simulator) -> Result<RunResult, Error> {
        let simulation = Subject::simulation(&self.network, &self.how.options()?)?;
        let wanted = Wanted {
            largest_batch: self.max_batch,
            ..Wanted::default()
        };
        Ok(Subject::Simulation(Box::new(simulation))
            .record(wanted, simulator, &())?
            .result)
    }
}
