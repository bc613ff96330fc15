//! Whatever is rounded still adds up.

use proptest::prelude::*;
use tilesim_report::{CyclesByCause, summarise};
use tilesim_sim::{Cause, TileCycles};
use tilesim_terms::LayerKind;

use crate::profiles::{TILES, attributed, facts, profile};

const KINDS: [LayerKind; 4] = [
    LayerKind::Conv,
    LayerKind::Spatial,
    LayerKind::Add,
    LayerKind::Softmax,
];

proptest! {
    #[test]
    fn causes_sum_to_cycles(cycles in 0_u64..1_000_000, weights in any::<[u8; 11]>()) {
        let tile_cycles = attributed(cycles, &weights.map(u64::from));
        let causes = CyclesByCause::from_tile_cycles(&tile_cycles, TILES, cycles, String::new).expect("they add up");
        prop_assert_eq!(causes.total(), cycles);
        for (cause, whole) in causes.iter().filter(|&(cause, _)| cause != Cause::DotProductFill) {
            prop_assert_eq!(whole, tile_cycles[cause] / TILES);
        }
        let fill = causes.dot_product_fill - tile_cycles[Cause::DotProductFill] / TILES;
        prop_assert!(fill < Cause::ALL.len() as u64, "the remainder {} is more than rounding leaves", fill);
    }

    #[test]
    fn layers_and_kinds_sum_to_the_run(
        layers in prop::collection::vec((0_usize..4, 0_u64..1_000_000, 0_u64..100_000, any::<[u8; 11]>()), 0..20)
    ) {
        let layers: Vec<_> = layers
            .into_iter()
            .map(|(kind, macs, cycles, weights)| ("layer", KINDS[kind], macs, cycles, weights.map(u64::from)))
            .collect();
        let result = summarise(&profile(&layers, 1000), &facts("net", 1, 1)).expect("it adds up");
        let total = result.time.cycles;
        prop_assert_eq!(result.cycles_by_cause.total(), total);
        prop_assert_eq!(result.layers.iter().map(|layer| layer.cycles).sum::<u64>(), total);
        prop_assert_eq!(result.layer_kinds.iter().map(|kind| kind.cycles).sum::<u64>(), total);
        for layer in &result.layers {
            prop_assert_eq!(layer.cycles_by_cause.total(), layer.cycles);
        }
        for kind in &result.layer_kinds {
            prop_assert_eq!(kind.cycles_by_cause.total(), kind.cycles);
        }
        for share in [result.utilisation.tiles, result.utilisation.workers, result.utilisation.dot_product_fill] {
            prop_assert!((0.0..=1.0).contains(&share));
        }
    }
}

#[test]
fn causes_that_do_not_add_up_are_an_error() {
    let mut causes = TileCycles::default();
    causes[Cause::Ideal] = 13;
    let error = CyclesByCause::from_tile_cycles(&causes, TILES, 2, || "layer `a`".to_owned())
        .expect_err("13 is not 14");
    assert_eq!(
        error.to_string(),
        "layer `a`: the causes sum to 13 tile-cycles where 14 passed"
    );
}
