//! `tilesim sweep`: every combination of a study's settings.

pub(super) mod rendered;
mod status;

use tilesim::{Sweep, SweepOutcome, sweep_status};

use crate::{
    args::{MergeArgs, StatusArgs, SweepArgs, SweepCommand},
    console::Console,
    error::CliError,
    exit::Outcome,
    progress::Rate,
};

/// Runs a study, or joins its parts; negative where no point has a result that fits.
pub(crate) fn run(args: &SweepArgs, console: &Console) -> Result<Outcome, CliError> {
    match &args.command {
        Some(SweepCommand::Merge(MergeArgs {
            folders,
            out,
            partial,
        })) => {
            let outcome = if *partial {
                SweepOutcome::merged_partially(folders, out)?
            } else {
                SweepOutcome::merged(folders, out)?
            };
            return answer(&outcome, console);
        }
        Some(SweepCommand::Status(args)) => return status(args, console),
        None => {}
    }
    let (Some(name), Some(out)) = (&args.study, &args.out) else {
        return Err(CliError::argument(
            "sweep",
            "no study or no folder",
            "STUDY --out DIR",
        ));
    };
    let shard = args.shard.shard().map_err(tilesim::Error::from)?;
    let sweep = Sweep::of(name)?.shard(shard);
    let open = if args.repair {
        sweep.repair(out)?
    } else {
        sweep.open(out)?
    };
    let state = open.state();
    let rate = Rate::new(state.points, state.points - state.missing, console.is_quiet());
    let outcome = open.run(&rate)?;
    if state.missing > 0 {
        console.remark(&rate.total());
    }
    drop(rate);
    outcome.write(out, &args.plots.options())?;
    answer(&outcome, console)
}

/// Says how far the shards are.
fn status(args: &StatusArgs, console: &Console) -> Result<Outcome, CliError> {
    let status = sweep_status(&args.folders).map_err(tilesim::Error::from)?;
    console.answer(&status, status::rendered)?;
    let missing = status.missing;
    Ok(Outcome::unless(if missing > 0 {
        vec![format!("{missing} points have no row yet")]
    } else {
        Vec::new()
    }))
}

/// Says what the rows say.
fn answer(outcome: &SweepOutcome, console: &Console) -> Result<Outcome, CliError> {
    console.answer(&outcome.summary, rendered::rendered)?;
    Ok(Outcome::unless(outcome.complaints()))
}
