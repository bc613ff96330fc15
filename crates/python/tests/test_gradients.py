"""Gradients as arrays: those that the command compares with, and those that differences show."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy
import pytest
import tilesim

from command import run

SMALL: dict[str, int] = {"resolution": 32, "machine.tiles": 16}


def image(samples: int) -> numpy.typing.NDArray[numpy.float32]:
    values = numpy.sin(numpy.arange(samples * 3 * 32 * 32), dtype=numpy.float32)
    return values.reshape(samples, 3, 32, 32)


@pytest.mark.parametrize("precision", ["16.16", "32.32"])
def test_the_command_agrees(tmp_path: pathlib.Path, precision: str) -> None:
    labels = numpy.array([3, 5])
    step = tilesim.gradients(
        "mobilenet-v1",
        image(2),
        labels=labels,
        precision=precision,
        loss_reduction="sum",
        label_smoothing=0.0,
        set=SMALL,
    )
    assert step.outputs["logits"].shape == (2, 1000)
    # Of the input first.
    assert next(iter(step.gradients.values())).shape == (2, 3, 32, 32)
    arrays: dict[str, Any] = {f"grad/{name}": value for name, value in step.gradients.items()}
    arrays.update(step.outputs)
    file = tmp_path / "reference.npz"
    numpy.savez(file, input=image(2), labels=labels, **arrays)
    settings = [part for key, value in SMALL.items() for part in ("--set", f"{key}={value}")]
    answer = run(
        "run",
        "mobilenet-v1",
        "--gradients",
        "--reference",
        str(file),
        "--precision",
        precision,
        "--format",
        "json",
        *settings,
    )
    assert answer.returncode == 0, answer.stderr
    compared = json.loads(answer.stdout)
    assert compared["worst"] == 0.0
    assert compared["missing"] == compared["unknown"] == []
    assert len(compared["compared"]) == len(step.outputs) + len(step.gradients)
    assert "sum" in " ".join(step.remarks)


def test_a_step_downhill_lowers_the_loss() -> None:
    def step(parameters: dict[str, numpy.typing.NDArray[numpy.float32]]) -> tilesim.Gradients:
        return tilesim.gradients("mobilenet-v1", image(1), labels=[7], parameters=parameters, set=SMALL)

    first = step({})
    (name,) = [name for name in first.gradients if name.endswith("bias") or name.endswith("biases")][-1:]
    moved = {name: -0.1 * first.gradients[name]}
    assert step(moved).outputs["loss"] < step({name: 0 * moved[name]}).outputs["loss"]


def test_a_backward_pass_alone() -> None:
    upstream = numpy.ones((1, 1000), numpy.float32)
    backward = tilesim.gradients("mobilenet-v1", image(1), output_gradient=upstream, set=SMALL)
    assert "y" in backward.outputs
    twice = tilesim.gradients("mobilenet-v1", image(1), output_gradient=2 * upstream, set=SMALL)
    for name, gradient in backward.gradients.items():
        assert numpy.allclose(twice.gradients[name], 2 * gradient, atol=1e-5 * abs(gradient).max()), name


def test_mistakes() -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"labels": [1], "output_gradient": numpy.ones((1, 1000))},
        {"labels": [1000]},
        {"labels": [1, 2]},
        {"labels": [1], "loss_reduction": "max"},
        {"labels": [1], "label_smoothing": 1.0},
        {"labels": [1], "batch_statistics": "none"},
    )
    for arguments in wrong:
        with pytest.raises(tilesim.InputError):
            tilesim.gradients("mobilenet-v1", image(1), set=SMALL, **arguments)
