//! Small profiles that add up.

use tilesim_report::{MachineFacts, Mode, ModelSection, RunFacts, RunSection, Theoretical};
use tilesim_sim::{
    Cause, LayerProfile, MemoryProfile, Profile, Resident, StepKind, StepProfile, TileCycles, Traffic,
};
use tilesim_terms::{LayerKind, Phase, Planning};

/// Tiles of the profiles.
pub(crate) const TILES: u64 = 7;

/// Cycles of a layer and its tile-cycles by cause, from weights: the last cause takes what is left.
pub(crate) fn attributed(cycles: u64, weights: &[u64; 11]) -> TileCycles {
    let total = cycles * TILES;
    let sum: u64 = weights.iter().sum::<u64>().max(1);
    let mut causes = TileCycles::default();
    let mut left = total;
    for (cause, weight) in Cause::ALL.into_iter().zip(weights) {
        let part = (total * weight / sum).min(left);
        causes[cause] = part;
        left -= part;
    }
    causes[Cause::Sync] += left;
    causes
}

/// A profile of layers given by name, kind, multiply-accumulates, cycles and weights of the causes.
pub(crate) fn profile(layers: &[(&str, LayerKind, u64, u64, [u64; 11])], peak_bytes: u64) -> Profile {
    let layers: Vec<LayerProfile> = layers
        .iter()
        .map(|&(name, kind, macs, cycles, weights)| LayerProfile {
            phase: Phase::Forward,
            name: name.to_owned(),
            kind,
            macs,
            cycles,
            causes: attributed(cycles, &weights),
            traffic: Traffic {
                sram_read_bytes: macs / 2,
                sram_write_bytes: macs / 8,
                exchange_sent_bytes: cycles,
                exchange_received_bytes: 2 * cycles,
                ..Traffic::default()
            },
            active_tiles: TILES - 1,
            plan: if macs > 0 {
                "AMP 1x1, 16 in, 16 out".to_owned()
            } else {
                String::new()
            },
        })
        .collect();
    let cycles = layers.iter().map(|layer| layer.cycles).sum();
    let mut traffic = Traffic::default();
    for layer in &layers {
        traffic.sram_read_bytes += layer.traffic.sram_read_bytes;
        traffic.sram_write_bytes += layer.traffic.sram_write_bytes;
        traffic.exchange_sent_bytes += layer.traffic.exchange_sent_bytes;
        traffic.exchange_received_bytes += layer.traffic.exchange_received_bytes;
    }
    let causes = layers
        .iter()
        .fold(TileCycles::default(), |sum, layer| sum + layer.causes);
    Profile {
        tiles: TILES,
        cycles,
        causes,
        macs: layers.iter().map(|layer| layer.macs).sum(),
        traffic,
        busy_tile_cycles: cycles * TILES / 2,
        convolution_tile_cycles: cycles * TILES / 4,
        busy_worker_tile_cycles: cycles * TILES / 3,
        host_transfers: Vec::new(),
        host_fill_cycles: 0,
        steps: vec![StepProfile {
            layer: 0,
            name: "stem convolve".to_owned(),
            kind: StepKind::Convolution,
            repeats: 1,
            cycles,
            causes,
            traffic,
            active_tiles: TILES - 1,
            macs: layers.iter().map(|layer| layer.macs).sum(),
            busy_tile_cycles: cycles * TILES / 2,
            fullest_tile_bytes: peak_bytes,
        }],
        layers,
        memory: MemoryProfile {
            tile_bytes: 638_976,
            peak_bytes,
            gap_bytes: 0,
            peak_tile: 3,
            peak_step: 0,
            fits: peak_bytes <= 638_976,
            always_live_bytes: peak_bytes / 4,
            peak_live_bytes_by_tile: vec![peak_bytes; TILES as usize],
            residents: vec![Resident {
                name: "stem activations".to_owned(),
                always_live: false,
                bytes: peak_bytes / 2,
            }],
        },
    }
}

/// What stands beside a profile.
pub(crate) fn facts(name: &str, macs: u64, batch: u64) -> RunFacts {
    RunFacts {
        model: ModelSection {
            name: name.to_owned(),
            overrides: Vec::new(),
        },
        machine: MachineFacts {
            name: "mk2".to_owned(),
            overrides: Vec::new(),
            clock_hz: 1_330_000_000,
            peak_macs_per_cycle: 64,
            sram_read_bytes_per_cycle: 16,
            sram_write_bytes_per_cycle: 8,
            exchange_bytes_per_cycle: 4,
            host_bytes_per_second: 6_250_000_000,
            picojoules_per_flop: Some(1.3),
        },
        run: RunSection {
            mode: Mode::Inference,
            batch,
            precision: "16.16".to_owned(),
            available_memory_proportion: 0.6,
            host_io: false,
            software: "sdk-2.5".to_owned(),
            planning: Planning::Vendor,
            framework: None,
            overlap: None,
        },
        theoretical: Theoretical {
            macs,
            flops: 2 * macs,
            parameters: 5_288_548,
            activation_elements: 6_748_036,
        },
        largest_batch: Some(8),
    }
}
