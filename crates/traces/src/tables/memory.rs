//! One row for each variable.

use tilesim_sim::VariableProfile;

use crate::{Table, TracedRun};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a TracedRun,
    variable: &'a VariableProfile,
}

pub(super) fn table(runs: &[TracedRun]) -> Table {
    let rows: Vec<Row<'_>> = runs
        .iter()
        .flat_map(|run| {
            let variables = run.detail.variables.iter();
            variables.map(move |variable| Row { run, variable })
        })
        .collect();
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.name.clone()),
        Field::text("variable", "Name of the variable", |row| {
            row.variable.name.clone()
        }),
        Field::text(
            "category",
            "parameters, activations, temporaries or code",
            |row| row.variable.category.name().to_owned(),
        ),
        Field::text(
            "layer",
            "Layer that touches it first; empty where none does",
            |row| {
                let layers = &row.run.profile.layers;
                let layer = row.variable.layer.and_then(|layer| layers.get(layer));
                layer.map(|layer| layer.name.clone()).unwrap_or_default()
            },
        ),
        Field::integer(
            "first_step",
            "Number of the first step in which it lives",
            |row| row.variable.steps.0 as u64,
        ),
        Field::integer("last_step", "Number of the last step in which it lives", |row| {
            row.variable.steps.1 as u64
        }),
        Field::boolean(
            "lives_at_peak",
            "Whether it lives at the step in which the run's fullest tile is the fullest",
            |row| {
                let (first, last) = row.variable.steps;
                (first..=last).contains(&row.run.profile.memory.peak_step)
            },
        ),
        Field::integer("tiles", "Tiles that hold a part of it", |row| row.variable.tiles),
        Field::integer("bytes", "Bytes on all tiles together", |row| row.variable.bytes),
        Field::integer(
            "largest_tile_bytes",
            "Bytes on the tile that holds most of it",
            |row| row.variable.largest_tile_bytes,
        ),
        Field::integer("peak_tile_bytes", "Bytes on the run's fullest tile", |row| {
            row.variable.peak_tile_bytes
        }),
    ];
    Table::new(
        "memory",
        "One variable in tile memory, from the first step that touches it to the last",
        &rows,
        fields,
    )
}
