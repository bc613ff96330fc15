//! What every variable takes, and what that adds up to by step and by tile.

use tilesim_machine::Machine;
use tilesim_program::Program;

use super::{Life, MemoryCategory, StepMemory, VariableProfile};
use crate::memory::BytesByTile;

/// Every variable that lives.
pub(super) fn profiles(
    program: &Program,
    lives: &[Option<Life>],
    bytes: &BytesByTile,
    peak_tile: usize,
) -> Vec<VariableProfile> {
    program
        .variables
        .iter()
        .zip(lives)
        .enumerate()
        .filter_map(|(index, (variable, life))| {
            let life = life.as_ref()?;
            let by_tile = bytes.of(index);
            Some(VariableProfile {
                name: variable.name.clone(),
                category: life.category,
                layer: life.layer,
                steps: (life.first, life.last),
                tiles: by_tile.sum(|bytes| u64::from(bytes > 0)),
                bytes: by_tile.sum(|bytes| bytes),
                largest_tile_bytes: by_tile.largest(),
                peak_tile_bytes: by_tile.of(peak_tile),
            })
        })
        .collect()
}

/// Bytes that live while each of so many steps runs.
pub(super) fn by_step(steps: usize, variables: &[VariableProfile]) -> Vec<StepMemory> {
    let mut sums = vec![StepMemory::default(); steps];
    for variable in variables {
        let category = variable.category as usize;
        let (first, last) = variable.steps;
        for sum in sums.iter_mut().take(last + 1).skip(first) {
            sum.live_bytes[category] += variable.bytes;
            sum.peak_tile_live_bytes[category] += variable.peak_tile_bytes;
        }
    }
    sums
}

/// Bytes by category that live on every tile while `step` runs.
pub(super) fn by_tile_at(
    step: usize,
    machine: &Machine,
    lives: &[Option<Life>],
    bytes: &BytesByTile,
) -> Vec<[u64; MemoryCategory::ALL.len()]> {
    let mut sums = vec![[0; MemoryCategory::ALL.len()]; machine.tiles as usize];
    for (index, life) in lives.iter().enumerate() {
        let Some(life) = life
            .as_ref()
            .filter(|life| life.first <= step && step <= life.last)
        else {
            continue;
        };
        bytes
            .of(index)
            .for_each(&mut sums, |sum, bytes| sum[life.category as usize] += bytes);
    }
    sums
}
