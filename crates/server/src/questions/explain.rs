//! Why a run takes as long as it does.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, RunExplanation, Simulator, Subject};

use super::run::How;
use crate::tool::Question;

/// The arguments of `explain`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Explain {
    /// Network: a bundled name, a JSON specification or an ONNX file, perhaps with `@MACHINE:KEY=VALUE,…`; or the JSON of an earlier result.
    network: String,
    #[serde(flatten)]
    how: How,
}

impl Question for Explain {
    const NAME: &'static str = "explain";
    const DESCRIPTION: &'static str = "Why a network takes as long as it does on one chip: sentences, cycles by cause, and the slowest layers";
    type Answer = RunExplanation;

    fn answer(self, simulator: &Simulator) -> Result<RunExplanation, Error> {
        Ok(match Subject::of(&self.network, &self.how.options()?)? {
            Subject::Simulation(simulation) => RunExplanation::new(&simulation.result(simulator)?),
            Subject::Result(result) => RunExplanation::new(&result),
        })
    }
}
