"""What is asked wrongly is said with its place; that something does not fit is a result."""

from __future__ import annotations

import pathlib

import pytest
import tilesim


def test_an_unknown_setting() -> None:
    with pytest.raises(tilesim.InputError, match="group_sice"):
        tilesim.simulate("efficientnet-b0-g16", set={"group_sice": 4})


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(tilesim.InputError) as raised:
        tilesim.simulate("nowhere.onnx")
    assert raised.value.file == "nowhere.onnx"


def test_an_argument_that_is_none() -> None:
    with pytest.raises(tilesim.InputError) as raised:
        tilesim.simulate("mobilenet-v1", precision="8.8")
    assert raised.value.field == "8.8"
    assert raised.value.expected == "16.16, 16.32 or 32.32"


def test_a_damaged_result(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "result.json"
    file.write_text('{"schema": "tilesim-result/1",\n "model": 3}')
    with pytest.raises(tilesim.InputError) as raised:
        tilesim.load(file)
    assert (raised.value.file, raised.value.field, raised.value.line) == (str(file), "model", 2)


def test_a_machine_that_cannot_be() -> None:
    with pytest.raises(tilesim.InputError):
        tilesim.Machine("mk2").with_(tiles=0)


def test_what_does_not_fit_has_figures() -> None:
    run = tilesim.simulate("mobilenet-v1", set={"machine.tile_memory_bytes": 32768})
    assert not run.fits
    assert run.cycles > 0


def test_a_study_that_makes_no_sense() -> None:
    with pytest.raises(tilesim.InputError):
        tilesim.Sweep("no-such-study")


def test_a_name_that_does_not_exist_says_which_do() -> None:
    with pytest.raises(tilesim.InputError) as raised:
        tilesim.simulate("resnet5")
    assert raised.value.field == "network"
    assert raised.value.expected is not None and "resnet50" in raised.value.expected
    with pytest.raises(tilesim.InputError) as raised:
        tilesim.Machine("mk9")
    assert raised.value.field == "machine"
    assert raised.value.expected is not None and "mk2" in raised.value.expected
