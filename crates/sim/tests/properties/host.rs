//! Traffic with the host.

use proptest::prelude::*;
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_program::Action;
use tilesim_sim::{Cause, GeometrySource, SimError, StepKind, simulate};

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
        let of = |host_io| Run::new(graph.clone(), machine.clone(), LowerOptions { host_io, ..options });
        let (without, with) = (of(false), of(true));
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
    /// What counters do not hold is an error that names the step, never a figure.
    #[test]
    fn more_cycles_than_counters_hold_are_an_error(graph in network(), mut machine in machine()) {
        let options = LowerOptions { host_io: true, ..LowerOptions::default() };
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
