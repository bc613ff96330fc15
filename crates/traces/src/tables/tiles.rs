//! One row for each tile.

use tilesim_sim::{MemoryCategory, TileProfile};

use crate::{Table, TracedRun};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a str,
    tile: usize,
    cycles: u64,
    profile: &'a TileProfile,
}

pub(super) fn table(runs: &[TracedRun]) -> Table {
    let rows: Vec<Row<'_>> = runs
        .iter()
        .flat_map(|run| {
            run.detail.tiles.iter().enumerate().map(|(tile, profile)| Row {
                run: &run.name,
                tile,
                cycles: run.profile.cycles,
                profile,
            })
        })
        .collect();
    let at_peak = |name, meaning, category: MemoryCategory| {
        Field::integer(name, meaning, move |row| {
            row.profile.bytes_at_peak_step[category as usize]
        })
    };
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.to_owned()),
        Field::integer("tile", "Number of the tile, from 0", |row| row.tile as u64),
        Field::integer("convolution_cycles", "Cycles in convolution kernels", |row| {
            row.profile.convolution_cycles
        }),
        Field::integer("vector_cycles", "Cycles in vector kernels", |row| {
            row.profile.vector_cycles
        }),
        Field::integer(
            "rearrangement_cycles",
            "Cycles in copies between two layouts",
            |row| row.profile.rearrangement_cycles,
        ),
        Field::integer(
            "exchange_cycles",
            "Cycles in which it sends or receives, latency left out",
            |row| row.profile.exchange_cycles,
        ),
        Field::real(
            "busy_share",
            "Cycles in kernels of those of the run, 0 to 1",
            |row| row.profile.busy_cycles() as f64 / row.cycles.max(1) as f64,
        ),
        Field::integer(
            "exchange_sent_bytes",
            "Sent to other tiles; a multicast byte counts once",
            |row| row.profile.exchange_sent_bytes,
        ),
        Field::integer("exchange_received_bytes", "Received from other tiles", |row| {
            row.profile.exchange_received_bytes
        }),
        Field::integer(
            "peak_live_bytes",
            "Most that lives on it at any step, without gaps between variables",
            |row| row.profile.peak_live_bytes,
        ),
        at_peak(
            "parameters_bytes",
            "Parameters and whatever else always lives on it",
            MemoryCategory::Parameters,
        ),
        at_peak(
            "activations_at_peak_step_bytes",
            "What one layer hands to another, at the step in which the run's fullest tile is the fullest",
            MemoryCategory::Activations,
        ),
        at_peak(
            "temporaries_at_peak_step_bytes",
            "What lives within one layer, at that step",
            MemoryCategory::Temporaries,
        ),
        at_peak(
            "code_bytes",
            "Code on it, which always lives",
            MemoryCategory::Code,
        ),
    ];
    Table::new("tiles", "One tile of the chip over the whole run", &rows, fields)
}
