//! `tilesim sensitivity`.

use tilesim::{
    OutputFile, OutputFolder, SensitivityOptions, Simulator, Subject, response::render, sensitivity,
};

use crate::{args::SensitivityArgs, console::Console, error::CliError, exit::Outcome, progress::Progress};

/// Varies every number of a run.
pub(crate) fn run(args: &SensitivityArgs, console: &Console) -> Result<Outcome, CliError> {
    let options = args.run.inference(&args.shapes.input)?;
    let simulation = Subject::simulation(&args.model, &options)?;
    let asked = SensitivityOptions {
        step: args.step,
        hold_plans: args.hold_plans,
        curves: args.curves.clone(),
    };
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(0, console.is_quiet());
    let answer = sensitivity(&simulation, &asked, &Simulator::new(), &progress)?;
    drop(progress);
    if let Some(folder) = folder {
        folder.write(&[OutputFile::json("sensitivity.json", &answer)?])?;
    }
    console.answer(&answer, render)?;
    Ok(Outcome::Positive)
}
