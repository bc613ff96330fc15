//! Predicted against measured throughput, and the error budget.

use tilesim_report::{
    render::{
        Cell, Column, Palette, Role, Table, section,
        units::{bytes, count, grouped, percent, significant},
        wrapped,
    },
    spelled,
};
use tilesim_sim::Cause;
use tilesim_validate::training::{CommonFactor, TrainingRow, TrainingValidation};

/// Relative error from which on a row stands out.
const LARGE_ERROR: f64 = 0.35;

/// The rows by version of the software, what they are off by, ratios between variants, and the error budget where it was asked for.
pub(super) fn rendered(validation: &TrainingValidation, palette: &Palette) -> String {
    let mut text = String::new();
    for release in &validation.releases {
        text += &section(&format!("Measured with SDK {}", release.sdk), palette);
        text += &rows(validation, &release.sdk, palette);
        text.push('\n');
        text += &wrapped(&factor(&release.factor), "", palette.width());
    }
    let statistics = validation.statistics;
    text.push('\n');
    text += &wrapped(
        &format!(
            "absolute error: median {}, worst {}",
            percent(statistics.median),
            percent(statistics.worst)
        ),
        "",
        palette.width(),
    );
    if validation.releases.len() > 1 {
        text += &wrapped(
            &format!("all versions together: {}", factor(&validation.factor)),
            "",
            palette.width(),
        );
    }
    if let Some(balance) = &validation.balance {
        let line = format!(
            "slowest over mean stage of {} published pipelines: mean {}, worst {} ({})",
            balance.configs,
            significant(balance.mean),
            significant(balance.worst),
            balance.worst_config
        );
        text += &wrapped(&line, "", palette.width());
    }
    for [slow, fast] in &validation.misordered {
        let line = format!("{fast} was measured to be faster than {slow}, and is predicted to be slower");
        text += &wrapped(&line, "", palette.width());
    }
    if !validation.ratios.is_empty() {
        text += &section(
            "Throughput of one variant over that of another, all else alike",
            palette,
        );
        text += &ratios(validation, palette);
    }
    if validation.rows.iter().any(|row| row.budget.is_some()) {
        text += &section(
            "Error budget: kilocycles of one pipeline slot by cause, as the mean over chips and slots",
            palette,
        );
        text += &budgets(validation, palette);
    }
    text
}

/// What predictions are off by together, and each beyond that.
fn factor(factor: &CommonFactor) -> String {
    format!(
        "predicted over measured: common factor {}, spread around it {}",
        significant(factor.common_factor),
        percent(factor.spread)
    )
}

fn rows(validation: &TrainingValidation, sdk: &str, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("configuration"),
        Column::right("measured\nimages/s"),
        Column::right("predicted\nimages/s"),
        Column::right("error"),
        Column::left("fullest tile of each stage"),
    ]);
    for row in validation.rows.iter().filter(|row| row.sdk == sdk) {
        let role = if row.error.abs() > LARGE_ERROR {
            Role::Bad
        } else {
            Role::Plain
        };
        let peaks: Vec<String> = row.peak_bytes.iter().map(|&peak| bytes(peak)).collect();
        table.push([
            Cell::from(&row.config),
            grouped(row.measured.round() as u64).into(),
            grouped(row.predicted.round() as u64).into(),
            Cell::new(&signed(row.error), role),
            Cell::new(&peaks.join(" "), if row.fits { Role::Plain } else { Role::Bad }),
        ]);
    }
    table.render(palette, palette.width())
}

fn ratios(validation: &TrainingValidation, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("variants"),
        Column::left("configurations"),
        Column::right("measured"),
        Column::right("predicted"),
        Column::right("error"),
    ]);
    for ratio in &validation.ratios {
        table.push([
            Cell::from(ratio.variant.name()),
            Cell::from(&ratio.configs),
            significant(ratio.measured).into(),
            significant(ratio.predicted).into(),
            signed(ratio.error).into(),
        ]);
    }
    table.render(palette, palette.width())
}

/// For each configuration one line for each phase: its cycles by cause, of one slot.
fn budgets(validation: &TrainingValidation, palette: &Palette) -> String {
    let mut columns = vec![Column::left("configuration, phase"), Column::right("slot")];
    columns.extend(Cause::ALL.map(|cause| Column::right(&spelled(cause).replace(' ', "\n"))));
    let mut table = Table::new(columns);
    for row in &validation.rows {
        budget(row, &mut table);
    }
    table.render(palette, BUDGET_WIDTH)
}

/// The table of the budget has a column for every cause.
const BUDGET_WIDTH: usize = 160;

fn budget(row: &TrainingRow, table: &mut Table) {
    let Some(budget) = &row.budget else { return };
    let slots = budget.slot.slots.max(1) as f64;
    let kilocycles = |cycles: f64| format!("{:.0}", cycles / 1e3);
    let steps: Vec<String> = budget.steps.iter().map(|&steps| count(steps as f64)).collect();
    table.push([
        Cell::new(&format!("{} measured", row.config), Role::Header),
        kilocycles(budget.slot.measured).into(),
    ]);
    let cycles = &budget.cycles;
    let phases = [
        ("forward", cycles.forward),
        ("recompute", cycles.recompute),
        ("backward", cycles.backward),
        ("update", cycles.update),
    ];
    for (phase, causes) in phases {
        let mut line = vec![
            Cell::from(format!("  {phase}")),
            kilocycles(causes.total() as f64 / slots).into(),
        ];
        line.extend(Cause::ALL.map(|cause| Cell::from(kilocycles(causes.get(cause) as f64 / slots))));
        table.push(line);
    }
    let mut line = vec![
        Cell::from(format!("  predicted; steps {}", steps.join(" "))),
        kilocycles(budget.slot.predicted).into(),
    ];
    line.extend(Cause::ALL.map(|cause| {
        let sum: u64 = phases.iter().map(|(_, causes)| causes.get(cause)).sum();
        Cell::from(kilocycles(sum as f64 / slots))
    }));
    table.push(line);
}

fn signed(error: f64) -> String {
    format!("{:+.1} %", 100.0 * error)
}
