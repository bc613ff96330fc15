//! Several runs side by side.

use tilesim_sim::Cause;
use tilesim_terms::LayerKind;

use crate::{
    Comparison, RunResult,
    comparison::{ratio, spelled},
    render::{
        Cell, Column, Palette, Role, Table,
        prose::wrapped,
        run::{reading_lines, section},
        units::{bytes, count, grouped, joules, percent, seconds, significant, times},
    },
    validation_sentence,
};

/// Columns of a run's heading.
const HEADING_WIDTH: usize = 13;
/// Columns of a label, so that the tables stand under each other.
const LABEL_WIDTH: usize = 26;
/// Columns of a ratio or share.
const BESIDE_WIDTH: usize = 6;
/// Ratios between these count as equal.
const EQUAL: std::ops::RangeInclusive<f64> = 0.995..=1.005;

/// Whether more or less of a figure is better.
#[derive(Clone, Copy)]
enum Better {
    More,
    Less,
    Neither,
}

/// One row: its label, how to take the figure of a run, how to write it, and what is better.
struct Row {
    label: &'static str,
    figure: fn(&RunResult) -> Option<f64>,
    text: fn(f64) -> String,
    better: Better,
}

/// Rows under one title.
struct Section {
    title: &'static str,
    rows: Vec<Row>,
}

/// The comparison in sections: theory, machine, utilisation, traffic, memory, causes, layer kinds, reading.
pub fn comparison(comparison: &Comparison, palette: &Palette) -> String {
    let sections = [
        Section {
            title: "Theory, one image",
            rows: theory(),
        },
        Section {
            title: "Machine, one image",
            rows: practice(),
        },
        Section {
            title: "Utilisation",
            rows: utilisation(),
        },
        Section {
            title: "Traffic, one image",
            rows: traffic(),
        },
        Section {
            title: "Memory",
            rows: memory(),
        },
    ];
    let mut text = figures(comparison, &sections, palette);
    if comparison
        .results
        .iter()
        .all(|run| run.memory.largest_batch.is_none())
    {
        text += "  (--max-batch searches the largest batch that fits)\n";
    }
    text += &section("Where the cycles of one image went", palette);
    text += &shares(comparison, &cause_rows(comparison), palette);
    text += &section("Kinds of layers, cycles of one image", palette);
    text += &shares(comparison, &kind_rows(comparison), palette);
    if !comparison.reading.is_empty() {
        text += &section("How to read it", palette);
        text += &reading_lines(&comparison.reading, palette);
    }
    if let Some(result) = comparison.results.first() {
        text += &section("How far to trust it", palette);
        text += &wrapped(&validation_sentence(result), "", palette.width());
    }
    text
}

fn theory() -> Vec<Row> {
    vec![
        row(
            "FLOPs",
            |run| Some(run.theoretical.flops as f64),
            count,
            Better::Neither,
        ),
        row(
            "parameters",
            |run| Some(run.theoretical.parameters as f64),
            count,
            Better::Neither,
        ),
        row(
            "activation elements",
            |run| Some(run.theoretical.activation_elements as f64),
            count,
            Better::Neither,
        ),
    ]
}

fn practice() -> Vec<Row> {
    vec![
        row(
            "cycles",
            |run| Some(run.cycles_per_image()),
            |cycles| grouped(cycles.round() as u64),
            Better::Less,
        ),
        row(
            "time of a batch",
            |run| Some(run.time.seconds),
            seconds,
            Better::Neither,
        ),
        row(
            "images/s",
            |run| Some(run.time.images_per_second),
            |rate| grouped(rate.round() as u64),
            Better::More,
        ),
        row(
            "FLOP/s",
            |run| Some(run.time.flops_per_second),
            count,
            Better::More,
        ),
        row(
            "MACs per cycle and tile",
            |run| {
                ratio(
                    run.theoretical.macs as f64,
                    run.cycles_per_image() * run.machine.tiles as f64,
                )
            },
            significant,
            Better::More,
        ),
        row(
            "MAC energy",
            |run| run.energy.map(|energy| energy.mac_joules_per_image),
            joules,
            Better::Less,
        ),
    ]
}

