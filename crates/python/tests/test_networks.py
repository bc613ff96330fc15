"""Networks of other frameworks."""

from __future__ import annotations

import contextlib
import io
import pathlib
import sys
import types
from typing import Any

import numpy
import onnx
import onnx.helper
import pytest
import tilesim


def model() -> bytes:
    """A convolution and a ReLU, as ONNX."""
    value = onnx.helper.make_tensor_value_info
    weights = onnx.helper.make_tensor(
        "weights", onnx.TensorProto.FLOAT, [8, 4, 3, 3], numpy.linspace(-1, 1, 8 * 4 * 9)
    )
    nodes = [
        onnx.helper.make_node("Conv", ["x", "weights"], ["y"], pads=[1, 1, 1, 1]),
        onnx.helper.make_node("Relu", ["y"], ["z"]),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "small",
        [value("x", onnx.TensorProto.FLOAT, [1, 4, 8, 8])],
        [value("z", onnx.TensorProto.FLOAT, [1, 8, 8, 8])],
        [weights],
    )
    opset = onnx.helper.make_opsetid("", 17)
    return bytes(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())


def test_onnx_files_and_bytes(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "small.onnx"
    file.write_bytes(model())
    of_file = tilesim.Network.from_onnx(file)
    of_bytes = tilesim.Network.from_onnx(model(), name="small")
    assert of_file.name == of_bytes.name == "small"
    assert tilesim.simulate(of_file).result == tilesim.simulate(of_bytes).result
    image = numpy.ones((1, 4, 8, 8), numpy.float32)
    output = tilesim.execute(of_bytes, image).outputs["z"]
    weights = numpy.linspace(-1, 1, 8 * 4 * 9, dtype=numpy.float32).reshape(8, -1)
    inside = numpy.maximum(weights.sum(axis=1), 0)
    assert numpy.allclose(output[0, :, 4, 4], inside, atol=1e-4)


class Small:
    """A module as `torch.nn.Module` is one, as far as exporting asks."""

    def __init__(self) -> None:
        self.training = True

    def eval(self) -> None:
        self.training = False

    def train(self, mode: bool) -> None:
        self.training = mode


def test_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    # PyTorch itself weighs half a gigabyte: what is asked of it is held to the signature of its exporter (2.5 and later).
    exported: list[tuple[Any, ...]] = []

    def export(module: Small, arguments: tuple[Any, ...], file: io.BytesIO, *, dynamo: bool) -> None:
        assert not module.training
        assert not dynamo
        exported.append(arguments)
        file.write(model())

    torch = types.SimpleNamespace(no_grad=contextlib.nullcontext, onnx=types.SimpleNamespace(export=export))
    monkeypatch.setitem(sys.modules, "torch", torch)
    module = Small()
    network = tilesim.from_torch(module, "an image")
    assert exported == [("an image",)]
    assert module.training
    assert network.name == "Small"
    assert tilesim.simulate(network).cycles == tilesim.simulate(tilesim.Network.from_onnx(model())).cycles
    assert tilesim.from_torch(module, ("an image", "a mask"), name="other").name == "other"
    assert exported[-1] == ("an image", "a mask")


def test_pytorch_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError):
        tilesim.from_torch(Small(), "an image")
