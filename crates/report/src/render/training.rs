//! One weight update of a system as tables.

use tilesim_sim::Cause;
use tilesim_terms::{Framework, Phase};

use super::run::{reading_lines, section};
use crate::{
    comparison::spelled,
    decisions::unusual,
    render::{
        Cell, Column, Palette, Role, Table, key_values,
        prose::wrapped,
        units::{bytes, count, grouped, percent, seconds, significant},
    },
    stored_training_validation, stored_validation,
    training::{CyclesByPhase, StageResult, TrainingResult, training_reading},
    training_validation_sentence,
};

/// The update in sections: what was run, time, stages, their memory, causes by phase, reading, validation.
pub fn training(result: &TrainingResult, palette: &Palette) -> String {
    let heading = wrapped(&heading(result), "", palette.width());
    let mut text = palette.paint(Role::Title, heading.trim_end()) + "\n";
    text += &overview(result, palette);
    text += &section("Stages: cycles of one micro-batch, and of the update", palette);
    text += &stages(result, palette);
    text += &section(
        "Stages: cycles of one weight update outside of their own programs",
        palette,
    );
    text += &waits(result, palette);
    text += &section("Memory of the fullest tile", palette);
    text += &memory(result, palette);
    text += &section("Where the cycles went, as the mean over chips", palette);
    text += &phases(&result.cycles_by_phase, palette);
    text += &section("How to read it", palette);
    text += &reading_lines(&training_reading(result), palette);
    text += &section("How far to trust it", palette);
    let known = training_validation_sentence(&stored_validation().kinds, stored_training_validation());
    text += &wrapped(&known, "", palette.width());
    text
}

fn heading(result: &TrainingResult) -> String {
    let named = |name: &str, overrides: &[String]| {
        if overrides.is_empty() {
            name.to_owned()
        } else {
            format!("{name} ({})", overrides.join(", "))
        }
    };
    let system = &result.system;
    let micro_batches = counted(system.gradient_accumulation, "micro-batch", "micro-batches");
    let replicas = if system.replicas == 1 {
        String::new()
    } else {
        format!(" in each of {} replicas", system.replicas)
    };
    format!(
        "{} trained on {}: {} × {} chips {}, {micro_batches} of {}{replicas}",
        named(&result.model.name, &result.model.overrides),
        named(&system.name, &system.overrides),
        system.stages,
        system.replicas,
        named(&result.machine.name, &result.machine.overrides),
        system.micro_batch,
    )
}

fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn overview(result: &TrainingResult, palette: &Palette) -> String {
    let (time, system, memory) = (&result.time, &result.system, &result.memory);
    let mut pairs = vec![
        (
            "time",
            format!(
                "{} cycles, {} for {} images; {} images/s, {}FLOP/s",
                grouped(time.cycles),
                seconds(time.seconds),
                system.global_batch,
                grouped(time.images_per_second.round() as u64),
                count(time.flops_per_second),
            ),
        ),
        (
            "pipeline",
            format!(
                "{}, slots of {} cycles, {} of the time at work; stage {} is the slowest, {}× the mean",
                system.schedule,
                grouped(time.full_slot_cycles),
                percent(time.pipeline_efficiency),
                result.slowest_stage,
                significant(result.balance),
            ),
        ),
        (
            "software",
            std::iter::once(result.system.software.clone())
                .chain(unusual(result.system.framework, Framework::TRAINING))
                .collect::<Vec<_>>()
                .join(", "),
        ),
        (
            "memory",
            format!(
                "{} of {} in stage {}: {}",
                bytes(memory.peak_bytes),
                bytes(memory.tile_bytes),
                memory.fullest_stage,
                if memory.fits { "fits" } else { "DOES NOT FIT" },
            ),
        ),
    ];
    if let Some(largest) = memory.largest_micro_batch {
        pairs.push((
            "micro-batch",
            format!("{largest} is the largest of this global batch that fits"),
        ));
    }
    if let Some(proposal) = &result.proposal {
        pairs.push((
            "balance",
            format!(
                "splits {}: {} images/s, slots of {} cycles, {}",
                proposal.splits.join(" "),
                grouped(proposal.images_per_second.round() as u64),
                grouped(proposal.full_slot_cycles),
                if proposal.fits { "fits" } else { "DOES NOT FIT" },
            ),
        ));
    }
    key_values(&pairs, palette.width())
}

