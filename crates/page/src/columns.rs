//! Steps, tiles and variables by column, as the page's scripts read them: names of columns stand once, not in every row.

use serde::Serialize;
use tilesim_sim::{
    Cause, Detail, MemoryCategory, Profile, StepMemory,
    system::{Activity, StageProfile},
};

const CATEGORIES: usize = MemoryCategory::ALL.len();

/// Where the memory is fullest.
#[derive(Debug, Serialize)]
pub(crate) struct MemoryColumns {
    peak_step: usize,
    peak_tile: u32,
}

impl MemoryColumns {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            peak_step: profile.memory.peak_step,
            peak_tile: profile.memory.peak_tile,
        }
    }
}

/// The layers of a program, each phase on its own.
#[derive(Debug, Serialize)]
pub(crate) struct LayerColumns<'a> {
    name: Vec<&'a str>,
    kind: Vec<&'static str>,
    phase: Vec<&'static str>,
}

impl<'a> LayerColumns<'a> {
    pub(crate) fn new(profile: &'a Profile) -> Self {
        let layers = &profile.layers;
        Self {
            name: layers.iter().map(|layer| layer.name.as_str()).collect(),
            kind: layers.iter().map(|layer| layer.kind.name()).collect(),
            phase: layers.iter().map(|layer| layer.phase.name()).collect(),
        }
    }
}

/// What a pipeline stage does when.
#[derive(Debug, Serialize)]
pub(crate) struct SpanColumns {
    /// Index into the activities.
    activity: Vec<usize>,
    start: Vec<u64>,
    cycles: Vec<u64>,
    /// From 1; 0 where it works on none.
    micro_batch: Vec<u64>,
}

impl SpanColumns {
    pub(crate) fn new(stage: &StageProfile) -> Self {
        let place = |activity| Activity::ALL.iter().position(|known| *known == activity);
        let spans = &stage.spans;
        Self {
            activity: spans
                .iter()
                .map(|span| place(span.activity).unwrap_or_default())
                .collect(),
            start: spans.iter().map(|span| span.start).collect(),
            cycles: spans.iter().map(|span| span.cycles).collect(),
            micro_batch: spans
                .iter()
                .map(|span| span.micro_batch.map_or(0, |micro_batch| micro_batch + 1))
                .collect(),
        }
    }
}

/// The steps in order of execution.
#[derive(Debug, Serialize)]
pub(crate) struct StepColumns<'a> {
    layer: Vec<usize>,
    name: Vec<&'a str>,
    /// Index into the kinds of steps.
    kind: Vec<usize>,
    repeats: Vec<u64>,
    /// Of all repeats, synchronisation included.
    cycles: Vec<u64>,
    sync_cycles: Vec<u64>,
    active_tiles: Vec<u64>,
    sent_bytes: Vec<u64>,
    fullest_tile_bytes: Vec<u64>,
    /// By category: on all tiles.
    live_bytes: [Vec<u64>; CATEGORIES],
    /// By category: on the tile that is the fullest over the whole run.
    peak_tile_live_bytes: [Vec<u64>; CATEGORIES],
}

impl<'a> StepColumns<'a> {
    pub(crate) fn new(profile: &'a Profile, detail: &Detail) -> Self {
        let steps = &profile.steps;
        let live = |of: fn(&StepMemory) -> [u64; CATEGORIES]| {
            std::array::from_fn(|category| detail.steps.iter().map(|step| of(step)[category]).collect())
        };
        Self {
            layer: steps.iter().map(|step| step.layer).collect(),
            name: steps.iter().map(|step| step.name.as_str()).collect(),
            kind: steps.iter().map(|step| step.kind as usize).collect(),
            repeats: steps.iter().map(|step| step.repeats).collect(),
            cycles: steps.iter().map(|step| step.cycles).collect(),
            sync_cycles: steps
                .iter()
                .map(|step| step.causes[Cause::Sync] / profile.tiles.max(1))
                .collect(),
            active_tiles: steps.iter().map(|step| step.active_tiles).collect(),
            sent_bytes: steps
                .iter()
                .map(|step| step.traffic.exchange_sent_bytes)
                .collect(),
            fullest_tile_bytes: steps.iter().map(|step| step.fullest_tile_bytes).collect(),
            live_bytes: live(|step| step.live_bytes),
            peak_tile_live_bytes: live(|step| step.peak_tile_live_bytes),
        }
    }
}

/// The tiles in the order of their numbers.
#[derive(Debug, Serialize)]
pub(crate) struct TileColumns {
    convolution_cycles: Vec<u64>,
    vector_cycles: Vec<u64>,
    rearrangement_cycles: Vec<u64>,
    exchange_cycles: Vec<u64>,
    sent_bytes: Vec<u64>,
    received_bytes: Vec<u64>,
    /// Most that lives at any step.
    peak_live_bytes: Vec<u64>,
    /// By category, at the step at which the fullest tile is fullest.
    held_bytes: [Vec<u64>; CATEGORIES],
}

impl TileColumns {
    pub(crate) fn new(detail: &Detail) -> Self {
        let tiles = &detail.tiles;
        Self {
            convolution_cycles: tiles.iter().map(|tile| tile.convolution_cycles).collect(),
            vector_cycles: tiles.iter().map(|tile| tile.vector_cycles).collect(),
            rearrangement_cycles: tiles.iter().map(|tile| tile.rearrangement_cycles).collect(),
            exchange_cycles: tiles.iter().map(|tile| tile.exchange_cycles).collect(),
            sent_bytes: tiles.iter().map(|tile| tile.exchange_sent_bytes).collect(),
            received_bytes: tiles.iter().map(|tile| tile.exchange_received_bytes).collect(),
            peak_live_bytes: tiles.iter().map(|tile| tile.peak_live_bytes).collect(),
            held_bytes: std::array::from_fn(|category| {
                tiles
                    .iter()
                    .map(|tile| tile.bytes_at_peak_step[category])
                    .collect()
            }),
        }
    }
}

/// The variables that live on the tile that is the fullest over the whole run.
#[derive(Debug, Serialize)]
pub(crate) struct VariableColumns<'a> {
    name: Vec<&'a str>,
    /// Index into the categories of memory.
    category: Vec<usize>,
    first: Vec<usize>,
    last: Vec<usize>,
    peak_tile_bytes: Vec<u64>,
}

impl<'a> VariableColumns<'a> {
    pub(crate) fn new(detail: &'a Detail) -> Self {
        let on_tile = || {
            detail
                .variables
                .iter()
                .filter(|variable| variable.peak_tile_bytes > 0)
        };
        Self {
            name: on_tile().map(|variable| variable.name.as_str()).collect(),
            category: on_tile().map(|variable| variable.category as usize).collect(),
            first: on_tile().map(|variable| variable.steps.0).collect(),
            last: on_tile().map(|variable| variable.steps.1).collect(),
            peak_tile_bytes: on_tile().map(|variable| variable.peak_tile_bytes).collect(),
        }
    }
}
