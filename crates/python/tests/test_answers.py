"""Figures are those of the command, to the last bit."""

from __future__ import annotations

import json
import pathlib

import numpy
import pytest
import tilesim

from command import json_of, run


def test_inference() -> None:
    answer = tilesim.simulate("efficientnet-b0-g16", machine="mk2", batch=4, set={"group_size": 8})
    printed = json_of("simulate", "efficientnet-b0-g16", "--batch", "4", "--set", "group_size=8")
    assert answer.json() == printed.strip()
    assert answer.result == json.loads(printed)
    assert answer.fits
    assert sum(answer.causes.values()) == answer.cycles == answer.result["time"]["cycles"]
    assert answer.images_per_second == answer.result["time"]["images_per_second"]


def test_a_machine_and_a_network_of_ones_own() -> None:
    machine = tilesim.Machine("mk2").with_(tiles=256, weights_per_conv_unit_f16=8)
    network = tilesim.Network("mobilenet-v1").with_(resolution=96)
    answer = tilesim.simulate(network, machine=machine)
    settings = ["machine.tiles=256", "machine.weights_per_conv_unit_f16=8", "resolution=96"]
    printed = json_of("simulate", "mobilenet-v1", *(part for key in settings for part in ("--set", key)))
    assert answer.result == json.loads(printed)
    assert network.cost()["totals"]["macs"] == json.loads(
        json_of("cost", "mobilenet-v1", "--set", "resolution=96")
    )["totals"]["macs"]


def test_comparison() -> None:
    runs = [tilesim.simulate(name) for name in ("efficientnet-b0-g1", "efficientnet-b0-g16")]
    comparison = tilesim.compare(*runs)
    printed = json_of("compare", "efficientnet-b0-g1", "efficientnet-b0-g16")
    assert comparison.result == json.loads(printed)
    assert comparison.reading == json.loads(printed)["reading"]


def test_training() -> None:
    update = tilesim.train(system="B0-G16-GN-Half_16IPU_2x8")
    printed = json_of("simulate", "--mode", "training", "--system", "B0-G16-GN-Half_16IPU_2x8")
    assert update.json() == printed.strip()
    assert update.cycles == update.result["time"]["cycles"]


def test_training_of_what_was_made() -> None:
    system = tilesim.System("B0-G16-GN-Half_16IPU_2x8").with_(gradient_accumulation=64)
    machine = tilesim.Machine("mk2").with_(exchange_bytes_per_cycle=16)
    network = tilesim.Network("efficientnet-b0-g16").with_(resolution=64)
    update = tilesim.train(network, system=system, machine=machine, set={"machine.tiles": 1216})
    settings = [
        "system.gradient_accumulation=64",
        "machine.exchange_bytes_per_cycle=16",
        "resolution=64",
        "machine.tiles=1216",
    ]
    printed = json_of(
        "simulate",
        "efficientnet-b0-g16",
        "--mode",
        "training",
        "--system",
        "B0-G16-GN-Half_16IPU_2x8",
        *(part for key in settings for part in ("--set", key)),
    )
    assert update.json() == printed.strip()
    assert system.overrides == ["system.gradient_accumulation=64"]
    assert {"key", "value", "unit", "meaning", "source"} == set(system.values[0])
    with pytest.raises(tilesim.InputError):
        system.with_(no_such_setting=1)


def test_execution() -> None:
    small = {"resolution": 32, "machine.tiles": 64}
    generator = numpy.random.default_rng(1)
    image = generator.standard_normal((1, 3, 32, 32), dtype=numpy.float32)
    answer = tilesim.execute("mobilenet-v1", image, set=small, seed=7, check=True)
    assert answer.agrees
    (output,) = answer.outputs.values()
    assert output.shape == (1, 1000)
    assert output.dtype == numpy.float32
    again = tilesim.execute("mobilenet-v1", {"images": image} if "images" in str(answer) else image, set=small, seed=7)
    assert numpy.array_equal(output, next(iter(again.outputs.values())))
    timed = tilesim.simulate("mobilenet-v1", precision="32.32", set=small)
    assert answer.result["result"] == timed.result


