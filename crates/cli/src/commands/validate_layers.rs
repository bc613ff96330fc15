//! `tilesim validate layers`: whole layers over the chip, cycles and memory, predicted against given.

mod predict;
mod rendered;
mod rows;
mod statistics;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use crate::{args::LayersArgs, console::Console, error::CliError, exit::Outcome};

use predict::{PredictedLayer, Prediction, UnsupportedLayer};
use statistics::KindStatistics;

/// The answer of `validate layers`.
#[derive(Debug, Serialize)]
struct LayersValidation {
    /// Version of this format.
    schema: &'static str,
    /// The file.
    file: PathBuf,
    /// What was asked for.
    #[serde(flatten)]
    bound: Bound,
    /// Whether every kind of layer holds what was asked for.
    holds: bool,
    /// Statistics of every kind of layer.
    op_kinds: Vec<KindStatistics>,
    /// The layers, in the order of the file.
    rows: Vec<PredictedLayer>,
    /// Layers that could not be predicted, which count as wrong.
    unsupported: Vec<UnsupportedLayer>,
}

/// What the user asks of every kind of layer: relative errors, and the share of rows that must not exceed them; in percent.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the names in the answer")]
struct Bound {
    /// Bound of cycles.
    within_percent: Option<f64>,
    /// Bound of memory.
    memory_within_percent: Option<f64>,
    /// Share of rows.
    share_percent: Option<f64>,
}

/// Kind and relative error of the cycles of every layer of a table; a layer that is not predicted is wrong by 100 %.
pub(crate) fn cycle_errors(table: &Path) -> Result<Vec<(String, f64)>, CliError> {
    let rows = rows::read(table)?;
    Ok(rows
        .par_iter()
        .map(|row| match predict::predict(row) {
            Prediction::Layer(layer) => (layer.op_kind.clone(), layer.cycles_error()),
            Prediction::Unsupported(layer) => (layer.op_kind, 1.0),
        })
        .collect())
}

/// Validates the table; negative where a kind of layer does not hold what was asked for.
pub(crate) fn run(args: &LayersArgs, console: &Console) -> Result<Outcome, CliError> {
    let bound = Bound {
        within_percent: args.within,
        memory_within_percent: args.memory_within,
        share_percent: args.share,
    };
    let table = rows::read(&args.table)?;
    let predictions: Vec<Prediction> = table.par_iter().map(predict::predict).collect();
    let mut rows = Vec::new();
    let mut unsupported = Vec::new();
    for prediction in predictions {
        match prediction {
            Prediction::Layer(layer) => rows.push(layer),
            Prediction::Unsupported(layer) => unsupported.push(layer),
        }
    }
    for layer in &unsupported {
        console.remark(&format!(
            "{}:{}: {} on {} is not predicted: {}",
            args.table.display(),
            layer.line,
            layer.name,
            layer.target,
            layer.reason
        ));
    }
    let op_kinds = statistics::of_kinds(&rows, &unsupported, bound);
    let failures: Vec<String> = op_kinds
        .iter()
        .filter(|kind| !kind.holds)
        .map(|kind| format!("{}: fewer rows within the bound than asked for", kind.op_kind))
        .collect();
    let validation = LayersValidation {
        schema: "tilesim-layers-validation/1",
        file: args.table.clone(),
        bound,
        holds: failures.is_empty(),
        op_kinds,
        rows,
        unsupported,
    };
    console.answer(&validation, rendered::rendered)?;
    Ok(Outcome::unless(failures))
}
