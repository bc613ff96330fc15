"""Traces to test: the folder in TILESIM_TRACES, or else the samples."""

import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples"))


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
