//! `tilesim validate summary`: the errors of all open tables, as this version stores them.

mod page;

use tilesim::{Simulator, validate_silicon};
use tilesim_report::ValidationSummary;
use tilesim_validate::summary::summarise;

use crate::{args::SummaryArgs, console::Console, error::CliError, exit::Outcome};

/// Sums up the open tables of two folders.
pub(crate) fn run(args: &SummaryArgs, console: &Console) -> Result<Outcome, CliError> {
    let summary = ValidationSummary {
        kinds: summarise(&args.vendor)?,
        silicon: validate_silicon(std::slice::from_ref(&args.silicon), &Simulator::new(), &())?.errors,
    };
    console.answer(&summary, |summary, _| page::page(summary))?;
    Ok(Outcome::Positive)
}
