//! No run is faster than its products at the peak, or its bytes at the rates of memory, exchange and host.

use proptest::prelude::*;
use tilesim_graph::theoretical_cost;
use tilesim_machine::{ElementType, Machine};
use tilesim_program::Precision;
use tilesim_sim::{Cause, Traffic};

use crate::run::{Run, cases, run};

/// Peak of any kernel on such data. With float partials a kernel that completes its outputs may run at the rate of half ones.
fn peak(machine: &Machine, precision: Precision) -> u64 {
    let of = |partials| machine.peak_macs_per_cycle(precision.data, partials);
    of(ElementType::F16).max(of(ElementType::F32)).unwrap_or(1)
}

fn check_traffic(what: &str, machine: &Machine, cycles: u64, traffic: &Traffic) -> Result<(), TestCaseError> {
    check_tiles(what, machine, cycles, traffic)?;
    let host = u128::from(traffic.host_bytes) * u128::from(machine.clock_hz);
    prop_assert!(
        host <= u128::from(cycles) * u128::from(machine.host_bytes_per_second),
        "{what}: {} bytes from and to the host in {cycles} cycles",
        traffic.host_bytes
    );
    Ok(())
}

fn check_tiles(what: &str, machine: &Machine, cycles: u64, traffic: &Traffic) -> Result<(), TestCaseError> {
    let tile_cycles = cycles * u64::from(machine.tiles);
    // Two loads and one store of a data path's width in each cycle; what the exchange brings is stored as fast as it comes.
    let path = u64::from(machine.data_path_bytes);
    // One more for the dot products of two output channels at once, which the vendor counts as if both weights came with the inputs.
    let reads = 3;
    let rate = u64::from(machine.exchange_bytes_per_cycle);
    let buses = if machine.exchange_bus_sharing {
        u64::from(machine.tiles_per_exchange_bus)
    } else {
        1
    };
    let bounds = [
        ("read", traffic.sram_read_bytes, reads * path),
        ("written", traffic.sram_write_bytes, path.max(rate * buses)),
        ("sent", traffic.exchange_sent_bytes, rate),
        ("received", traffic.exchange_received_bytes, rate * buses),
    ];
    for (direction, bytes, rate) in bounds {
        prop_assert!(
            bytes <= tile_cycles * rate,
            "{what}: {bytes} bytes {direction} in {tile_cycles} tile-cycles at {rate} bytes per cycle"
        );
    }
    Ok(())
}

/// The bounds, of the run, of every layer and of every step.
pub(crate) fn check(run: &Run) -> Result<(), TestCaseError> {
    let Run {
        graph,
        machine,
        profile,
        options,
        program,
    } = run;
    // What the host sends and receives beside other steps takes the time of all of them.
    let check_part = if program.io_tiles > 0 {
        check_tiles
    } else {
        check_traffic
    };
    // Swapped operands leave out products with zeros of the padding.
    let theory = theoretical_cost(graph);
    let peak = peak(machine, options.precision) * profile.tiles;
    prop_assert!(theory.macs_without_padding <= profile.cycles * peak);
    let own = machine.peak_macs_per_cycle(options.precision.data, options.precision.partials);
    prop_assert!(profile.causes[Cause::Ideal] * own.unwrap_or(1) <= profile.macs);
    for step in &profile.steps {
        check_part(&step.name, machine, step.cycles, &step.traffic)?;
    }
    check_traffic("the run", machine, profile.cycles, &profile.traffic)?;
    for (layer, theory) in profile.layers.iter().zip(&theory.layers) {
        prop_assert!(
            theory.macs_without_padding <= layer.cycles * peak,
            "layer {}",
            &layer.name
        );
        check_part(&layer.name, machine, layer.cycles, &layer.traffic)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn no_run_is_faster_than_its_rooflines(run in run()) {
        check(&run)?;
    }
}
