//! Timelines in Perfetto's native format: a protobuf `Trace`, which the Perfetto UI and trace processor open as it is.

mod events;
mod messages;
mod tracks;

use prost::Message;

use crate::TracedRun;

/// All runs in one timeline, one process each, all starting at 0.
///
/// A run has a track of layers, one for each phase (compute, exchange, sync, host), counters, and a track for each chosen tile. Times are in nanoseconds of
/// the machine's clock, rounded; the exact cycles are arguments of each slice, and so are its causes in tile-cycles.
pub fn perfetto(runs: &[TracedRun]) -> Vec<u8> {
    let mut packets = Vec::new();
    let mut first_track = 1;
    for (run, number) in runs.iter().zip(1..) {
        let tracks = tracks::Tracks::of(number, first_track);
        let described = tracks.described(run);
        first_track += described.len() as u64;
        packets.extend(described);
        packets.extend(events::of_run(run, tracks));
    }
    messages::Trace { packets }.encode_to_vec()
}
