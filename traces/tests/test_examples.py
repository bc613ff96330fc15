"""The examples plot, and what they plot are the numbers of the result JSON."""

import liveness
import pytest
import queries
import waterfall


def test_waterfall_with_pandas(folder, results, tmp_path):
    causes = waterfall.cycles_by_cause(folder)
    assert set(causes.index) == set(results)
    for name, result in results.items():
        cycles = sum(layer["cycles"] for layer in result["layers"])
        assert causes.loc[name].sum() * result["run"]["batch"] == pytest.approx(cycles)
        of_vector_work = sum(layer["cycles_by_cause"]["vector_work"] for layer in result["layers"])
        assert causes.loc[name, "vector_work"] * result["run"]["batch"] == pytest.approx(of_vector_work)
    waterfall.plot(folder, tmp_path / "waterfall.svg")
    assert "cycles of one image" in (tmp_path / "waterfall.svg").read_text()


def test_liveness_with_polars(folder, results, tmp_path):
    table = liveness.liveness(folder)
    for name, result in results.items():
        memory = result["memory"]
        run = table.filter(table["run"] == name)
        assert run["fullest_tile_bytes"].max() == memory["peak_bytes"] - memory["gap_bytes"]
        residents = liveness.residents(folder, name, count=3)
        named = {resident["name"]: resident["bytes"] for resident in memory["residents"]}
        for resident in residents.iter_rows(named=True):
            assert named[resident["variable"]] == resident["peak_tile_bytes"]
    liveness.plot(folder, tmp_path / "liveness.png")
    assert (tmp_path / "liveness.png").read_bytes().startswith(b"\x89PNG")


def test_queries_with_duckdb(folder, results):
    assert list(queries.queries()) == ["kinds", "exchanges", "plans", "balance"]
    for row in queries.ask(folder, "kinds").pl().iter_rows(named=True):
        kind = next(kind for kind in results[row["run"]]["layer_kinds"] if kind["kind"] == row["kind"])
        assert (row["layers"], row["cycles"], row["macs"]) == (kind["layers"], kind["cycles"], kind["macs"])
    for row in queries.ask(folder, "exchanges").pl().iter_rows(named=True):
        assert 0 < row["received_bytes_per_cycle"] <= 8 * results[row["run"]]["machine"]["tiles"]
    assert len(queries.ask(folder, "plans").pl()) > 0
    for row in queries.ask(folder, "balance").pl().iter_rows(named=True):
        memory = results[row["run"]]["memory"]
        assert row["fullest_tile_bytes"] == memory["peak_bytes"] - memory["gap_bytes"]
        assert row["busy_share"] == pytest.approx(results[row["run"]]["utilisation"]["tiles"])
