//! One row for each pipeline stage.

use tilesim_report::training::{StageResult, TrainingResult};

use super::causes;
use crate::{Table, TracedSystem};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a str,
    result: &'a TrainingResult,
    index: usize,
    stage: &'a StageResult,
}

pub(super) fn table(systems: &[TracedSystem]) -> Table {
    let rows: Vec<Row<'_>> = systems
        .iter()
        .flat_map(|system| {
            let stages = system.result.stages.iter().enumerate();
            stages.map(|(index, stage)| Row {
                run: &system.name,
                result: &system.result,
                index,
                stage,
            })
        })
        .collect();
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.to_owned()),
        Field::integer("stage", "Number of the pipeline stage, from 0", |row| {
            row.index as u64
        }),
        Field::text("first_block", "Its first block", |row| {
            row.stage.blocks[0].clone()
        }),
        Field::text("last_block", "Its last block", |row| row.stage.blocks[1].clone()),
        Field::boolean(
            "slowest",
            "Whether its own work on a micro-batch takes longest",
            |row| row.result.slowest_stage == row.index as u64,
        ),
        Field::integer("forward_cycles", "Forward pass of a micro-batch", |row| {
            row.stage.cycles.forward
        }),
        Field::integer("recompute_cycles", "The same once more", |row| {
            row.stage.cycles.recompute
        }),
        Field::integer("backward_cycles", "Backward pass of a micro-batch", |row| {
            row.stage.cycles.backward
        }),
        Field::integer("update_cycles", "The optimiser, once", |row| {
            row.stage.cycles.update
        }),
        Field::integer(
            "all_reduce_cycles",
            "Gradients over replicas, in the whole update, as all that follow",
            |row| row.stage.waits.all_reduce,
        ),
        Field::integer(
            "streaming_cycles",
            "State of the optimiser in streaming memory",
            |row| row.stage.waits.streaming,
        ),
        Field::integer("passing_cycles", "Outputs and gradients between stages", |row| {
            row.stage.waits.link
        }),
        Field::integer("chip_sync_cycles", "Synchronisation of all chips", |row| {
            row.stage.waits.sync
        }),
        Field::integer("images_cycles", "Images and labels from the host", |row| {
            row.stage.waits.host
        }),
        Field::integer("slower_stages_cycles", "Waiting for slower stages", |row| {
            row.stage.waits.slower_stages
        }),
        Field::integer(
            "fill_and_drain_cycles",
            "Waiting while the pipeline fills and drains",
            |row| row.stage.waits.fill_and_drain,
        ),
        Field::integer(
            "peak_bytes",
            "First address behind all that the tile on which most lives ever holds, and what is kept",
            |row| row.stage.memory.peak_bytes,
        ),
        Field::integer(
            "gap_bytes",
            "Of those: what does not live at that tile's fullest step",
            |row| row.stage.memory.gap_bytes,
        ),
        Field::integer(
            "always_live_bytes",
            "Of those: weights, accumulated gradients, slots and code",
            |row| row.stage.memory.always_live_bytes,
        ),
        Field::integer(
            "kept_bytes",
            "Of those: kept of the micro-batches in flight, and waiting to be passed on",
            |row| row.stage.memory.kept_bytes,
        ),
        Field::integer(
            "in_flight",
            "Micro-batches of which something is kept while it works on another",
            |row| row.stage.memory.in_flight,
        ),
        Field::boolean("fits", "Whether `peak_bytes` are at most a tile's", |row| {
            row.stage.memory.fits
        }),
        Field::integer("cycles", "Cycles of the whole update", |row| {
            row.result.time.cycles
        }),
    ];
    let by_cause = causes::fields(causes::cycles, |row: &Row<'_>, cause| {
        row.stage.cycles_by_cause.get(cause)
    });
    Table::new(
        "stages",
        "One pipeline stage of a training system; its cycles by cause sum to the cycles of the update",
        &rows,
        fields.into_iter().chain(by_cause),
    )
}
