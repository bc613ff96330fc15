//! One row for each step.

use tilesim_sim::{MemoryCategory, StepMemory, StepProfile};

use super::causes;
use crate::{Table, TracedRun};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a TracedRun,
    index: usize,
    start: u64,
    step: &'a StepProfile,
    memory: StepMemory,
}

fn rows(runs: &[TracedRun]) -> Vec<Row<'_>> {
    runs.iter()
        .flat_map(|run| {
            let memory = run.detail.steps.iter().copied();
            let steps = run.profile.steps.iter().zip(memory).enumerate();
            steps.scan(0, move |now, (index, (step, memory))| {
                let start = *now;
                *now += step.cycles;
                Some(Row {
                    run,
                    index,
                    start,
                    step,
                    memory,
                })
            })
        })
        .collect()
}

pub(super) fn table(runs: &[TracedRun]) -> Table {
    let live = |name, meaning, category: MemoryCategory| {
        Field::integer(name, meaning, move |row| row.memory.live_bytes[category as usize])
    };
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.name.clone()),
        Field::integer("step", "Number of the step in program order, from 0", |row| {
            row.index as u64
        }),
        Field::text("layer", "Layer that it belongs to", |row| {
            let layer = row.run.profile.layers.get(row.step.layer);
            layer.map(|layer| layer.name.clone()).unwrap_or_default()
        }),
        Field::text("phase", "forward, recompute, backward or update", |row| {
            let layer = row.run.profile.layers.get(row.step.layer);
            layer
                .map(|layer| layer.phase.name().to_owned())
                .unwrap_or_default()
        }),
        Field::text("name", "What it does", |row| row.step.name.clone()),
        Field::text(
            "kind",
            "convolution, vector, rearrangement, exchange or host",
            |row| row.step.kind.name().to_owned(),
        ),
        Field::integer("repeats", "How often it runs", |row| row.step.repeats),
        Field::integer(
            "start_cycles",
            "When it begins, in cycles from the start",
            |row| row.start,
        ),
        Field::integer(
            "cycles",
            "Cycles of all repeats, synchronisation included",
            |row| row.step.cycles,
        ),
        Field::integer("macs", "Useful multiply-accumulates", |row| row.step.macs),
        Field::integer("active_tiles", "Tiles with work", |row| row.step.active_tiles),
        Field::integer("busy_tile_cycles", "Tile-cycles in which a kernel runs", |row| {
            row.step.busy_tile_cycles
        }),
        Field::integer("sram_read_bytes", "Read from tile SRAM", |row| {
            row.step.traffic.sram_read_bytes
        }),
        Field::integer("sram_write_bytes", "Written to tile SRAM", |row| {
            row.step.traffic.sram_write_bytes
        }),
        Field::integer(
            "exchange_sent_bytes",
            "Sent between tiles; a multicast byte counts once",
            |row| row.step.traffic.exchange_sent_bytes,
        ),
        Field::integer(
            "exchange_received_bytes",
            "Received by tiles; a multicast byte counts once for each listener",
            |row| row.step.traffic.exchange_received_bytes,
        ),
        Field::integer("link_bytes", "Between chips", |row| row.step.traffic.link_bytes),
        Field::integer("host_bytes", "Between chip and host", |row| {
            row.step.traffic.host_bytes
        }),
        live(
            "live_parameters_bytes",
            "Parameters and whatever else always lives, on all tiles together",
            MemoryCategory::Parameters,
        ),
        live(
            "live_activations_bytes",
            "What one layer hands to another, on all tiles together",
            MemoryCategory::Activations,
        ),
        live(
            "live_temporaries_bytes",
            "What lives within one layer, on all tiles together",
            MemoryCategory::Temporaries,
        ),
        live(
            "live_code_bytes",
            "Code, which always lives, on all tiles together",
            MemoryCategory::Code,
        ),
        Field::integer(
            "fullest_tile_bytes",
            "What lives on the tile that is the fullest in this step",
            |row| row.step.fullest_tile_bytes,
        ),
    ];
    let by_cause = causes::fields(causes::tile_cycles, |row: &Row<'_>, cause| row.step.causes[cause]);
    Table::new(
        "steps",
        "One bulk-synchronous step of the program; its `*_tile_cycles` by cause sum to cycles × tiles",
        &rows(runs),
        fields.into_iter().chain(by_cause),
    )
}
