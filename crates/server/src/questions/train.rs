//! A weight update of a system of chips.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, RunOptions, Simulator, Training, results::training::TrainingResult};

use super::run::Settings;
use crate::tool::Question;

/// The arguments of `train`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Train {
    /// System of chips: a bundled name (the tool `machines` lists them) or a JSON file. It states machine, splits, micro-batch and precision.
    system: String,
    /// Network: a bundled name, a JSON specification or an ONNX file; that of the system where it names one.
    network: Option<String>,
    /// Whether the largest micro-batch that fits is searched too; no where left out.
    #[serde(default)]
    max_batch: bool,
    /// Whether splits are proposed that balance the stages better; no where left out.
    #[serde(default)]
    balance: bool,
    /// Settings of the network, with `machine.KEY` of the machine, with `system.KEY` of the system.
    #[serde(default)]
    set: Settings,
}

impl Question for Train {
    const NAME: &'static str = "train";
    const DESCRIPTION: &'static str = "Trains a network on a system of chips, as far as one weight update goes: images a second, the pipeline, \
         memory of every stage (the command `simulate --mode training`)";
    type Answer = TrainingResult;

    fn answer(self, simulator: &Simulator) -> Result<TrainingResult, Error> {
        let options = RunOptions {
            settings: self.set.0,
            ..RunOptions::default()
        };
        let training = Training::with_options(self.network.as_deref(), Some(&self.system), &options)?;
        let mut result = training.run(simulator)?;
        if self.max_batch {
            training.search_micro_batches(&mut result, simulator, &())?;
        }
        if self.balance {
            result.proposal = Some(training.balance(&result, simulator)?);
        }
        Ok(result)
    }
}
