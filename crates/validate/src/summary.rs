//! The errors of all open tables by kind of operator, as this version stores them.

use std::path::Path;

use tilesim_codelets::Count;
use tilesim_report::{ErrorStatistics, KindErrors, ValidatedKind};

use crate::{error::ValidateError, layers, plans, vendor_table, vertices};

/// Kinds of the tables by what their names begin with.
const KINDS: [(ValidatedKind, &[&str]); 5] = [
    (
        ValidatedKind::ConvolutionKernels,
        &["ConvPartial", "OuterProduct", "PlannerZeroPartials"],
    ),
    (
        ValidatedKind::Reductions,
        &["ReduceAdd", "PopopsReduce", "PlannerConvReduce"],
    ),
    (
        ValidatedKind::VectorKernels,
        &[
            "UnaryOp",
            "BinaryOp",
            "Broadcast",
            "Cast",
            "PlannerCast",
            "NonLinearity",
            "ScaledAdd",
            "Fill",
            "InverseStdDeviation",
            "Select",
            "LossCrossEntropy",
        ],
    ),
    (ValidatedKind::Pooling, &["Pooling"]),
    (ValidatedKind::Copies, &["Transpose", "DynamicSlice"]),
];

/// Sums up the tables of `FOLDER/vertices`, the given plans of `FOLDER/plans` and the layers of `FOLDER/layers_open.csv`.
///
/// # Errors
/// Where a table cannot be read, or a row of it cannot be predicted.
pub fn summarise(folder: &Path) -> Result<Vec<KindErrors>, ValidateError> {
    let machine = tilesim_machine::load("mk2")?.machine;
    let mut errors: Vec<(ValidatedKind, Vec<f64>)> = ValidatedKind::ALL.map(|kind| (kind, Vec::new())).into();
    let mut push = |of: ValidatedKind, more: Vec<f64>| {
        if let Some((_, errors)) = errors.iter_mut().find(|(kind, _)| *kind == of) {
            errors.extend(more);
        }
    };
    for file in vendor_table::files(&[folder.join("vertices")])? {
        push(
            kind(&file)?,
            vertices::cycle_errors(&file, &machine, Count::Vendor)?,
        );
    }
    for file in vendor_table::files(&[folder.join("plans")])? {
        push(ValidatedKind::Plans, plans::cycle_errors(&file)?);
    }
    for (name, error) in layers::cycle_errors(&folder.join("layers_open.csv"))? {
        push(layer_kind(&name), vec![error]);
    }
    let kinds = errors.into_iter();
    Ok(kinds
        .filter_map(|(kind, errors)| ErrorStatistics::of(&errors).map(|errors| KindErrors { kind, errors }))
        .collect())
}

fn kind(file: &Path) -> Result<ValidatedKind, ValidateError> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    KINDS
        .iter()
        .find(|(_, beginnings)| beginnings.iter().any(|beginning| name.starts_with(beginning)))
        .map(|(kind, _)| *kind)
        .ok_or_else(|| ValidateError::Table {
            path: file.to_owned(),
            reason: "no kind of operator is known by this name".to_owned(),
            expected: "the name of a vertex, such as `ConvPartial1x1Out_open.csv`",
        })
}

/// The kind of a layer, from what the table calls it.
fn layer_kind(name: &str) -> ValidatedKind {
    match name {
        "conv_depthwise" => ValidatedKind::DepthwiseLayers,
        "pool" => ValidatedKind::PoolingLayers,
        "reduce" => ValidatedKind::ReductionLayers,
        name if name.starts_with("conv") => ValidatedKind::ConvolutionLayers,
        _ => ValidatedKind::MatrixLayers,
    }
}
