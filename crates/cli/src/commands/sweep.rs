//! `tilesim sweep`: every combination of a study's settings.

mod rendered;

use tilesim::{Sweep, SweepOutcome};

use crate::{
    args::{SweepArgs, SweepCommand},
    console::Console,
    error::CliError,
    exit::Outcome,
    progress::Rate,
};

/// Runs a study, or joins its parts; negative where no point has a result that fits.
pub(crate) fn run(args: &SweepArgs, console: &Console) -> Result<Outcome, CliError> {
    if let Some(SweepCommand::Merge(args)) = &args.command {
        return answer(&SweepOutcome::merged(&args.folders, &args.out)?, console);
    }
    let (Some(name), Some(out)) = (&args.study, &args.out) else {
        return Err(CliError::argument(
            "sweep",
            "no study or no folder",
            "STUDY --out DIR",
        ));
    };
    let sweep = Sweep::of(name)?.shard(args.shard);
    let open = sweep.open(out)?;
    let state = open.state();
    let rate = Rate::new(state.points, state.points - state.missing, console.is_quiet());
    let outcome = open.run(&rate)?;
    if state.missing > 0 {
        console.remark(&rate.total());
    }
    drop(rate);
    outcome.write(out)?;
    answer(&outcome, console)
}

/// Says what the rows say.
fn answer(outcome: &SweepOutcome, console: &Console) -> Result<Outcome, CliError> {
    console.answer(&outcome.summary, rendered::rendered)?;
    Ok(Outcome::unless(outcome.complaints()))
}
