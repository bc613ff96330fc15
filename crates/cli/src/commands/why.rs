//! `tilesim why`.

use tilesim::{OutputFile, OutputFolder, Simulator, WhySubject, difference::render, why};

use crate::{
    args::{ModeArgument, WhyArgs},
    console::Console,
    error::CliError,
    exit::Outcome,
    progress::Progress,
};

/// Takes the difference of two runs apart.
pub(crate) fn run(args: &WhyArgs, console: &Console) -> Result<Outcome, CliError> {
    let options = args.run.options(&args.shapes.input);
    let (a, b) = match args.run.mode {
        ModeArgument::Inference if args.system.is_some() => {
            return Err(CliError::argument(
                "--system",
                "inference runs on one chip",
                "--mode training beside it",
            ));
        }
        ModeArgument::Inference => WhySubject::pair(&args.a, &args.b, &options)?,
        ModeArgument::Training => {
            let system = args.system.as_deref();
            let of = |text| WhySubject::training(text, system, &options);
            (of(&args.a)?, of(&args.b)?)
        }
    };
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(0, console.is_quiet());
    let answer = why(&a, &b, &Simulator::new(), &progress)?;
    drop(progress);
    if let Some(folder) = folder {
        folder.write(&[OutputFile::json("why.json", &answer)?])?;
    }
    console.answer(&answer, render)?;
    Ok(Outcome::Positive)
}
