//! How the convolutions of a network are cut over tiles, and why.

mod explained;
mod words;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use tilesim_codelets::Count;
use tilesim_lower::{NetworkConvolution, computing_part, convolutions};
use tilesim_planner::{Objective, Planner};
use tilesim_report::ModelSection;
use tilesim_terms::ConvolutionPass;

use crate::{Error, Simulation, Simulator, progress};

pub(crate) use explained::shape;
pub use explained::{
    Ceiling, ExplainedConvolution, ExplainedKernel, ExplainedPasses, ExplainedPlan, KernelCycles, Units,
};

/// The answer of `plan`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanExplanation {
    /// Version of this format.
    pub schema: &'static str,
    /// The network.
    pub model: ModelSection,
    /// Name of the machine.
    pub machine: String,
    /// Tiles of the machine.
    pub tiles: u32,
    /// Images at a time.
    pub batch: u64,
    /// Types of data and partial sums.
    pub precision: &'static str,
    /// Which pass is planned.
    pub pass: &'static str,
    /// What is minimised first.
    pub objective: &'static str,
    /// Temporary bytes that a convolution may take on each tile.
    pub allowed_bytes: u64,
    /// The distinct convolutions, in the order of their first layer.
    pub convolutions: Vec<ExplainedConvolution>,
}

/// What is explained of a network's plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanQuestion {
    /// Which pass is planned.
    pub pass: ConvolutionPass,
    /// What is minimised first.
    pub objective: Objective,
    /// The convolutions of this layer only.
    pub layer: Option<String>,
}

impl Default for PlanQuestion {
    /// Every convolution of the forward pass, in the fewest cycles.
    fn default() -> Self {
        Self {
            pass: ConvolutionPass::Forward,
            objective: Objective::Cycles,
            layer: None,
        }
    }
}

impl Simulation {
    /// How the convolutions of the network are cut over tiles, and why.
    ///
    /// # Errors
    /// Where the network has no such layer, or a convolution has no plan whatever memory it may take; [`Error::Cancelled`] where `simulator` is
    /// told to stop.
    pub fn explain_plans(
        &self,
        question: &PlanQuestion,
        simulator: &Simulator,
    ) -> Result<PlanExplanation, Error> {
        let options = self.lower_options();
        let mut wanted = convolutions(&self.graph()?, question.pass, &options);
        if let Some(layer) = &question.layer {
            wanted = of_layer(wanted, layer)?;
        }
        for convolution in &mut wanted {
            convolution.request.options.objective = question.objective;
        }
        // What is reserved for the host takes no part in plans.
        let machine = &*computing_part(self.chip(), options.host)?;
        let planner =
            Planner::new(machine.clone(), Count::Machine).cancelled_by(simulator.cancellation().clone());
        let explained = wanted
            .par_iter()
            .map(|convolution| {
                progress::check(simulator.cancellation())?;
                ExplainedConvolution::new(&planner, convolution)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Result<_, _>>()?;
        Ok(PlanExplanation {
            schema: "tilesim-plan/1",
            model: self.network().section(),
            machine: machine.name.clone(),
            tiles: machine.tiles,
            batch: self.batch_size()?,
            precision: self.number_formats().name(),
            pass: pass_name(question.pass),
            objective: objective_name(question.objective),
            allowed_bytes: (machine.tile_memory_bytes as f64 * options.available_memory_proportion) as u64,
            convolutions: explained,
        })
    }
}

impl PlanExplanation {
    /// Why the answer is negative: convolutions of which every plan needs more memory than allowed.
    pub fn failures(&self) -> Vec<String> {
        self.convolutions
            .iter()
            .filter_map(ExplainedConvolution::failure)
            .collect()
    }
}

/// The name of a pass, as it is asked for.
pub const fn pass_name(pass: ConvolutionPass) -> &'static str {
    match pass {
        ConvolutionPass::Forward => "forward",
        ConvolutionPass::InputGradient => "input-gradient",
        ConvolutionPass::WeightGradient => "weight-gradient",
    }
}

/// The name of what is minimised, as it is asked for.
pub const fn objective_name(objective: Objective) -> &'static str {
    match objective {
        Objective::Cycles => "cycles",
        Objective::Memory => "memory",
        Objective::Tiles => "tiles",
    }
}

/// The convolutions of one layer.
fn of_layer(convolutions: Vec<NetworkConvolution>, layer: &str) -> Result<Vec<NetworkConvolution>, Error> {
    let names: Vec<String> = convolutions
        .iter()
        .flat_map(|found| found.layers.clone())
        .collect();
    let found: Vec<NetworkConvolution> = convolutions
        .into_iter()
        .filter(|found| found.layers.iter().any(|name| name == layer))
        .collect();
    if found.is_empty() {
        let reason = "the network has no such layer with a convolution";
        return Err(Error::unknown(layer, reason, layer, &names));
    }
    Ok(found)
}
