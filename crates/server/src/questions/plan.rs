//! How convolutions are cut over tiles.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{
    Error, Simulation, Simulator,
    plan::{PlanExplanation, PlanQuestion},
};
use tilesim_planner::Objective;
use tilesim_terms::ConvolutionPass;

use super::run::How;
use crate::tool::Question;

/// The arguments of `plan`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Plan {
    /// Network: a bundled name, a JSON specification or an ONNX file, perhaps with `@MACHINE:KEY=VALUE,…`.
    network: String,
    /// Explain the convolutions of this layer only.
    layer: Option<String>,
    /// Which pass is planned; `forward` where left out.
    pass: Option<PassName>,
    /// What is minimised first; `cycles` where left out.
    objective: Option<ObjectiveName>,
    #[serde(flatten)]
    how: How,
}

/// Passes of a network.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum PassName {
    /// The outputs.
    Forward,
    /// Gradients of the inputs.
    InputGradient,
    /// Gradients of the weights.
    WeightGradient,
}

/// What is minimised.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ObjectiveName {
    /// Cycles, then temporary memory.
    Cycles,
    /// Temporary memory, then cycles.
    Memory,
    /// Tiles used, then temporary memory.
    Tiles,
}

impl Question for Plan {
    const NAME: &'static str = "plan";
    const DESCRIPTION: &'static str =
        "How the convolutions of a network are cut over tiles, by which kernel, and why";
    type Answer = PlanExplanation;

    fn answer(self, simulator: &Simulator) -> Result<PlanExplanation, Error> {
        let simulation = Simulation::with_options(&self.network, &self.how.options()?)?;
        let usual = PlanQuestion::default();
        let question = PlanQuestion {
            pass: self.pass.map_or(usual.pass, |pass| match pass {
                PassName::Forward => ConvolutionPass::Forward,
                PassName::InputGradient => ConvolutionPass::InputGradient,
                PassName::WeightGradient => ConvolutionPass::WeightGradient,
            }),
            objective: self
                .objective
                .map_or(usual.objective, |objective| match objective {
                    ObjectiveName::Cycles => Objective::Cycles,
                    ObjectiveName::Memory => Objective::Memory,
                    ObjectiveName::Tiles => Objective::Tiles,
                }),
            layer: self.layer,
        };
        simulation.explain_plans(&question, simulator)
    }
}
