//! One row for each convolution.

use crate::{PlanRow, Table, TracedRun};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a str,
    plan: &'a PlanRow,
}

pub(super) fn table(runs: &[TracedRun]) -> Table {
    let rows: Vec<Row<'_>> = runs
        .iter()
        .flat_map(|run| run.plans.iter().map(|plan| Row { run: &run.name, plan }))
        .collect();
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.to_owned()),
        Field::text("layer", "Name of the layer", |row| row.plan.layer.clone()),
        Field::text("convolution", "The convolution in one line", |row| {
            row.plan.convolution.clone()
        }),
        Field::text("plan", "The plan in one line", |row| row.plan.plan.clone()),
        Field::text("kernel", "Kernel family", |row| row.plan.kernel.clone()),
        Field::integer("block_groups", "Convolution groups of a block", |row| {
            row.plan.block_groups
        }),
        Field::integer("block_in_channels", "Input channels of a block", |row| {
            row.plan.block_in_channels
        }),
        Field::integer("block_out_channels", "Output channels of a block", |row| {
            row.plan.block_out_channels
        }),
        Field::integer(
            "macs",
            "Multiply-accumulates, those with padding counted",
            |row| row.plan.macs,
        ),
        Field::integer("tiles", "Tiles that it is cut over", |row| row.plan.tiles),
        Field::integer("temporary_bytes", "Temporary memory on the fullest tile", |row| {
            row.plan.temporary_bytes
        }),
        Field::integer("expected_cycles", "Cycles that the planner expects", |row| {
            row.plan.expected_cycles
        }),
        Field::text(
            "limited_by",
            "Phase that it expects to take the most cycles",
            |row| row.plan.limited_by.clone(),
        ),
    ];
    Table::new(
        "plans",
        "One convolution as the planner cut it over the tiles",
        &rows,
        fields,
    )
}
