//! Predicted against given, table by table.

use crate::{
    ErrorStatistics,
    render::{Cell, Column, Palette, Role, Table, units::percent},
};

/// One table's errors.
#[derive(Debug, Clone, PartialEq)]
pub struct TableErrors<'a> {
    /// Name of the table.
    pub name: &'a str,
    /// Statistics of its rows.
    pub statistics: ErrorStatistics,
    /// The bound that was asked for (a relative error) and the share of rows within it.
    pub within: Option<(f64, f64)>,
    /// Whether what was asked for holds.
    pub holds: bool,
}

/// The table of all tables; `heading` says what each of them is.
pub fn validation(heading: &str, tables: &[TableErrors<'_>], palette: &Palette) -> String {
    let bound = tables
        .iter()
        .find_map(|table| table.within)
        .map(|(bound, _)| bound);
    let mut columns = vec![
        Column::left(heading),
        Column::right("rows"),
        Column::right("exact"),
        Column::right("within 1 %"),
    ];
    columns.extend(bound.map(|bound| Column::right(&format!("within {} %", plain(100.0 * bound)))));
    columns.extend(["median", "p90", "worst"].map(Column::right));
    let mut rendered = Table::new(columns);
    for table in tables {
        let role = if table.holds { Role::Plain } else { Role::Bad };
        let figures = &table.statistics;
        let mut row = vec![
            Cell::new(table.name, role),
            figures.rows.to_string().into(),
            floor_percent(figures.exact_share).into(),
            floor_percent(figures.within_1_percent_share).into(),
        ];
        row.extend(
            table
                .within
                .map(|(_, share)| Cell::new(&floor_percent(share), role)),
        );
        row.extend(
            [figures.median, figures.p90, figures.worst].map(|error| Cell::from(error_percent(error))),
        );
        rendered.push(row);
    }
    rendered.render(palette, palette.width())
}

/// A share rounded down, so that 100 % means all.
fn floor_percent(share: f64) -> String {
    percent((share * 1000.0 + 1e-9).floor() / 1000.0)
}

fn error_percent(error: f64) -> String {
    if error > 0.0 && error < 0.0005 {
        "<0.1 %".to_owned()
    } else {
        percent(error)
    }
}

fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
