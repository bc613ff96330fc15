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

from typing import TYPE_CHECKING, Literal, Mapping, Optional, Sequence, Union

from ._settings import SettingValue
from ._sweep import Row, sweep
from ._tilesim import (
    Comparison,
    Error,
    Execution,
    Gradients,
    InputError,
    Machine,
    Network,
    Plot,
    Run,
    Sensitivity,
    Simulator,
    Solution,
    Sweep,
    System,
    Table,
    WeightUpdate,
    Why,
    __version__,
    compare,
    load,
    machines,
    networks,
    search,
)
from ._torch import from_torch

if TYPE_CHECKING:
    import os

    import numpy.typing

__all__ = [
    "Comparison",
    "Error",
    "Execution",
    "Gradients",
    "InputError",
    "Machine",
    "Network",
    "Plot",
    "Row",
    "Run",
    "Sensitivity",
    "SettingValue",
    "Simulator",
    "Solution",
    "Sweep",
    "System",
    "Table",
    "WeightUpdate",
    "Why",
    "__version__",
    "compare",
    "execute",
    "from_torch",
    "gradients",
    "load",
    "machines",
    "networks",
    "search",
    "sensitivity",
    "simulate",
    "solve",
    "sweep",
    "train",
    "why",
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
    network: Union[None, str, Network] = None,
    *,
    system: Union[str, System],
    machine: Union[None, str, Machine] = None,
    set: Optional[Mapping[str, SettingValue]] = None,
    max_batch: bool = False,
    balance: bool = False,
) -> WeightUpdate:
    """Trains a network on a system of chips, as far as one weight update goes.

    `system` is a bundled name, a JSON file or a `System`. It says how many chips, stages and micro-batches there are, and may name its
    network, which `network` prevails over; `machine` is that of all chips, the system's where none is given. `set` changes settings of the network, of the machine (`machine.KEY`) and of the system (`system.KEY`). With `max_batch` the largest
    micro-batch that fits is searched, with `balance` better splits.

    Raises `InputError` where there is no such network or system, or it cannot be cut so.
    """
    simulator = Simulator()
    return simulator.train(
        network, system=system, machine=machine, set=set, max_batch=max_batch, balance=balance
    )


def why(a: Union[str, Run, WeightUpdate], b: Union[str, Run, WeightUpdate]) -> Why:
    """Why `b` takes another time than `a`: the difference by cause, kind of layer, layer and decision.

    Both are runs, weight updates, or texts as the command takes them (`efficientnet-b0-g16@bow:batch=8`). What was run is run once more with
    settings of the other (`Why.counterfactuals`); of results that were read and of weight updates there are none.

    Raises `InputError` where there is no such network, machine or setting, or one is a run and the other a weight update.
    """
    return Simulator().why(a, b)


def sensitivity(
    network: Union[str, Network],
    *,
    machine: Union[str, Machine] = "mk2",
    batch: Optional[int] = None,
    precision: str = "16.16",
    set: Optional[Mapping[str, SettingValue]] = None,
    step: float = 1.1,
    hold_plans: bool = False,
    curves: Sequence[str] = (),
) -> Sensitivity:
    """How time, memory and energy of a run respond to every number of its machine and network, and what to buy next.

    Each number is made `step` times as large and as small, and run. With `hold_plans` the program of the run as it is is timed on the other
    machines too. `curves` are numbers to follow from a quarter to four times what they are, with what limits the run at each point.
    Arguments beside them are those of `simulate`.

    Raises `InputError` where there is no such network, machine, setting or number.
    """
    simulator = Simulator()
    return simulator.sensitivity(
        network,
        machine=machine,
        batch=batch,
        precision=precision,
        set=set,
        step=step,
        hold_plans=hold_plans,
        curves=curves,
    )


