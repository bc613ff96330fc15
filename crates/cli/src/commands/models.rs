//! `tilesim models`: the bundled networks.

use tilesim::{listing::NetworkListing, network::specification};
use tilesim_report::render::{Cell, Column, Palette, Table, WIDTH, units::count};

use crate::{args::ModelsArgs, console::Console, error::CliError, exit::Outcome};

/// Lists the bundled networks, or prints the specification of one: a file to start from.
pub(crate) fn run(args: &ModelsArgs, console: &Console) -> Result<Outcome, CliError> {
    match &args.name {
        Some(name) => console.text(specification(name)?)?,
        None => console.answer(&NetworkListing::bundled()?, rendered)?,
    }
    Ok(Outcome::Positive)
}

fn rendered(models: &NetworkListing, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("model"),
        Column::right("MACs"),
        Column::right("parameters"),
        Column::left("description"),
    ]);
    for model in &models.models {
        table.push([
            Cell::from(&model.name),
            count(model.macs as f64).into(),
            count(model.parameters as f64).into(),
            (&model.description).into(),
        ]);
    }
    table.render(palette, WIDTH)
}
