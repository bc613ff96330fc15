//! Programs of shared plans are those of plans of their own, and where the memory of tiles makes no difference, it makes none.

use tilesim_lower::{LowerOptions, PlanSource, SharedPlacements, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_models::{ModelSpec, build};
use tilesim_planner::SharedPlans;
use tilesim_sim::{GeometrySource, MemoryProfile, Profile, SharedGeometry, simulate};
use tilesim_test_support::machines::mk2;

const SIZES: [u64; 5] = [32 << 10, 96 << 10, 256 << 10, 624 << 10, 1 << 20];

fn machine(tile_memory_bytes: u64) -> Machine {
    Machine {
        tiles: 256,
        tile_memory_bytes,
        ..mk2()
    }
}

/// A profile that knows nothing of the memory that there is.
fn without_capacity(profile: Profile) -> Profile {
    Profile {
        memory: MemoryProfile {
            tile_bytes: 0,
            fits: false,
            ..profile.memory
        },
        ..profile
    }
}

#[test]
fn results_are_the_same() {
    let mut spec = ModelSpec::load("efficientnet-b0-g16").expect("bundled");
    spec.set("resolution", "64").expect("a resolution");
    let options = LowerOptions::default();
    let shared = SharedPlans::new(1024, SIZES.to_vec());
    let placements = SharedPlacements::new(1 << 22);
    let geometry = SharedGeometry::new(1 << 24);
    for batch in [1, 4] {
        let graph = tilesim_graph::fold_batch_norm(&build(&spec, batch).expect("a network"));
        let profiles: Vec<Profile> = SIZES
            .iter()
            .map(|&size| {
                let program = lower(&graph, &machine(size), &options, PlanSource::Own)
                    .expect("a program")
                    .program;
                simulate(&program, &machine(size), GeometrySource::Own).expect("a profile")
            })
            .collect();
        let mut reused = 0;
        // The smallest first: plans are made for the largest all the same.
        for (&size, profile) in SIZES.iter().zip(&profiles) {
            let lowered = lower(
                &graph,
                &machine(size),
                &options,
                PlanSource::Shared(&shared, &placements),
            )
            .expect("a program");
            let found = simulate(
                &lowered.program,
                &machine(size),
                GeometrySource::Shared(&geometry),
            )
            .expect("a profile");
            assert_eq!(found, *profile, "batch {batch}, {size} bytes");
            assert!(lowered.tile_memory.contains(&size));
            for (other, alike) in SIZES.iter().zip(&profiles) {
                if *other != size && lowered.tile_memory.contains(other) {
                    reused += 1;
                    assert_eq!(
                        without_capacity(alike.clone()),
                        without_capacity(profile.clone()),
                        "batch {batch}, {size} bytes for {other}"
                    );
                }
            }
        }
        assert!(reused > 0, "batch {batch}");
    }
}

/// Costs that runs share are those of the machine and of the types that each is run in.
#[test]
fn another_machine_or_type_costs_what_it_costs_alone() {
    let mut spec = ModelSpec::load("efficientnet-b0-g16").expect("bundled");
    spec.set("resolution", "64").expect("a resolution");
    let graph = tilesim_graph::fold_batch_norm(&build(&spec, 1).expect("a network"));
    let program = lower(
        &graph,
        &machine(1 << 20),
        &LowerOptions::default(),
        PlanSource::Own,
    )
    .expect("a program")
    .program;
    let geometry = SharedGeometry::new(1 << 24);
    let mut cycles = Vec::new();
    for exchange_bytes_per_cycle in [4, 8, 4] {
        let machine = Machine {
            exchange_bytes_per_cycle,
            ..machine(1 << 20)
        };
        for partials in [ElementType::F16, ElementType::F32] {
            let mut program = program.clone();
            program.precision.partials = partials;
            let own = simulate(&program, &machine, GeometrySource::Own).expect("a profile");
            let found = simulate(&program, &machine, GeometrySource::Shared(&geometry)).expect("a profile");
            assert_eq!(found, own, "{exchange_bytes_per_cycle} bytes, {partials:?}");
            cycles.push((own.cycles, own.causes));
        }
    }
    // Otherwise it would not be noticed.
    assert!(cycles[0] != cycles[1] && cycles[0].0 != cycles[2].0 && cycles[0] == cycles[4]);
}
