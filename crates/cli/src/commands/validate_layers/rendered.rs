//! The answer for people.

use tilesim_report::render::{
    Cell, Column, Palette, Role, Table,
    units::{bytes, grouped, times},
    wrapped,
};
use tilesim_validate::layers::{AbsoluteErrors, KindStatistics, LayersValidation, PredictedLayer};

/// Layers shown among those that differ most.
const SHOWN_ROWS: usize = 12;

/// Errors by kind of layer, and the layers that differ most.
pub(super) fn rendered(validation: &LayersValidation, palette: &Palette) -> String {
    let mut text = kinds_table(&validation.op_kinds).render(palette, palette.width());
    let mut worst: Vec<&PredictedLayer> = validation.rows.iter().collect();
    worst.sort_by(|a, b| {
        b.cycles_error()
            .total_cmp(&a.cycles_error())
            .then(a.line.cmp(&b.line))
    });
    worst.truncate(SHOWN_ROWS);
    if !worst.is_empty() {
        text += "\nlayers whose cycles differ most\n";
        text += &rows_table(&worst).render(palette, palette.width());
    }
    for layer in &validation.unsupported {
        let line = format!(
            "line {}: {} on {} is not predicted, counted as wrong: {}",
            layer.line, layer.name, layer.target, layer.reason
        );
        text += &wrapped(&line, "", palette.width());
    }
    text
}

fn kinds_table(kinds: &[KindStatistics]) -> Table {
    let mut table = Table::new([
        Column::left("kind of layer"),
        Column::right("rows"),
        Column::right("cycles\nmedian"),
        Column::right("p90"),
        Column::right("worst"),
        Column::right("memory\nmedian"),
        Column::right("p90"),
        Column::right("worst"),
    ]);
    for kind in kinds {
        let role = if kind.holds { Role::Plain } else { Role::Bad };
        let mut row = vec![
            Cell::new(&kind.op_kind, role),
            Cell::from((kind.rows + kind.unsupported_rows).to_string()),
        ];
        row.extend(error_cells(kind.cycles, role));
        row.extend(error_cells(kind.memory, role));
        table.push(row);
    }
    table
}

fn error_cells(errors: Option<AbsoluteErrors>, role: Role) -> [Cell; 3] {
    let figures = errors.map(|errors| {
        [
            errors.median_abs_error_percent,
            errors.p90_abs_error_percent,
            errors.worst_abs_error_percent,
        ]
    });
    [0, 1, 2].map(|index| {
        let text = figures.map_or_else(|| "–".to_owned(), |figures| format!("{:.1} %", figures[index]));
        Cell::new(&text, role)
    })
}

fn rows_table(rows: &[&PredictedLayer]) -> Table {
    let mut table = Table::new([
        Column::left("layer"),
        Column::left("target"),
        Column::left("kind"),
        Column::right("cycles\npredicted"),
        Column::right("given"),
        Column::right("ratio"),
        Column::right("memory\npredicted"),
        Column::right("given"),
    ]);
    for row in rows {
        table.push([
            Cell::from(&row.name),
            Cell::from(&row.target),
            Cell::from(&row.op_kind),
            Cell::from(grouped(row.predicted_cycles)),
            Cell::from(grouped(row.given_cycles)),
            Cell::from(times(Some(row.predicted_cycles as f64 / row.given_cycles as f64))),
            Cell::from(bytes(row.predicted_memory_bytes)),
            Cell::from(bytes(row.given_memory_bytes)),
        ]);
    }
    table
}
