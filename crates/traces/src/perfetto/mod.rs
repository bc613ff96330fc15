//! Timelines in Perfetto's native format: a protobuf `Trace`, which the Perfetto UI and trace processor open as it is.

mod events;
mod messages;
mod system;
mod tracks;

use prost::Message;

use crate::{TracedRun, TracedSystem};

/// All runs in one timeline, one process each, all starting at 0.
///
/// A run has a track of layers, one for each phase (compute, exchange, sync, host), counters, and a track for each chosen tile. Times are in nanoseconds of
/// the machine's clock, rounded; the exact cycles are arguments of each slice, and so are its causes in tile-cycles.
pub fn perfetto(runs: &[TracedRun]) -> Vec<u8> {
    let mut timeline = Timeline::default();
    timeline.runs(runs);
    timeline.encoded()
}

/// One weight update of a system: a process for each stage with what it does when, then a process for each stage with one micro-batch,
/// forward and backward, and the update, step by step. All start at 0.
pub fn system_perfetto(system: &TracedSystem) -> Vec<u8> {
    let mut timeline = Timeline::default();
    for (index, stage) in system.profile.stages.iter().enumerate() {
        let process = timeline.process(system::tracks(stage));
        let packets = system::of_stage(system, index, process.number, process.first_track);
        timeline.packets.extend(packets);
    }
    timeline.runs(&system.stages);
    timeline.encoded()
}

/// A timeline under construction.
#[derive(Default)]
struct Timeline {
    packets: Vec<messages::TracePacket>,
    processes: u32,
    tracks: u64,
}

/// Numbers that no other process has, from 1.
struct Process {
    number: u32,
    first_track: u64,
}

impl Timeline {
    fn process(&mut self, tracks: u64) -> Process {
        self.processes += 1;
        let first_track = self.tracks + 1;
        self.tracks += tracks;
        Process {
            number: self.processes,
            first_track,
        }
    }

    fn runs(&mut self, runs: &[TracedRun]) {
        for run in runs {
            let Process { number, first_track } = self.process(0);
            let tracks = tracks::Tracks::of(number, first_track);
            let described = tracks.described(run);
            self.tracks += described.len() as u64;
            self.packets.extend(described);
            self.packets.extend(events::of_run(run, tracks));
        }
    }

    fn encoded(self) -> Vec<u8> {
        messages::Trace {
            packets: self.packets,
        }
        .encode_to_vec()
    }
}
