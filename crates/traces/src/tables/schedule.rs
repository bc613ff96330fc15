//! One row for each thing that a stage does.

use tilesim_sim::system::Span;

use crate::{Table, TracedSystem};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a str,
    stage: usize,
    span: Span,
}

pub(super) fn table(systems: &[TracedSystem]) -> Table {
    let rows: Vec<Row<'_>> = systems
        .iter()
        .flat_map(|system| {
            let stages = system.profile.stages.iter().enumerate();
            stages.flat_map(move |(stage, profile)| {
                profile.spans.iter().map(move |&span| Row {
                    run: &system.name,
                    stage,
                    span,
                })
            })
        })
        .collect();
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.to_owned()),
        Field::integer("stage", "Number of the pipeline stage, from 0", |row| {
            row.stage as u64
        }),
        Field::text(
            "activity",
            "forward, recompute, backward, update, all_reduce, streaming, link, sync, host, slower_stages or fill_and_drain",
            |row| row.span.activity.name().to_owned(),
        ),
        Field::integer(
            "start_cycles",
            "When it begins, in cycles from the start of the update",
            |row| row.span.start,
        ),
        Field::integer("cycles", "Cycles", |row| row.span.cycles),
        Field::integer(
            "micro_batch",
            "Number of the micro-batch that it works on, from 1; 0 where it works on none",
            |row| row.span.micro_batch.map_or(0, |micro_batch| micro_batch + 1),
        ),
    ];
    Table::new(
        "schedule",
        "What a stage does for a while; the rows of a stage follow each other without a gap, and sum to the cycles of the update",
        &rows,
        fields,
    )
}
