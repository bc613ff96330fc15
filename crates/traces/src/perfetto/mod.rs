//! Timelines in Perfetto's native format: a protobuf `Trace`, which the Perfetto UI and trace processor open as it is.

mod events;
mod messages;
mod tracks;

use prost::Message;

use crate::TracedRun;

/// All runs in one timeline, one process each, all starting at 0.
///
/// A run has a track of layers, one for each phase (compute, exchange, sync, host), and counters. Times are in nanoseconds of
/// the machine's clock, rounded; the exact cycles are arguments of each slice, and so are its causes in tile-cycles.
pub fn perfetto(runs: &[TracedRun]) -> Vec<u8> {
    let packets = runs
        .iter()
        .zip(1..)
        .flat_map(|(run, number)| {
            let tracks = tracks::Tracks::of(number);
            let mut packets = tracks.described(&run.name);
            packets.extend(events::of_run(run, tracks));
            packets
        })
        .collect();
    messages::Trace { packets }.encode_to_vec()
}
