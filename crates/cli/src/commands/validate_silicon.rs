//! `tilesim validate silicon`: predicted against what was measured on real chips.

mod rendered;

use tilesim::{OutputFolder, Simulator, silicon_files, validate_silicon};

use crate::{args::SiliconArgs, console::Console, error::CliError, exit::Outcome, progress::Progress};

/// Predicts every row of the tables; negative where a row does not hold what was asked for.
pub(crate) fn run(args: &SiliconArgs, console: &Console) -> Result<Outcome, CliError> {
    let folder = args.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(0, console.is_quiet());
    let validation = validate_silicon(&args.tables, &Simulator::new(), &progress)?;
    drop(progress);
    if let Some(folder) = folder {
        folder.write(&silicon_files(&validation, &args.plots.options())?)?;
    }
    let reasons = args
        .within
        .map(|percent| validation.failures(percent / 100.0))
        .unwrap_or_default();
    console.answer(&validation, rendered::rendered)?;
    Ok(Outcome::unless(reasons))
}
