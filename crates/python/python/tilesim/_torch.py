"""Networks of PyTorch."""

from __future__ import annotations

import io
from typing import Any, Optional

from ._tilesim import Network


def from_torch(module: Any, example_input: Any, *, name: Optional[str] = None) -> Network:
    """The network of a `torch.nn.Module`, through `torch.onnx.export`.

    `example_input` is a tensor, or a tuple of them, of the shapes that the network is to have. `name` is what results call it; that of the
    module's class where none is given. The module is exported as it evaluates, and left in the mode that it was in. Raises `ImportError` where
    PyTorch is not installed, `InputError` where an operator is not imported.
    """
    import torch

    file = io.BytesIO()
    arguments = example_input if isinstance(example_input, tuple) else (example_input,)
    trains = module.training
    module.eval()
    try:
        with torch.no_grad():
            torch.onnx.export(module, arguments, file, dynamo=False)
    finally:
        module.train(trains)
    return Network.from_onnx(file.getvalue(), name=name or type(module).__name__)
