//! `tilesim validate plans`: the cost function against the vendor's, and the planner against the vendor's planner.

mod assignments;
mod planned;

use tilesim_report::render::{Palette, Role, wrapped};
use tilesim_validate::plans::{PlanComparison, PlansValidation, validate};

use crate::{args::PlansArgs, console::Console, error::CliError, exit::Outcome};

/// Validates every table; negative where one does not hold what was asked for, or the vendor's plan beats the one found here.
pub(crate) fn run(args: &PlansArgs, console: &Console) -> Result<Outcome, CliError> {
    let validation = validate(&args.tables, args.within, args.share)?;
    console.answer(&validation, rendered)?;
    Ok(Outcome::unless(validation.failures()))
}

fn rendered(validation: &PlansValidation, palette: &Palette) -> String {
    // The arguments ask for both or for neither.
    let within = validation.within_percent.map(|percent| percent / 100.0);
    let mut text = String::new();
    for table in &validation.tables {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &palette.paint(Role::Title, &table.name);
        text.push('\n');
        text += &match &table.comparison {
            PlanComparison::Assignments(assignments) => assignments::rendered(assignments, within, palette),
            PlanComparison::Planned(planned) => planned::rendered(planned, palette),
        };
        for refused in &table.refused {
            let rows = if refused.rows == 1 { "row" } else { "rows" };
            let line = format!(
                "{} {rows} refused, counted as wrong: {}",
                refused.rows, refused.reason
            );
            text += &wrapped(&line, "", palette.width());
        }
    }
    text
}
