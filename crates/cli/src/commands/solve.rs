//! `tilesim solve`.

use tilesim::{
    Extreme, OutputFile, OutputFolder, Simulator, SolveQuestion, Subject,
    response::{Outcome as Solved, render_solution},
    solve,
};

use crate::{args::SolveArgs, console::Console, error::CliError, exit::Outcome, progress::Progress};

/// Looks for the smallest change that reaches a goal.
pub(crate) fn run(args: &SolveArgs, console: &Console) -> Result<Outcome, CliError> {
    let options = args.run.inference(&args.shapes.input)?;
    let simulation = Subject::simulation(&args.model, &options)?;
    let question = SolveQuestion {
        vary: args.vary.clone(),
        goal: args.goal.clone(),
        constraints: args.constraints.clone(),
        extreme: match (args.largest, args.smallest) {
            (true, _) => Some(Extreme::Largest),
            (_, true) => Some(Extreme::Smallest),
            _ => None,
        },
        multiple: args.multiple,
        limit: args.limit,
    };
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(0, console.is_quiet());
    let answer = solve(&simulation, &question, &Simulator::new(), &progress)?;
    drop(progress);
    if let Some(folder) = folder {
        folder.write(&[OutputFile::json("solution.json", &answer)?])?;
    }
    console.answer(&answer, render_solution)?;
    Ok(match answer.outcome {
        Solved::NotReached => Outcome::Negative(vec!["the goal was not reached".to_owned()]),
        Solved::Already | Solved::Reached | Solved::UpToLimit => Outcome::Positive,
    })
}
