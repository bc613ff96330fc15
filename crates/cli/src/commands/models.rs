//! `tilesim models`: the bundled networks.

use serde::Serialize;
use tilesim_report::render::{Cell, Column, Palette, Table, WIDTH, units::count};

use crate::{args::ModelsArgs, console::Console, error::CliError, exit::Outcome, networks};

/// The answer of `models`.
#[derive(Debug, Serialize)]
struct Models {
    /// Version of this format.
    schema: &'static str,
    /// The bundled networks.
    models: Vec<Model>,
}

/// One bundled network.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Model {
    /// Name.
    pub(crate) name: String,
    /// Family.
    pub(crate) family: &'static str,
    /// What it is, in one line.
    pub(crate) description: String,
    /// Multiply-accumulates for one image.
    pub(crate) macs: u64,
    /// Trainable parameters.
    pub(crate) parameters: u64,
}

/// Lists the bundled networks, or prints the specification of one: a file to start from.
pub(crate) fn run(args: &ModelsArgs, console: &Console) -> Result<Outcome, CliError> {
    if let Some(name) = &args.name {
        console.text(networks::specification(name)?)?;
    } else {
        let models = Models {
            schema: "tilesim-models/1",
            models: networks::bundled()?,
        };
        console.answer(&models, rendered)?;
    }
    Ok(Outcome::Positive)
}

fn rendered(models: &Models, palette: &Palette) -> String {
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
