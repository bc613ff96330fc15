//! What the stages of a training system do over one weight update: a process for each, a track for each thing that it does.

use tilesim_sim::system::{Activity, Span, StageProfile};

use super::{
    events::{integer, nanoseconds, text},
    messages::{ChildOrdering, EventType, ProcessDescriptor, TracePacket, TrackDescriptor, TrackEvent},
};
use crate::TracedSystem;

/// All packets of a stage. `process` numbers it from 1, `first_track` and those after it are no other's.
pub(super) fn of_stage(
    system: &TracedSystem,
    index: usize,
    process: u32,
    first_track: u64,
) -> Vec<TracePacket> {
    let Some(stage) = system.profile.stages.get(index) else {
        return Vec::new();
    };
    let activities = present(stage);
    let track = |activity: Activity| {
        let place = activities.iter().position(|present| *present == activity);
        first_track + 1 + place.unwrap_or_default() as u64
    };
    let packet = TracePacket {
        trusted_packet_sequence_id: Some(process),
        ..TracePacket::default()
    };
    let described = |descriptor: TrackDescriptor| TracePacket {
        track_descriptor: Some(descriptor),
        ..packet.clone()
    };
    let mut packets = vec![described(TrackDescriptor {
        uuid: Some(first_track),
        process: Some(ProcessDescriptor {
            pid: i32::try_from(process).ok(),
            process_name: Some(name(system, index)),
        }),
        child_ordering: Some(ChildOrdering::Explicit.into()),
        ..TrackDescriptor::default()
    })];
    packets.extend(activities.iter().zip(0..).map(|(&activity, rank)| {
        described(TrackDescriptor {
            uuid: Some(track(activity)),
            name: Some(activity.name().replace('_', " ")),
            parent_uuid: Some(first_track),
            sibling_order_rank: Some(rank),
            ..TrackDescriptor::default()
        })
    }));
    for span in &stage.spans {
        let at = |cycles: u64, event: TrackEvent| TracePacket {
            timestamp: Some(nanoseconds(cycles, system.result.machine.clock_hz)),
            track_event: Some(TrackEvent {
                track_uuid: Some(track(span.activity)),
                ..event
            }),
            ..packet.clone()
        };
        packets.push(at(span.start, begin(span)));
        packets.push(at(
            span.start + span.cycles,
            TrackEvent {
                r#type: Some(EventType::SliceEnd.into()),
                ..TrackEvent::default()
            },
        ));
    }
    packets
}

/// Tracks of a stage and its process.
pub(super) fn tracks(stage: &StageProfile) -> u64 {
    1 + present(stage).len() as u64
}

fn name(system: &TracedSystem, index: usize) -> String {
    let blocks = system
        .result
        .stages
        .get(index)
        .map(|stage| stage.blocks.join(" – "));
    format!("{}, stage {index}: {}", system.name, blocks.unwrap_or_default())
}

/// What a stage ever does, in the order in which it is shown.
fn present(stage: &StageProfile) -> Vec<Activity> {
    let does = |activity: &Activity| stage.spans.iter().any(|span| span.activity == *activity);
    Activity::ALL.into_iter().filter(does).collect()
}

fn begin(span: &Span) -> TrackEvent {
    let activity = span.activity.name();
    let mut debug_annotations = vec![
        text("activity", activity),
        integer("start_cycles", span.start),
        integer("cycles", span.cycles),
    ];
    let mut name = activity.replace('_', " ");
    if let Some(micro_batch) = span.micro_batch {
        debug_annotations.push(integer("micro_batch", micro_batch + 1));
        name = format!("{name} {}", micro_batch + 1);
    }
    TrackEvent {
        debug_annotations,
        r#type: Some(EventType::SliceBegin.into()),
        categories: vec![activity.to_owned()],
        name: Some(name),
        ..TrackEvent::default()
    }
}
