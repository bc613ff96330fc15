"""The compiled part of `tilesim`."""

import os
from types import TracebackType
from typing import Any, Literal, Mapping, Sequence, final

import numpy
import numpy.typing

from ._settings import SettingValue

__all__ = [
    "Comparison",
    "Error",
    "Execution",
    "Gradients",
    "InputError",
    "Machine",
    "Network",
    "Plot",
    "Run",
    "Sensitivity",
    "Simulator",
    "Solution",
    "Sweep",
    "System",
    "Table",
    "WeightUpdate",
    "Why",
    "__version__",
    "command",
    "compare",
    "load",
    "machines",
    "networks",
    "search",
]
__version__: str

class Error(Exception):
    """There is no answer. That a network does not fit is no error but a result: its field `fits`."""

class InputError(Error):
    """What was asked for makes no sense; where and why, as far as it is known."""

    file: str | None
    field: str | None
    line: int | None
    column: int | None
    expected: str | None

@final
class Machine:
    """A machine: every number with its unit and source."""

    def __new__(cls, name: str = "mk2") -> Machine: ...
    def with_(self, **numbers: SettingValue) -> Machine: ...
    @property
    def name(self) -> str: ...
    @property
    def values(self) -> list[dict[str, str]]: ...
    @property
    def overrides(self) -> list[str]: ...

@final
class System:
    """A system of chips and how it trains: every number with its unit and source."""

    def __new__(cls, name: str) -> System: ...
    def with_(self, **settings: SettingValue) -> System: ...
    @property
    def name(self) -> str: ...
    @property
    def values(self) -> list[dict[str, str]]: ...
    @property
    def overrides(self) -> list[str]: ...

@final
class Network:
    """A network: a bundled name, the path of a JSON specification, or of an ONNX file."""

    def __new__(cls, name: str) -> Network: ...
    @staticmethod
    def from_onnx(file: bytes | str | os.PathLike[str], name: str | None = None) -> Network: ...
    def with_(self, **settings: SettingValue) -> Network: ...
    @property
    def name(self) -> str: ...
    @property
    def overrides(self) -> list[str]: ...
    def cost(self, batch: int = 1) -> dict[str, Any]: ...

@final
class Table:
    """A table by column, for whoever reads Arrow."""

    @property
    def name(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def columns(self) -> dict[str, str]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, column: str, /) -> list[Any]: ...
    def to_dict(self) -> dict[str, list[Any]]: ...
    def to_pandas(self) -> Any: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Plot:
    """A plot: shown by Jupyter, saved as SVG."""

    @property
    def name(self) -> str: ...
    @property
    def svg(self) -> str: ...
    def save(self, path: str | os.PathLike[str]) -> None: ...
    def _repr_svg_(self) -> str: ...

