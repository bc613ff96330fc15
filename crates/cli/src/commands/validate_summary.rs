//! `tilesim validate summary`: the errors of all open tables by kind of operator, as this version stores them.

use std::fmt::Write;

use tilesim_report::{
    KindErrors,
    render::units::{grouped, percent},
};
use tilesim_validate::summary::summarise;

use crate::{args::SummaryArgs, console::Console, error::CliError, exit::Outcome};

/// Sums up the open tables of a folder.
pub(crate) fn run(args: &SummaryArgs, console: &Console) -> Result<Outcome, CliError> {
    let kinds = summarise(&args.folder)?;
    console.answer(&kinds, |kinds, _| page(kinds))?;
    Ok(Outcome::Positive)
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
