//! What every tile did adds up to what all of them did.

use proptest::prelude::*;
use tilesim_sim::{MemoryCategory, StepKind, detail};

use crate::run::{cases, run};

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn tiles_and_variables_add_up_to_the_run(run in run()) {
        let profile = &run.profile;
        let detail = detail(&run.program, &run.machine, profile).expect("a run that was simulated");
        prop_assert_eq!(detail.tiles.len() as u64, profile.tiles);
        prop_assert_eq!(detail.steps.len(), profile.steps.len());
        let busy: u64 = detail.tiles.iter().map(tilesim_sim::TileProfile::busy_cycles).sum();
        prop_assert_eq!(busy, profile.busy_tile_cycles);
        let convolving: u64 = detail.tiles.iter().map(|tile| tile.convolution_cycles).sum();
        prop_assert_eq!(convolving, profile.convolution_tile_cycles);
        let sent: u64 = detail.tiles.iter().map(|tile| tile.exchange_sent_bytes).sum();
        prop_assert_eq!(sent, profile.traffic.exchange_sent_bytes);
        let received: u64 = detail.tiles.iter().map(|tile| tile.exchange_received_bytes).sum();
        prop_assert_eq!(received, profile.traffic.exchange_received_bytes);
        let macs: u64 = profile.steps.iter().map(|step| step.macs).sum();
        prop_assert_eq!(macs, profile.macs);
        let memory = &profile.memory;
        let fullest = &detail.tiles[memory.peak_tile as usize];
        let live: u64 = fullest.bytes_at_peak_step.iter().sum();
        prop_assert_eq!(live + memory.gap_bytes, memory.peak_bytes);
        let at_peak = &detail.steps[memory.peak_step];
        prop_assert_eq!(at_peak.peak_tile_live_bytes, fullest.bytes_at_peak_step);
        for (category, live) in MemoryCategory::ALL.into_iter().zip(at_peak.live_bytes) {
            let held: u64 = detail.tiles.iter().map(|tile| tile.bytes_at_peak_step[category as usize]).sum();
            prop_assert_eq!(live, held, "{}", category.name());
        }
        for step in profile.steps.iter().filter(|step| step.kind == StepKind::Exchange) {
            prop_assert_eq!(step.busy_tile_cycles, 0);
        }
    }
}
