"""Traces to test: the folder in TILESIM_TRACES, or else the samples."""

import json
import os
import sys
import zlib
from pathlib import Path

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples"))


def timeline_packets(folder: Path) -> list:
    """All packets of a timeline; those of the steps of large ones are compressed."""
    trace = Trace()
    trace.ParseFromString((folder / "timeline.perfetto-trace").read_bytes())
    packets = []
    for packet in trace.packet:
        if packet.HasField("compressed_packets"):
            inner = Trace()
            inner.ParseFromString(zlib.decompress(packet.compressed_packets))
            packets.extend(inner.packet)
        else:
            packets.append(packet)
    return packets


@pytest.fixture(scope="session")
def folder() -> Path:
    return Path(os.environ.get("TILESIM_TRACES", HERE.parent / "samples"))


@pytest.fixture(scope="session")
def results(folder) -> dict:
    """Results by the name of their run, as the comparison JSON holds them."""
    comparison = json.loads((folder / "comparison.json").read_text())
    names = [ratios["name"] for ratios in comparison["ratios"]]
    return dict(zip(names, comparison["results"], strict=True))


@pytest.fixture(scope="session")
def schema() -> dict:
    return json.loads((HERE.parent / "schema.json").read_text())
