//! `tilesim validate vertices`: predicted against given cycles, table by table.

use tilesim::MachineVariant;
use tilesim_report::render::{self, Palette, TableErrors};
use tilesim_validate::vertices::{VerticesBound, VerticesValidation, validate};

use crate::{args::VerticesArgs, console::Console, error::CliError, exit::Outcome};

/// Validates every table; negative where one does not hold what was asked for.
pub(crate) fn run(args: &VerticesArgs, console: &Console) -> Result<Outcome, CliError> {
    let machine = MachineVariant::load(&args.machine)?;
    let bound = VerticesBound {
        within_percent: args.within,
        share_percent: args.share,
    };
    let validation = validate(&args.tables, machine.machine(), args.count.into(), bound)?;
    console.answer(&validation, rendered)?;
    Ok(Outcome::unless(validation.failures()))
}

fn rendered(validation: &VerticesValidation, palette: &Palette) -> String {
    let tables: Vec<TableErrors<'_>> = validation
        .tables
        .iter()
        .map(|table| TableErrors {
            name: &table.name,
            statistics: table.statistics,
            within: validation
                .within_percent
                .map(|percent| percent / 100.0)
                .zip(table.within_share),
            holds: table.holds,
        })
        .collect();
    render::validation("table", &tables, palette)
}
