//! `tilesim validate summary`: the errors of all open tables by kind of operator, as this version stores them.

use std::{fmt::Write, path::Path};

use tilesim_codelets::Count;
use tilesim_report::{
    ErrorStatistics, KindErrors, ValidatedKind,
    render::units::{grouped, percent},
};

use crate::{
    args::SummaryArgs,
    commands::{validate_layers, validate_plans, validate_vertices},
    console::Console,
    csv_rows,
    error::CliError,
    exit::Outcome,
    machines,
};

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
pub(crate) fn run(args: &SummaryArgs, console: &Console) -> Result<Outcome, CliError> {
    let machine = machines::load("mk2")?;
    let mut errors: Vec<(ValidatedKind, Vec<f64>)> = ValidatedKind::ALL.map(|kind| (kind, Vec::new())).into();
    let mut push = |of: ValidatedKind, more: Vec<f64>| {
        if let Some((_, errors)) = errors.iter_mut().find(|(kind, _)| *kind == of) {
            errors.extend(more);
        }
    };
    for file in csv_rows::files(&[args.folder.join("vertices")])? {
        push(
            kind(&file)?,
            validate_vertices::errors(&file, &machine, Count::Vendor)?,
        );
    }
    for file in csv_rows::files(&[args.folder.join("plans")])? {
        push(ValidatedKind::Plans, validate_plans::cycle_errors(&file)?);
    }
    for (name, error) in validate_layers::cycle_errors(&args.folder.join("layers_open.csv"))? {
        push(layer_kind(&name), vec![error]);
    }
    let kinds: Vec<KindErrors> = errors
        .into_iter()
        .filter_map(|(kind, errors)| ErrorStatistics::of(&errors).map(|errors| KindErrors { kind, errors }))
        .collect();
    console.answer(&kinds, |kinds, _| page(kinds))?;
    Ok(Outcome::Positive)
}

fn kind(file: &Path) -> Result<ValidatedKind, CliError> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    KINDS
        .iter()
        .find(|(_, beginnings)| beginnings.iter().any(|beginning| name.starts_with(beginning)))
        .map(|(kind, _)| *kind)
        .ok_or_else(|| CliError::Table {
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

/// The summary as `VALIDATION.md` holds it.
fn page(kinds: &[KindErrors]) -> String {
    let mut text = "# Validation\n\n\
        Predicted cycles against those of the vendor's own cycle model (PopLibs 7eac0f26), which is not silicon. Written by\n\
        `tilesim validate summary FOLDER`; a test holds it, and what `compare` and reports say, to the open tables.\n\n\
        | what | rows | exact | within 1 % | median error | 90 % of errors below | worst |\n\
        |---|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for KindErrors { kind, errors } in kinds {
        let down = |share: f64| percent((share * 1000.0 + 1e-9).floor() / 1000.0);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            kind.words(),
            grouped(errors.rows),
            down(errors.exact_share),
            down(errors.within_1_percent_share),
            percent(errors.median),
            percent(errors.p90),
            percent(errors.worst),
        );
    }
    text + "\nA plan that the machine's kernels cannot compute is refused, and counts as wrong by 100 %.\n\
        Layers are whole: forward, or with both gradients, spread over a chip, against what the vendor's model of that chip gives;\n\
        there is no exact answer to reproduce. `tilesim validate layers` lists them, with their memory.\n\n\
        Not validated: the cycles that an exchange takes beyond its bytes (latency, messages) and a synchronisation, which are\n\
        assumed; and whole networks, for which no measurement is open. Energy is that of multiply-accumulates alone, from the\n\
        machine's file; memory, exchange and leakage have no sourced figure.\n"
}
