//! Whole layers over the chip, cycles and memory, predicted against what the vendor's model of a chip gave.

mod bound;
mod graph;
mod predict;
mod row;
mod rows;
mod statistics;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ValidateError;
use predict::Prediction;

pub use bound::LayersBound;
pub use predict::{PredictedLayer, PredictedPhase, UnsupportedLayer};
pub use row::{LayerRow, LayerShape, Phases, ReduceShape, parse_row};
pub use statistics::{AbsoluteErrors, KindStatistics};

/// The answer of `validate layers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayersValidation {
    /// Version of this format.
    pub schema: String,
    /// The file.
    pub file: PathBuf,
    /// What was asked for.
    #[serde(flatten)]
    pub bound: LayersBound,
    /// Whether every kind of layer holds what was asked for.
    pub holds: bool,
    /// Statistics of every kind of layer.
    pub op_kinds: Vec<KindStatistics>,
    /// The layers, in the order of the file.
    pub rows: Vec<PredictedLayer>,
    /// Layers that could not be predicted, which count as wrong.
    pub unsupported: Vec<UnsupportedLayer>,
}

impl LayersValidation {
    /// The kinds of layers that do not hold what was asked for.
    pub fn failures(&self) -> Vec<String> {
        let failing = self.op_kinds.iter().filter(|kind| !kind.holds);
        failing
            .map(|kind| format!("{}: fewer rows within the bound than asked for", kind.op_kind))
            .collect()
    }
}

/// Lowers and simulates every layer of a table.
///
/// # Errors
/// Where the table cannot be read.
pub fn validate(file: &Path, bound: LayersBound) -> Result<LayersValidation, ValidateError> {
    let mut rows = Vec::new();
    let mut unsupported = Vec::new();
    for prediction in predictions(file)? {
        match prediction {
            Prediction::Layer(layer) => rows.push(layer),
            Prediction::Unsupported(layer) => unsupported.push(layer),
        }
    }
    let op_kinds = statistics::of_kinds(&rows, &unsupported, bound);
    Ok(LayersValidation {
        schema: "tilesim-layers-validation/1".to_owned(),
        file: file.to_owned(),
        bound,
        holds: op_kinds.iter().all(|kind| kind.holds),
        op_kinds,
        rows,
        unsupported,
    })
}

/// Kind and relative error of the cycles of every layer of a table; a layer that is not predicted is wrong by 100 %.
pub(crate) fn cycle_errors(file: &Path) -> Result<Vec<(String, f64)>, ValidateError> {
    let errors = predictions(file)?.into_iter().map(|prediction| match prediction {
        Prediction::Layer(layer) => {
            let error = layer.cycles_error();
            (layer.op_kind, error)
        }
        Prediction::Unsupported(layer) => (layer.op_kind, 1.0),
    });
    Ok(errors.collect())
}

fn predictions(file: &Path) -> Result<Vec<Prediction>, ValidateError> {
    Ok(rows::read(file)?.par_iter().map(predict::predict).collect())
}