@final
class Run:
    """A run: figures, tables, report, timeline and plots."""

    @property
    def cycles(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def images_per_second(self) -> float: ...
    @property
    def fits(self) -> bool: ...
    @property
    def largest_batch(self) -> int | None: ...
    @property
    def causes(self) -> dict[str, int]: ...
    @property
    def result(self) -> dict[str, Any]: ...
    def json(self) -> str: ...
    @property
    def reading(self) -> list[str]: ...
    @property
    def layers(self) -> Table: ...
    @property
    def steps(self) -> Table: ...
    @property
    def tiles(self) -> Table: ...
    @property
    def memory(self) -> Table: ...
    @property
    def plans(self) -> Table: ...
    def report(self, path: str | os.PathLike[str]) -> None: ...
    def perfetto(self, path: str | os.PathLike[str]) -> None: ...
    def plot(self, name: str = "waterfall") -> Plot: ...
    def _repr_html_(self) -> str: ...

@final
class Comparison:
    """Runs beside the first of them: ratios, and what they say in sentences."""

    @property
    def result(self) -> dict[str, Any]: ...
    @property
    def ratios(self) -> list[dict[str, Any]]: ...
    @property
    def reading(self) -> list[str]: ...
    def json(self) -> str: ...

@final
class WeightUpdate:
    """One weight update of a system of chips."""

    @property
    def cycles(self) -> int: ...
    @property
    def images_per_second(self) -> float: ...
    @property
    def fits(self) -> bool: ...
    @property
    def result(self) -> dict[str, Any]: ...
    def json(self) -> str: ...

@final
class Why:
    """Why one run takes another time than another."""

    @property
    def difference_cycles(self) -> int: ...
    @property
    def tree(self) -> list[dict[str, Any]]: ...
    @property
    def counterfactuals(self) -> list[dict[str, Any]]: ...
    @property
    def reading(self) -> list[str]: ...
    @property
    def result(self) -> dict[str, Any]: ...
    def json(self) -> str: ...

@final
class Sensitivity:
    """How a run responds to its numbers."""

    @property
    def numbers(self) -> list[dict[str, Any]]: ...
    @property
    def ranking(self) -> list[dict[str, Any]]: ...
    @property
    def curves(self) -> list[dict[str, Any]]: ...
    @property
    def result(self) -> dict[str, Any]: ...
    def json(self) -> str: ...

@final
class Solution:
    """The smallest change that reaches a goal."""

    @property
    def outcome(self) -> str: ...
    @property
    def answer(self) -> dict[str, Any] | None: ...
    @property
    def neighbour(self) -> dict[str, Any] | None: ...
    @property
    def monotone(self) -> bool: ...
    @property
    def reading(self) -> list[str]: ...
    @property
    def result(self) -> dict[str, Any]: ...
    def json(self) -> str: ...

@final
class Execution:
    """What a network computed, and what the same program costs."""

    @property
    def outputs(self) -> dict[str, numpy.typing.NDArray[numpy.float32]]: ...
    @property
    def agrees(self) -> bool | None: ...
    @property
    def result(self) -> dict[str, Any]: ...
    @property
    def remarks(self) -> list[str]: ...
    def json(self) -> str: ...

@final
class Gradients:
    """What a training step or a backward pass came to: arrays of float32 by name."""

    @property
    def outputs(self) -> dict[str, numpy.typing.NDArray[numpy.float32]]: ...
    @property
    def gradients(self) -> dict[str, numpy.typing.NDArray[numpy.float32]]: ...
    @property
    def remarks(self) -> list[str]: ...

@final
class Simulator:
    """What runs, and keeps what runs have in common. Threads may share one."""

    def __new__(cls, *, threads: int | None = None) -> Simulator: ...
    def simulate(
        self,
        network: str | Network,
        *,
        machine: str | Machine = "mk2",
        batch: int | None = None,
        precision: str = "16.16",
        set: Mapping[str, SettingValue] | None = None,
        max_batch: bool = False,
    ) -> Run: ...
    def train(
        self,
        network: str | Network | None = None,
        *,
        system: str | System,
        machine: str | Machine | None = None,
        set: Mapping[str, SettingValue] | None = None,
        max_batch: bool = False,
        balance: bool = False,
    ) -> WeightUpdate: ...
    def why(self, a: str | Run | WeightUpdate, b: str | Run | WeightUpdate) -> Why: ...
    def sensitivity(
        self,
        network: str | Network,
        *,
        machine: str | Machine = "mk2",
        batch: int | None = None,
        precision: str = "16.16",
        set: Mapping[str, SettingValue] | None = None,
        step: float = 1.1,
        hold_plans: bool = False,
        curves: Sequence[str] = (),
    ) -> Sensitivity: ...
    def solve(
        self,
        network: str | Network,
        *,
        vary: Sequence[str],
        goal: str,
        constraints: Sequence[str] = (),
        extreme: Literal["largest", "smallest"] | None = None,
        multiple: float | None = None,
        limit: float = 16.0,
        machine: str | Machine = "mk2",
        batch: int | None = None,
        precision: str = "16.16",
        set: Mapping[str, SettingValue] | None = None,
    ) -> Solution: ...
    def execute(
        self,
        network: str | Network,
        inputs: numpy.typing.ArrayLike | Mapping[str, numpy.typing.ArrayLike] | None = None,
        *,
        machine: str | Machine = "mk2",
        batch: int | None = None,
        precision: str = "32.32",
        set: Mapping[str, SettingValue] | None = None,
        weights: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        check: bool = False,
        memory_limit: int | None = None,
    ) -> Execution: ...
    def gradients(
        self,
        network: str | Network,
        inputs: numpy.typing.ArrayLike,
        *,
        labels: numpy.typing.ArrayLike | None = None,
        output_gradient: numpy.typing.ArrayLike | None = None,
        parameters: Mapping[str, numpy.typing.ArrayLike] | None = None,
        machine: str | Machine = "mk2",
        precision: str = "32.32",
        set: Mapping[str, SettingValue] | None = None,
        weights: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        label_smoothing: float | None = None,
        loss_reduction: str | None = None,
        batch_statistics: str | None = None,
        memory_limit: int | None = None,
    ) -> Gradients: ...
    def __enter__(self) -> Simulator: ...
    def __exit__(
        self,
        exception_type: type[BaseException] | None = None,
        exception: BaseException | None = None,
        traceback: TracebackType | None = None,
        /,
    ) -> None: ...

@final
class Sweep:
    """A study: a bundled name, the path of a JSON file, or its text as JSON."""

    def __new__(cls, study: str) -> Sweep: ...
    def __len__(self) -> int: ...
    @property
    def study(self) -> dict[str, Any]: ...
    def rows(self, first: int, end: int) -> list[dict[str, Any]]: ...

def compare(*runs: Run) -> Comparison: ...
def load(path: str | os.PathLike[str]) -> Run: ...
def search(space: str, out: str | os.PathLike[str]) -> dict[str, Any]: ...
def networks() -> list[dict[str, Any]]: ...
def machines() -> dict[str, Any]: ...
def command(arguments: Sequence[str]) -> int: ...
