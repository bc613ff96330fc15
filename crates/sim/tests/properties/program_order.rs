//! A program is in an order in which it can run.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tilesim_lower::LowerOptions;
use tilesim_program::VariableId;
use tilesim_terms::HostIo;

use crate::{
    machines::machine,
    networks::network,
    run::{Run, cases},
};

proptest! {
    #![proptest_config(cases(64))]

    /// With inputs that come from the host, every variable but parameters is written before it is read.
    #[test]
    fn nothing_is_read_before_it_is_written(graph in network(), machine in machine()) {
        let run = Run::new(graph, machine, LowerOptions { host: HostIo::Serial.into(), ..LowerOptions::default() });
        let mut written: BTreeSet<VariableId> = BTreeSet::new();
        for step in &run.program.steps {
            for variable in &step.reads {
                let described = &run.program.variables[variable.0 as usize];
                prop_assert!(
                    described.always_live || written.contains(variable),
                    "`{}` reads `{}`, which nothing has written",
                    &step.name,
                    &described.name
                );
            }
            written.extend(&step.writes);
        }
    }

    /// The same input gives the same program and the same profile.
    #[test]
    fn the_same_again(graph in network(), machine in machine()) {
        let first = Run::new(graph.clone(), machine.clone(), LowerOptions::default());
        let second = Run::new(graph, machine, LowerOptions::default());
        prop_assert_eq!(first.program, second.program);
        prop_assert_eq!(first.profile, second.profile);
    }
}
