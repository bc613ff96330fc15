"""Tables, as the libraries of the field take them; pictures and files."""

from __future__ import annotations

import pathlib

import duckdb
import pandas
import polars
import pyarrow
import pytest
import tilesim


@pytest.fixture(scope="module")
def run() -> tilesim.Run:
    return tilesim.simulate("mobilenet-v1", set={"machine.tiles": 64, "resolution": 64})


def test_every_reader_sees_the_same(run: tilesim.Run) -> None:
    layers = run.layers
    arrow = pyarrow.table(layers)
    assert polars.DataFrame(layers).to_arrow().to_pylist() == arrow.to_pylist()
    assert layers.to_pandas().to_dict("list") == arrow.to_pydict() == layers.to_dict()
    assert isinstance(layers.to_pandas(), pandas.DataFrame)
    connection = duckdb.connect()
    connection.register("layers", arrow)
    ((summed,),) = connection.execute("select sum(cycles) from layers").fetchall()
    assert summed == run.cycles == sum(layers["cycles"])
    assert len(layers) == arrow.num_rows
    assert arrow.column_names == list(layers.columns)
    assert arrow.schema.field("cycles").metadata[b"meaning"]
    # Signed: what one run takes less than another is below 0.
    assert arrow.schema.field("cycles").type == pyarrow.int64()


def test_a_stream_may_be_left_alone(run: tilesim.Run) -> None:
    for _ in range(100):
        run.layers.__arrow_c_stream__()


def test_all_tables(run: tilesim.Run) -> None:
    for table in (run.layers, run.steps, run.tiles, run.memory, run.plans):
        assert len(table) > 0, table
        assert pyarrow.table(table).num_rows == len(table)
        assert table.meaning
    with pytest.raises(KeyError):
        run.layers["no such column"]


def test_files(run: tilesim.Run, tmp_path: pathlib.Path) -> None:
    run.report(tmp_path / "run.html")
    assert "<html" in (tmp_path / "run.html").read_text()
    run.perfetto(tmp_path / "run.perfetto-trace")
    assert (tmp_path / "run.perfetto-trace").stat().st_size > 1000
    plot = run.plot("waterfall")
    plot.save(tmp_path / "waterfall.svg")
    assert (tmp_path / "waterfall.svg").read_text() == plot.svg == plot._repr_svg_()
    with pytest.raises(tilesim.InputError, match="waterfall"):
        run.plot("no such plot")


def test_notebooks_show_a_run(run: tilesim.Run) -> None:
    shown = run._repr_html_()
    assert "<svg" in shown
    assert f"{run.cycles} cycles" in shown