def test_the_largest_batch() -> None:
    answer = tilesim.simulate("mobilenet-v1", set={"machine.tile_memory_bytes": 131072}, max_batch=True)
    printed = json_of("simulate", "mobilenet-v1", "--set", "machine.tile_memory_bytes=131072", "--max-batch")
    assert answer.largest_batch == json.loads(printed)["memory"]["largest_batch"]


def test_results_are_read_again(tmp_path: pathlib.Path) -> None:
    answer = tilesim.simulate("mobilenet-v1")
    file = tmp_path / "result.json"
    file.write_text(answer.json())
    read = tilesim.load(file)
    assert read.result == answer.result
    with pytest.raises(tilesim.Error, match="read from a file"):
        read.layers


def test_listings() -> None:
    assert tilesim.networks() == json.loads(json_of("models"))["models"]
    assert tilesim.machines() == json.loads(json_of("machines"))


def test_the_command() -> None:
    assert run("--version").stdout.split() == ["tilesim", tilesim.__version__]
    refused = run("simulate", "no-such-network")
    assert refused.returncode == 2
    assert "no-such-network" in refused.stderr


def test_why_is_what_the_command_prints() -> None:
    why = tilesim.why("mobilenet-v1@:resolution=32", "mobilenet-v1@:resolution=32,group_size=8,batch=2")
    printed = json.loads(json_of("why", "mobilenet-v1@:resolution=32", "mobilenet-v1@:resolution=32,group_size=8,batch=2"))
    assert why.result == printed
    assert sum(cause["cycles"] for cause in why.tree) == why.difference_cycles
    assert why.counterfactuals
    runs = [tilesim.simulate("mobilenet-v1", set={"resolution": side}) for side in (32, 64)]
    assert tilesim.why(*runs).difference_cycles == runs[1].cycles - runs[0].cycles


def test_sensitivity_is_what_the_command_prints() -> None:
    small = {"resolution": 32, "machine.tiles": 64}
    answer = tilesim.sensitivity("mobilenet-v1", set=small, step=2.0, hold_plans=True, curves=["batch"])
    arguments = ["--set", "resolution=32", "--set", "machine.tiles=64", "--step", "2", "--hold-plans", "--curve", "batch"]
    assert answer.result == json.loads(json_of("sensitivity", "mobilenet-v1", *arguments))
    assert answer.ranking and answer.numbers and answer.curves
    with pytest.raises(tilesim.InputError):
        tilesim.sensitivity("mobilenet-v1", set=small, step=1.0)


def test_solve_is_what_the_command_prints() -> None:
    small = {"resolution": 32, "machine.tiles": 64}
    solution = tilesim.solve("mobilenet-v1", vary=["exchange_rate"], goal="cycles <= 200000", set=small)
    arguments = ["--vary", "exchange_rate", "--goal", "cycles <= 200000", "--set", "resolution=32", "--set", "machine.tiles=64"]
    printed = json.loads(json_of("solve", "mobilenet-v1", *arguments))
    assert solution.result == printed
    assert solution.reading == printed["reading"]
    with pytest.raises(tilesim.InputError):
        tilesim.solve("mobilenet-v1", vary=["norm"], goal="fits", set=small)


def test_search_is_what_the_command_prints(tmp_path: pathlib.Path) -> None:
    space = {
        "name": "space",
        "fixed": {"model": "mobilenet-v1", "resolution": 32, "machine.tiles": 64},
        "axes": [{"key": "group_size", "values": [1, 8, 16]}],
        "metrics": ["time.images_per_second", "theoretical.flops"],
        "objectives": [{"metric": "time.images_per_second", "goal": "maximise"}],
        "search": {"points": 10},
    }
    path = tmp_path / "space.json"
    path.write_text(json.dumps(space))
    found = tilesim.search(str(path), tmp_path / "python")
    assert found == json.loads(json_of("search", str(path), "--out", str(tmp_path / "command")))
    assert found["exhaustive"] and (tmp_path / "python" / found["front"][0]["file"]).is_file()
