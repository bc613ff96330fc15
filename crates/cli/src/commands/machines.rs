//! `tilesim machines`: the bundled machines, and where every number of one comes from.

use serde::Serialize;
use tilesim_report::render::{
    Cell, Column, Palette, Role, Table, WIDTH, key_values,
    units::{bytes, count, grouped},
    wrapped,
};

use crate::{
    args::MachinesArgs,
    console::Console,
    error::CliError,
    exit::Outcome,
    machines,
    systems::{self, SystemExplanation, SystemSummary},
};

/// The answer of `machines` without a name.
#[derive(Debug, Serialize)]
struct Listing {
    /// Version of this format.
    schema: &'static str,
    /// The bundled machines.
    machines: Vec<MachineSummary>,
    /// The bundled systems of chips.
    systems: Vec<SystemSummary>,
}

/// A machine in a few figures.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MachineSummary {
    /// Name.
    pub(crate) name: String,
    /// What it is, in one line.
    pub(crate) description: String,
    /// Tiles.
    pub(crate) tiles: u64,
    /// SRAM of a tile in bytes.
    pub(crate) tile_memory_bytes: u64,
    /// Tile clock in hertz.
    pub(crate) clock_hz: u64,
    /// Floating-point operations per second of all tiles, by precision.
    pub(crate) peak_flops_per_second: Vec<PrecisionPeak>,
}

/// Peak at one precision.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PrecisionPeak {
    /// Bits of the data and of the partial sums, such as `16.32`.
    pub(crate) precision: &'static str,
    /// Floating-point operations per second.
    pub(crate) flops_per_second: f64,
}

/// The answer of `machines NAME`.
#[derive(Debug, Serialize)]
pub(crate) struct MachineExplanation {
    /// Version of this format.
    pub(crate) schema: &'static str,
    /// The machine in a few figures.
    pub(crate) summary: MachineSummary,
    /// What follows from the numbers.
    pub(crate) derived: Vec<Derived>,
    /// Every number with its source.
    pub(crate) values: Vec<ExplainedValue>,
}

/// A figure that follows from others.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Derived {
    /// What it is.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: String,
}

/// A number of a machine.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExplainedValue {
    /// Path of its key in the machine's file, as `--set machine.KEY=VALUE` takes it.
    pub(crate) key: String,
    /// The value.
    pub(crate) value: String,
    /// Its unit; empty where it has none.
    pub(crate) unit: String,
    /// What it means.
    pub(crate) meaning: String,
    /// Where it comes from.
    pub(crate) source: String,
}

/// Lists the bundled machines, or explains one.
pub(crate) fn run(args: &MachinesArgs, console: &Console) -> Result<Outcome, CliError> {
    if let Some(name) = &args.name {
        if systems::is_system(name) {
            console.answer(&systems::explanation(name)?, explained_system)?;
        } else {
            console.answer(&machines::explanation(name)?, explained)?;
        }
    } else {
        let listing = Listing {
            schema: "tilesim-machines/1",
            machines: machines::bundled()?,
            systems: systems::bundled()?,
        };
        console.answer(&listing, listed)?;
    }
    Ok(Outcome::Positive)
}

fn listed(machines: &Listing, palette: &Palette) -> String {
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
    let mut text = table.render(palette, WIDTH);
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
    text + &table.render(palette, WIDTH)
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
    text += &key_values(&derived);
    text + &sourced(&machine.values, palette)
}

fn explained_system(system: &SystemExplanation, palette: &Palette) -> String {
    let summary = &system.summary;
    let mut text = palette.paint(Role::Title, &format!("{}: {}", summary.name, summary.description)) + "\n";
    let mut pairs = vec![("machine", summary.machine.clone())];
    pairs.extend(summary.network.clone().map(|network| ("network", network)));
    pairs.extend(system.training.iter().cloned());
    text += &key_values(&pairs);
    text + &sourced(&system.values, palette)
}

/// Numbers, what they mean and where they come from.
fn sourced(values: &[ExplainedValue], palette: &Palette) -> String {
    let mut text = String::new();
    for value in values {
        text += "\n";
        text += &palette.paint(Role::Title, &value.key);
        text += &wrapped(&format!("= {} {}", value.value, value.unit), " ", WIDTH);
        text += &wrapped(&value.meaning, "  ", WIDTH);
        text += &palette.paint(
            Role::Faint,
            &wrapped(&format!("source: {}", value.source), "  ", WIDTH),
        );
    }
    text
}
