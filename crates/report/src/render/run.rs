//! One run as tables.

use tilesim_sim::Cause;

use crate::{
    LayerResult, RunResult,
    comparison::{run_reading, spelled},
    decisions::decisions,
    render::{
        Cell, Column, Palette, Role, Table, key_values,
        prose::wrapped,
        units::{bytes, count, grouped, joules, percent, seconds, significant},
    },
    validation_sentence,
};

/// Layers that a summary shows.
const DEAREST_LAYERS: usize = 10;

/// The run in sections: what was run, time, utilisation, traffic, memory, causes, layer kinds, dearest layers, reading.
pub fn run(result: &RunResult, palette: &Palette) -> String {
    let heading = wrapped(&heading(result), "", palette.width());
    let mut text = palette.paint(Role::Title, heading.trim_end()) + "\n";
    text += &overview(result, palette);
    text += &section("Where the cycles went", palette);
    text += &causes(result, palette);
    text += &section("Kinds of layers", palette);
    text += &layer_kinds(result, palette);
    text += &section(&format!("Dearest layers (of {})", result.layers.len()), palette);
    text += &dearest_layers(result, palette);
    text += &section("How to read it", palette);
    text += &reading_lines(&run_reading(result), palette);
    text += &section("How far to trust it", palette);
    text += &wrapped(&validation_sentence(result), "", palette.width());
    text
}

/// The heading of a section, after an empty line.
pub fn section(title: &str, palette: &Palette) -> String {
    format!("\n{}\n", palette.paint(Role::Title, title))
}

pub(super) fn reading_lines(sentences: &[String], palette: &Palette) -> String {
    sentences
        .iter()
        .map(|sentence| wrapped(sentence, "• ", palette.width()))
        .collect()
}

fn heading(result: &RunResult) -> String {
    let named = |name: &str, overrides: &[String]| {
        if overrides.is_empty() {
            name.to_owned()
        } else {
            format!("{name} ({})", overrides.join(", "))
        }
    };
    let decided: String = decisions(&result.run)
        .iter()
        .flat_map(|decision| [", ", decision])
        .collect();
    format!(
        "{} on {}, batch {}, precision {}{}{}{}",
        named(&result.model.name, &result.model.overrides),
        named(&result.machine.name, &result.machine.overrides),
        result.run.batch,
        result.run.precision,
        match (result.run.host_io, result.run.overlap) {
            (false, _) => String::new(),
            (true, None) => ", host transfers included".to_owned(),
            (true, Some(overlap)) => format!(", host transfers overlapped on {} I/O tiles", overlap.io_tiles),
        },
        if result.run.software.is_empty() {
            String::new()
        } else {
            format!(", {}", result.run.software)
        },
        decided,
    )
}

fn overview(result: &RunResult, palette: &Palette) -> String {
    let memory = &result.memory;
    let traffic = &result.traffic;
    let intensity = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), significant);
    let mut pairs = vec![
        (
            "theory",
            format!(
                "{}FLOP/image, {} parameters, {} activation elements",
                count(result.theoretical.flops as f64),
                count(result.theoretical.parameters as f64),
                count(result.theoretical.activation_elements as f64),
            ),
        ),
        (
            "time",
            format!(
                "{} cycles, {}, {} images/s, {}FLOP/s",
                grouped(result.time.cycles),
                seconds(result.time.seconds),
                grouped(result.time.images_per_second.round() as u64),
                count(result.time.flops_per_second),
            ),
        ),
        (
            "utilisation",
            format!(
                "conv units {}, dot-product fill {}, tiles {}, workers {}",
                percent(result.utilisation.conv_units),
                percent(result.utilisation.dot_product_fill),
                percent(result.utilisation.tiles),
                percent(result.utilisation.workers),
            ),
        ),
        (
            "traffic",
            format!(
                "SRAM {} read, {} written; exchange {} sent",
                bytes(traffic.sram_read_bytes),
                bytes(traffic.sram_write_bytes),
                bytes(traffic.exchange_bytes),
            ),
        ),
        (
            "intensity",
            format!(
                "{} FLOP/SRAM byte, {} FLOP/exchanged byte",
                intensity(traffic.flops_per_sram_byte),
                intensity(traffic.flops_per_exchange_byte),
            ),
        ),
        (
            "memory",
            format!(
                "{} of {} on tile {} at `{}`: {}",
                bytes(memory.peak_bytes),
                bytes(memory.tile_bytes),
                memory.peak_tile,
                memory.peak_step,
                if memory.fits { "fits" } else { "DOES NOT FIT" },
            ),
        ),
    ];
    if let Some(batch) = memory.largest_batch {
        pairs.push(("largest batch", batch.to_string()));
    }
    if let Some(energy) = &result.energy {
        pairs.push((
            "MAC energy",
            format!("{} for an image", joules(energy.mac_joules_per_image)),
        ));
    }
    key_values(&pairs, palette.width())
}

