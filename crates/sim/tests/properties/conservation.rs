//! Nothing is lost, invented or sent from where it is not: exchanges against the enumeration of every element.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tilesim_geometry::{
    Contributors, PartialResultsTransfer, PartialSumsExchange, Placement, ReductionStage, TileTransfer,
    Transfer,
};
use tilesim_program::{Action, Movement, Program, Step};
use tilesim_test_support::{Element, elements};

use crate::run::{cases, run};

/// The tiles that have each element.
fn owners(placement: &Placement) -> BTreeMap<Element, Vec<u64>> {
    let mut owners: BTreeMap<Element, Vec<u64>> = BTreeMap::new();
    for tile in 0..placement.grid.tiles() {
        for element in elements(&placement.region(tile)) {
            owners.entry(element).or_default().push(tile);
        }
    }
    owners
}

/// What a tile does; nothing beyond the last that takes part.
fn of(tiles: &[TileTransfer], tile: u64) -> TileTransfer {
    tiles.get(tile as usize).copied().unwrap_or_default()
}

/// Every needed element has one holder; every tile receives what it needs and does not hold, and sends no more than it holds.
/// Bytes sent × listeners = bytes received.
fn check_transfer(step: &str, transfer: &Transfer) -> Result<(), TestCaseError> {
    let tiles = transfer.by_tile(2);
    let bytes = transfer.element_bytes;
    let holders = owners(&transfer.from);
    let mut delivered = 0;
    let mut sent: BTreeMap<u64, u64> = BTreeMap::new();
    for (element, listeners) in owners(&transfer.to) {
        let held_by = holders.get(&element).map_or(&[][..], Vec::as_slice);
        prop_assert_eq!(
            held_by.len(),
            1,
            "{}: {:?} is held by {:?} of {:?}",
            step,
            element,
            held_by,
            &transfer.from
        );
        let others = listeners
            .iter()
            .filter(|listener| **listener != held_by[0])
            .count() as u64;
        delivered += others * bytes;
        if others > 0 {
            *sent.entry(held_by[0]).or_default() += bytes;
        }
    }
    prop_assert_eq!(
        tiles.iter().map(|tile| tile.received_bytes).sum::<u64>(),
        delivered
    );
    for tile in 0..transfer.from.grid.tiles().max(transfer.to.grid.tiles()) {
        let traffic = of(&tiles, tile);
        let needed = transfer.to.elements(tile) * bytes;
        prop_assert_eq!(traffic.received_bytes + traffic.resident_bytes, needed);
        let held = if delivered == 0 {
            0
        } else {
            transfer.from.elements(tile) * bytes
        };
        let least = sent.get(&tile).copied().unwrap_or(0);
        prop_assert!(
            least <= traffic.sent_bytes && traffic.sent_bytes <= held,
            "tile {} sends {:?}",
            tile,
            traffic
        );
    }
    Ok(())
}

/// Every other tile's partial results of an element reach the one tile that adds it up.
fn check_partials(transfer: &PartialResultsTransfer) -> Result<(), TestCaseError> {
    let tiles = transfer.by_tile();
    let depths = transfer.depth_by_tile();
    let contributors = owners(&transfer.partials);
    let runs = transfer.to.operand.shape.last().copied().unwrap_or(1);
    let mut expected: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for (element, adders) in owners(&transfer.to) {
        prop_assert_eq!(adders.len(), 1);
        let adder = adders[0];
        let of: Element = if transfer.in_runs {
            element[..element.len() - 1].iter().copied().collect()
        } else {
            element.clone()
        };
        let mut from = contributors.get(&of).map_or(&[][..], Vec::as_slice);
        if transfer.in_runs {
            let own = Contributors::run(from.len() as u64, element[element.len() - 1], runs);
            from = &from[own.start as usize..own.end as usize];
        }
        prop_assert!(!from.is_empty(), "nobody has a part of {:?}", element);
        prop_assert!(from.len() as u64 <= depths[adder as usize]);
        for tile in from.iter().filter(|tile| **tile != adder) {
            expected.entry(*tile).or_default().0 += transfer.element_bytes;
            expected.entry(adder).or_default().1 += transfer.element_bytes;
        }
    }
    for (index, traffic) in (0_u64..).zip(&tiles) {
        let (sent, received) = expected.get(&index).copied().unwrap_or_default();
        prop_assert_eq!(
            (traffic.sent_bytes, traffic.received_bytes),
            (sent, received),
            "tile {}",
            index
        );
    }
    Ok(())
}

/// Partial sums have one listener each, and in the end every output has been added up once from all of its partial sums.
fn check_partial_sums(stage: &PartialSumsExchange) -> Result<(), TestCaseError> {
    let tiles = stage.by_tile();
    let sent: u64 = tiles.iter().map(|tile| tile.sent_bytes).sum();
    let received: u64 = tiles.iter().map(|tile| tile.received_bytes).sum();
    prop_assert_eq!(sent, received);
    for (outputs, listeners) in owners(&stage.outputs) {
        prop_assert_eq!(listeners.len(), 1, "{:?} is left on {:?}", outputs, listeners);
    }
    let sharers = stage.outputs.spare_parts();
    let shares = stage.shares_by_tile();
    // What each tile adds up takes the places of as many partial sums.
    let consumed: u64 = shares.iter().map(|share| share.outputs * share.depth).sum();
    let cells: u64 = (0..stage.outputs.grid.tiles())
        .map(|tile| stage.outputs.elements(tile))
        .sum();
    match stage.stage {
        ReductionStage::Only => prop_assert_eq!(consumed, cells * sharers),
        ReductionStage::Within { .. } => prop_assert_eq!(consumed, cells * sharers),
        ReductionStage::Over { group } => prop_assert_eq!(consumed, cells * sharers.div_ceil(group)),
    }
    Ok(())
}

/// A transfer takes what its variable holds and leaves what its variable is for.
fn check_variables(program: &Program, step: &Step, movements: &[Movement]) -> Result<(), TestCaseError> {
    prop_assert_eq!(step.reads.len(), movements.len());
    prop_assert_eq!(step.writes.len(), movements.len());
    for ((movement, read), write) in movements.iter().zip(&step.reads).zip(&step.writes) {
        let Movement::Transfer(transfer) = movement else {
            continue;
        };
        for (end, variable) in [(&transfer.from, read), (&transfer.to, write)] {
            let variable = &program.variables[variable.0 as usize];
            prop_assert_eq!(
                end.elements_by_tile(),
                variable.placement.elements_by_tile(),
                "{}: `{}` lies as {:?}, moves as {:?}",
                &step.name,
                &variable.name,
                &variable.placement,
                end
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn exchanges_move_what_is_needed_from_where_it_is(run in run()) {
        let mut sent = 0;
        let mut runs = vec![0; run.program.steps.len()];
        run.program.control.visit(&mut |step, repeats| runs[step.0 as usize] += repeats);
        for (step, runs) in run.program.steps.iter().zip(runs) {
            let Action::Exchange(movements) = &step.action else { continue };
            check_variables(&run.program, step, movements)?;
            for movement in movements {
                match movement {
                    Movement::Transfer(transfer) => check_transfer(&step.name, transfer)?,
                    Movement::PartialResults(transfer) => check_partials(transfer)?,
                    Movement::PartialSums(stage) => check_partial_sums(stage)?,
                }
                let tiles = movement.by_tile(2);
                sent += runs * tiles.iter().map(|tile| tile.sent_bytes).sum::<u64>();
            }
        }
        prop_assert_eq!(run.profile.traffic.exchange_sent_bytes, sent);
    }
}
