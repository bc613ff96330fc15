"""Tables load as they are, say what they hold, and agree with the result JSON."""

import json

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

TABLES = ["steps", "layers", "tiles", "memory", "plans"]
TYPES = {"text": "string", "integer": "int64", "real": "double", "boolean": "bool"}


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_the_published_ones(folder, schema, table):
    published = next(entry for entry in schema["tables"] if entry["name"] == table)
    file = pq.read_schema(folder / f"{table}.parquet")
    assert [(field.name, str(field.type)) for field in file] == [
        (column["name"], TYPES[column["type"]]) for column in published["columns"]
    ]
    assert file.metadata[b"tilesim.schema"].decode() == schema["schema"]
    assert json.loads(file.metadata[b"tilesim.columns"]) == published["columns"]


@pytest.mark.parametrize("table", TABLES)
def test_pandas_and_polars_read_the_same(folder, table):
    path = folder / f"{table}.parquet"
    left, right = pd.read_parquet(path), pl.read_parquet(path)
    assert list(left.columns) == right.columns
    assert left.to_dict("list") == right.to_dict(as_series=False)
    assert len(left) > 0


def test_a_trace_explains_itself(folder, results):
    runs = json.loads(pq.read_metadata(folder / "tiles.parquet").metadata[b"tilesim.runs"])
    assert set(runs) == set(results)
    for name, run in runs.items():
        assert run["input"]["run"] == results[name]["run"]
        assert run["input"]["network"] and run["input"]["version"]
        machine = {entry["key"]: entry for entry in run["input"]["machine"]}
        assert int(machine["tiles"]["value"]) == results[name]["machine"]["tiles"]
        assert all(entry["source"] for entry in machine.values())


def test_steps_sum_to_the_run(folder, results):
    steps = pd.read_parquet(folder / "steps.parquet")
    causes = [name for name in steps.columns if name.endswith("_tile_cycles") and name != "busy_tile_cycles"]
    for name, run in steps.groupby("run"):
        result = results[name]
        tiles = result["machine"]["tiles"]
        assert run["cycles"].sum() == result["time"]["cycles"]
        assert (run["start_cycles"] == run["cycles"].cumsum() - run["cycles"]).all()
        assert (run[causes].sum(axis=1) == run["cycles"] * tiles).all()
        assert run["macs"].sum() == sum(layer["macs"] for layer in result["layers"])
        assert run["exchange_sent_bytes"].sum() == result["traffic"]["exchange_bytes"]
        memory = result["memory"]
        assert run["fullest_tile_bytes"].max() == memory["peak_bytes"] - memory["gap_bytes"]
        busy = run["busy_tile_cycles"].sum() / (tiles * result["time"]["cycles"])
        assert busy == pytest.approx(result["utilisation"]["tiles"])
        of_layers = run.groupby("layer")["cycles"].sum()
        for layer in result["layers"]:
            assert of_layers.get(layer["name"], 0) == layer["cycles"]


def test_layers_are_those_of_the_result(folder, results):
    layers = pd.read_parquet(folder / "layers.parquet")
    for name, run in layers.groupby("run"):
        rows = run.sort_values("index").to_dict("records")
        for row, layer in zip(rows, results[name]["layers"], strict=True):
            assert (row["layer"], row["kind"], row["macs"]) == (layer["name"], layer["kind"], layer["macs"])
            assert {cause: row[f"{cause}_cycles"] for cause in layer["cycles_by_cause"]} == layer["cycles_by_cause"]


def test_tiles_agree_with_the_result(folder, results):
    tiles = pd.read_parquet(folder / "tiles.parquet")
    for name, run in tiles.groupby("run"):
        result, memory = results[name], results[name]["memory"]
        assert list(run["tile"]) == list(range(result["machine"]["tiles"]))
        live_bytes = memory["peak_bytes"] - memory["gap_bytes"]
        assert run["peak_live_bytes"].max() == live_bytes
        assert run["busy_share"].mean() == pytest.approx(result["utilisation"]["tiles"])
        assert run["exchange_received_bytes"].sum() == result["traffic"]["exchange_received_bytes"]
        fullest = run[run["tile"] == memory["peak_tile"]].iloc[0]
        categories = ["parameters_bytes", "activations_at_peak_step_bytes", "temporaries_at_peak_step_bytes", "code_bytes"]
        assert fullest[categories].sum() == live_bytes


def test_memory_adds_up_to_the_steps(folder):
    memory = pd.read_parquet(folder / "memory.parquet")
    steps = pd.read_parquet(folder / "steps.parquet")
    for name, run in memory.groupby("run"):
        for _, step in steps[steps["run"] == name].iterrows():
            lives = run[(run["first_step"] <= step["step"]) & (run["last_step"] >= step["step"])]
            sums = lives.groupby("category")["bytes"].sum()
            for category in ["parameters", "activations", "temporaries", "code"]:
                assert sums.get(category, 0) == step[f"live_{category}_bytes"]


def test_plans_are_those_of_the_layers(folder, results):
    plans = pd.read_parquet(folder / "plans.parquet")
    for _, plan in plans.iterrows():
        layer = next(layer for layer in results[plan["run"]]["layers"] if layer["name"] == plan["layer"])
        assert plan["plan"] == layer["plan"]
        assert plan["plan"].startswith(plan["kernel"])
        assert f"tiles {plan['tiles']}" in plan["plan"]
