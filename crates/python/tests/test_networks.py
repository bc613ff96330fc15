"""Networks of other frameworks."""

from __future__ import annotations

import pathlib

import numpy
import onnx
import onnx.helper
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
