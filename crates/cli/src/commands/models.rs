//! `tilesim models`: the bundled networks.

use serde::Serialize;
use tilesim_models::describe_bundled;
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
struct Model {
    /// Name.
    name: String,
    /// Family.
    family: &'static str,
    /// What it is, in one line.
    description: String,
    /// Multiply-accumulates for one image.
    macs: u64,
    /// Trainable parameters.
    parameters: u64,
}

/// Lists the bundled networks, or prints the specification of one: a file to start from.
pub(crate) fn run(args: &ModelsArgs, console: &Console) -> Result<Outcome, CliError> {
    if let Some(name) = &args.name {
        console.text(networks::specification(name)?)?;
    } else {
        let models = Models {
            schema: "tilesim-models/1",
            models: bundled()?,
        };
        console.answer(&models, rendered)?;
    }
    Ok(Outcome::Positive)
}

/// The bundled networks.
fn bundled() -> Result<Vec<Model>, CliError> {
    Ok(describe_bundled()?
        .into_iter()
        .map(|network| Model {
            name: network.name,
            family: network.family,
            description: network.description,
            macs: network.macs,
            parameters: network.parameters,
        })
        .collect())
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