fn name(index: usize, stage: &StageResult) -> String {
    let [first, last] = &stage.blocks;
    format!("{index}: {first} – {last}")
}

fn stages(result: &TrainingResult, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("stage"),
        Column::right("forward"),
        Column::right("recompute"),
        Column::right("backward"),
        Column::right("sum"),
        Column::right("steps"),
        Column::right("update"),
    ]);
    for (index, stage) in result.stages.iter().enumerate() {
        let cycles = stage.cycles;
        let role = if index as u64 == result.slowest_stage {
            Role::Bad
        } else {
            Role::Plain
        };
        let of_micro_batch = stage.layers.iter().filter(|layer| layer.phase != Phase::Update);
        table.push([
            Cell::new(&name(index, stage), role),
            grouped(cycles.forward).into(),
            grouped(cycles.recompute).into(),
            grouped(cycles.backward).into(),
            grouped(cycles.forward + cycles.recompute + cycles.backward).into(),
            grouped(of_micro_batch.map(|layer| layer.steps).sum()).into(),
            grouped(cycles.update).into(),
        ]);
    }
    table.render(palette, palette.width())
}

fn waits(result: &TrainingResult, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("stage"),
        Column::right("fill, drain"),
        Column::right("slower stages"),
        Column::right("link"),
        Column::right("sync"),
        Column::right("host"),
        Column::right("all-reduce"),
        Column::right("streaming"),
    ]);
    for (index, stage) in result.stages.iter().enumerate() {
        let waits = stage.waits;
        table.push([
            Cell::from(name(index, stage)),
            count(waits.fill_and_drain as f64).into(),
            count(waits.slower_stages as f64).into(),
            count(waits.link as f64).into(),
            count(waits.sync as f64).into(),
            count(waits.host as f64).into(),
            count(waits.all_reduce as f64).into(),
            count(waits.streaming as f64).into(),
        ]);
    }
    table.render(palette, palette.width())
}

fn memory(result: &TrainingResult, palette: &Palette) -> String {
    let searched = result
        .stages
        .iter()
        .any(|stage| stage.memory.largest_micro_batch.is_some());
    let mut columns = vec![
        Column::left("stage"),
        Column::right("peak"),
        Column::right("always live"),
        Column::right("kept"),
        Column::right("in flight"),
    ];
    if searched {
        columns.push(Column::right("largest\nmicro-batch"));
    }
    columns.push(Column::left("at the peak"));
    let mut table = Table::new(columns);
    for (index, stage) in result.stages.iter().enumerate() {
        let memory = &stage.memory;
        let role = if memory.fits { Role::Plain } else { Role::Bad };
        let mut row = vec![
            Cell::from(name(index, stage)),
            Cell::new(&bytes(memory.peak_bytes), role),
            bytes(memory.always_live_bytes).into(),
            bytes(memory.kept_bytes).into(),
            memory.in_flight.to_string().into(),
        ];
        if searched {
            let largest = memory.largest_micro_batch;
            row.push(
                largest
                    .map_or_else(|| "–".to_owned(), |largest| largest.to_string())
                    .into(),
            );
        }
        row.push(memory.peak_step.as_str().into());
        table.push(row);
    }
    table.render(palette, palette.width())
}

/// Causes by phase.
fn phases(cycles: &CyclesByPhase, palette: &Palette) -> String {
    let phases = [cycles.forward, cycles.recompute, cycles.backward, cycles.update];
    let total: u64 = phases.iter().map(crate::CyclesByCause::total).sum();
    let mut table = Table::new([
        Column::left("cause"),
        Column::right("forward"),
        Column::right("recompute"),
        Column::right("backward"),
        Column::right("update"),
        Column::right("share"),
    ]);
    for cause in Cause::ALL {
        let of: Vec<u64> = phases.iter().map(|phase| phase.get(cause)).collect();
        let sum: u64 = of.iter().sum();
        if sum > 0 {
            let mut row = vec![Cell::from(spelled(cause))];
            row.extend(of.into_iter().map(|cycles| Cell::from(grouped(cycles))));
            row.push(percent(sum as f64 / total.max(1) as f64).into());
            table.push(row);
        }
    }
    table.render(palette, palette.width())
}
