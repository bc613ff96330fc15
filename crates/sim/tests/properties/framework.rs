//! What a framework copies takes memory and time.

use proptest::prelude::*;
use tilesim_lower::LowerOptions;
use tilesim_terms::{Framework, FunctionCode, FunctionCopies};

use crate::{
    machines::machine,
    networks::network,
    run::{Run, cases, options},
};

proptest! {
    #![proptest_config(cases(64))]

    /// The more copies of functions are kept, the more lives on every tile, and the longer it takes.
    #[test]
    fn copies_that_are_kept_cost(graph in network(), machine in machine(), options in options()) {
        let of = |function_copies| {
            let framework = Framework { function_copies, ..options.framework };
            Run::new(graph.clone(), machine.clone(), LowerOptions { framework, ..options })
        };
        let choices = [
            FunctionCopies::Elided,
            FunctionCopies::Interfering,
            FunctionCopies::Kept,
            FunctionCopies::Held,
        ];
        let runs = choices.map(of);
        for (fewer, more) in runs.iter().zip(&runs[1..]) {
            prop_assert!(fewer.profile.cycles <= more.profile.cycles);
            let of_tiles = |run: &Run| run.profile.memory.peak_live_bytes_by_tile.clone();
            for (fewer, more) in of_tiles(fewer).into_iter().zip(of_tiles(more)) {
                prop_assert!(fewer <= more, "{fewer} bytes, and {more} with more copies");
            }
        }
        let [.., kept, held] = &runs;
        prop_assert_eq!(kept.profile.cycles, held.profile.cycles);
    }

    /// Code that calls share takes no more than code of their own, and the time is the same.
    #[test]
    fn shared_code_takes_no_more(graph in network(), machine in machine(), options in options()) {
        let [own, shared] = [FunctionCode::Own, FunctionCode::Shared].map(|function_code| {
            let framework = Framework { function_code, ..options.framework };
            Run::new(graph.clone(), machine.clone(), LowerOptions { framework, ..options })
        });
        prop_assert_eq!(own.profile.cycles, shared.profile.cycles);
        let [own, shared] = [own, shared].map(|run| run.profile.memory.peak_live_bytes_by_tile);
        for (own, shared) in own.into_iter().zip(shared) {
            prop_assert!(shared <= own, "{shared} bytes, {own} where every call has code of its own");
        }
    }
}
