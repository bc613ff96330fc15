"""The timeline and tables of a system that trains: the folder in TILESIM_SYSTEM, or else nothing."""

import json
import os
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from conftest import timeline_packets
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

pytestmark = pytest.mark.skipif("TILESIM_SYSTEM" not in os.environ, reason="no system was traced")


@pytest.fixture(scope="module")
def system() -> Path:
    return Path(os.environ["TILESIM_SYSTEM"])


@pytest.fixture(scope="module")
def result(system) -> dict:
    return json.loads((system / "result.json").read_text())


@pytest.fixture(scope="module")
def slices(system):
    """Slices by process and track: (begin, end, name, arguments)."""
    packets = timeline_packets(system)
    described = [packet.track_descriptor for packet in packets if packet.HasField("track_descriptor")]
    assert len({track.uuid for track in described}) == len(described)
    processes = {track.uuid: track.process.process_name for track in described if track.HasField("process")}
    tracks = {track.uuid: (processes[track.parent_uuid], track.name) for track in described if track.parent_uuid}
    open_slices, slices = {}, defaultdict(list)
    for packet in packets:
        event = packet.track_event
        if event.type == TrackEvent.TYPE_SLICE_BEGIN:
            arguments = {
                entry.name: entry.string_value if entry.HasField("string_value") else entry.uint_value
                for entry in event.debug_annotations
            }
            open_slices[event.track_uuid] = (packet.timestamp, event.name, arguments)
        elif event.type == TrackEvent.TYPE_SLICE_END:
            begin, name, arguments = open_slices.pop(event.track_uuid)
            slices[tracks[event.track_uuid]].append((begin, packet.timestamp, name, arguments))
    assert not open_slices
    return slices


def test_every_stage_has_a_track_for_each_thing_that_it_does(slices, result):
    for index, stage in enumerate(result["stages"]):
        name = f"{result['model']['name']} on {result['system']['name']}, stage {index}: {' – '.join(stage['blocks'])}"
        tracks = {track: events for (process, track), events in slices.items() if process == name}
        assert {"forward", "backward", "update", "link"} <= set(tracks)
        # The last stage recomputes nothing, the first waits for nothing.
        assert ("recompute" in tracks) == (stage["cycles"]["recompute"] > 0)
        assert ("fill and drain" in tracks) == (stage["waits"]["fill_and_drain"] > 0)
        events = sorted(event for of_track in tracks.values() for event in of_track)
        assert sum(arguments["cycles"] for _, _, _, arguments in events) == result["time"]["cycles"]
        # One thing after the other, without a gap.
        assert all(end == begin for (_, end, _, _), (begin, _, _, _) in zip(events, events[1:]))
        assert events[-1][1] == pytest.approx(result["time"]["seconds"] * 1e9, abs=1)
        batches = [arguments["micro_batch"] for _, _, _, arguments in tracks["forward"]]
        assert batches == list(range(1, result["system"]["gradient_accumulation"] + 1))


def test_every_stage_has_its_steps(slices, system, result):
    steps = pd.read_parquet(system / "steps.parquet")
    for run, of_run in steps.groupby("run"):
        phases = ["compute", "exchange", "sync", "host"]
        cycles = sum(arguments["cycles"] for phase in phases for _, _, _, arguments in slices[run, phase])
        assert cycles == of_run["cycles"].sum()
    assert len(steps["run"].unique()) == len(result["stages"])


def test_the_schedule_is_the_timeline(slices, system, result):
    schedule = pd.read_parquet(system / "schedule.parquet")
    assert len(schedule) == sum(len(events) for (process, _), events in slices.items() if ", stage" in process and ": " in process)
    sums = schedule.groupby(["stage", "activity"])["cycles"].sum()
    for index, stage in enumerate(result["stages"]):
        for wait, cycles in stage["waits"].items():
            assert sums.get((index, wait), 0) == cycles


def test_it_is_small_and_its_layers_are_plain(system, result):
    """No reader needs to unpack anything for what the layers of every stage take."""
    file = system / "timeline.perfetto-trace"
    assert file.stat().st_size < 5_000_000
    trace = Trace()
    trace.ParseFromString(file.read_bytes())
    layers = {packet.track_descriptor.uuid for packet in trace.packet if packet.track_descriptor.name == "layers"}
    assert len(layers) == len(result["stages"])
    begun = [packet.track_event for packet in trace.packet if packet.track_event.track_uuid in layers and packet.track_event.name]
    cycles = sum(entry.uint_value for event in begun for entry in event.debug_annotations if entry.name == "cycles")
    assert cycles == sum(sum(stage["cycles"].values()) for stage in result["stages"])
