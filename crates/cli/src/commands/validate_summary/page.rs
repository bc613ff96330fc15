//! The page `VALIDATION.md`.

use std::fmt::Write;

use tilesim_report::{
    KindErrors, SiliconErrors, ValidationSummary,
    render::units::{grouped, percent},
};

/// The summary as `VALIDATION.md` holds it.
pub(super) fn page(summary: &ValidationSummary) -> String {
    let mut text = "# Validation\n\n\
        Predictions against what others give: measurements of real chips, and the vendor's own cycle model. Written by\n\
        `tilesim validate summary`; a test holds it, and what `compare` and reports say, to the open tables.\n\n"
        .to_owned();
    text += &silicon(&summary.silicon);
    text += "\n## The vendor's cycle model\n\n\
        Predicted cycles against those of the vendor's own cycle model (PopLibs 7eac0f26), which is not silicon.\n\n\
        | what | rows | exact | within 1 % | median error | 90 % of errors below | worst |\n\
        |---|---:|---:|---:|---:|---:|---:|\n";
    for KindErrors { kind, errors } in &summary.kinds {
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
        ## Not validated\n\n\
        Energy is that of multiply-accumulates alone, from the machine's file; memory, exchange and leakage have no sourced figure.\n"
}

/// What was measured on real chips.
fn silicon(errors: &SiliconErrors) -> String {
    let mut text = "## Real chips\n\n\
        Predictions against public measurements. A row that is not predicted counts as wrong by 100 %; of largest batches, a prediction\n\
        is the largest that is found, and what was run is only a lower bound of what fits.\n\n\
        | what | machines | rows | not predicted | median error | 90 % of errors below | worst |\n\
        |---|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for group in &errors.groups {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.1} % | {:.1} % | {:.1} % |",
            group.key.words(),
            group.machines.join(", "),
            grouped(group.rows),
            grouped(group.unsupported_rows),
            group.median_abs_error_percent,
            group.p90_abs_error_percent,
            group.worst_abs_error_percent,
        );
    }
    text + "\n![Predicted over measured of every predicted row, sorted within its group](docs/silicon.svg)\n\n\
        `tilesim validate silicon` lists the rows, and says why one is not predicted.\n"
}
