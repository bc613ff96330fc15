//! Every tile-cycle has one cause, one step and one layer.

use proptest::prelude::*;
use tilesim_graph::theoretical_cost;
use tilesim_sim::{Profile, TileCycles, Traffic};

use crate::run::{Run, cases, run};

/// Causes sum to cycles × tiles: of the run, every layer and every step; layers and steps sum to the run.
pub(crate) fn check_sums(profile: &Profile) -> Result<(), TestCaseError> {
    let tiles = profile.tiles;
    prop_assert_eq!(profile.causes.total(), profile.cycles * tiles);
    for layer in &profile.layers {
        prop_assert_eq!(layer.causes.total(), layer.cycles * tiles, "layer {}", layer.name);
    }
    for step in &profile.steps {
        prop_assert_eq!(step.causes.total(), step.cycles * tiles, "step {}", step.name);
    }
    let of_steps = profile
        .steps
        .iter()
        .map(|step| (step.cycles, step.causes, step.traffic));
    let of_layers = profile
        .layers
        .iter()
        .map(|layer| (layer.cycles, layer.causes, layer.traffic));
    let whole = (profile.cycles, profile.causes, profile.traffic);
    prop_assert_eq!(sum(of_steps), whole);
    prop_assert_eq!(sum(of_layers), whole);
    prop_assert_eq!(
        profile.layers.iter().map(|layer| layer.macs).sum::<u64>(),
        profile.macs
    );
    for (index, layer) in profile.layers.iter().enumerate() {
        let own = profile.steps.iter().filter(|step| step.layer == index);
        let own = own.map(|step| (step.cycles, step.causes, step.traffic));
        prop_assert_eq!(
            sum(own),
            (layer.cycles, layer.causes, layer.traffic),
            "layer {}",
            &layer.name
        );
    }
    prop_assert!(profile.convolution_tile_cycles <= profile.busy_tile_cycles);
    prop_assert!(profile.busy_worker_tile_cycles <= profile.busy_tile_cycles);
    prop_assert!(profile.busy_tile_cycles <= profile.cycles * tiles);
    Ok(())
}

fn sum(parts: impl Iterator<Item = (u64, TileCycles, Traffic)>) -> (u64, TileCycles, Traffic) {
    parts.fold(
        Default::default(),
        |(cycles, causes, traffic): (u64, TileCycles, Traffic), part| {
            let traffic = traffic.checked_add(part.2).expect("figures of a small program");
            (cycles + part.0, causes + part.1, traffic)
        },
    )
}

/// The useful products are those of the theory, layer by layer.
pub(crate) fn check_macs(run: &Run) -> Result<(), TestCaseError> {
    let theory = theoretical_cost(&run.graph);
    for (layer, theory) in run.profile.layers.iter().zip(&theory.layers) {
        prop_assert_eq!(layer.macs, theory.macs, "layer {} ({})", &layer.name, &layer.plan);
    }
    prop_assert_eq!(run.profile.macs, theory.macs);
    Ok(())
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn causes_sum_to_the_tile_cycles(run in run()) {
        check_sums(&run.profile)?;
    }

    #[test]
    fn products_are_those_of_the_theory(run in run()) {
        check_macs(&run)?;
    }
}
