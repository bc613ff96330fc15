//! What happens on the tracks of a run.

use tilesim_sim::{Cause, StepKind, StepMemory, StepProfile, TileCycles};

use super::{
    messages::{AnnotationValue, DebugAnnotation, EventType, TracePacket, TrackEvent},
    tracks::{Counter, Phase, Tracks},
};
use crate::TracedRun;

/// What happens in a run, each in the order of time.
pub(super) struct Events {
    /// Slices of layers.
    pub(super) layers: Vec<TracePacket>,
    /// Slices and counters of steps.
    pub(super) steps: Vec<TracePacket>,
}

/// All slices and counters.
pub(super) fn of_run(run: &TracedRun, tracks: Tracks) -> Events {
    let mut timeline = Timeline {
        run,
        tracks,
        packets: Vec::new(),
    };
    let mut now = 0;
    let memory = run.detail.steps.iter();
    let steps: Vec<(usize, &StepProfile, &StepMemory)> = (run.profile.steps.iter().zip(memory).enumerate())
        .map(|(index, (step, memory))| (index, step, memory))
        .collect();
    // A layer's slice spans the steps that follow each other in it; a layer may have several.
    for together in steps.chunk_by(|(_, a, _), (_, b, _)| a.layer == b.layer) {
        let cycles: u64 = together.iter().map(|(_, step, _)| step.cycles).sum();
        let layer = together[0].1.layer;
        if cycles > 0 {
            timeline.begin_layer(now, cycles, layer);
        }
        for (index, step, memory) in together {
            timeline.step(now, step, memory);
            timeline.tiles(now, *index, step);
            now += step.cycles;
        }
        if cycles > 0 {
            timeline.end(now, tracks.phase(Phase::Layers));
        }
    }
    timeline.host_transfers();
    timeline.finish(now);
    let of_layers = |packet: &TracePacket| {
        let event = packet.track_event.as_ref();
        event.is_some_and(|event| event.track_uuid == Some(tracks.phase(Phase::Layers)))
    };
    let (layers, steps) = timeline.packets.into_iter().partition(of_layers);
    Events { layers, steps }
}

struct Timeline<'a> {
    run: &'a TracedRun,
    tracks: Tracks,
    packets: Vec<TracePacket>,
}

