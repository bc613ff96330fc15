"""The timeline, read back with Perfetto's own definitions."""

from collections import defaultdict

import pandas as pd
import pytest
from conftest import timeline_packets
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TrackEvent


@pytest.fixture(scope="module")
def packets(folder):
    return timeline_packets(folder)


@pytest.fixture(scope="module")
def tracks(packets):
    """Tracks by their number, as (name of the run, name of the track)."""
    described = [packet.track_descriptor for packet in packets if packet.HasField("track_descriptor")]
    processes = {track.uuid: track.process.process_name for track in described if track.HasField("process")}
    return {track.uuid: (processes[track.parent_uuid], track.name) for track in described if track.parent_uuid}


@pytest.fixture(scope="module")
def slices(packets, tracks):
    """Slices by track: (begin, end, name, arguments)."""
    open_slices, slices = defaultdict(list), defaultdict(list)
    for packet in packets:
        event, track = packet.track_event, tracks.get(packet.track_event.track_uuid)
        if event.type == TrackEvent.TYPE_SLICE_BEGIN:
            arguments = {
                entry.name: entry.string_value if entry.HasField("string_value") else entry.uint_value
                for entry in event.debug_annotations
            }
            open_slices[track].append((packet.timestamp, event.name, arguments))
        elif event.type == TrackEvent.TYPE_SLICE_END:
            begin, name, arguments = open_slices[track].pop()
            slices[track].append((begin, packet.timestamp, name, arguments))
    assert not any(open_slices.values())
    return slices


def test_every_run_has_its_tracks(tracks, results):
    names = {name for run, name in tracks.values() if run == next(iter(results))}
    assert {"layers", "compute", "exchange", "sync", "host"} <= names
    assert {run for run, _ in tracks.values()} == set(results)


def test_phases_add_up_to_the_run(slices, results):
    for run, result in results.items():
        phases = {phase: slices[run, phase] for phase in ["compute", "exchange", "sync", "host"]}
        cycles = {
            phase: sum(arguments["cycles"] for _, _, _, arguments in events) for phase, events in phases.items()
        }
        causes = result["cycles_by_cause"]
        assert sum(cycles.values()) == result["time"]["cycles"]
        assert cycles["sync"] == causes["sync"]
        # Exchanges also join what arrives to what a tile holds, which is rearrangement.
        joining = sum(arguments.get("rearrangement_tile_cycles", 0) for _, _, _, arguments in phases["exchange"])
        tiles = result["machine"]["tiles"]
        assert cycles["exchange"] == pytest.approx(causes["exchange"] + joining / tiles, abs=1)
        macs = sum(arguments.get("macs", 0) for _, _, _, arguments in phases["compute"])
        assert macs == sum(layer["macs"] for layer in result["layers"])
        last = max(end for events in phases.values() for _, end, _, _ in events)
        assert last == pytest.approx(result["time"]["seconds"] * 1e9, abs=1)


def test_slices_are_named_by_layer_and_carry_their_causes(slices, results):
    for run, result in results.items():
        tiles = result["machine"]["tiles"]
        layers = {layer["name"]: layer for layer in result["layers"]}
        for _, _, name, arguments in slices[run, "layers"]:
            assert arguments["layer_cycles"] == layers[name]["cycles"]
            assert arguments.get("plan", "") == layers[name].get("plan", "")
        for _, _, name, arguments in slices[run, "compute"]:
            assert name in layers
            causes = sum(value for key, value in arguments.items() if key.endswith("_tile_cycles"))
            assert causes == arguments["cycles"] * tiles


def test_slices_of_a_run_do_not_overlap(slices, results):
    for run in results:
        phases = ["compute", "exchange", "sync", "host"]
        events = sorted((begin, end) for phase in phases for begin, end, _, _ in slices[run, phase])
        assert all(end <= begin for (_, end), (begin, _) in zip(events, events[1:]))


def test_chosen_tiles_do_what_the_table_of_tiles_says(folder, slices, results):
    tiles = pd.read_parquet(folder / "tiles.parquet").set_index(["run", "tile"])
    tracks = {track for track in slices if track[1].startswith("tile ")}
    assert tracks == {(run, f"tile {tile}") for run in results for tile in [0, 63]}
    for run, track in tracks:
        row = tiles.loc[run, int(track.removeprefix("tile "))]
        cycles = sum(arguments["cycles"] for _, _, _, arguments in slices[run, track])
        active = ["convolution_cycles", "vector_cycles", "rearrangement_cycles", "exchange_cycles"]
        assert cycles == row[active].sum()
        # A tile never works longer than the step lasts.
        events = sorted((begin, end) for begin, end, _, _ in slices[run, track])
        assert all(end <= begin for (_, end), (begin, _) in zip(events, events[1:]))


def test_counters_are_those_of_the_steps(folder, packets, tracks):
    values = defaultdict(list)
    for packet in packets:
        event = packet.track_event
        if event.type == TrackEvent.TYPE_COUNTER:
            is_real = event.HasField("double_counter_value")
            values[tracks[event.track_uuid]].append(
                event.double_counter_value if is_real else event.counter_value
            )
    steps = pd.read_parquet(folder / "steps.parquet")
    for run, of_run in steps[steps["cycles"] > 0].groupby("run"):
        assert values[run, "live SRAM, fullest tile"] == list(of_run["fullest_tile_bytes"])
        live = of_run[[f"live_{category}_bytes" for category in ["parameters", "activations", "temporaries", "code"]]].sum(axis=1)
        assert values[run, "live SRAM, all tiles"] == list(live)
        assert values[run, "bytes exchanged by the step"][:-1] == list(of_run["exchange_sent_bytes"])
        utilisation = values[run, "utilisation of the convolution units"]
        assert 0 < max(utilisation) <= 100


def test_it_is_small(folder):
    assert (folder / "timeline.perfetto-trace").stat().st_size < 5_000_000
