//! `tilesim plan`: how the convolutions of a network are cut over tiles, and why.

mod rendered;

use tilesim::{Simulation, Simulator, plan::PlanQuestion};

use crate::{args::PlanArgs, console::Console, error::CliError, exit::Outcome};

/// Explains the plans; negative where one needs more memory than allowed.
pub(crate) fn run(args: &PlanArgs, console: &Console) -> Result<Outcome, CliError> {
    let simulation = Simulation::with_options(&args.model, &args.options())?;
    let question = PlanQuestion {
        pass: args.pass.into(),
        objective: args.objective.into(),
        layer: args.layer.clone(),
    };
    let explanation = simulation.explain_plans(&question, &Simulator::forgetful())?;
    console.answer(&explanation, rendered::rendered)?;
    Ok(Outcome::unless(explanation.failures()))
}
