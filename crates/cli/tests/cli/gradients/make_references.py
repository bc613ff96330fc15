"""Networks as exporters write them, with gradients that JAX works out in double precision.

Makes the files beside it: `pip install jax onnx onnxruntime`, then `python make_references.py`. Every operator is stated twice, as a
node of ONNX and as a function of JAX; ONNX Runtime holds the two to each other.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

jax.config.update("jax_enable_x64", True)
HERE = Path(__file__).parent
SMOOTHING = 0.1


def by_channel(values):
    return jnp.asarray(values)[None, :, None, None]


def hard_sigmoid(x):
    return jnp.clip(x / 6 + 0.5, 0, 1)


class Network:
    """Nodes and functions, one after the other; a tensor is named by the node that puts it out."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.parameters: dict[str, np.ndarray] = {}
        self.constants: dict[str, np.ndarray] = {}
        # Name and values in the file, where the exporter has changed those of a parameter.
        self.exported: dict[str, tuple[str, np.ndarray]] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.functions: list[tuple[str, object]] = []

    def parameter(self, name, shape, centre=0.0):
        spread = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.3
        self.parameters[name] = (centre + spread * self.random.standard_normal(shape)).astype(np.float32)
        return name

    def constant(self, name, values, data_type=np.float32):
        self.constants[name] = np.asarray(values, data_type)
        return name

    def node(self, kind, inputs, function, outputs=1, **attributes):
        name = f"/{kind}_{len(self.nodes)}"
        names = [name, *(f"{name}_output_{output}" for output in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, **attributes))
        self.functions.append((name, function))
        return name

    def unary(self, kind, x, function, **attributes):
        return self.node(kind, [x], lambda v, p: function(v[x]), **attributes)

    def binary(self, kind, x, y, function):
        return self.node(kind, [x, y], lambda v, p: function(v[x], v[y]))

    def with_number(self, kind, x, number, function):
        name = self.constant(f"number_{len(self.constants)}", number)
        return self.node(kind, [x, name], lambda v, p: function(v[x]))

    def convolution(self, x, name, in_channels, out_channels, kernel, stride=1, groups=1, bias=False):
        padding = kernel // 2
        inputs = [x, self.parameter(f"{name}.weight", (out_channels, in_channels // groups, kernel, kernel))]
        if bias:
            inputs.append(self.parameter(f"{name}.bias", (out_channels,)))

        def function(v, p):
            weights = p[inputs[1]]
            y = jax.lax.conv_general_dilated(v[x], weights, (stride, stride), [(padding, padding)] * 2, feature_group_count=groups)
            return y + by_channel(p[inputs[2]]) if bias else y

        return self.node("Conv", inputs, function, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4, group=groups)

    def batch_norm(self, x, name, channels, mode):
        scale, shift = self.parameter(f"{name}.weight", (channels,), 1.0), self.parameter(f"{name}.bias", (channels,))
        mean = self.constant(f"{name}.running_mean", 0.3 * self.random.standard_normal(channels))
        variance = self.constant(f"{name}.running_var", 1 + 0.5 * self.random.random(channels))

        def function(v, p):
            values = v[x]
            if mode == "stored":
                centre, spread = self.constants[mean], self.constants[variance]
            else:
                centre, spread = values.mean((0, 2, 3)), values.var((0, 2, 3))
            white = (values - by_channel(centre)) / jnp.sqrt(by_channel(spread) + 1e-5)
            return white * by_channel(p[scale]) + by_channel(p[shift])

        exported = {"outputs": 3, "training_mode": 1} if mode == "training_node" else {}
        return self.node("BatchNormalization", [x, scale, shift, mean, variance], function, epsilon=1e-5, **exported)

    def group_norm(self, x, name, channels, groups, size):
        """As TorchScript exports it, with scale and shift under names of its own."""
        scale, shift = self.parameter(f"{name}.weight", (channels,), 1.0), self.parameter(f"{name}.bias", (channels,))

        def white(values):
            return (values - values.mean(-1, keepdims=True)) / jnp.sqrt(values.var(-1, keepdims=True) + 1e-5)

        inner = self.constant(f"{name}.inner", [0, groups, -1], np.int64)
        outer = self.constant(f"{name}.outer", [0, channels, size, size], np.int64)
        ones, zeros = self.constant(f"{name}.ones", np.ones(groups)), self.constant(f"{name}.zeros", np.zeros(groups))
        y = self.node("Reshape", [x, inner], lambda v, p: v[x].reshape(v[x].shape[0], groups, -1))
        z = self.node("InstanceNormalization", [y, ones, zeros], lambda v, p: white(v[y]), epsilon=1e-5)
        w = self.node("Reshape", [z, outer], lambda v, p: v[z].reshape(v[x].shape))
        for kind, parameter in [("Mul", scale), ("Add", shift)]:
            self.exported[parameter] = (f"onnx::{kind}_{len(self.nodes)}", self.parameters[parameter].reshape(channels, 1, 1))
        scaled = self.node("Mul", [w, self.exported[scale][0]], lambda v, p: v[w] * by_channel(p[scale]))
        return self.node("Add", [scaled, self.exported[shift][0]], lambda v, p: v[scaled] + by_channel(p[shift]))

    def gelu(self, x):
        """Spelled out, as there is no operator for it below opset 20."""
        erf = self.unary("Erf", self.with_number("Div", x, 2**0.5, lambda x: x / 2**0.5), jax.scipy.special.erf)
        product = self.binary("Mul", x, self.with_number("Add", erf, 1, lambda x: x + 1), jnp.multiply)
        return self.with_number("Mul", product, 0.5, lambda x: x * 0.5)

    def pool(self, x, kind, kernel, stride, padding, **attributes):
        def function(v, p):
            start, join = (-jnp.inf, jax.lax.max) if kind == "MaxPool" else (0.0, jax.lax.add)
            pads = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
            y = jax.lax.reduce_window(v[x], start, join, (1, 1, kernel, kernel), (1, 1, stride, stride), pads)
            return y if kind == "MaxPool" else y / kernel**2

        return self.node(kind, [x], function, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4, **attributes)

    def __call__(self, parameters, image):
        values = {"input": image}
        for name, function in self.functions:
            values[name] = function(values, parameters)
        return values[self.functions[-1][0]]

    def save(self, name, shape, classes, opset):
        exported = [self.exported.get(key, (key, values)) for key, values in self.parameters.items()]
        initializers = [numpy_helper.from_array(np.ascontiguousarray(values), key) for key, values in [*exported, *self.constants.items()]]
        value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            self.nodes, name, [value("input", ["N", *shape[1:]])], [value(self.functions[-1][0], ["N", classes])], initializers
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 9
        onnx.save(model, HERE / f"{name}.onnx")

        image = self.random.standard_normal(shape).astype(np.float32)
        labels = self.random.integers(0, classes, shape[0])

        def loss(parameters, image):
            target = jax.nn.one_hot(labels, classes) * (1 - SMOOTHING) + SMOOTHING / classes
            return -(jax.nn.log_softmax(self(parameters, image)) * target).sum(1).mean()

        double = {key: jnp.asarray(values, jnp.float64) for key, values in self.parameters.items()}, jnp.asarray(image, jnp.float64)
        result, (gradients, of_image) = jax.value_and_grad(loss, (0, 1))(*double)
        arrays = {"input": image, "labels": labels, "logits": self(*double), "loss": result}
        arrays |= {f"grad/{key}": gradients[key] for key in self.parameters} | {"grad/input": of_image}
        single = {key: np.asarray(of, np.int64 if key == "labels" else np.float32) for key, of in arrays.items()}
        np.savez_compressed(HERE / f"{name}.npz", **single)
        session = onnxruntime.InferenceSession(HERE / f"{name}.onnx", providers=["CPUExecutionProvider"])
        return float(np.abs(session.run(None, {"input": image})[0] - single["logits"]).max())


def batch_norms(mode):
    """Pools, groups, a squeeze-excite with hard functions, and batch norms."""
    net = Network(1)
    relu = lambda x: jnp.maximum(x, 0)
    mean = lambda x: x.mean((2, 3), keepdims=True)
    x = net.batch_norm(net.convolution("input", "stem", 3, 16, 3, stride=2), "stem_bn", 16, mode)
    x = net.pool(net.unary("Relu", x, relu), "MaxPool", 3, 2, 1)
    y = net.batch_norm(net.convolution(x, "grouped", 16, 32, 3, groups=4), "grouped_bn", 32, mode)
    y = net.unary("HardSwish", y, lambda x: x * hard_sigmoid(x))
    gate = net.convolution(net.unary("GlobalAveragePool", y, mean), "reduce", 32, 8, 1, bias=True)
    gate = net.convolution(net.unary("Relu", gate, relu), "expand", 8, 32, 1, bias=True)
    y = net.binary("Mul", y, net.unary("HardSigmoid", gate, hard_sigmoid, alpha=1 / 6, beta=0.5), jnp.multiply)
    y = net.batch_norm(net.convolution(y, "project", 32, 16, 1), "project_bn", 16, mode)
    x = net.binary("Add", y, x, jnp.add)
    x = net.batch_norm(net.convolution(x, "depthwise", 16, 16, 5, groups=16), "depthwise_bn", 16, mode)
    x = net.pool(net.unary("Sigmoid", x, jax.nn.sigmoid), "AveragePool", 2, 2, 0, count_include_pad=1)
    x = net.unary("Flatten", net.unary("GlobalAveragePool", x, mean), lambda x: x.reshape(x.shape[0], -1), axis=1)
    weights, bias = net.parameter("fc.weight", (7, 16)), net.parameter("fc.bias", (7,))
    net.node("Gemm", [x, weights, bias], lambda v, p: v[x] @ p[weights].T + p[bias], transB=1)
    return net.save(f"batch_norm_{mode}", (2, 3, 24, 24), 7, 17)


def group_norms():
    """Renamed norms, spelled-out activations, a scale of channels, and a transposed classifier."""
    net = Network(2)
    x = net.group_norm(net.convolution("input", "stem", 3, 24, 3, stride=2, bias=True), "norm", 24, 1, 8)
    x = net.binary("Mul", x, net.unary("Sigmoid", x, jax.nn.sigmoid), jnp.multiply)
    for block in ["blocks.0", "blocks.1"]:
        y = net.group_norm(net.convolution(x, f"{block}.expand", 24, 48, 1), f"{block}.norm1", 48, 3, 8)
        y = net.group_norm(net.convolution(net.gelu(y), f"{block}.spatial", 48, 48, 3, groups=3), f"{block}.norm2", 48, 6, 8)
        bounds = [net.constant(f"{block}.low", 0), net.constant(f"{block}.high", 6)]
        y = net.node("Clip", [y, *bounds], lambda v, p, y=y: jnp.clip(v[y], 0, 6))
        y = net.convolution(y, f"{block}.project", 48, 24, 1)
        scale = net.parameter(f"{block}.scale", (24, 1, 1))
        y = net.node("Mul", [y, scale], lambda v, p, y=y, scale=scale: v[y] * p[scale][None])
        x = net.binary("Add", x, y, jnp.add)
    x = net.unary("ReduceMean", x, lambda x: x.mean((2, 3)), axes=[2, 3], keepdims=0)
    weights, bias = net.parameter("head.weight", (9, 24)), net.parameter("head.bias", (9,))
    net.exported[weights] = ("onnx::MatMul_99", net.parameters[weights].T)
    product = net.node("MatMul", [x, "onnx::MatMul_99"], lambda v, p: v[x] @ p[weights].T)
    net.node("Add", [product, bias], lambda v, p: v[product] + p[bias])
    return net.save("group_norm_renamed", (2, 3, 16, 16), 9, 13)


if __name__ == "__main__":
    assert batch_norms("stored") < 1e-5
    assert batch_norms("training_node") < 1e-5
    # As it trains, though exported for evaluation.
    batch_norms("current")
    assert group_norms() < 1e-5
