//! Traffic with the host.

use proptest::prelude::*;
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_program::Action;
use tilesim_sim::{Cause, GeometrySource, SimError, StepKind, simulate};
use tilesim_terms::{HostIo, HostTransfers};

use crate::{
    machines::machine,
    networks::network,
    run::{Run, cases, options},
};

proptest! {
    #![proptest_config(cases(48))]

    /// Host traffic adds a step for every input and output, and nothing else.
    #[test]
    fn the_host_adds_its_own_steps_only(graph in network(), machine in machine(), options in options()) {
        let of = |io: HostIo| Run::new(graph.clone(), machine.clone(), LowerOptions { host: io.into(), ..options });
        let (without, with) = (of(HostIo::None), of(HostIo::Serial));
        let (host, own): (Vec<_>, Vec<_>) =
            with.profile.steps.iter().partition(|step| step.kind == StepKind::Host);
        prop_assert_eq!(own.len(), without.profile.steps.len());
        for (own, before) in own.iter().zip(&without.profile.steps) {
            prop_assert_eq!(&own.name, &before.name);
            prop_assert_eq!((own.cycles, own.causes, own.traffic), (before.cycles, before.causes, before.traffic));
        }
        let added: u64 = host.iter().map(|step| step.cycles).sum();
        prop_assert_eq!(with.profile.cycles, without.profile.cycles + added);
        prop_assert_eq!(without.profile.causes[Cause::Host], 0);

        let elements = |tensors: &[_]| tensors.iter().map(|id| with.graph.tensor(*id).elements()).sum::<u64>();
        let bytes = (elements(&with.graph.inputs) + elements(&with.graph.outputs)) * with.options.precision.data.bytes();
        prop_assert_eq!(with.profile.traffic.host_bytes, bytes);
        prop_assert_eq!(host.len(), with.graph.inputs.len() + with.graph.outputs.len());
        let in_program = with.program.steps.iter().filter(|step| matches!(step.action, Action::Host { .. }));
        prop_assert_eq!(in_program.count(), host.len());
    }

    /// Beside the other steps the host's transfers take no time of the chip's, until they take longer than all of them: then a batch
    /// takes as long as they do, and as the chip needs to take the images from the only buffer that there is.
    #[test]
    fn overlapped_transfers_are_hidden_until_they_bind(
        graph in network(),
        mut machine in machine(),
        (io_tiles, buffers) in (1_u32..4, 1_u32..3),
    ) {
        machine.tiles += 4;
        let host = HostTransfers {
            io: HostIo::Overlapped,
            io_tiles: Some(io_tiles),
            prefetch_depth: Some(buffers),
            batches_per_step: None,
        };
        let options = LowerOptions { host, ..LowerOptions::default() };
        machine.host_bytes_per_second = u64::MAX;
        machine.exchange_bytes_per_cycle = 1 << 20;
        let fast = Run::new(graph.clone(), machine.clone(), options);
        let waited = |run: &Run| {
            let host = run.profile.steps.iter().filter(|step| step.kind == StepKind::Host);
            host.map(|step| step.cycles).sum::<u64>()
        };
        let own = fast.profile.cycles - waited(&fast);
        prop_assert!(waited(&fast) <= fast.profile.host_transfer_cycles());

        machine.host_bytes_per_second = 1_000_000;
        let slow = Run::new(graph, machine, options);
        let transfers = slow.profile.host_transfer_cycles();
        let fetches: u64 = (slow.profile.steps.iter())
            .filter(|step| step.name.starts_with("fetch "))
            .map(|step| step.cycles)
            .sum();
        prop_assert_eq!(slow.profile.cycles - waited(&slow), own);
        if transfers > own {
            let waits_for_buffer = if buffers == 1 { fetches } else { 0 };
            prop_assert!(slow.profile.cycles >= transfers && slow.profile.cycles <= transfers + waits_for_buffer);
        } else {
            prop_assert!(slow.profile.cycles <= own + fetches);
        }
        // Every buffer of the host's lies on its tiles alone.
        for variable in slow.program.variables.iter().filter(|variable| variable.name.ends_with("on I/O tiles")) {
            let held = variable.bytes_by_tile(|bytes| bytes);
            let first = (slow.machine.tiles - io_tiles) as usize;
            let of_one_element = variable.placement.operand.shape.iter().product::<u64>() == 1;
            prop_assert!(of_one_element || held.iter().take(first).all(|bytes| *bytes == 0), "{}", &variable.name);
        }
    }

    /// What counters do not hold is an error that names the step, never a figure.
    #[test]
    fn more_cycles_than_counters_hold_are_an_error(graph in network(), mut machine in machine()) {
        let options = LowerOptions { host: HostIo::Serial.into(), ..LowerOptions::default() };
        let program = lower(&graph, &machine, &options, PlanSource::Own).expect("a program").program;
        machine.host_bytes_per_second = 1;
        let bytes = program.steps.iter().find_map(|step| match step.action {
            Action::Host { bytes, .. } => Some(bytes),
            _ => None,
        });
        let bytes = bytes.expect("a step with the host");
        let twice_what_they_hold = (u64::MAX / u64::from(machine.tiles) / bytes).saturating_mul(2);
        for clock_hz in [twice_what_they_hold, u64::MAX] {
            machine.clock_hz = clock_hz;
            let answer = simulate(&program, &machine, GeometrySource::Own);
            prop_assert!(matches!(answer, Err(SimError::Overflow { .. })), "{:?}", answer.map(|profile| profile.cycles));
        }
    }
}