fn utilisation() -> Vec<Row> {
    vec![
        row(
            "conv units",
            |run| Some(run.utilisation.conv_units),
            percent,
            Better::More,
        ),
        row(
            "dot-product fill",
            |run| Some(run.utilisation.dot_product_fill),
            percent,
            Better::More,
        ),
        row("tiles", |run| Some(run.utilisation.tiles), percent, Better::More),
        row(
            "workers",
            |run| Some(run.utilisation.workers),
            percent,
            Better::More,
        ),
    ]
}

fn traffic() -> Vec<Row> {
    let volume = |value: f64| bytes(value.round() as u64);
    vec![
        row(
            "SRAM read",
            |run| Some(run.per_image(run.traffic.sram_read_bytes)),
            volume,
            Better::Less,
        ),
        row(
            "SRAM written",
            |run| Some(run.per_image(run.traffic.sram_write_bytes)),
            volume,
            Better::Less,
        ),
        row(
            "exchanged between tiles",
            |run| Some(run.per_image(run.traffic.exchange_bytes)),
            volume,
            Better::Less,
        ),
        row(
            "FLOPs per SRAM byte",
            |run| run.traffic.flops_per_sram_byte,
            significant,
            Better::More,
        ),
        row(
            "FLOPs per exchanged byte",
            |run| run.traffic.flops_per_exchange_byte,
            significant,
            Better::More,
        ),
    ]
}

fn memory() -> Vec<Row> {
    vec![
        row("batch", |run| Some(run.run.batch as f64), count, Better::Neither),
        row(
            "fullest tile",
            |run| Some(run.memory.peak_bytes as f64),
            |value| bytes(value as u64),
            Better::Less,
        ),
        row(
            "of its SRAM",
            |run| ratio(run.memory.peak_bytes as f64, run.memory.tile_bytes as f64),
            percent,
            Better::Less,
        ),
        row(
            "largest batch that fits",
            |run| run.memory.largest_batch.map(|batch| batch as f64),
            count,
            Better::More,
        ),
    ]
}

fn row(
    label: &'static str,
    figure: fn(&RunResult) -> Option<f64>,
    text: fn(f64) -> String,
    better: Better,
) -> Row {
    Row {
        label,
        figure,
        text,
        better,
    }
}

/// Sections of figures, with the ratio to the first run beside every other run's.
fn figures(comparison: &Comparison, sections: &[Section], palette: &Palette) -> String {
    let base = &comparison.results[0];
    let lines: Vec<Line<'_>> = sections
        .iter()
        .flat_map(|section| {
            let shown = section
                .rows
                .iter()
                .filter(|row| comparison.results.iter().any(|run| (row.figure)(run).is_some()));
            std::iter::once(Line::Title(section.title)).chain(shown.map(Line::Row))
        })
        .collect();
    chunks(comparison, palette, |run, part| {
        lines
            .iter()
            .map(|line| match (line, part) {
                (Line::Title(title), Part::Label) => Cell::new(title, Role::Title),
                (Line::Row(row), Part::Label) => format!("  {}", row.label).into(),
                (Line::Row(row), Part::Figure) => {
                    (row.figure)(run).map_or_else(|| "–".into(), |value| (row.text)(value).into())
                }
                (Line::Row(row), Part::Beside) if !std::ptr::eq(run, base) => {
                    let ratio = (row.figure)(run)
                        .zip((row.figure)(base))
                        .and_then(|(value, base)| ratio(value, base));
                    Cell::new(&times(ratio), judged(ratio, row.better))
                }
                (Line::Title(_), _) | (Line::Row(_), Part::Beside) => Cell::default(),
            })
            .collect()
    })
}

