//! `tilesim machines`: the bundled machines, systems and releases, and where every number of one comes from.

use tilesim::{
    listing::MachineListing,
    machine::{ExplainedValue, MachineExplanation, machine_explanation},
    software::{SoftwareExplanation, is_software, software_explanation},
    system::{SystemExplanation, is_system, system_explanation},
};
use tilesim_report::render::{
    Cell, Column, Palette, Role, Table, key_values,
    units::{bytes, count, grouped},
    wrapped,
};

use crate::{args::MachinesArgs, console::Console, error::CliError, exit::Outcome};

/// Lists the bundled machines, systems and releases, or explains one.
pub(crate) fn run(args: &MachinesArgs, console: &Console) -> Result<Outcome, CliError> {
    match &args.name {
        Some(name) if is_system(name) => console.answer(&system_explanation(name)?, explained_system)?,
        Some(name) if is_software(name) => {
            console.answer(&software_explanation(name)?, explained_software)?;
        }
        Some(name) => console.answer(&machine_explanation(name)?, explained)?,
        None => console.answer(&MachineListing::bundled()?, listed)?,
    }
    Ok(Outcome::Positive)
}

fn listed(machines: &MachineListing, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("machine"),
        Column::right("tiles"),
        Column::right("SRAM/tile"),
        Column::right("SRAM"),
        Column::right("clock"),
        Column::right("peak FLOP/s"),
        Column::left("description"),
    ]);
    for machine in &machines.machines {
        let peak = machine
            .peak_flops_per_second
            .first()
            .map_or(0.0, |peak| peak.flops_per_second);
        table.push([
            Cell::from(&machine.name),
            grouped(machine.tiles).into(),
            bytes(machine.tile_memory_bytes).into(),
            bytes(machine.tile_memory_bytes.saturating_mul(machine.tiles)).into(),
            format!("{}Hz", count(machine.clock_hz as f64)).into(),
            count(peak).into(),
            (&machine.description).into(),
        ]);
    }
    let mut text = table.render(palette, palette.width());
    let mut table = Table::new([
        Column::left("system"),
        Column::right("chips"),
        Column::left("machine"),
        Column::left("network"),
        Column::left("description"),
    ]);
    for system in &machines.systems {
        table.push([
            Cell::from(&system.name),
            system.chips.to_string().into(),
            (&system.machine).into(),
            system.network.as_deref().unwrap_or("–").into(),
            (&system.description).into(),
        ]);
    }
    text.push('\n');
    text += &table.render(palette, palette.width());
    let mut table = Table::new([Column::left("software"), Column::left("description")]);
    for release in &machines.software {
        table.push([Cell::from(&release.name), (&release.description).into()]);
    }
    text.push('\n');
    text + &table.render(palette, palette.width())
}

fn explained(machine: &MachineExplanation, palette: &Palette) -> String {
    let summary = &machine.summary;
    let mut text = palette.paint(Role::Title, &format!("{}: {}", summary.name, summary.description)) + "\n";
    let derived: Vec<(&str, String)> = machine
        .derived
        .iter()
        .map(|derived| {
            (
                derived.name.as_str(),
                format!("{}{}", count(derived.value), derived.unit),
            )
        })
        .collect();
    text += &key_values(&derived, palette.width());
    text + &sourced(&machine.values, palette)
}

fn explained_software(release: &SoftwareExplanation, palette: &Palette) -> String {
    let summary = &release.summary;
    let text = palette.paint(Role::Title, &format!("{}: {}", summary.name, summary.description)) + "\n";
    text + &sourced(&release.values, palette)
}

fn explained_system(system: &SystemExplanation, palette: &Palette) -> String {
    let summary = &system.summary;
    let mut text = palette.paint(Role::Title, &format!("{}: {}", summary.name, summary.description)) + "\n";
    let mut pairs = vec![
        ("machine", summary.machine.clone()),
        ("software", summary.software.clone()),
    ];
    pairs.extend(summary.network.clone().map(|network| ("network", network)));
    pairs.extend(system.training.iter().cloned());
    text += &key_values(&pairs, palette.width());
    text + &sourced(&system.values, palette)
}

/// Numbers, what they mean and where they come from.
fn sourced(values: &[ExplainedValue], palette: &Palette) -> String {
    let mut text = String::new();
    for value in values {
        text += "\n";
        text += &palette.paint(Role::Title, &value.key);
        text += &wrapped(
            format!("= {} {}", value.value, value.unit).trim_end(),
            " ",
            palette.width(),
        );
        text += &wrapped(&value.meaning, "  ", palette.width());
        text += &palette.paint(
            Role::Faint,
            &wrapped(&format!("source: {}", value.source), "  ", palette.width()),
        );
    }
    text
}
