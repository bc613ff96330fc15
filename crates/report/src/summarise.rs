//! From a profile to a result: a pure function.

use tilesim_sim::{LayerProfile, MemoryProfile, Profile, TileCycles};
use tilesim_terms::LayerKind;

use crate::{
    Bounds, CyclesByCause, Energy, HostTime, LayerKindResult, LayerResult, LayerTraffic, MachineFacts,
    MachineSection, Memory, RESULT_SCHEMA, ReportError, Resident, RunFacts, RunResult, RunSection,
    Suggestion, Time, Traffic, Utilisation,
    causes::saturating_sum,
    nearest::{Asked, nearest},
    stored_validation,
};

/// The result of a run: what `profile` says, in the figures that people and programs ask for.
///
/// # Errors
/// Where the profile does not add up, see [`ReportError`].
pub fn summarise(profile: &Profile, facts: &RunFacts) -> Result<RunResult, ReportError> {
    let machine = &facts.machine;
    if profile.tiles == 0 || machine.clock_hz == 0 {
        return Err(ReportError::Machine {
            tiles: profile.tiles,
            clock_hz: machine.clock_hz,
        });
    }
    let layer_cycles = saturating_sum(profile.layers.iter().map(|layer| layer.cycles));
    if layer_cycles != profile.cycles {
        return Err(ReportError::Layers {
            layers: layer_cycles,
            total: profile.cycles,
        });
    }
    let cycles_by_cause =
        CyclesByCause::from_tile_cycles(&profile.causes, profile.tiles, profile.cycles, || {
            "the run".to_owned()
        })?;
    let peak = machine.peak_macs_per_cycle.saturating_mul(profile.tiles);
    let layers = profile
        .layers
        .iter()
        .map(|layer| layer_result(layer, profile.tiles, peak))
        .collect::<Result<Vec<_>, _>>()?;
    let layer_kinds = layer_kinds(profile, &layers, peak)?;
    let machine_section = MachineSection {
        name: machine.name.clone(),
        overrides: machine.overrides.clone(),
        tiles: profile.tiles,
        clock_hz: machine.clock_hz,
        peak_macs_per_cycle: peak,
    };
    let known = stored_validation();
    let asked = Asked::new(&facts.model, &machine_section, &facts.run, &layer_kinds);
    let silicon = nearest(&known.silicon, asked);
    Ok(RunResult {
        schema: RESULT_SCHEMA.to_owned(),
        model: facts.model.clone(),
        machine: machine_section,
        run: facts.run.clone(),
        theoretical: facts.theoretical,
        time: time(profile, machine.clock_hz, facts.run.batch),
        utilisation: utilisation(profile, peak, &cycles_by_cause),
        traffic: traffic(profile),
        host: facts.run.overlap.map(|overlap| HostTime::of(profile, overlap)),
        bounds: bounds(profile, machine),
        energy: energy(profile, machine, facts.run.batch),
        memory: memory(profile, &facts.run, facts.largest_batch),
        cycles_by_cause,
        layer_kinds,
        layers,
        validation: known.kinds,
        silicon,
    })
}

/// `part` of `whole`, 0 where there is nothing to be a part of.
fn share(part: u64, whole: f64) -> f64 {
    quotient(part, whole).unwrap_or(0.0)
}

fn quotient(dividend: u64, divisor: f64) -> Option<f64> {
    (divisor > 0.0).then(|| dividend as f64 / divisor)
}

/// In floating point: the tile-cycles of long runs times a rate exceed 64 bits.
fn product(left: u64, right: u64) -> f64 {
    left as f64 * right as f64
}

fn time(profile: &Profile, clock_hz: u64, batch: u64) -> Time {
    let seconds = profile.cycles as f64 / clock_hz as f64;
    let per_second = |count: u64| {
        if profile.cycles == 0 {
            0.0
        } else {
            count as f64 / seconds
        }
    };
    Time {
        cycles: profile.cycles,
        seconds,
        images_per_second: per_second(batch),
        flops_per_second: per_second(profile.macs.saturating_mul(2)),
    }
}

fn utilisation(profile: &Profile, peak: u64, causes: &CyclesByCause) -> Utilisation {
    Utilisation {
        conv_units: share(profile.macs, product(peak, profile.cycles)),
        dot_product_fill: causes.dot_product_fill_share(),
        tiles: share(profile.busy_tile_cycles, product(profile.tiles, profile.cycles)),
        workers: share(profile.busy_worker_tile_cycles, profile.busy_tile_cycles as f64),
    }
}

fn traffic(profile: &Profile) -> Traffic {
    let bytes = profile.traffic;
    let flops = profile.macs.saturating_mul(2);
    Traffic {
        sram_read_bytes: bytes.sram_read_bytes,
        sram_write_bytes: bytes.sram_write_bytes,
        exchange_bytes: bytes.exchange_sent_bytes,
        exchange_received_bytes: bytes.exchange_received_bytes,
        link_bytes: bytes.link_bytes,
        host_bytes: bytes.host_bytes,
        flops_per_sram_byte: quotient(
            flops,
            bytes.sram_read_bytes as f64 + bytes.sram_write_bytes as f64,
        ),
        flops_per_exchange_byte: quotient(flops, bytes.exchange_sent_bytes as f64),
    }
}

