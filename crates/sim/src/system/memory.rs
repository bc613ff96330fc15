//! Memory of a stage: its program's, and what it keeps of the micro-batches in flight.

use tilesim_program::system::{Pass, SystemProgram, beside, queued_inputs};
use tilesim_terms::Phase;

use crate::Profile;

/// Tile memory of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMemory {
    /// Bytes that a tile has.
    pub tile_bytes: u64,
    /// Of its program ([`MemoryProfile::peak_bytes`](crate::MemoryProfile::peak_bytes)), with what is kept.
    pub peak_bytes: u64,
    /// Of those: what lives through the whole update (weights, accumulators, slots, code).
    pub always_live_bytes: u64,
    /// Of those: what is kept of the micro-batches in flight, and what waits to be passed on, in the fullest phase, spread over all
    /// tiles that compute.
    pub kept_bytes: u64,
    /// Micro-batches of which something is kept while the stage works on another.
    pub in_flight: u64,
    /// Name of the step at the peak.
    pub peak_step: String,
    /// Whether [`Self::peak_bytes`] are at most [`Self::tile_bytes`].
    pub fits: bool,
}

impl StageMemory {
    /// The memory of a stage whose program runs as `profile` says.
    pub(super) fn new(program: &SystemProgram, index: usize, profile: &Profile, tiles: u64) -> Self {
        let memory = &profile.memory;
        let io_tiles = program.stages[index].program.io_tiles as usize;
        let computing_tiles = tiles.saturating_sub(io_tiles as u64).max(1);
        let kept = kept(program, index).map(|bytes| bytes.div_ceil(computing_tiles));
        let (kept_bytes, live_bytes, peak_step) = if io_tiles == 0 {
            fullest_step(profile, &kept)
        } else {
            // What is kept lies on the other tiles, of which one figure is known.
            let computing = memory.peak_live_bytes_by_tile.len().saturating_sub(io_tiles);
            let live = memory.peak_live_bytes_by_tile[..computing].iter().max();
            let most = kept.into_iter().max().unwrap_or(0);
            (most, live.copied().unwrap_or(0), memory.peak_step)
        };
        let with_kept = live_bytes
            .saturating_add(kept_bytes)
            .saturating_add(memory.gap_bytes);
        let peak_bytes = memory.peak_bytes.max(with_kept);
        let step = profile.steps.get(peak_step);
        Self {
            tile_bytes: memory.tile_bytes,
            peak_bytes,
            always_live_bytes: memory.always_live_bytes,
            kept_bytes,
            in_flight: queued_inputs(&program.slots, index),
            peak_step: step.map(|step| step.name.clone()).unwrap_or_default(),
            fits: peak_bytes <= memory.tile_bytes,
        }
    }
}

/// The step at which most lives with what is kept in its phase: bytes kept, bytes that live without them, and its index. The program's
/// own peak where another is no fuller.
fn fullest_step(profile: &Profile, kept: &[u64; Phase::ALL.len()]) -> (u64, u64, usize) {
    let of = |index: usize| {
        let step = &profile.steps[index];
        let phase = profile
            .layers
            .get(step.layer)
            .map_or(Phase::Forward, |layer| layer.phase);
        (kept[phase as usize], step.fullest_tile_bytes)
    };
    let own_peak = profile.memory.peak_step;
    let candidates = [own_peak].into_iter().chain(0..profile.steps.len());
    let fullest = candidates
        .filter(|&index| index < profile.steps.len())
        .map(|index| (of(index), index))
        .reduce(|best, other| {
            let sum = |((kept, live), _): &((u64, u64), usize)| live.saturating_add(*kept);
            if sum(&other) > sum(&best) { other } else { best }
        });
    fullest.map_or((0, 0, own_peak), |((kept, live), index)| (kept, live, index))
}

/// Bytes on the whole chip that are kept beside the program in each of its phases.
///
/// A queue of inputs, or of activations where nothing is recomputed, lies behind the micro-batch that is worked on; a forward pass
/// leaves its own input in it, which lives on where a stage recomputes within its backward pass. Copies are made at the end of a slot, so that what waits to be passed on, or was passed on and
/// waits to be read, lies beside the other passes of the slot.
fn kept(program: &SystemProgram, index: usize) -> [u64; Phase::ALL.len()] {
    let stage = &program.stages[index];
    let queued = queued_inputs(&program.slots, index);
    let follow = |pass: Pass, other: Option<Pass>| {
        program.slots.iter().any(|slot| {
            let passes: Vec<Pass> = slot.passes(index).map(|(pass, _)| pass).collect();
            let at = passes.iter().position(|&of| of == pass);
            at.is_some_and(|at| other.is_none_or(|other| passes[at..].contains(&other)))
        })
    };
    let recomputes = follow(Pass::Recompute, None);
    let at_once = follow(Pass::Recompute, Some(Pass::Backward));
    let input_bytes = index
        .checked_sub(1)
        .map_or(0, |before| program.stages[before].output_bytes);
    let output_gradient_bytes = program
        .stages
        .get(index + 1)
        .map_or(0, |after| after.input_gradient_bytes);
    let mut kept = [0; Phase::ALL.len()];
    for (pass, beside) in Pass::ALL.into_iter().zip(beside(&program.slots, index)) {
        let own = u64::from(at_once || recomputes && pass == Pass::Forward);
        let waiting = [
            (beside.input, input_bytes),
            (beside.output, stage.output_bytes),
            (beside.output_gradient, output_gradient_bytes),
            (beside.input_gradient, stage.input_gradient_bytes),
        ];
        let queue = (queued + own).saturating_mul(stage.kept_bytes);
        let waiting = waiting.into_iter().filter(|(lies, _)| *lies);
        kept[pass.phase() as usize] = waiting.fold(queue, |sum, (_, bytes)| sum.saturating_add(bytes));
    }
    kept
}
