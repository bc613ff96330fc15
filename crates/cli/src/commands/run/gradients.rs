//! `tilesim run --gradients`: a training step with real numbers, against a reference.

use std::path::Path;

use tilesim::{
    Simulation, Simulator,
    execution::{
        Archive,
        gradients::{GradientComparison, GradientRequest, MatchedBy},
    },
};
use tilesim_report::render::Palette;

use crate::{args::ExecuteArgs, console::Console, error::CliError, exit::Outcome};

/// Tensors that are listed where all agree.
const LISTED: usize = 5;

/// Compares a training step with the reference; negative where something is off.
pub(super) fn run(
    args: &ExecuteArgs,
    simulation: &Simulation,
    console: &Console,
) -> Result<Outcome, CliError> {
    let [path] = args.reference.as_slice() else {
        return Err(CliError::argument(
            "--gradients",
            "one archive is compared with",
            "--reference FILE.npz",
        ));
    };
    let request = GradientRequest {
        weights: args.weights.clone(),
        label_smoothing: args.label_smoothing,
        loss_reduction: args.loss_reduction.map(Into::into),
        batch_statistics: args.batch_statistics.given(),
        tolerance: args.tolerance,
        seed: args.seed,
        memory_limit: args.memory_limit,
    };
    let reference = Archive::read(Path::new(path))?;
    let (comparison, remarks) =
        simulation.compare_gradients(&reference, &request, &Simulator::forgetful())?;
    for remark in &remarks {
        console.remark(remark);
    }
    console.answer(&comparison, table)?;
    Ok(Outcome::unless(comparison.complaints()))
}

/// The worst tensors, then the sum.
fn table(answer: &GradientComparison, _: &Palette) -> String {
    let off = answer.compared.iter().filter(|compared| !compared.agrees).count();
    let listed = answer.compared.iter().take(off.max(LISTED));
    let width = listed
        .clone()
        .map(|compared| compared.name.chars().count())
        .max()
        .unwrap_or(0);
    let rows = listed.map(|compared| {
        let own = compared.parameter.as_deref().unwrap_or_default();
        let place = match compared.matched_by {
            MatchedBy::Name => String::new(),
            MatchedBy::Values => format!("  (by its values: `{own}`)"),
            MatchedBy::Place => format!("  (by its place: `{own}`)"),
        };
        let verdict = if compared.agrees { "" } else { "  off" };
        format!(
            "  {:width$}  {:>9.3e}{place}{verdict}",
            compared.name, compared.relative
        )
    });
    let remarks = answer.remarks.iter().map(|remark| format!("{remark}\n"));
    let names = |names: &[String]| {
        let listed = names.iter().take(LISTED).map(|name| format!("`{name}`"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(LISTED) {
            0 => listed,
            more => format!("{listed} and {more} more"),
        }
    };
    let missing = (!answer.missing.is_empty())
        .then(|| format!("the reference does not hold {}", names(&answer.missing)));
    let unknown = (!answer.unknown.is_empty())
        .then(|| format!("the network has nothing for {}", names(&answer.unknown)));
    let sum = format!(
        "{} of {} tensors agree with the reference within {:.1e}; the largest difference is {:.3e}",
        answer.compared.len() - off,
        answer.compared.len() + answer.unknown.len(),
        answer.tolerance,
        answer.worst,
    );
    remarks.collect::<String>()
        + "Largest difference, relative to the largest magnitude\n"
        + &rows
            .chain(missing)
            .chain(unknown)
            .chain([sum])
            .collect::<Vec<_>>()
            .join("\n")
        + "\n"
}
