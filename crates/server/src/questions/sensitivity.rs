//! How a run responds to its numbers.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, SensitivityOptions, Simulator, Subject, response, sensitivity};

use super::run::How;
use crate::tool::Question;

/// The arguments of `sensitivity`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Sensitivity {
    /// Network: a bundled name (the tool `models` lists them), a JSON specification or an ONNX file, perhaps with `@MACHINE:KEY=VALUE,…`.
    network: String,
    /// Factor by which numbers are made larger and smaller, above 1; 1.1 where left out.
    step: Option<f64>,
    /// Whether the program of the run as it is is timed on the other machines too; no where left out.
    #[serde(default)]
    hold_plans: bool,
    /// Numbers to follow from a quarter to four times what they are, such as `machine.exchange_bytes_per_cycle`.
    #[serde(default)]
    curves: Vec<String>,
    #[serde(flatten)]
    how: How,
}

impl Question for Sensitivity {
    const NAME: &'static str = "sensitivity";
    const DESCRIPTION: &'static str = "How time, memory and energy of a run respond to every number of its machine and network: elasticities, what \
         to buy next, and where the limit changes hands";
    type Answer = response::Sensitivity;

    fn answer(self, simulator: &Simulator) -> Result<response::Sensitivity, Error> {
        let simulation = Subject::simulation(&self.network, &self.how.options()?)?;
        let usual = SensitivityOptions::default();
        let options = SensitivityOptions {
            step: self.step.unwrap_or(usual.step),
            hold_plans: self.hold_plans,
            curves: self.curves,
        };
        sensitivity(&simulation, &options, simulator, &())
    }
}
