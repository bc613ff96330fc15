//! The vendor's choices, costed again, beside the plans found here.

use tilesim_report::{
    ErrorStatistics,
    render::{
        Cell, Column, Palette, Role, Table, key_values,
        units::{grouped, percent, seconds, times},
    },
};
use tilesim_validate::plans::{PlannedLayer, PlannedTable};

/// Rows shown of those whose cost differs most.
const SHOWN_ROWS: usize = 5;

/// The figures of a table, and the rows that differ most.
pub(super) fn rendered(table: &PlannedTable, palette: &Palette) -> String {
    let PlannedTable { recosted, rows, .. } = table;
    let speed = table.vendor_planning_seconds / table.planning_seconds;
    let mut pairs = vec![
        ("rows", recosted.rows.to_string()),
        (
            "vendor's plans costed here",
            format!(
                "{} exact, {} within 1 %, {} within 5 % of its figure",
                percent(recosted.exact_share),
                percent(recosted.within_1_percent_share),
                percent(table.recosted_within_5_percent_share),
            ),
        ),
        (
            "their error",
            format!(
                "median {}, p90 {}, worst {}",
                percent(recosted.median),
                percent(recosted.p90),
                percent(recosted.worst),
            ),
        ),
    ];
    if let Some(share) = table.within_share {
        pairs.push(("within the bound asked for", percent(share)));
    }
    pairs.extend([(
        "plans found here",
        format!(
            "{} rows dearer, {} cheaper, {} equal; median {}, least {} of its cycles",
            table.dearer_rows,
            table.cheaper_rows,
            recosted.rows - table.dearer_rows - table.cheaper_rows,
            times(Some(table.median_ratio)),
            times(Some(table.least_ratio)),
        ),
    )]);
    let joint: Vec<&PlannedLayer> = rows.iter().filter(|row| row.joint).collect();
    if !joint.is_empty() {
        let errors: Vec<f64> = joint.iter().map(|row| row.error()).collect();
        pairs.push((
            "passes of joint plans",
            format!(
                "{} rows, {} within 5 % of its figure; all three planned here at {} of its cycles at most",
                joint.len(),
                percent(ErrorStatistics::share_within(&errors, 0.05)),
                times(joint.iter().filter_map(|row| row.ratio()).max_by(f64::total_cmp)),
            ),
        ));
    }
    pairs.extend([
        (
            "time to plan",
            format!(
                "{} a row (median; worst {}), {} in all",
                seconds(table.planning_seconds_median),
                seconds(table.planning_seconds_worst),
                seconds(table.planning_seconds),
            ),
        ),
        (
            "the vendor's planner",
            format!(
                "{}, {speed:.0} times as long",
                seconds(table.vendor_planning_seconds)
            ),
        ),
    ]);
    let mut text = key_values(&pairs, palette.width());
    let mut worst: Vec<&PlannedLayer> = rows.iter().filter(|row| row.error() > 0.05).collect();
    worst.sort_by(|a, b| b.error().total_cmp(&a.error()).then(a.line.cmp(&b.line)));
    worst.truncate(SHOWN_ROWS);
    if !worst.is_empty() {
        text += "rows that differ most\n";
        text += &rows_table(&worst).render(palette, palette.width());
    }
    text
}

fn rows_table(rows: &[&PlannedLayer]) -> Table {
    let mut table = Table::new([
        Column::right("line"),
        Column::left("layer"),
        Column::left("pass"),
        Column::left("kernel"),
        Column::right("vendor's\nfigure"),
        Column::right("costed\nhere"),
        Column::right("planned\nhere"),
        Column::left("with"),
    ]);
    for row in rows {
        let recosted = row.recosted_cycles.map_or_else(|| "–".to_owned(), grouped);
        let dearer = row.ratio().is_some_and(|ratio| ratio > 1.0);
        table.push([
            Cell::from(row.line.to_string()),
            Cell::from(&row.layer),
            Cell::from(row.pass.to_lowercase()),
            Cell::from(&row.given_kernel),
            Cell::from(grouped(row.given_cycles)),
            Cell::from(recosted),
            Cell::new(
                &grouped(row.planned_cycles),
                if dearer { Role::Bad } else { Role::Plain },
            ),
            Cell::from(&row.planned_kernel),
        ]);
    }
    table
}
