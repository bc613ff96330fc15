//! The tracks of a run.

use tilesim_sim::StepKind;

use super::messages::{
    ChildOrdering, CounterDescriptor, ProcessDescriptor, TracePacket, TrackDescriptor, Unit,
};
use crate::TracedRun;

/// A track of slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Layers,
    Compute,
    Exchange,
    Sync,
    Host,
}

impl Phase {
    const ALL: [Self; 5] = [
        Self::Layers,
        Self::Compute,
        Self::Exchange,
        Self::Sync,
        Self::Host,
    ];

    /// The track of steps of a kind.
    pub(super) const fn of(kind: StepKind) -> Self {
        match kind {
            StepKind::Convolution | StepKind::Vector | StepKind::Rearrangement => Self::Compute,
            StepKind::Exchange => Self::Exchange,
            StepKind::Host => Self::Host,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Layers => "layers",
            Self::Compute => "compute",
            Self::Exchange => "exchange",
            Self::Sync => "sync",
            Self::Host => "host",
        }
    }
}

/// A track of numbers over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counter {
    LiveBytes,
    FullestTileBytes,
    ExchangeBytes,
    ConvUnits,
    ActiveTiles,
}

impl Counter {
    const ALL: [Self; 5] = [
        Self::LiveBytes,
        Self::FullestTileBytes,
        Self::ExchangeBytes,
        Self::ConvUnits,
        Self::ActiveTiles,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::LiveBytes => "live SRAM, all tiles",
            Self::FullestTileBytes => "live SRAM, fullest tile",
            Self::ExchangeBytes => "bytes exchanged by the step",
            Self::ConvUnits => "utilisation of the convolution units",
            Self::ActiveTiles => "tiles with work",
        }
    }

    fn descriptor(self) -> CounterDescriptor {
        let unit_name = match self {
            Self::LiveBytes | Self::FullestTileBytes | Self::ExchangeBytes => None,
            Self::ConvUnits => Some("%"),
            Self::ActiveTiles => Some("tiles"),
        };
        CounterDescriptor {
            unit: Some(unit_name.map_or(Unit::SizeBytes, |_| Unit::Unspecified).into()),
            unit_name: unit_name.map(str::to_owned),
        }
    }
}

/// Names the tracks of one run by numbers that no other run has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracks {
    run: u32,
    first: u64,
}

impl Tracks {
    /// Tracks of the run with a number from 1; `first`, not 0, and those after it are no other run's.
    pub(super) const fn of(run: u32, first: u64) -> Self {
        Self { run, first }
    }

    /// Every packet of a run comes from one sequence.
    pub(super) const fn sequence(self) -> u32 {
        self.run
    }

    pub(super) const fn phase(self, phase: Phase) -> u64 {
        self.process() + 1 + phase as u64
    }

    pub(super) const fn counter(self, counter: Counter) -> u64 {
        self.process() + 1 + Phase::ALL.len() as u64 + counter as u64
    }

    /// The track of a tile, by its place among the chosen ones.
    pub(super) const fn tile(self, place: usize) -> u64 {
        self.process() + 1 + Phase::ALL.len() as u64 + Counter::ALL.len() as u64 + place as u64
    }

    const fn process(self) -> u64 {
        self.first
    }

    /// The packets that announce the tracks.
    pub(super) fn described(self, run: &TracedRun) -> Vec<TracePacket> {
        let process = TrackDescriptor {
            uuid: Some(self.process()),
            process: Some(ProcessDescriptor {
                pid: i32::try_from(self.run).ok(),
                process_name: Some(run.name.clone()),
            }),
            child_ordering: Some(ChildOrdering::Explicit.into()),
            ..TrackDescriptor::default()
        };
        let phases = Phase::ALL.map(|phase| TrackDescriptor {
            uuid: Some(self.phase(phase)),
            name: Some(phase.name().to_owned()),
            ..TrackDescriptor::default()
        });
        let counters = Counter::ALL.map(|counter| TrackDescriptor {
            uuid: Some(self.counter(counter)),
            name: Some(counter.name().to_owned()),
            counter: Some(counter.descriptor()),
            ..TrackDescriptor::default()
        });
        let tiles = run
            .chosen_tiles
            .iter()
            .enumerate()
            .map(|(place, chosen)| TrackDescriptor {
                uuid: Some(self.tile(place)),
                name: Some(format!("tile {}", chosen.tile)),
                ..TrackDescriptor::default()
            });
        let children = phases
            .into_iter()
            .chain(counters)
            .chain(tiles)
            .zip(0..)
            .map(|(track, rank)| TrackDescriptor {
                parent_uuid: Some(self.process()),
                sibling_order_rank: Some(rank),
                ..track
            });
        std::iter::once(process)
            .chain(children)
            .map(|track| TracePacket {
                trusted_packet_sequence_id: Some(self.sequence()),
                track_descriptor: Some(track),
                ..TracePacket::default()
            })
            .collect()
    }
}