fn causes(result: &RunResult, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("cause"),
        Column::right("cycles"),
        Column::right("share"),
        Column::left(""),
    ]);
    for (cause, cycles) in result.cycles_by_cause.iter().filter(|&(_, cycles)| cycles > 0) {
        let share = cycles as f64 / result.time.cycles.max(1) as f64;
        let role = if cause == Cause::Ideal {
            Role::Good
        } else {
            Role::Faint
        };
        table.push([
            spelled(cause).into(),
            grouped(cycles).into(),
            percent(share).into(),
            Cell::new(&"█".repeat((40.0 * share).round() as usize), role),
        ]);
    }
    table.render(palette, palette.width())
}

fn layer_kinds(result: &RunResult, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("kind"),
        Column::right("layers"),
        Column::right("MACs"),
        Column::right("cycles"),
        Column::right("share"),
        Column::right("conv units"),
        Column::left("largest cause"),
    ]);
    for kind in &result.layer_kinds {
        table.push([
            kind.kind.name().into(),
            kind.layers.to_string().into(),
            count(kind.macs as f64).into(),
            grouped(kind.cycles).into(),
            percent(kind.cycles as f64 / result.time.cycles.max(1) as f64).into(),
            if kind.macs > 0 {
                percent(kind.conv_units).into()
            } else {
                "–".into()
            },
            largest_cause(&kind.cycles_by_cause).into(),
        ]);
    }
    table.render(palette, palette.width())
}

fn dearest_layers(result: &RunResult, palette: &Palette) -> String {
    let mut layers: Vec<&LayerResult> = result.layers.iter().collect();
    layers.sort_by_key(|layer| std::cmp::Reverse(layer.cycles));
    let mut table = Table::new([
        Column::left("layer"),
        Column::right("cycles"),
        Column::right("share"),
        Column::right("conv units"),
        Column::right("tiles"),
        Column::left("largest cause"),
        Column::left("plan"),
    ]);
    for layer in layers.into_iter().take(DEAREST_LAYERS) {
        table.push([
            layer.name.as_str().into(),
            grouped(layer.cycles).into(),
            percent(layer.cycles as f64 / result.time.cycles.max(1) as f64).into(),
            if layer.macs > 0 {
                percent(layer.conv_units).into()
            } else {
                "–".into()
            },
            layer.active_tiles.to_string().into(),
            largest_cause(&layer.cycles_by_cause).into(),
            layer.plan.as_str().into(),
        ]);
    }
    table.render(palette, palette.width())
}

fn largest_cause(causes: &crate::CyclesByCause) -> String {
    let total = causes.total().max(1);
    causes
        .iter()
        .filter(|&(_, cycles)| cycles > 0)
        // The first of equals, so that the answer does not depend on the order of the search.
        .max_by_key(|&(cause, cycles)| (cycles, std::cmp::Reverse(cause)))
        .map(|(cause, cycles)| format!("{} {:.0} %", spelled(cause), 100.0 * cycles as f64 / total as f64))
        .unwrap_or_default()
}
