"""How fast does a network run on a many-tile processor, and why?

    >>> import tilesim
    >>> run = tilesim.simulate("efficientnet-b0-g16", machine="mk2", batch=4, set={"group_size": 8})
    >>> run.fits
    True
    >>> sum(run.causes.values()) == run.cycles
    True

Figures have the names of the JSON that the command prints, and are the same to the last bit. Cycles are those of the tile clock; sizes
are bytes. What was asked wrongly raises `InputError`; that a network does not fit is no error but a result (`fits`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Optional, Union

from ._settings import SettingValue
from ._sweep import Row, sweep
from ._tilesim import (
    Comparison,
    Error,
    Execution,
    InputError,
    Machine,
    Network,
    Plot,
    Run,
    Simulator,
    Sweep,
    Table,
    WeightUpdate,
    __version__,
    compare,
    load,
    machines,
    networks,
)
from ._torch import from_torch

if TYPE_CHECKING:
    import os

    import numpy.typing

__all__ = [
    "Comparison",
    "Error",
    "Execution",
    "InputError",
    "Machine",
    "Network",
    "Plot",
    "Row",
    "Run",
    "SettingValue",
    "Simulator",
    "Sweep",
    "Table",
    "WeightUpdate",
    "__version__",
    "compare",
    "execute",
    "from_torch",
    "load",
    "machines",
    "networks",
    "simulate",
    "sweep",
    "train",
]


def simulate(
    network: Union[str, Network],
    *,
    machine: Union[str, Machine] = "mk2",
    batch: Optional[int] = None,
    precision: str = "16.16",
    set: Optional[Mapping[str, SettingValue]] = None,
    max_batch: bool = False,
) -> Run:
    """Runs a network on one chip.

    `network` is a bundled name, a file (JSON or ONNX), either of them with settings as the command takes them
    (`efficientnet-b0-g16:group_size=8@mk2`), or a `Network`. `batch` is images at a time: 1, or as many as an ONNX file states.
    `precision` is the bits of data and of partial sums: `16.16`, `16.32` or `32.32`. `set` changes settings of the network, with
    `machine.KEY` of the machine, with `framework.KEY` what the framework decides. With `max_batch` the largest batch that fits is
    searched too.

    Many runs that have something in common are faster with one `Simulator`. Raises `InputError` where there is no such network,
    machine or setting.
    """
    simulator = Simulator()
    return simulator.simulate(
        network, machine=machine, batch=batch, precision=precision, set=set, max_batch=max_batch
    )


def train(
    network: Optional[str] = None,
    *,
    system: str,
    set: Optional[Mapping[str, SettingValue]] = None,
    max_batch: bool = False,
    balance: bool = False,
) -> WeightUpdate:
    """Trains a network on a system of chips, as far as one weight update goes.

    `system` is a bundled name or a JSON file. It says how many chips, stages and micro-batches there are, and may name its network. `set`
    changes settings of the network, of the machine (`machine.KEY`) and of the system (`system.KEY`). With `max_batch` the largest
    micro-batch that fits is searched, with `balance` better splits.

    Raises `InputError` where there is no such network or system, or it cannot be cut so.
    """
    simulator = Simulator()
    return simulator.train(network, system=system, set=set, max_batch=max_batch, balance=balance)


def execute(
    network: Union[str, Network],
    inputs: Union[None, numpy.typing.ArrayLike, Mapping[str, numpy.typing.ArrayLike]] = None,
    *,
    machine: Union[str, Machine] = "mk2",
    batch: Optional[int] = None,
    precision: str = "32.32",
    set: Optional[Mapping[str, SettingValue]] = None,
    weights: Union[None, str, os.PathLike[str]] = None,
    seed: Optional[int] = None,
    check: bool = False,
) -> Execution:
    """Computes a network with real numbers, tile by tile as it was lowered, and times the same program.

    `inputs` is an array, or arrays by name; what is not given is made up from `seed`. `weights` is an ONNX file of the same structure, for
    its weights. With `check` every operator is compared with a plain evaluation (`Execution.agrees`). Arguments beside them are those
    of `simulate`.

    Raises `InputError` where an array does not fit the network, `Error` where a kernel reads what its tile does not hold.
    """
    simulator = Simulator()
    return simulator.execute(
        network,
        inputs,
        machine=machine,
        batch=batch,
        precision=precision,
        set=set,
        weights=weights,
        seed=seed,
        check=check,
    )