impl Timeline<'_> {
    fn begin_layer(&mut self, now: u64, cycles: u64, index: usize) {
        let Some(layer) = self.run.profile.layers.get(index) else {
            return;
        };
        let mut annotations = vec![
            text("kind", layer.kind.name()),
            integer("start_cycles", now),
            integer("cycles", cycles),
            integer("layer_cycles", layer.cycles),
            integer("macs", layer.macs),
        ];
        if !layer.plan.is_empty() {
            annotations.push(text("plan", &layer.plan));
        }
        annotations.extend(causes(&layer.causes));
        self.begin(
            now,
            self.tracks.phase(Phase::Layers),
            &layer.name,
            "layer",
            annotations,
        );
    }

    /// Where a step synchronises, it does so first.
    fn step(&mut self, start: u64, step: &StepProfile, memory: &StepMemory) {
        self.counters(start, step, memory);
        let sync = self.sync_cycles(step);
        if sync > 0 {
            let annotations = vec![integer("start_cycles", start), integer("cycles", sync)];
            self.begin(
                start,
                self.tracks.phase(Phase::Sync),
                &step.name,
                "sync",
                annotations,
            );
            self.end(start + sync, self.tracks.phase(Phase::Sync));
        }
        // Transfers beside the other steps are slices of their own.
        let is_beside = step.kind == StepKind::Host && !self.run.profile.host_transfers.is_empty();
        if step.cycles <= sync || is_beside {
            return;
        }
        let mut annotations = vec![
            text("step", &step.name),
            text("kind", step.kind.name()),
            integer("start_cycles", start + sync),
            integer("cycles", step.cycles - sync),
            integer("repeats", step.repeats),
            integer("active_tiles", step.active_tiles),
        ];
        let traffic = step.traffic;
        annotations.extend(
            [
                ("macs", step.macs),
                ("sram_read_bytes", traffic.sram_read_bytes),
                ("sram_write_bytes", traffic.sram_write_bytes),
                ("exchange_sent_bytes", traffic.exchange_sent_bytes),
                ("exchange_received_bytes", traffic.exchange_received_bytes),
                ("host_bytes", traffic.host_bytes),
            ]
            .into_iter()
            .filter(|(_, value)| *value > 0)
            .map(|(name, value)| integer(name, value)),
        );
        // Its synchronisation is a slice of its own.
        let mut own = step.causes;
        own[Cause::Sync] = 0;
        annotations.extend(causes(&own));
        let track = self.tracks.phase(Phase::of(step.kind));
        let name = layer_or_step(self.run, step);
        self.begin(start + sync, track, name, step.kind.name(), annotations);
        self.end(start + step.cycles, track);
    }

    /// What passes from and to the host beside the steps, when it does; what of it comes after their end is waited for.
    fn host_transfers(&mut self) {
        let run = self.run;
        let track = self.tracks.phase(Phase::Host);
        for transfer in &run.profile.host_transfers {
            let end = transfer.start + transfer.cycles;
            let waited = run.profile.steps.iter().find(|step| step.name == transfer.name);
            let annotations = vec![
                integer("start_cycles", transfer.start),
                integer("cycles", transfer.cycles),
                integer("host_bytes", transfer.bytes),
                integer("waiting_cycles", waited.map_or(0, |step| step.cycles)),
            ];
            self.begin(
                transfer.start,
                track,
                &transfer.name,
                StepKind::Host.name(),
                annotations,
            );
            self.end(end, track);
        }
    }

    /// What the chosen tiles do in a step; the repeats of a loop's body are one slice.
    fn tiles(&mut self, start: u64, index: usize, step: &StepProfile) {
        let run = self.run;
        let start = start + self.sync_cycles(step);
        for (place, chosen) in run.chosen_tiles.iter().enumerate() {
            let cycles = chosen.active_cycles.get(index).copied().unwrap_or(0);
            if cycles == 0 {
                continue;
            }
            let annotations = vec![
                text("step", &step.name),
                integer("start_cycles", start),
                integer("cycles", cycles),
            ];
            let track = self.tracks.tile(place);
            self.begin(
                start,
                track,
                layer_or_step(self.run, step),
                step.kind.name(),
                annotations,
            );
            self.end(start + cycles, track);
        }
    }

    fn sync_cycles(&self, step: &StepProfile) -> u64 {
        step.causes[Cause::Sync] / self.run.profile.tiles.max(1)
    }

    fn counters(&mut self, now: u64, step: &StepProfile, memory: &StepMemory) {
        if step.cycles == 0 {
            return;
        }
        let peak = self.run.result.machine.peak_macs_per_cycle as f64 * step.cycles as f64;
        let utilisation = if peak > 0.0 {
            step.macs as f64 / peak * 100.0
        } else {
            0.0
        };
        self.count(now, Counter::LiveBytes, memory.live_bytes.iter().sum());
        self.count(now, Counter::FullestTileBytes, step.fullest_tile_bytes);
        self.count(now, Counter::ExchangeBytes, step.traffic.exchange_sent_bytes);
        self.count(now, Counter::ActiveTiles, step.active_tiles);
        let event = self.event(Counter::ConvUnits);
        self.push(
            now,
            TrackEvent {
                double_counter_value: Some(utilisation),
                ..event
            },
        );
    }

    /// Counters that tell what a step does end with the last.
    fn finish(&mut self, now: u64) {
        for counter in [Counter::ExchangeBytes, Counter::ActiveTiles] {
            self.count(now, counter, 0);
        }
        let event = self.event(Counter::ConvUnits);
        self.push(
            now,
            TrackEvent {
                double_counter_value: Some(0.0),
                ..event
            },
        );
    }

    fn count(&mut self, now: u64, counter: Counter, value: u64) {
        let event = self.event(counter);
        self.push(
            now,
            TrackEvent {
                counter_value: Some(i64::try_from(value).unwrap_or(i64::MAX)),
                ..event
            },
        );
    }

    fn event(&self, counter: Counter) -> TrackEvent {
        TrackEvent {
            r#type: Some(EventType::Counter.into()),
            track_uuid: Some(self.tracks.counter(counter)),
            ..TrackEvent::default()
        }
    }

    fn begin(
        &mut self,
        now: u64,
        track: u64,
        name: &str,
        category: &str,
        debug_annotations: Vec<DebugAnnotation>,
    ) {
        self.push(
            now,
            TrackEvent {
                debug_annotations,
                r#type: Some(EventType::SliceBegin.into()),
                track_uuid: Some(track),
                categories: vec![category.to_owned()],
                name: Some(name.to_owned()),
                ..TrackEvent::default()
            },
        );
    }

    fn end(&mut self, now: u64, track: u64) {
        self.push(
            now,
            TrackEvent {
                r#type: Some(EventType::SliceEnd.into()),
                track_uuid: Some(track),
                ..TrackEvent::default()
            },
        );
    }

    fn push(&mut self, now: u64, event: TrackEvent) {
        self.packets.push(TracePacket {
            timestamp: Some(nanoseconds(now, self.run.result.machine.clock_hz)),
            trusted_packet_sequence_id: Some(self.tracks.sequence()),
            track_event: Some(event),
            ..TracePacket::default()
        });
    }
}

/// What slices of a step are named by.
fn layer_or_step<'a>(run: &'a TracedRun, step: &'a StepProfile) -> &'a str {
    let layer = run.profile.layers.get(step.layer);
    layer.map_or(step.name.as_str(), |layer| layer.name.as_str())
}

/// The nearest nanosecond, so that adjacent slices stay adjacent.
pub(super) fn nanoseconds(cycles: u64, clock_hz: u64) -> u64 {
    let clock = u128::from(clock_hz.max(1));
    let nanoseconds = (u128::from(cycles) * 1_000_000_000 + clock / 2) / clock;
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

/// Causes that have cycles.
fn causes(causes: &TileCycles) -> Vec<DebugAnnotation> {
    Cause::ALL
        .into_iter()
        .filter(|&cause| causes[cause] > 0)
        .map(|cause| integer(&format!("{}_tile_cycles", cause.name()), causes[cause]))
        .collect()
}

pub(super) fn integer(name: &str, value: u64) -> DebugAnnotation {
    DebugAnnotation {
        name: Some(name.to_owned()),
        value: Some(AnnotationValue::Integer(value)),
    }
}

pub(super) fn text(name: &str, value: &str) -> DebugAnnotation {
    DebugAnnotation {
        name: Some(name.to_owned()),
        value: Some(AnnotationValue::Text(value.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_become_the_nearest_nanosecond() {
        assert_eq!(nanoseconds(0, 1_330_000_000), 0);
        assert_eq!(nanoseconds(133, 1_330_000_000), 100);
        assert_eq!(nanoseconds(1, 1_330_000_000), 1);
        assert_eq!(nanoseconds(u64::MAX, 1), u64::MAX);
    }
}