/// One line of the table of figures.
enum Line<'a> {
    Title(&'a str),
    Row(&'a Row),
}

/// What a column of the tables holds.
#[derive(Clone, Copy)]
enum Part {
    Label,
    Figure,
    Beside,
}

fn judged(ratio: Option<f64>, better: Better) -> Role {
    let Some(ratio) = ratio.filter(|ratio| !EQUAL.contains(ratio)) else {
        return Role::Plain;
    };
    match (better, ratio > 1.0) {
        (Better::Neither, _) => Role::Plain,
        (Better::More, true) | (Better::Less, false) => Role::Good,
        (Better::More, false) | (Better::Less, true) => Role::Bad,
    }
}

/// Label and cycles of one image for every run.
struct ShareRow {
    label: &'static str,
    cycles: Vec<f64>,
}

fn cause_rows(comparison: &Comparison) -> Vec<ShareRow> {
    Cause::ALL
        .into_iter()
        .map(|cause| ShareRow {
            label: spelled(cause),
            cycles: comparison
                .results
                .iter()
                .map(|run| run.per_image(run.cycles_by_cause.get(cause)))
                .collect(),
        })
        .filter(occurs)
        .collect()
}

fn kind_rows(comparison: &Comparison) -> Vec<ShareRow> {
    LayerKind::ALL
        .into_iter()
        .map(|kind| ShareRow {
            label: kind.name(),
            cycles: comparison
                .results
                .iter()
                .map(|run| {
                    run.layer_kinds
                        .iter()
                        .filter(|of| of.kind == kind)
                        .map(|of| run.per_image(of.cycles))
                        .sum()
                })
                .collect(),
        })
        .filter(occurs)
        .collect()
}

fn occurs(row: &ShareRow) -> bool {
    row.cycles.iter().any(|&cycles| cycles > 0.0)
}

/// Rows of cycles, with the share of the run's cycles beside each.
fn shares(comparison: &Comparison, rows: &[ShareRow], palette: &Palette) -> String {
    let index_of = |run: &RunResult| {
        comparison
            .results
            .iter()
            .position(|other| std::ptr::eq(other, run))
            .unwrap_or(0)
    };
    chunks(comparison, palette, |run, part| {
        rows.iter()
            .map(|row| {
                let cycles = row.cycles[index_of(run)];
                match part {
                    Part::Label => format!("  {}", row.label).into(),
                    Part::Figure => grouped(cycles.round() as u64).into(),
                    Part::Beside => {
                        let share = ratio(cycles, run.cycles_per_image());
                        Cell::new(&share.map_or_else(|| "–".to_owned(), percent), Role::Faint)
                    }
                }
            })
            .collect()
    })
}

/// Tables of a few runs each: a column of labels, then for every run a column of figures and one of what stands beside.
fn chunks(
    comparison: &Comparison,
    palette: &Palette,
    cells: impl Fn(&RunResult, Part) -> Vec<Cell>,
) -> String {
    let runs: Vec<(&RunResult, &str)> = comparison
        .results
        .iter()
        .zip(comparison.ratios.iter().map(|ratios| ratios.name.as_str()))
        .collect();
    let of_a_run = HEADING_WIDTH + BESIDE_WIDTH + 4;
    let runs_per_table = palette.width().saturating_sub(LABEL_WIDTH) / of_a_run;
    runs.chunks(runs_per_table.max(1))
        .map(|chunk| {
            let mut columns = vec![Column::left("").at_least(LABEL_WIDTH)];
            let mut contents = vec![cells(chunk[0].0, Part::Label)];
            for (run, name) in chunk {
                columns.extend([
                    Column::right(&broken(name, HEADING_WIDTH)),
                    Column::right("").at_least(BESIDE_WIDTH),
                ]);
                contents.extend([cells(run, Part::Figure), cells(run, Part::Beside)]);
            }
            let mut table = Table::new(columns);
            for index in 0..contents[0].len() {
                table.push(contents.iter().map(|column| column[index].clone()));
            }
            table.render(palette, palette.width())
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// `name` in lines of at most `width` characters, broken at blanks and after hyphens where it has some.
fn broken(name: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let parts = name
        .split(' ')
        .flat_map(|word| word.split_inclusive('-').enumerate());
    for (starts_word, part) in parts.map(|(index, part)| (index == 0, part)) {
        let gap = usize::from(starts_word);
        match lines.last_mut() {
            Some(line) if line.chars().count() + gap + part.chars().count() <= width => {
                if starts_word {
                    line.push(' ');
                }
                line.push_str(part);
            }
            _ => {
                let letters: Vec<char> = part.chars().collect();
                lines.extend(
                    letters
                        .chunks(width.max(1))
                        .map(|chunk| chunk.iter().collect::<String>()),
                );
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_break_at_hyphens_and_blanks() {
        assert_eq!(broken("efficientnet-b0-g16", 13), "efficientnet-\nb0-g16");
        assert_eq!(broken("resnet50 bow batch 8", 13), "resnet50 bow\nbatch 8");
        assert_eq!(broken("anextremelylongname", 13), "anextremelylo\nngname");
        assert_eq!(broken("", 13), "");
    }
}