def solve(
    network: Union[str, Network],
    *,
    vary: Sequence[str],
    goal: str,
    constraints: Sequence[str] = (),
    extreme: Union[None, Literal["largest"], Literal["smallest"]] = None,
    multiple: Optional[float] = None,
    limit: float = 16.0,
    machine: Union[str, Machine] = "mk2",
    batch: Optional[int] = None,
    precision: str = "16.16",
    set: Optional[Mapping[str, SettingValue]] = None,
) -> Solution:
    """The smallest change of some numbers of machine or network that reaches a goal.

    `vary` are keys as `set` takes them, `dot_product_length`, `sram` or `exchange_rate`; all go with one factor, `KEY:EXPONENT` with a power of it.
    `goal` is `PATH OPERATOR NUMBER`, `PATH OPERATOR MODEL` for the figure of another network, or `fits`; `constraints` hold besides. With `extreme` a run that
    keeps to the goal goes as far as it can. `multiple` restricts the first number to multiples, `limit` is the factor up to which
    is tried. Arguments beside them are those of `simulate`.

    Raises `InputError` where there is no such network, machine, setting or number. That a goal cannot be reached is no error but an answer
    (`Solution.outcome`).
    """
    simulator = Simulator()
    return simulator.solve(
        network,
        vary=vary,
        goal=goal,
        constraints=constraints,
        extreme=extreme,
        multiple=multiple,
        limit=limit,
        machine=machine,
        batch=batch,
        precision=precision,
        set=set,
    )


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
    memory_limit: Optional[int] = None,
) -> Execution:
    """Computes a network with real numbers, tile by tile as it was lowered, and times the same program.

    `inputs` is an array, or arrays by name; what is not given is made up from `seed`. `weights` is an ONNX file of the same structure, for
    its weights. With `check` every operator is compared with a plain evaluation (`Execution.agrees`). `memory_limit` is the bytes of memory
    that values may take, half of what the host has where left out. Arguments beside them are those
    of `simulate`.

    Raises `InputError` where an array does not fit the network or it takes more memory than it may, `Error` where a kernel reads what its tile does not hold.
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
        memory_limit=memory_limit,
    )


def gradients(
    network: Union[str, Network],
    inputs: numpy.typing.ArrayLike,
    *,
    labels: Optional[numpy.typing.ArrayLike] = None,
    output_gradient: Optional[numpy.typing.ArrayLike] = None,
    parameters: Optional[Mapping[str, numpy.typing.ArrayLike]] = None,
    machine: Union[str, Machine] = "mk2",
    precision: str = "32.32",
    set: Optional[Mapping[str, SettingValue]] = None,
    weights: Union[None, str, os.PathLike[str]] = None,
    seed: Optional[int] = None,
    label_smoothing: Optional[float] = None,
    loss_reduction: Optional[str] = None,
    batch_statistics: Optional[str] = None,
    memory_limit: Optional[int] = None,
) -> Gradients:
    """Executes one training step with real numbers, tile by tile as it was lowered, or a backward pass alone.

    `inputs` is an array, whose first size is the batch. `labels` are classes, from which a training step starts; `output_gradient` is that of
    the network's output, from which a backward pass does: one of both. `parameters` are arrays by name; what is not given is of `weights`,
    an ONNX file of the same structure, or made up from `seed`.

    `label_smoothing` is the share of the target that the loss spreads evenly over all classes (0.1 where left out), `loss_reduction` is `mean`
    or `sum` over the samples (`mean`), `batch_statistics` says which batch norms take, `current` or `stored` (`current`). Numbers are single
    precision whatever `precision` the program is planned for. Arguments beside them are those of `simulate`.

    Raises `InputError` where an array does not fit the network, `Error` where a kernel reads what its tile does not hold.
    """
    simulator = Simulator()
    return simulator.gradients(
        network,
        inputs,
        labels=labels,
        output_gradient=output_gradient,
        parameters=parameters,
        machine=machine,
        precision=precision,
        set=set,
        weights=weights,
        seed=seed,
        label_smoothing=label_smoothing,
        loss_reduction=loss_reduction,
        batch_statistics=batch_statistics,
        memory_limit=memory_limit,
    )
