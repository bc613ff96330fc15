//! `tilesim models`: the bundled networks, and the operators of files.

use std::fmt::Write;

use tilesim::{
    listing::{NetworkListing, OperatorListing},
    network::specification,
};
use tilesim_report::render::{Cell, Column, Palette, Table, units::count};

use crate::{args::ModelsArgs, console::Console, error::CliError, exit::Outcome};

/// Lists the bundled networks, or prints the specification of one: a file to start from.
pub(crate) fn run(args: &ModelsArgs, console: &Console) -> Result<Outcome, CliError> {
    match &args.name {
        Some(name) => console.text(specification(name)?)?,
        None if args.operators => console.answer(&OperatorListing::imported(), |listing, _| page(listing))?,
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
    table.render(palette, palette.width())
}

/// The operators as `docs/operators.md` holds them.
fn page(listing: &OperatorListing) -> String {
    let mut text = format!(
        "# Operators of ONNX\n\n\
        *Which operators of a file are imported, and what becomes of them?*\n\n\
        Opsets {} to {} of the domain `ai.onnx`; other domains are refused. Written by `tilesim models --operators`, which a test \
        holds this\npage to. `since`: the opsets in which an operator changed as far as importing it goes. An operator is *run* \
        with real numbers,\n*timed*, *trained* (it has a gradient), *folded* (computed beforehand where its operands are constants \
        or shapes). [onnx.md](onnx.md)\nsays how files are read.\n\n\
        | operator | since | run | timed | trained | folded | limits |\n\
        |---|---|---|---|---|---|---|\n",
        listing.oldest_opset, listing.newest_opset
    );
    let is = |yes| if yes { "yes" } else { "" };
    for operator in &listing.operators {
        let versions: Vec<String> = operator.versions.iter().map(i64::to_string).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            operator.name,
            versions.join(", "),
            is(operator.executed),
            is(operator.timed),
            is(operator.trained),
            is(operator.folded),
            operator.limits,
        );
    }
    text
}