fn bounds(profile: &Profile, machine: &MachineFacts) -> Bounds {
    let bytes = profile.traffic;
    let spread = |work: u64, rate: u64| {
        if rate == 0 {
            0
        } else {
            work.div_ceil(rate.saturating_mul(profile.tiles))
        }
    };
    // The host's rate is per second and chip: cycles = bytes × clock / rate.
    let host = u128::from(bytes.host_bytes) * u128::from(machine.clock_hz);
    Bounds {
        compute_cycles: spread(profile.macs, machine.peak_macs_per_cycle),
        sram_cycles: spread(bytes.sram_read_bytes, machine.sram_read_bytes_per_cycle)
            .max(spread(bytes.sram_write_bytes, machine.sram_write_bytes_per_cycle)),
        exchange_cycles: spread(bytes.exchange_sent_bytes, machine.exchange_bytes_per_cycle),
        host_cycles: host
            .checked_div(u128::from(machine.host_bytes_per_second))
            .unwrap_or(0) as u64,
    }
}

fn energy(profile: &Profile, machine: &MachineFacts, batch: u64) -> Option<Energy> {
    machine.picojoules_per_flop.map(|picojoules_per_flop| {
        let mac_joules = 2.0 * profile.macs as f64 * picojoules_per_flop * 1e-12;
        Energy {
            mac_joules,
            mac_joules_per_image: mac_joules / batch.max(1) as f64,
            picojoules_per_flop,
        }
    })
}

fn memory(profile: &Profile, run: &RunSection, largest_batch: Option<u64>) -> Memory {
    let memory = &profile.memory;
    Memory {
        tile_bytes: memory.tile_bytes,
        peak_bytes: memory.peak_bytes,
        gap_bytes: memory.gap_bytes,
        peak_tile: u64::from(memory.peak_tile),
        peak_step: profile
            .steps
            .get(memory.peak_step)
            .map(|step| step.name.clone())
            .unwrap_or_default(),
        fits: memory.fits,
        always_live_bytes: memory.always_live_bytes,
        largest_batch,
        residents: memory.residents.iter().map(Resident::from).collect(),
        suggestions: suggestions(memory, run.batch, run.available_memory_proportion),
    }
}

/// Changes that would make the run fit, estimated from what lives on the fullest tile.
fn suggestions(memory: &MemoryProfile, batch: u64, available_memory_proportion: f64) -> Vec<Suggestion> {
    let excess = memory.peak_bytes.saturating_sub(memory.tile_bytes);
    if memory.fits || excess == 0 {
        return Vec::new();
    }
    let of_batch = memory.peak_bytes.saturating_sub(memory.always_live_bytes);
    let mut suggestions = Vec::new();
    // What is not always live grows with the batch, so the largest batch that fits is the one that leaves `room` for it.
    let room = memory.tile_bytes.saturating_sub(memory.always_live_bytes);
    let smaller = u128::from(batch) * u128::from(room) / u128::from(of_batch.max(1));
    if (1..u128::from(batch)).contains(&smaller) {
        let smaller = smaller as u64;
        suggestions.push(Suggestion {
            change: format!("batch {smaller} instead of {batch}"),
            saved_bytes: of_batch - (u128::from(of_batch) * u128::from(smaller) / u128::from(batch)) as u64,
        });
    }
    // Temporaries of convolutions are bounded by that share of the tile.
    let needed = available_memory_proportion - excess as f64 / memory.tile_bytes.max(1) as f64;
    if needed >= 0.05 {
        let proposed = (needed * 20.0).floor() / 20.0;
        suggestions.push(Suggestion {
            change: format!(
                "available_memory_proportion {proposed:.2} instead of {available_memory_proportion:.2}"
            ),
            saved_bytes: ((available_memory_proportion - proposed) * memory.tile_bytes as f64) as u64,
        });
    }
    suggestions
}

fn layer_result(layer: &LayerProfile, tiles: u64, peak: u64) -> Result<LayerResult, ReportError> {
    Ok(LayerResult {
        name: layer.name.clone(),
        kind: layer.kind,
        macs: layer.macs,
        cycles: layer.cycles,
        cycles_by_cause: CyclesByCause::from_tile_cycles(&layer.causes, tiles, layer.cycles, || {
            format!("layer `{}`", layer.name)
        })?,
        conv_units: share(layer.macs, product(peak, layer.cycles)),
        active_tiles: layer.active_tiles,
        traffic: LayerTraffic {
            sram_read_bytes: layer.traffic.sram_read_bytes,
            sram_write_bytes: layer.traffic.sram_write_bytes,
            exchange_bytes: layer.traffic.exchange_sent_bytes,
            host_bytes: layer.traffic.host_bytes,
        },
        plan: layer.plan.clone(),
    })
}

/// Sums over the layers of each kind that occurs. Tile-cycles are added before they are rounded.
fn layer_kinds(
    profile: &Profile,
    layers: &[LayerResult],
    peak: u64,
) -> Result<Vec<LayerKindResult>, ReportError> {
    let of_kind = |kind| move |(layer, _): &(&LayerResult, &LayerProfile)| layer.kind == kind;
    let pairs = || layers.iter().zip(&profile.layers);
    LayerKind::ALL
        .into_iter()
        .filter(|&kind| layers.iter().any(|layer| layer.kind == kind))
        .map(|kind| {
            let causes = pairs()
                .filter(of_kind(kind))
                .fold(TileCycles::default(), |sum, (_, layer)| sum + layer.causes);
            let cycles = pairs().filter(of_kind(kind)).map(|(layer, _)| layer.cycles).sum();
            let macs = pairs().filter(of_kind(kind)).map(|(layer, _)| layer.macs).sum();
            Ok(LayerKindResult {
                kind,
                layers: pairs().filter(of_kind(kind)).count() as u64,
                macs,
                cycles,
                conv_units: share(macs, product(peak, cycles)),
                cycles_by_cause: CyclesByCause::from_tile_cycles(&causes, profile.tiles, cycles, || {
                    format!("layers of kind {}", kind.name())
                })?,
            })
        })
        .collect()
}
