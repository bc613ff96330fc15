//! The same program on a better machine is never slower.

use proptest::prelude::*;
use tilesim_machine::Machine;
use tilesim_sim::{GeometrySource, MemoryProfile, StepKind, StepProfile, simulate};

use crate::run::{Run, cases, run};

/// Machines that are better than the given one in one respect.
fn better(machine: &Machine) -> Vec<(&'static str, Machine)> {
    let with = |change: fn(&mut Machine)| {
        let mut changed = machine.clone();
        change(&mut changed);
        changed
    };
    vec![
        (
            "exchange bandwidth × 2",
            with(|m| m.exchange_bytes_per_cycle *= 2),
        ),
        (
            "exchange bandwidth × 3",
            with(|m| m.exchange_bytes_per_cycle *= 3),
        ),
        ("bus sharing", with(|m| m.exchange_bus_sharing = true)),
        ("weight load × 2", with(|m| m.weight_load_bytes_per_cycle *= 2)),
        ("128-bit weight load", with(|m| m.weight_load_128bit = true)),
        ("sync", with(|m| m.sync_cycles /= 2)),
        ("launch of exchanges", with(|m| m.exchange_launch_cycles /= 2)),
        (
            "launch of convolutions",
            with(|m| m.convolution_launch_cycles /= 2),
        ),
        ("launch of other kernels", with(|m| m.vector_launch_cycles /= 2)),
        ("latency", with(|m| m.exchange_latency_cycles /= 2)),
        ("messages", with(|m| m.exchange_message_centicycles /= 2)),
        ("copied pieces", with(|m| m.copy_piece_centicycles /= 2)),
        ("host bandwidth", with(|m| m.host_bytes_per_second *= 2)),
    ]
}

/// No step takes longer on a better machine.
pub(crate) fn check(run: &Run) -> Result<(), TestCaseError> {
    for (what, machine) in better(&run.machine) {
        let profile = simulate(&run.program, &machine, GeometrySource::Own).expect("the same program");
        // A chip that is done sooner waits the longer for transfers that go on beside it, though never to a later end.
        let waits = |step: &StepProfile| run.program.io_tiles > 0 && step.kind == StepKind::Host;
        let steps = run.profile.steps.iter().zip(&profile.steps);
        for (before, after) in steps.filter(|(step, _)| !waits(step)) {
            prop_assert!(
                after.cycles <= before.cycles,
                "{}: {} takes {} > {}",
                what,
                &before.name,
                after.cycles,
                before.cycles
            );
        }
        prop_assert!(profile.cycles <= run.profile.cycles, "{}", what);
        prop_assert_eq!(profile.macs, run.profile.macs);
        // A faster exchange moves longer words, and fewer messages take less code. Gaps may grow where another tile is the fullest then.
        let live_bytes = |memory: &MemoryProfile| memory.peak_bytes - memory.gap_bytes;
        prop_assert!(live_bytes(&profile.memory) <= live_bytes(&run.profile.memory));
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_better_machine_is_never_slower(run in run()) {
        check(&run)?;
    }
}
