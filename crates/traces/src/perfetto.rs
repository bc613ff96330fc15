//! Timelines in Perfetto's native format: a protobuf `Trace`, which the Perfetto UI and trace processor open as it is.

mod events;
mod messages;
mod system;
mod tracks;

use miniz_oxide::deflate::compress_to_vec_zlib;
use prost::Message;

use crate::{TracedRun, TracedSystem};

/// Bytes up to which a timeline is left as it is, so that whatever reads protocol buffers reads it packet by packet.
const LARGEST_PLAIN_BYTES: usize = 4_000_000;
/// How hard steps are compressed: harder takes several times as long for a few bytes in a hundred.
const COMPRESSION_LEVEL: u8 = 6;

/// All runs in one timeline, one process each, all starting at 0.
///
/// A run has a track of layers, one for each phase (compute, exchange, sync, host), counters, and a track for each chosen tile. Times are in nanoseconds of
/// the machine's clock, rounded; the exact cycles are arguments of each slice, and so are its causes in tile-cycles.
///
/// Of a timeline of more than 4 MB the steps of each run are one compressed packet, as Perfetto's own recorder writes them where it is
/// asked to: no step is left out. Processes, tracks and layers stay as they are.
pub fn perfetto(runs: &[TracedRun]) -> Vec<u8> {
    let mut timeline = Timeline::default();
    timeline.runs(runs);
    timeline.encoded()
}

/// One weight update of a system: a process for each stage with what it does when, then a process for each stage with one micro-batch,
/// forward and backward, and the update, step by step. All start at 0. Large ones are compressed as those of [`perfetto`].
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
    /// What the steps of each run do.
    steps: Vec<messages::Trace>,
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
            let events::Events { layers, steps } = events::of_run(run, tracks);
            self.packets.extend(layers);
            self.steps.push(messages::Trace { packets: steps });
        }
    }

    fn encoded(self) -> Vec<u8> {
        let mut trace = messages::Trace {
            packets: self.packets,
        };
        let of_steps: usize = self.steps.iter().map(Message::encoded_len).sum();
        if trace.encoded_len() + of_steps > LARGEST_PLAIN_BYTES {
            trace.packets.extend(self.steps.iter().map(compressed));
        } else {
            trace
                .packets
                .extend(self.steps.into_iter().flat_map(|steps| steps.packets));
        }
        trace.encode_to_vec()
    }
}

fn compressed(trace: &messages::Trace) -> messages::TracePacket {
    messages::TracePacket {
        compressed_packets: Some(compress_to_vec_zlib(&trace.encode_to_vec(), COMPRESSION_LEVEL)),
        ..messages::TracePacket::default()
    }
}
