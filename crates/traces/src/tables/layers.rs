//! One row for each layer.

use tilesim_report::LayerResult;

use super::causes;
use crate::{Table, TracedRun};

type Field<'a> = crate::table::Field<Row<'a>>;

struct Row<'a> {
    run: &'a TracedRun,
    index: usize,
    layer: &'a LayerResult,
}

pub(super) fn table(runs: &[TracedRun]) -> Table {
    let rows: Vec<Row<'_>> = runs
        .iter()
        .flat_map(|run| {
            run.result
                .layers
                .iter()
                .enumerate()
                .map(|(index, layer)| Row { run, index, layer })
        })
        .collect();
    let fields = [
        Field::text("run", "Name of the run", |row| row.run.name.clone()),
        Field::integer("index", "Number of the layer in network order, from 0", |row| {
            row.index as u64
        }),
        Field::text("layer", "Name of the layer", |row| row.layer.name.clone()),
        Field::text(
            "phase",
            "forward, recompute, backward or update; a layer has a row for each phase that the run has",
            |row| {
                let layer = row.run.profile.layers.get(row.index);
                layer
                    .map(|layer| layer.phase.name().to_owned())
                    .unwrap_or_default()
            },
        ),
        Field::text("kind", "Kind of the layer, as in the result JSON", |row| {
            row.layer.kind.name().to_owned()
        }),
        Field::integer("macs", "Useful multiply-accumulates of the whole batch", |row| {
            row.layer.macs
        }),
        Field::integer("cycles", "Cycles", |row| row.layer.cycles),
        Field::real(
            "conv_units_share",
            "Useful multiply-accumulates of those that the convolution units could do in these cycles, 0 to 1",
            |row| row.layer.conv_units,
        ),
        Field::integer(
            "active_tiles",
            "Most tiles with work in any step that computes",
            |row| row.layer.active_tiles,
        ),
        Field::integer("sram_read_bytes", "Read from tile SRAM", |row| {
            row.layer.traffic.sram_read_bytes
        }),
        Field::integer("sram_write_bytes", "Written to tile SRAM", |row| {
            row.layer.traffic.sram_write_bytes
        }),
        Field::integer(
            "exchange_sent_bytes",
            "Sent between tiles; a multicast byte counts once",
            |row| row.layer.traffic.exchange_bytes,
        ),
        Field::integer("host_bytes", "Between chip and host", |row| {
            row.layer.traffic.host_bytes
        }),
    ];
    let by_cause = causes::fields(causes::cycles, |row: &Row<'_>, cause| {
        row.layer.cycles_by_cause.get(cause)
    });
    Table::new(
        "layers",
        "One layer of the network; its `*_cycles` by cause sum to its cycles, and these to those of the run",
        &rows,
        fields.into_iter().chain(by_cause),
    )
}
