//! `tilesim validate layers`: whole layers over the chip, cycles and memory, predicted against given.

mod rendered;

use tilesim_validate::layers::{LayersBound, validate};

use crate::{args::LayersArgs, console::Console, error::CliError, exit::Outcome};

/// Validates the table; negative where a kind of layer does not hold what was asked for.
pub(crate) fn run(args: &LayersArgs, console: &Console) -> Result<Outcome, CliError> {
    let bound = LayersBound {
        within_percent: args.within,
        memory_within_percent: args.memory_within,
        share_percent: args.share,
    };
    let validation = validate(&args.table, bound)?;
    for layer in &validation.unsupported {
        console.remark(&format!(
            "{}:{}: {} on {} is not predicted: {}",
            args.table.display(),
            layer.line,
            layer.name,
            layer.target,
            layer.reason
        ));
    }
    console.answer(&validation, rendered::rendered)?;
    Ok(Outcome::unless(validation.failures()))
}
