//! The answer for people.

use tilesim_report::{
    SiliconGroup,
    render::{
        Cell, Column, Palette, Role, Table, section,
        units::{grouped, significant},
        wrapped,
    },
};
use tilesim_validate::silicon::{SiliconRow, SiliconValidation};

/// Error in percent from which on a row stands out.
const LARGE_ERROR: f64 = 10.0;

/// Errors by group, then every row, then why rows are not predicted, and what is to be known of others.
pub(super) fn rendered(validation: &SiliconValidation, palette: &Palette) -> String {
    let mut text = groups(&validation.errors.groups).render(palette, palette.width());
    text += &section("Rows", palette);
    text += &rows(&validation.rows).render(palette, palette.width());
    let mut remarks: Vec<(&str, String, Vec<&str>)> = Vec::new();
    for row in &validation.rows {
        let (what, why) = match (&row.unsupported, &row.remark) {
            (Some(reason), _) => ("unsupported, counted as wrong", reason),
            (None, Some(remark)) => ("predicted", remark),
            (None, None) => continue,
        };
        match remarks
            .iter_mut()
            .find(|(of, text, _)| *of == what && text == why)
        {
            Some((_, _, ids)) => ids.push(&row.id),
            None => remarks.push((what, why.clone(), vec![&row.id])),
        }
    }
    let too_large = validation.rows.iter().filter(|row| row.fits == Some(false));
    let too_large: Vec<&str> = too_large.map(|row| row.id.as_str()).collect();
    if !too_large.is_empty() {
        let why = "it does not fit here, though it was run".to_owned();
        remarks.push(("predicted", why, too_large));
    }
    if !remarks.is_empty() {
        text.push('\n');
    }
    for (what, why, ids) in remarks {
        text += &wrapped(&format!("{what}: {why}: {}", ids.join(", ")), "", palette.width());
    }
    text
}

fn groups(groups: &[SiliconGroup]) -> Table {
    let mut table = Table::new([
        Column::left("group"),
        Column::right("rows"),
        Column::right("not\npredicted"),
        Column::right("absolute error\nmedian"),
        Column::right("p90"),
        Column::right("worst"),
    ]);
    for group in groups {
        let errors = [
            group.median_abs_error_percent,
            group.p90_abs_error_percent,
            group.worst_abs_error_percent,
        ];
        let mut row = vec![
            Cell::from(&group.group),
            Cell::from(group.rows.to_string()),
            Cell::from(group.unsupported_rows.to_string()),
        ];
        row.extend(errors.map(|error| Cell::from(format!("{error:.1} %"))));
        table.push(row);
    }
    table
}

fn rows(rows: &[SiliconRow]) -> Table {
    let mut table = Table::new([
        Column::left("row"),
        Column::left("group"),
        Column::right("measured"),
        Column::right("predicted"),
        Column::right("error"),
        Column::left("fits"),
    ]);
    for row in rows {
        let role = match row.error_percent {
            Some(error) if error.abs() <= LARGE_ERROR && row.fits != Some(false) => Role::Plain,
            Some(_) | None => Role::Bad,
        };
        let predicted = row.predicted.map_or_else(|| "unsupported".to_owned(), figure);
        let error = row
            .error_percent
            .map_or_else(|| "–".to_owned(), |error| format!("{error:+.1} %"));
        let fits = match row.fits {
            Some(true) => "yes",
            Some(false) => "no",
            None => "–",
        };
        table.push([
            Cell::new(&row.id, role),
            Cell::from(&row.group),
            Cell::from(figure(row.measured)),
            Cell::new(&predicted, role),
            Cell::new(&error, role),
            Cell::new(fits, role),
        ]);
    }
    table
}

/// A figure without the decimals that its measurement does not have.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 || value >= 1000.0 {
        grouped(value.round() as u64)
    } else {
        significant(value)
    }
}
